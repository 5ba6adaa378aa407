// A kernel side that outlives its agent, for the next one to take over: nothing is missed in between.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "agent/core/losses.h"
#include "agent/core/result.h"
#include "agent/sensor/live.h"
#include "agent/sensor/maps/rings.h"
#include "agent/sensor/pinned/pins.h"

namespace plimsoll {

/// What is to be known of a kernel side beside its maps, programs and links.
struct About {
  std::string order;  ///< what it was made for (order_of)
  pl_config config{};
  std::vector<HookStatus> hooks;
};
/// As text, to be kept beside them; and back. Fails on anything else.
std::string to_text(const About&);
Result<About> about_from(const std::string& text);

/// Two agents that order the same may use the same kernel side: the same programs, settings and sizes.
/// `config` is not settled by loading yet.
std::string order_of(const SensorOptions&, const pl_config& config, const std::string& cgroup2_path);

/// Pins all of it, and last of all what it is.
Result<void> keep(const Pins&, const LiveParts&, const About&);

/// What an agent before has kept, if it was made for that order; an error says what is there instead.
Result<LiveParts> take_over(const Pins&, const SensorOptions&, const std::string& order);

/// Puts what an agent of other programs has kept aside, where it watches on until end_put_aside(). What was
/// put aside before is left there instead: its programs know the containers, those that came after them do
/// not yet. False: there is nothing.
Result<bool> put_aside(const Pins&);

struct Ended {
  bool any = false;                    ///< there was something
  std::unique_ptr<Rings> rings;        ///< with what nobody has read; null: none
  Slot self_test = 0;                  ///< whose records are of nobody's interest
  std::map<std::string, Losses> lost;  ///< by hook: what its programs had lost since they were loaded
};
/// Ends what was put aside.
Result<Ended> end_put_aside(const Pins&);

}  // namespace plimsoll
