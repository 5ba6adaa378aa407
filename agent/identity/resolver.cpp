// cgroup path -> container: the order in which what is known is asked.
#include "agent/identity/resolver.h"

#include <algorithm>
#include <array>

#include "agent/identity/cgroup_path.h"
#include "agent/identity/image_name.h"
#include "agent/identity/orchestrator.h"
#include "agent/identity/resolv_conf.h"
#include "agent/identity/runtime.h"

namespace plimsoll {
namespace {

constexpr std::string_view kUnknown = "unknown";

class RuntimeResolver final : public Resolver {
 public:
  RuntimeResolver(HostFiles files, CgroupPatterns patterns, std::vector<std::unique_ptr<Runtime>> runtimes)
      : files_(std::move(files)), patterns_(std::move(patterns)), runtimes_(std::move(runtimes)) {}

  [[nodiscard]] Resolution resolve(const CgroupHint& hint) const override {
    if (last_component(hint.path).empty() || hint.path.size() > kMaxPathBytes) return NotAContainer{};
    const auto match = patterns_.match(hint.path);
    // systemd makes cgroups standing in "/": no bundle there.
    const bool stands_somewhere = hint.creator_cwd.size() > 1 && hint.creator_cwd.size() <= kMaxPathBytes;
    if (!match && !stands_somewhere && is_host_unit(hint.path)) return NotAContainer{};

    Query query;
    query.path = hint.path;
    query.matched = match.has_value();
    const auto id = match ? std::string_view(match->id) : bare_id(hint.path);
    if (valid_id(id)) query.id = id;
    if (stands_somewhere) {
      query.creator_cwd = hint.creator_cwd;
      query.creator_comm = hint.creator_comm;
      query.creator_pid = hint.creator_pid;
      query.bundle = read_bundle(files_, hint.creator_cwd);
      if (query.bundle && !is_own_cgroup(*query.bundle, hint.path)) {
        if (!match) return NotAContainer{};
        query.bundle.reset();
        query.creator_cwd.clear();
      }
    }
    for (const auto& runtime : runtimes_) {
      if (auto found = runtime->find(query)) {
        found->container.resolvers = resolvers_of(*found, query);
        auto container = finish(std::move(found->container), query);
        if (found->settled && !container->unnamed) return container;
        return NotYet{std::move(container)};
      }
    }
    if (!match) return NotAContainer{};
    Container guess;
    guess.runtime = match->runtime;
    return NotYet{finish(std::move(guess), query)};
  }

 private:
  [[nodiscard]] std::vector<Address> resolvers_of(const Found& found, const Query& query) const {
    const auto& path = query.bundle ? query.bundle->resolv_conf : found.resolv_conf;
    const auto text = path.empty() ? fail("unknown") : files_.read(path);
    return text ? name_servers(*text) : std::vector<Address>();
  }

  static ContainerPtr finish(Container c, const Query& query) {
    if (c.id.empty()) c.id = query.id;
    if (c.name.empty()) c.name = c.id;
    if (c.role.empty()) c.role = "default";
    if (c.runtime.empty()) c.runtime = kUnknown;
    c.unnamed = c.image.empty();
    c.image = bounded(c.image);
    c.repository = c.unnamed ? std::string(kUnknown) : repository_of(c.image);
    c.cgroup_path = query.path;
    apply_path(c, query.path);
    return std::make_shared<const Container>(std::move(c));
  }

  HostFiles files_;
  CgroupPatterns patterns_;
  std::vector<std::unique_ptr<Runtime>> runtimes_;
};

constexpr std::array<std::string_view, 5> kKinds = {"docker", "containerd", "podman", "runc", "crun"};

Result<void> check(const std::vector<RuntimeConfig>& configs, const HostFiles& files) {
  for (const auto& config : configs) {
    if (std::ranges::find(kKinds, config.kind) == kKinds.end()) {
      return fail("identity.runtimes: kind '" + config.kind +
                  "' is not known; accepted: docker, containerd, podman, runc, crun");
    }
    for (const auto& [key, directory] :
         {std::pair{"root", &config.root}, std::pair{"state", &config.state}}) {
      if (directory->empty()) continue;
      if (!directory->starts_with('/') || !files.is_directory(*directory)) {
        return fail("identity.runtimes: " + config.kind + "." + key + " = '" + *directory +
                    "' cannot be read; accepted: an absolute path of a directory on the host");
      }
    }
  }
  return {};
}

std::vector<std::unique_ptr<Runtime>> open_runtimes(std::vector<RuntimeConfig> configs,
                                                    const HostFiles& files, const std::string& proc_root) {
  if (configs.empty()) {
    for (const auto kind : kKinds)
      configs.push_back({.kind = std::string(kind), .root = {}, .state = {}, .socket = {}});
  }
  // Managers before the runtimes that they run: a managed container is in runc's state as well.
  std::vector<std::unique_ptr<Runtime>> runtimes;
  std::vector<RuntimeConfig> bare;
  for (const auto& config : configs) {
    if (config.kind == "docker") {
      runtimes.push_back(make_docker(config, files));
    } else if (config.kind == "podman") {
      runtimes.push_back(make_podman(config, files));
    } else if (config.kind == "containerd") {
      const auto socket =
          config.socket.empty() ? containerd_state(config) + "/containerd.sock" : config.socket;
      runtimes.push_back(make_containerd(config, files, connect_containerd(files.seen_at(socket))));
    } else {
      bare.push_back(config);
    }
  }
  if (!bare.empty()) runtimes.push_back(make_oci_runtimes(bare, files, proc_root));
  return runtimes;
}

}  // namespace

Result<std::unique_ptr<Resolver>> make_resolver(const IdentityConfig& config) {
  HostFiles files(config.host_root);
  auto patterns = CgroupPatterns::make(config.cgroup_patterns);
  if (!patterns) return std::unexpected(patterns.error());
  if (auto checked = check(config.runtimes, files); !checked) return std::unexpected(checked.error());
  return std::make_unique<RuntimeResolver>(files, std::move(*patterns),
                                           open_runtimes(config.runtimes, files, config.proc_root));
}

}  // namespace plimsoll
