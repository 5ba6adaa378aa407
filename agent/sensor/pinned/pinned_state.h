// Pinned state: maps, programs and links of a sensor that outlive its process, so that the next one can take
// them over and nothing is missed in between. What another version has pinned is retired: it stays attached
// until the new programs know the containers.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "agent/core/losses.h"
#include "agent/core/result.h"
#include "agent/sensor/live.h"
#include "agent/sensor/maps/rings.h"
#include "agent/sensor/pinned/pins.h"

namespace plimsoll {

/// Describes pinned state: what the next agent must know beside the maps, programs and links themselves.
struct PinnedDescription {
  std::string fingerprint;
  pl_config config{};
  std::vector<HookStatus> hooks;
};
/// As text, which is pinned too; and back. Fails on any other text.
std::string to_text(const PinnedDescription&);
Result<PinnedDescription> description_from(const std::string& text);

/// Two agents with the same fingerprint may use the same pinned state: they have the same programs, settings
/// and sizes. `config` as it is before loading.
std::string fingerprint(const SensorOptions&, const pl_config& config, const std::string& cgroup2_path);

/// Pins all of it, and the description last.
Result<void> pin_state(const Pins&, const LiveParts&, const PinnedDescription&);

/// Takes over what an earlier agent with that fingerprint has pinned. Nothing: there is no pinned state, or
/// its fingerprint is another. An error: the fingerprint is the same, or the description is missing, and the
/// state cannot be used.
Result<std::optional<LiveParts>> take_over(const Pins&, const SensorOptions&, const std::string& fingerprint);

/// Retires what is pinned: moves it to a folder of its own, where its programs stay attached until
/// end_retired(). Programs that were retired before, and have not been ended, stay there instead: they know
/// the containers, those pinned after them do not yet, and end. False: there was nothing to retire.
Result<bool> retire(const Pins&);

struct RetiredState {
  bool any = false;                    ///< there was something
  std::unique_ptr<Rings> rings;        ///< with the records that nobody has read; null: none
  Slot self_test = 0;                  ///< of the self-test, whose records are to be skipped
  std::map<std::string, Losses> lost;  ///< by hook: what its programs had lost since they were loaded
};
/// Unpins what was retired, which ends its programs.
Result<RetiredState> end_retired(const Pins&);

}  // namespace plimsoll
