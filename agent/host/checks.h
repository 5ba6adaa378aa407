// What `plimsoll doctor` and the start of the agent check: facts in, findings out.
#pragma once

#include <string>
#include <vector>

#include "agent/core/names.h"
#include "agent/core/result.h"
#include "agent/host/host_facts.h"
#include "agent/sensor/sensor.h"

namespace plimsoll {

enum class CheckState : std::uint8_t { ok, warning, failed };
template <>
inline constexpr auto kNamesOf<CheckState> = names({"ok", "warning", "failed"});

struct Check {
  std::string what;
  CheckState state = CheckState::ok;
  std::string detail;  ///< what was found, and what to do about it
};

/// Kernel, BTF, lockdown, capabilities, cgroups, runtimes.
std::vector<Check> host_checks(const HostFacts&);

/// The kernel and the capabilities without which nothing can be loaded.
Result<void> check_start(const HostFacts&);

/// One check a hook. A hook that cannot be done without and is in no way attached has failed; another is a
/// warning.
std::vector<Check> hook_checks(const std::vector<HookStatus>&);

}  // namespace plimsoll
