// What a cgroup's path alone tells.
#include "agent/identity/cgroup_path.h"

#include <algorithm>
#include <array>

#include "agent/identity/host_files.h"
#include "agent/identity/image_name.h"

namespace plimsoll {
namespace {

constexpr std::size_t kMaxPath = 1024;  ///< that patterns look at: std::regex recurses

struct ScopePrefix {
  std::string_view prefix, runtime;
};

// The runtimes' own names under the systemd driver: PREFIX-ID.scope.
constexpr std::array kScopes = {
    ScopePrefix{"docker-", "docker"},
    ScopePrefix{"cri-containerd-", "containerd"},
    ScopePrefix{"nerdctl-", "containerd"},
    ScopePrefix{"libpod-", "podman"},
    ScopePrefix{"crio-", ""},
    ScopePrefix{"runc-", "runc"},
    ScopePrefix{"crun-", "crun"},
};

constexpr std::array<std::string_view, 10> kUnitSuffixes = {".service", ".slice", ".mount",     ".socket",
                                                            ".swap",    ".timer", ".automount", ".target",
                                                            ".path",    ".device"};

/// ECS on Fargate: 32 hex digits, '-', digits.
bool is_fargate_id(std::string_view id) {
  const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return id.size() > 33 && id.size() <= 44 && id[32] == '-' && std::ranges::all_of(id.substr(0, 32), hex) &&
         std::ranges::all_of(id.substr(33), digit);
}

std::string_view runtime_by_parent(std::string_view path) {
  if (path.starts_with("/docker/") || path.starts_with("/ecs/")) return "docker";
  if (path.starts_with("/k8s.io/")) return "containerd";
  return {};
}

std::optional<PathMatch> built_in(std::string_view path) {
  std::string_view last = last_component(path);
  const auto found = [&](std::string_view id, std::string_view runtime) -> std::optional<PathMatch> {
    if (!valid_id(id) || id.starts_with("conmon-")) return std::nullopt;  // podman's and CRI-O's monitors
    return PathMatch{std::string(id), std::string(runtime)};
  };
  if (last.ends_with(".scope")) {
    const auto name = last.substr(0, last.size() - std::string_view(".scope").size());
    for (const auto& [prefix, runtime] : kScopes) {
      if (name.starts_with(prefix)) return found(name.substr(prefix.size()), runtime);
    }
    return std::nullopt;
  }
  if (is_hex64(last) || is_fargate_id(last)) return found(last, runtime_by_parent(path));
  if (last.starts_with("libpod-") && is_hex64(last.substr(7))) return found(last.substr(7), "podman");
  // SLICE:PREFIX:ID, meant for the systemd driver, taken literally by cgroupfs.
  const auto first = last.find(':'), second = last.rfind(':');
  if (first != std::string_view::npos && first != second && last.substr(0, first).ends_with(".slice")) {
    const auto prefix = std::string(last.substr(first + 1, second - first - 1)) + '-';
    const auto* scope = std::ranges::find(kScopes, std::string_view(prefix), &ScopePrefix::prefix);
    if (scope != kScopes.end()) return found(last.substr(second + 1), scope->runtime);
  }
  return std::nullopt;
}

}  // namespace

Result<CgroupPatterns> CgroupPatterns::make(const std::vector<std::string>& patterns) {
  CgroupPatterns result;
  for (const auto& text : patterns) {
    try {
      std::regex pattern(text, std::regex::ECMAScript | std::regex::optimize);
      if (pattern.mark_count() != 1) {
        return fail("identity.cgroup_patterns: '" + text + "' has " + std::to_string(pattern.mark_count()) +
                    " groups; accepted: exactly one, which is the container's id");
      }
      result.added_.push_back(std::move(pattern));
    } catch (const std::regex_error& error) {
      return fail("identity.cgroup_patterns: '" + text +
                  "' is not an ECMAScript regular expression: " + error.what());
    }
  }
  return result;
}

std::optional<PathMatch> CgroupPatterns::match(std::string_view path) const {
  if (auto known = built_in(path)) return known;
  if (path.size() > kMaxPath) return std::nullopt;
  for (const auto& pattern : added_) {
    std::match_results<std::string_view::const_iterator> groups;
    if (!std::regex_search(path.begin(), path.end(), groups, pattern)) continue;
    const std::string id = groups[1].str();
    if (valid_id(id)) return PathMatch{id, {}};
  }
  return std::nullopt;
}

bool is_host_unit(std::string_view path) {
  const auto last = last_component(path);
  return last.find(':') == std::string_view::npos &&
         std::ranges::any_of(kUnitSuffixes, [&](std::string_view suffix) { return last.ends_with(suffix); });
}

std::string_view bare_id(std::string_view path) {
  std::string_view last = last_component(path);
  if (last.ends_with(".scope")) {
    last.remove_suffix(6);
    for (const auto& scope : kScopes) {
      if (last.starts_with(scope.prefix)) return last.substr(scope.prefix.size());
    }
  }
  return last;
}

}  // namespace plimsoll
