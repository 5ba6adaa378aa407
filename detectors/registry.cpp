// Every detector there is, listed by hand: an object that registers itself would be dropped by the linker.
#include <algorithm>
#include <array>

#include "detectors/detector.h"

namespace plimsoll {
namespace detectors {
// detectors/drift/
Detector fileless();
Detector not_from_image();
Detector new_executable();
Detector new_destination();
Detector release();
// detectors/escalation/
Detector uid0();
Detector capabilities();
Detector escape_mount();
Detector new_mount_api();
Detector mount();
Detector new_namespace();
Detector control_socket();
Detector credentials_endpoint();
Detector reverse_shell();
Detector raw_socket();
Detector failed_privileged();
// detectors/cryptojacking/
Detector miner_command_line();
Detector pool_connection();
// detectors/integrity/
Detector profile_full();
}  // namespace detectors

std::span<const Detector> all_detectors() {
  using namespace detectors;
  static const std::array kAll = {
      escape_mount(),
      control_socket(),
      reverse_shell(),
      uid0(),
      capabilities(),
      new_mount_api(),
      mount(),
      new_namespace(),
      raw_socket(),
      credentials_endpoint(),
      failed_privileged(),
      miner_command_line(),
      pool_connection(),
      fileless(),
      not_from_image(),
      new_executable(),
      new_destination(),
      release(),  // after those whose findings it tells of
      profile_full(),
  };
  return kAll;
}

const Rule* find_rule(std::string_view id) {
  const auto all = all_detectors();
  const auto found = std::ranges::find(all, id, [](const Detector& d) { return d.rule.id; });
  return found == all.end() ? nullptr : &found->rule;
}

}  // namespace plimsoll
