// Every detector there is, listed by hand: an object that registers itself would be dropped by the linker.
#include <algorithm>
#include <array>

#include "detectors/detector.h"

/// One line a detector, in the order in which the alerts of one event are raised. Each line is both the
/// declaration of `Detector NAME()` and its entry in all_detectors(). `release` comes after those whose
/// findings it reports.
#define PLIMSOLL_DETECTORS(X) \
  X(escape_mount)             \
  X(control_socket)           \
  X(reverse_shell)            \
  X(uid0)                     \
  X(capabilities)             \
  X(new_mount_api)            \
  X(mount)                    \
  X(new_namespace)            \
  X(raw_socket)               \
  X(credentials_endpoint)     \
  X(failed_privileged)        \
  X(miner_command_line)       \
  X(pool_connection)          \
  X(fileless)                 \
  X(not_from_image)           \
  X(new_executable)           \
  X(new_destination)          \
  X(release)                  \
  X(profile_full)

namespace plimsoll {
namespace detectors {
#define PLIMSOLL_DECLARE(name) Detector name();
PLIMSOLL_DETECTORS(PLIMSOLL_DECLARE)
#undef PLIMSOLL_DECLARE
}  // namespace detectors

std::span<const Detector> all_detectors() {
#define PLIMSOLL_MAKE(name) detectors::name(),
  static const std::array kAll = {PLIMSOLL_DETECTORS(PLIMSOLL_MAKE)};
#undef PLIMSOLL_MAKE
  return kAll;
}

const Rule* find_rule(std::string_view id) {
  const auto all = all_detectors();
  const auto found = std::ranges::find(all, id, [](const Detector& d) { return d.rule.id; });
  return found == all.end() ? nullptr : &found->rule;
}

}  // namespace plimsoll
