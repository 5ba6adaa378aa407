// The JSON shapes of api.md. Every string that a container could have chosen is escaped.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agent/engine/event_broadcaster.h"
#include "agent/engine/report.h"
#include "agent/engine/rule_set.h"
#include "agent/fleet/fleet_health.h"
#include "agent/host/host_facts.h"
#include "agent/pipeline/questions.h"
#include "agent/sensor/sensor.h"

namespace plimsoll {

/// An argument that is a text, unescaped; an absent one is empty.
Result<std::string> text_argument(const nlohmann::json& args, const char* key);

nlohmann::json container_row(const ContainerReport&);
nlohmann::json profile_row(const ProfileSummary&, const std::string& path);
nlohmann::json event_line(const BroadcastEvent&, std::uint64_t dropped);
nlohmann::json rule_row(const ActiveRule&);
nlohmann::json hook_rows(const std::vector<HookStatus>&);
nlohmann::json confinement_row(const Confinement&, std::uint64_t needed);
/// Null without a fleet.
nlohmann::json fleet_row(const std::optional<FleetHealth>&);
nlohmann::json hook_counters(const std::map<std::string, HookCounters>&);

}  // namespace plimsoll
