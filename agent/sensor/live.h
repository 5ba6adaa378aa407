// What a running sensor is made of; open.cpp puts it together.
#pragma once

#include <memory>
#include <string>

#include "agent/sensor/load.h"
#include "agent/sensor/rings.h"
#include "agent/sensor/sensor.h"
#include "agent/sensor/slot_table.h"

namespace plimsoll {

struct LiveParts {
  SensorOptions options;
  Skeleton skeleton;
  Attached attached;
  std::string cgroup2_path;
  Hierarchy hierarchy;
  pl_config config{};
  std::unique_ptr<Rings> rings;
  std::unique_ptr<SlotTable> slots;
};

std::unique_ptr<Sensor> make_live_sensor(LiveParts);

}  // namespace plimsoll
