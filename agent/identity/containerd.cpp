// containerd, plain and under CRI: bundles below its state directory, and its API for what they do not tell.

#include "agent/core/mutex.h"
#include "agent/identity/containerd_metadata.h"
#include "agent/identity/content_store.h"
#include "agent/identity/image_name.h"
#include "agent/identity/orchestrator.h"
#include "agent/identity/runtime.h"

namespace plimsoll {
namespace {

constexpr std::string_view kCriNamespace = "k8s.io";

class Containerd final : public Runtime {
 public:
  Containerd(const RuntimeConfig& config, HostFiles files, std::unique_ptr<ContainerdMetadata> metadata)
      : root_(config.root.empty() ? "/var/lib/containerd" : config.root),
        state_(containerd_state(config)),
        files_(std::move(files)),
        metadata_(std::move(metadata)) {}

  [[nodiscard]] std::optional<Found> find(const Query& query) const override {
    auto task = parse_task_directory(query.creator_cwd);
    if (task && task->state != state_ && !files_.same_directory(task->state, state_)) return std::nullopt;
    std::optional<Bundle> bundle = query.bundle;
    if (!task) {
      task = search(query, bundle);
      if (!task) return std::nullopt;
    }
    if (task->name_space == "moby") return std::nullopt;  // docker's, which knows more
    Found found{.container = describe(*task, bundle), .settled = false};
    if (bundle) found.resolv_conf = bundle->resolv_conf;
    complete(found, task->name_space, bundle.has_value());
    return found;
  }

 private:
  /// The container of that id in any namespace; an id that no pattern vouches for must be of that very
  /// cgroup.
  [[nodiscard]] std::optional<TaskDirectory> search(const Query& query, std::optional<Bundle>& bundle) const {
    const bool by_other = query.creator_cwd.size() > 1;
    if (query.id.empty() || (by_other && !query.matched)) return std::nullopt;
    const std::string tasks = state_ + std::string(kTaskDirectory);
    const auto name_spaces = files_.subdirectories(tasks);
    if (!name_spaces) return std::nullopt;
    for (const auto& name_space : *name_spaces) {
      auto candidate = read_bundle(files_, tasks + name_space + "/" + query.id);
      if (!candidate || (!query.matched && !is_own_cgroup(*candidate, query.path))) continue;
      bundle = std::move(candidate);
      return TaskDirectory{.state = state_, .name_space = name_space, .id = query.id};
    }
    return query.matched ? search_by_cgroup(*name_spaces, query.path, bundle) : std::nullopt;
  }

  /// A container may have been given a cgroup whose name has nothing to do with its id (ctr run --cgroup).
  [[nodiscard]] std::optional<TaskDirectory> search_by_cgroup(const std::vector<std::string>& name_spaces,
                                                              const std::string& path,
                                                              std::optional<Bundle>& bundle) const {
    for (const auto& name_space : name_spaces) {
      const std::string tasks = state_ + std::string(kTaskDirectory) + name_space;
      for (const auto& id : files_.subdirectories(tasks).value_or(std::vector<std::string>())) {
        auto candidate = read_bundle(files_, std::string(tasks).append("/").append(id));
        if (!candidate || candidate->cgroups_path.empty() || !is_own_cgroup(*candidate, path)) continue;
        bundle = std::move(candidate);
        return TaskDirectory{.state = state_, .name_space = name_space, .id = id};
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] Container describe(const TaskDirectory& task, const std::optional<Bundle>& bundle) const {
    Container c;
    c.id = c.name = task.id;
    c.runtime = "containerd";
    c.rootfs = state_ + std::string(kTaskDirectory) + task.name_space + "/" + task.id + "/rootfs";
    if (bundle) {
      c.rootfs = bundle->rootfs;
      apply_cri_annotations(c, bundle->annotations);
    }
    return c;
  }

  /// Asks containerd for the image and its digests; settled when all of it is known.
  void complete(Found& found, const std::string& name_space, bool has_bundle) const {
    Container& c = found.container;
    const auto known = metadata_->container(name_space, c.id);
    if (known) {
      if (c.image.empty()) c.image = known->image;
      if (!has_bundle) {  // the kubelet's labels, which CRI copies, say the same
        apply_labels(c, known->labels);
        if (!c.role.empty()) c.name = c.role;
      }
      if (const auto name = known->labels.find("nerdctl/name"); name != known->labels.end()) {
        c.name = name->second;
      }
      if (is_digest(known->image_ref)) c.image_id = known->image_ref;
    }
    // A pod's container that is gone with its bundle has lost its role: its behaviour must not go to
    // another's profile.
    const bool role_lost = name_space == kCriNamespace && !has_bundle && !known;
    if (c.image.empty() && !role_lost) c.image = metadata_->remembered_image(name_space, c.id);
    if (c.image.empty()) {
      // Made without an image (ctr run --rootfs): what it runs is all that names it.
      found.settled = known.has_value();
      if (known) c.image = c.rootfs;
      return;
    }
    if (is_digest(c.image)) {
      if (const auto name = metadata_->image_name(name_space, c.image); name) c.image = *name;
    }
    const auto digest = metadata_->image_digest(name_space, c.image);
    if (digest) {
      const auto digests = image_digests(*digest);
      c.manifest = digests.manifest;
      if (c.image_id.empty()) c.image_id = digests.config;
    }
    // An image that is gone stays gone; a daemon that does not answer may yet.
    found.settled = digest || digest.error() == NoAnswer::unknown;
  }

  [[nodiscard]] ImageDigests image_digests(const std::string& digest) const {
    {
      const MutexLock lock(mutex_);
      if (const auto cached = digests_.find(digest); cached != digests_.end()) return cached->second;
    }
    auto digests = read_image_digests(files_, root_, digest);
    if (digests.config.empty()) return digests;
    constexpr std::size_t kMost = 4096;
    const MutexLock lock(mutex_);
    if (digests_.size() >= kMost) digests_.clear();
    digests_.insert_or_assign(digest, digests);
    return digests;
  }

  std::string root_, state_;
  HostFiles files_;
  std::unique_ptr<ContainerdMetadata> metadata_;
  mutable Mutex mutex_;
  mutable std::map<std::string, ImageDigests> digests_
      GUARDED_BY(mutex_);  // what a digest names never changes
};

}  // namespace

std::string containerd_state(const RuntimeConfig& config) {
  return config.state.empty() ? "/run/containerd" : config.state;
}

std::unique_ptr<Runtime> make_containerd(const RuntimeConfig& config, const HostFiles& files,
                                         std::unique_ptr<ContainerdMetadata> metadata) {
  return std::make_unique<Containerd>(config, files, std::move(metadata));
}

}  // namespace plimsoll
