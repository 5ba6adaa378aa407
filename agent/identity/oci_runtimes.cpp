// runc and crun on their own: a bundle that somebody made, and the state that they keep of what runs.
#include <algorithm>
#include <fstream>

#include "agent/core/mutex.h"
#include "agent/identity/cgroup_path.h"
#include "agent/identity/image_name.h"
#include "agent/identity/json.h"
#include "agent/identity/orchestrator.h"
#include "agent/identity/runtime.h"

namespace plimsoll {
namespace {

struct Entry {
  std::string kind;   ///< runc or crun
  std::string root;   ///< bundles lie below it; empty: anywhere
  std::string state;  ///< one directory a container
};

/// What a state file (runc: state.json, crun: status) tells.
struct State {
  long long changed = 0;
  std::string bundle;
  std::vector<std::string> cgroups;  ///< within their hierarchies
};

/// "/sys/fs/cgroup/memory/a/b" -> "/a/b"; `controller` is "" for cgroup v2, which hybrid hosts mount at
/// unified.
std::string within_hierarchy(std::string path, const std::string& controller) {
  constexpr std::string_view kMount = "/sys/fs/cgroup";
  if (!path.starts_with(kMount)) return path;
  path.erase(0, kMount.size());
  if (controller.empty() && !path.starts_with("/unified/")) return path;
  const auto slash = path.find('/', 1);
  return slash == std::string::npos ? "/" : path.substr(slash);
}

class OciRuntimes final : public Runtime {
 public:
  OciRuntimes(const std::vector<RuntimeConfig>& configs, HostFiles files, std::string proc_root)
      : files_(std::move(files)), proc_root_(std::move(proc_root)) {
    for (const auto& config : configs) {
      entries_.push_back(
          {config.kind, config.root, config.state.empty() ? "/run/" + config.kind : config.state});
    }
  }

  [[nodiscard]] std::optional<Found> find(const Query& query) const override {
    return query.bundle ? by_bundle(query, *query.bundle) : by_state(query);
  }

 private:
  static bool claims(const Entry& entry, const std::string& bundle) {
    return !is_managed_bundle(bundle) && (entry.root.empty() || lies_under(bundle, entry.root));
  }

  [[nodiscard]] bool has_state(const Entry& entry, std::string_view id) const {
    return valid_id(id) && files_.is_directory(entry.state + "/" + std::string(id));
  }

  static Container describe(const Entry& entry, const Bundle& bundle, std::string id) {
    Container c;
    c.id = c.name = std::move(id);
    c.runtime = entry.kind;
    c.rootfs = bundle.rootfs;
    apply_cri_annotations(c, bundle.annotations);
    if (const auto ref = bundle.annotations.find("org.opencontainers.image.ref.name");
        c.image.empty() && ref != bundle.annotations.end()) {
      c.image = ref->second;
    }
    // Nothing else names what it is for; containers from one root file system share a profile.
    if (c.image.empty()) c.image = bundle.rootfs;
    c.manifest = digest_of(c.image);
    return c;
  }

  /// The bundle was seen when the cgroup was made. The runtime has made STATE/ID before (there is no file in
  /// it yet).
  [[nodiscard]] std::optional<Found> by_bundle(const Query& query, const Bundle& bundle) const {
    std::vector<const Entry*> able;
    for (const auto& entry : entries_) {
      if (claims(entry, bundle.directory)) able.push_back(&entry);
    }
    if (able.empty()) return std::nullopt;
    std::ranges::stable_partition(able, [&](const Entry* e) { return e->kind == query.creator_comm; });

    const std::string id(bare_id(query.path));
    const auto holder = std::ranges::find_if(able, [&](const Entry* e) { return has_state(*e, id); });
    if (holder != able.end()) return Found{describe(**holder, bundle, id)};
    if (bundle.cgroups_path.empty()) return Found{describe(*able.front(), bundle, id)};
    // A cgroup of another name than the container's.
    for (const auto& argument : creator_arguments(query.creator_pid)) {
      for (const Entry* entry : able) {
        if (has_state(*entry, argument)) return Found{describe(*entry, bundle, argument)};
      }
    }
    bool undecided = false;
    for (const Entry* entry : able) {
      const auto owner = search(*entry, query.path, &bundle.directory, undecided);
      if (owner) return Found{describe(*entry, bundle, *owner)};
    }
    return Found{describe(*able.front(), bundle, id), !undecided};
  }

  /// A cgroup that was there before, or that systemd made for the runtime.
  [[nodiscard]] std::optional<Found> by_state(const Query& query) const {
    const bool by_other = query.creator_cwd.size() > 1;  // not by a runtime: those stand in a bundle
    if (by_other) return std::nullopt;
    for (const auto& entry : entries_) {
      std::optional<std::string> id;
      bool undecided = false;
      if (!query.id.empty() && has_state(entry, query.id)) {
        const auto state = load(entry, query.id);
        if (!state && query.matched) return Found{path_only(entry, query.id), false};
        if (state && (query.matched || names_cgroup(*state, query.path))) id = query.id;
      }
      if (!id) id = search(entry, query.path, nullptr, undecided);
      if (!id) continue;
      const auto state = load(entry, *id);
      if (!state || !claims(entry, state->bundle)) continue;
      const auto bundle = read_bundle(files_, state->bundle);
      if (!bundle) return Found{path_only(entry, *id), false};
      return Found{.container = describe(entry, *bundle, *id), .resolv_conf = bundle->resolv_conf};
    }
    return std::nullopt;
  }

  static Container path_only(const Entry& entry, const std::string& id) {
    Container c;
    c.id = c.name = id;
    c.runtime = entry.kind;
    return c;
  }

  static bool names_cgroup(const State& state, std::string_view path) {
    return std::ranges::find(state.cgroups, path) != state.cgroups.end();
  }

  /// The container whose state names this cgroup (and this bundle, if given). `undecided`: one has no state
  /// file yet.
  [[nodiscard]] std::optional<std::string> search(const Entry& entry, std::string_view path,
                                                  const std::string* bundle, bool& undecided) const {
    const auto ids = files_.subdirectories(entry.state);
    if (!ids) return std::nullopt;
    for (const auto& id : *ids) {
      const auto state = load(entry, id);
      if (!state) undecided = true;
      if (state && (bundle == nullptr || state->bundle == *bundle) && names_cgroup(*state, path)) return id;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<State> load(const Entry& entry, const std::string& id) const {
    const std::string file = entry.state + "/" + id + (entry.kind == "crun" ? "/status" : "/state.json");
    const long long changed = files_.changed(file);
    const MutexLock lock(mutex_);
    if (const auto cached = cache_.find(file); cached != cache_.end() && cached->second.changed == changed) {
      return cached->second;
    }
    const auto text = files_.read(file);
    const auto json = text ? Json::parse(*text) : Result<Json>(fail("unreadable"));
    if (!json) return std::nullopt;
    State state{.changed = changed, .bundle = json->text({"bundle"}, kMaxPathBytes), .cgroups = {}};
    if (const auto path = json->text({"cgroup-path"}, kMaxPathBytes); !path.empty())
      state.cgroups.push_back(path);
    for (const auto& controller : json->members({"cgroup_paths"})) {
      state.cgroups.push_back(
          within_hierarchy(json->text({"cgroup_paths", controller}, kMaxPathBytes), controller));
    }
    for (const auto& label : json->items({"config", "labels"})) {
      const auto value = label.text({}, kMaxPathBytes);
      if (value.starts_with("bundle=")) state.bundle = value.substr(7);
    }
    constexpr std::size_t kMostCached = 4096;
    if (cache_.size() >= kMostCached) cache_.clear();
    return cache_[file] = std::move(state);
  }

  /// The runtime's own command line, read while it is still at work: the id is one of its arguments.
  [[nodiscard]] std::vector<std::string> creator_arguments(std::uint32_t pid) const {
    std::vector<std::string> arguments;
    if (pid == 0) return arguments;
    std::ifstream file(proc_root_ + "/" + std::to_string(pid) + "/cmdline", std::ios::binary);
    constexpr std::size_t kMost = 64;
    for (std::string argument; arguments.size() < kMost && std::getline(file, argument, '\0');) {
      if (valid_id(argument)) arguments.push_back(argument);
    }
    std::ranges::reverse(arguments);  // the id comes last
    return arguments;
  }

  std::vector<Entry> entries_;
  HostFiles files_;
  std::string proc_root_;
  mutable Mutex mutex_;
  mutable std::map<std::string, State> cache_ GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<Runtime> make_oci_runtimes(const std::vector<RuntimeConfig>& configs, const HostFiles& files,
                                           std::string proc_root) {
  return std::make_unique<OciRuntimes>(configs, files, std::move(proc_root));
}

}  // namespace plimsoll
