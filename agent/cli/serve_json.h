// The JSON shapes of serve.h. Every string that a container could have chosen is escaped.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agent/cli/host_facts.h"
#include "agent/pipeline/fleet_health.h"
#include "agent/pipeline/report.h"
#include "agent/pipeline/rule_book.h"
#include "agent/pipeline/stream.h"
#include "agent/sensor/sensor.h"

namespace plimsoll {

/// An argument that is a text, unescaped; an absent one is empty.
Result<std::string> text_argument(const nlohmann::json& args, const char* key);

nlohmann::json container_row(const ContainerReport&);
nlohmann::json profile_row(const ProfileReport&, const std::string& path);
nlohmann::json event_line(const StreamEvent&, std::uint64_t dropped);
nlohmann::json rule_row(const ActiveRule&);
nlohmann::json hook_rows(const std::vector<HookStatus>&);
nlohmann::json confinement_row(const Confinement&, std::uint64_t needed);
/// Null without a fleet.
nlohmann::json fleet_row(const std::optional<FleetHealth>&);
nlohmann::json hook_counters(const std::map<std::string, HookCounters>&);

}  // namespace plimsoll
