// docker: containers/<id>/config.v2.json below its data root (/var/lib/docker).
#include "agent/identity/image_name.h"
#include "agent/identity/json.h"
#include "agent/identity/orchestrator.h"
#include "agent/identity/runtime.h"

namespace plimsoll {
namespace {

class Docker final : public Runtime {
 public:
  Docker(const RuntimeConfig& config, HostFiles files)
      : root_(config.root.empty() ? "/var/lib/docker" : config.root), files_(std::move(files)) {}

  [[nodiscard]] std::optional<Found> find(const Query& query) const override {
    std::string id = query.id;
    if (const auto task = parse_task_directory(query.creator_cwd); task && task->name_space == "moby")
      id = task->id;
    if (!is_hex64(id)) return std::nullopt;
    const std::string directory = root_ + "/containers/" + id;
    const auto text = files_.read(directory + "/config.v2.json");
    if (!text && !files_.is_directory(directory)) return std::nullopt;
    Found found;
    found.resolv_conf = directory + "/resolv.conf";
    Container& c = found.container;
    c.id = id;
    c.runtime = "docker";
    const auto config = text ? Json::parse(*text) : Result<Json>(fail("unreadable"));
    if (!config) {
      found.settled = false;  // its directory comes first, the file after it
      return found;
    }
    c.name = config->text({"Name"});
    if (c.name.starts_with('/')) c.name.erase(0, 1);
    c.image_id = config->text({"Image"});
    c.image = config->text({"Config", "Image"});
    if (const auto name = name_of_digest(c.image, c.image_id); !name.empty()) c.image = name;
    c.manifest = digest_of(c.image);
    apply_labels(c, config->texts({"Config", "Labels"}));
    c.rootfs = query.bundle ? query.bundle->rootfs : mounted_rootfs(id, config->text({"Driver"}));
    return found;
  }

 private:
  /// A container started by the image's id ("sha256:3f1c...", or a part of it) still belongs to a repository.
  [[nodiscard]] std::string name_of_digest(std::string_view image, const std::string& image_id) const {
    const auto hex = image.starts_with("sha256:") ? image.substr(7) : image;
    if (hex.size() < 4 || !is_digest(image_id) || !std::string_view(image_id).substr(7).starts_with(hex))
      return {};
    const auto text = files_.read(root_ + "/image/overlay2/repositories.json");
    const auto known = text ? Json::parse(*text) : Result<Json>(fail("unreadable"));
    if (!known) return image_id;
    for (const auto& repository : known->members({"Repositories"})) {
      for (const auto& [reference, digest] : known->texts({"Repositories", repository})) {
        if (digest == image_id && digest_of(reference).empty()) return reference;
      }
    }
    return image_id;
  }

  [[nodiscard]] std::string mounted_rootfs(const std::string& id, const std::string& driver) const {
    if (driver == "overlayfs") return root_ + "/rootfs/overlayfs/" + id;  // containerd's image store
    if (driver != "overlay2") return {};
    const auto mount = files_.read(root_ + "/image/overlay2/layerdb/mounts/" + id + "/mount-id");
    return mount && valid_id(*mount) ? root_ + "/overlay2/" + *mount + "/merged" : std::string();
  }

  std::string root_;
  HostFiles files_;
};

}  // namespace

std::unique_ptr<Runtime> make_docker(const RuntimeConfig& config, const HostFiles& files) {
  return std::make_unique<Docker>(config, files);
}

}  // namespace plimsoll
