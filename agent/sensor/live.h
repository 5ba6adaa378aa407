// What a running sensor is made of; open.cpp puts it together.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/sensor/attach/load.h"
#include "agent/sensor/attach/programs.h"
#include "agent/sensor/maps/rings.h"
#include "agent/sensor/maps/slot_table.h"
#include "agent/sensor/pinned/pins.h"
#include "agent/sensor/sensor.h"
#include "plimsoll.skel.h"

namespace plimsoll {

/// The variables that the programs and the agent share.
using Shared = plimsoll_bpf::plimsoll_bpf__bss;

struct LiveParts {
  SensorOptions options;
  Skeleton skeleton;  ///< its maps have descriptors; its programs only where it was loaded here
  std::unique_ptr<Programs> programs;
  std::shared_ptr<Shared> shared;
  Attached attached;
  std::string cgroup2_path;
  Hierarchy hierarchy;
  pl_config config{};
  std::unique_ptr<Rings> rings;
  std::unique_ptr<SlotTable> slots;
  std::optional<Pins> pins;  ///< where it is pinned
  /// `replaced`: the other programs are retired (pinned_state.h), and still attached.
  Predecessor predecessor = Predecessor::none;
  std::string takeover_problem;  ///< as Sensor::takeover_problem()
};

std::unique_ptr<Sensor> make_live_sensor(LiveParts);

}  // namespace plimsoll
