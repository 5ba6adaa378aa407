// podman: containers/storage's overlay-containers below its graph root (/var/lib/containers/storage).
#include "agent/identity/image_name.h"
#include "agent/identity/json.h"
#include "agent/identity/runtime.h"

namespace plimsoll {
namespace {

class Podman final : public Runtime {
 public:
  Podman(const RuntimeConfig& config, HostFiles files)
      : root_(config.root.empty() ? "/var/lib/containers/storage" : config.root),
        state_(config.state.empty() ? "/run/containers/storage" : config.state),
        files_(std::move(files)) {}

  [[nodiscard]] std::optional<Found> find(const Query& query) const override {
    if (!is_hex64(query.id)) return std::nullopt;
    const std::string containers = root_ + "/overlay-containers";
    const std::string userdata = containers + "/" + query.id + "/userdata";
    if (!files_.is_directory(userdata)) return std::nullopt;
    Found found;
    found.container.id = query.id;
    found.container.runtime = "podman";
    if (const auto bundle = read_bundle(files_, userdata)) {
      found.container.rootfs = bundle->rootfs;
      found.resolv_conf = bundle->resolv_conf;
    }
    // Newer versions list containers that need not survive a reboot in the run root.
    found.settled = take(found.container, containers + "/containers.json") ||
                    take(found.container, state_ + "/overlay-containers/volatile-containers.json");
    return found;
  }

 private:
  /// Finds the container in the list and fills in name and image.
  [[nodiscard]] bool take(Container& c, const std::string& list) const {
    const auto text = files_.read(list);
    const auto known = text ? Json::parse(*text) : Result<Json>(fail("unreadable"));
    if (!known) return false;
    for (const auto& entry : known->items({})) {
      if (entry.text({"id"}) != c.id) continue;
      if (const auto names = entry.items({"names"}); !names.empty()) c.name = names.front().text();
      if (const auto image = entry.text({"image"}); is_hex64(image)) c.image_id = "sha256:" + image;
      // The name that it was started by is in a JSON text within the JSON.
      if (const auto metadata = entry.parse_text({"metadata"})) c.image = metadata->text({"image-name"});
      if (c.image.empty()) c.image = c.image_id.empty() ? c.rootfs : c.image_id;  // podman run --rootfs
      c.manifest = digest_of(c.image);
      return true;
    }
    return false;
  }

  std::string root_, state_;
  HostFiles files_;
};

}  // namespace

std::unique_ptr<Runtime> make_podman(const RuntimeConfig& config, const HostFiles& files) {
  return std::make_unique<Podman>(config, files);
}

}  // namespace plimsoll
