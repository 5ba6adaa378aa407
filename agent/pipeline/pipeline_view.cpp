// The pipeline as Prometheus, probes and `status` see it.
#include <algorithm>
#include <set>

#include "agent/fleet/fleet.h"
#include "agent/pipeline/metrics_view.h"
#include "agent/pipeline/pipeline.h"

namespace plimsoll {
namespace {

constexpr std::int64_t kStuckSeconds = 15;

std::int64_t steady_seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

}  // namespace

std::int64_t Pipeline::quiet_seconds(const std::atomic<std::int64_t>& last) const {
  return running_ ? steady_seconds() - last : 0;
}

std::vector<std::string> Pipeline::problems() const {
  std::vector<std::string> out;
  for (const auto& hook : hooks()) {
    if (const auto why = why_blind(hook); !why.empty()) {
      out.push_back("hook " + hook.hook + " (" + hook.way + "): " + why);
    }
  }
  for (const auto& [name, sink] : parts_.sinks) {
    if (auto error = sink->last_error(); !error.empty()) {
      out.push_back(std::string("alerts to ").append(name).append(": ").append(error));
    }
  }
  if (auto error = profile_writer_->health().last_error; !error.empty()) {
    out.push_back("profiles: " + error);
  }
  if (fleet_) {
    if (auto error = fleet_->health().last_error; !error.empty()) {
      out.push_back("fleet: " + error);
    }
  }
  if (auto error = parts_.sensor.self_test_problem(); !error.empty()) {
    out.push_back("the self-test does not run: " + error);
  }
  if (auto error = parts_.sensor.takeover_problem(); !error.empty()) {
    out.push_back("the pinned programs of the agent before this one were not taken over: " + error);
  }
  return out;
}

std::string Pipeline::profile_path(const Lineage& lineage) const {
  Profile named;
  named.lineage = lineage;
  return parts_.store.where(named);
}

std::optional<FleetHealth> Pipeline::fleet() const {
  return fleet_ ? std::optional(fleet_->health()) : std::nullopt;
}

HttpReply Pipeline::health() const {
  if (quiet_seconds(loop_moved_) > kStuckSeconds) {
    return {.status = 503,
            .body = "the event loop has made no progress for " + std::to_string(quiet_seconds(loop_moved_)) +
                    " s\n"};
  }
  if (quiet_seconds(sensor_moved_) > kStuckSeconds) {
    return {
        .status = 503,
        .body = "the sensor has not been read for " + std::to_string(quiet_seconds(sensor_moved_)) + " s\n"};
  }
  return {.body = "ok\n"};
}

HttpReply Pipeline::ready() const {
  if (!running_) {
    return {.status = 503, .body = "starting or stopping\n"};
  }
  const auto all = hooks();
  const bool exec =
      std::ranges::any_of(all, [](const HookStatus& h) { return h.hook == "exec" && h.attached; });
  HttpReply reply{.status = exec ? 200 : 503, .body = exec ? "ready\n" : "not ready: exec is not attached\n"};
  for (const auto& hook : all) {
    if (const auto why = why_blind(hook); !why.empty()) {
      reply.body += "blind: " + hook.hook + " (" + hook.way + "): " + why + "\n";
    }
  }
  return reply;
}

HttpReply Pipeline::metrics() {
  const auto report = ask(ReportQuery{});
  if (!report) {
    return {.status = 503, .body = report.error().message + "\n"};
  }
  MetricsInput input{*report,        counters(),   hooks(),
                     parts_.version, {},           profile_writer_->health(),
                     queue_depth(),  poll_errors_, parts_.seconds_unwatched,
                     fleet()};
  for (const auto& [name, sink] : parts_.sinks) {
    input.sink_dropped[name] = sink->dropped();
  }
  Exposition metrics = exposition(input);
  add_process_metrics(metrics, "/proc");
  return {.content_type = kMetricsContentType, .body = metrics.text()};
}

}  // namespace plimsoll
