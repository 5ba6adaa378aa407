// `plimsoll status`: the agent, what it watches, and what an operator should fix.
#include <nlohmann/json.hpp>
#include <ostream>

#include "agent/cli/cli.h"
#include "agent/cli/commands.h"
#include "agent/cli/format.h"
#include "agent/core/losses.h"

namespace plimsoll {
namespace {

using nlohmann::json;

std::string line(std::string_view label, const std::string& text) {
  return padded(std::string(label), 11) + text + "\n";
}

std::string count(const json& object, std::string_view key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_unsigned() ? grouped(found->get<std::uint64_t>()) : "0";
}

std::string profiles_text(const json& profiles) {
  std::string out;
  for (const auto& [state, number] : profiles.items()) {
    out += (out.empty() ? "" : ", ") + number.dump() + " " + safe(state);
  }
  return out.empty() ? "none yet" : out;
}

void print_agent(const Context& context, const json& status) {
  const auto& palette = context.palette;
  const auto events = status.value("events", json::object());
  const auto alerts = status.value("alerts", json::object());
  const auto cgroups = status.value("cgroups", json::object());
  const auto lost = count(events, "lost");
  auto& out = context.out;
  out << line("Agent", "plimsoll " + field(status, "version") + ", pid " + field(status, "pid") + ", up " +
                           age(field(status, "started"), context.clock.now()) + ", mode " +
                           field(status, "mode") +
                           (status.value("learning_paused", false) ? palette.warn(", learning paused") : ""));
  out << line("Events", count(events, "seen") + " seen = " + count(events, "known") + " known + " +
                            count(events, "emitted") + " new + " +
                            (lost == "0" ? "0 lost" : palette.bad(lost + " lost")));
  out << line("Alerts", count(alerts, "active") + " active, " + count(alerts, "shadow") + " shadow; in " +
                            field(status, "alerts_file"));
  out << line("Profiles",
              profiles_text(status.value("profiles", json::object())) + "; in " + field(status, "state_dir"));
  if (const auto fleet = status.value("fleet", json()); fleet.is_object()) {
    out << line("Fleet",
                field(fleet, "store") + ", " + count(fleet, "lineages") + " lineages, " +
                    (fleet.value("up", false) ? "store answers" : palette.bad("store does not answer")) +
                    (fleet.value("read_only", false) ? ", read only" : ""));
  }
  out << line("Cgroups", field(cgroups, "hierarchy") + " at " + field(cgroups, "mount_point"));
  out << line("Metrics", "http://" + field(status, "metrics") + "/metrics");
  if (const auto blind = joined(status, "blind", ", "); !blind.empty()) {
    out << line("Blind", palette.bad(blind) + "  (see plimsoll doctor)");
  }
  if (const auto pending = count(status, "pending"); pending != "0") {
    out << line("Pending",
                pending + " cgroups not identified yet, " + count(status, "held_events") + " events held");
  }
  for (const auto& problem : status.value("problems", json::array())) {
    out << line("Problem", palette.bad(safe(problem.get<std::string>())));
  }
}

std::string shown_name(const json& container) {
  const auto name = field(container, "name");
  return name.empty() ? field(container, "id").substr(0, 12) : name;
}

/// "15 lost (ring_full 12, quota 3)"
std::string lost_text(const json& container) {
  const auto reasons = describe(container.value("lost", Losses{}));
  return field(container, "lost_events") + " lost" + (reasons.empty() ? "" : " (" + safe(reasons) + ")");
}

std::string shown_state(const json& container) {
  if (container.value("sandbox", false)) return "sandbox";
  if (container.value("unnamed", false)) return "unnamed";
  return field(container, "state");
}

void print_containers(const Context& context, const json& containers) {
  if (containers.empty()) {
    context.out << "\nNo containers seen yet.\n";
    return;
  }
  Table table(
      {"CONTAINER", "IMAGE", "ROLE", "RUNTIME", "PROFILE", "BEHAVIOURS", "EVENTS", "ALERTS", "LOST", "AGE"});
  for (const auto& one : containers) {
    const auto alive = one.value("running", true);
    table.row({shown_name(one), field(one, "image"), field(one, "role"), field(one, "runtime"),
               shown_state(one), field(one, "behaviours"), field(one, "events"), field(one, "alerts"),
               field(one, "lost_events"), alive ? age(field(one, "started"), context.clock.now()) : "ended"});
  }
  context.out << '\n' << table.text();
}

void print_container(const Context& context, const json& one) {
  const auto& palette = context.palette;
  auto& out = context.out;
  out << palette.bold(shown_name(one)) << "  " << field(one, "id") << '\n';
  out << line("Image", field(one, "image") + "  " + field(one, "image_id"));
  out << line("Role", field(one, "role"));
  out << line("Runtime", field(one, "runtime"));
  if (!field(one, "pod").empty()) out << line("Pod", field(one, "namespace") + "/" + field(one, "pod"));
  if (!field(one, "task").empty()) out << line("Task", field(one, "task"));
  out << line(
      "Started",
      field(one, "started") + " (" +
          (one.value("running", true) ? age(field(one, "started"), context.clock.now()) + " ago" : "ended") +
          ")");
  const bool ordinary = shown_state(one) == field(one, "state");
  out << line("Profile", (ordinary ? state_text(one) : shown_state(one)) + "; " + field(one, "behaviours") +
                             " behaviours");
  if (ordinary) out << line("Progress", progress_bar(one));
  const auto lost = lost_text(one);
  out << line("Evaluated", field(one, "events") + " events, " + field(one, "alerts") + " alerts, " +
                               (field(one, "lost_events") == "0" ? lost : palette.bad(lost)));
}

}  // namespace

int command_status(const Context& context, const std::string& container) {
  const auto status =
      ask_agent(context, "status", container.empty() ? json::object() : json{{"container", container}});
  if (!status) return report(context, status.error());
  if (context.output == Output::json) {
    print_json(context, *status);
    return kExitOk;
  }
  const auto containers = status->value("containers", json::array());
  if (container.empty()) {
    print_agent(context, *status);
    print_containers(context, containers);
  } else {
    for (const auto& one : containers) print_container(context, one);
  }
  return kExitOk;
}

}  // namespace plimsoll
