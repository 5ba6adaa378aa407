#include "agent/daemon/agent.h"

#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "agent/api/api.h"
#include "agent/config/reload.h"
#include "agent/host/checks.h"
#include "profiles/startup.h"

namespace plimsoll {
namespace {

/// NODE_NAME first: in a pod the host name is the pod's, another one after each restart.
Host this_host(const Config& config) {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  const char* node = std::getenv("NODE_NAME");
  return {node != nullptr && *node != '\0' ? node : name.data(), config.agent.cluster, config.agent.labels};
}

}  // namespace

Result<void> Agent::open_sinks() {
  if (!config_.alerts.file.empty()) {
    auto file = open_file_sink(config_.alerts.file);
    if (!file) {
      return fail(file.error());
    }
    sinks_.push_back(std::move(*file));
    named_sinks_.push_back({"file", sinks_.back().get()});
  }
  if (config_.alerts.to_stdout) {
    sinks_.push_back(make_fd_sink(STDOUT_FILENO));
    named_sinks_.push_back({"stdout", sinks_.back().get()});
  }
  return {};
}

Result<void> Agent::open_store() {
  auto store = open_directory_store(config_.agent.state_dir + "/profiles");
  if (!store) {
    return fail(store.error());
  }
  store_ = std::move(*store);
  if (const auto& fleet = config_.fleet; !fleet.store.empty()) {
    auto objects = open_objects({fleet.store, fleet.endpoint, fleet.region}, clock_);
    if (!objects) {
      return fail("fleet.store", objects.error());
    }
    fleet_ = std::move(*objects);
  }
  auto watched = LastWatched::open(config_.agent.state_dir + "/last_watched");
  if (!watched) {
    return fail(watched.error());
  }
  watched_ = std::make_unique<LastWatched>(std::move(*watched));
  return {};
}

double Agent::seconds_unwatched() const {
  return sensor_->predecessor() == Predecessor::none ? watched_->seconds().value_or(0) : 0;
}

void Agent::note_time() {
  if (const auto noted = watched_->note(); !noted) {
    log_(LogLevel::warning, noted.error().message);
  }
}

Result<void> Agent::start() {
  auto config = load_config(options_.config_path, options_.config_required);
  if (!config) {
    return fail(config.error());
  }
  config_ = std::move(*config);
  const auto facts = read_host_facts("");
  if (auto checked = check_start(facts); !checked) {
    return checked;
  }
  start_self_test();
  confine(facts);
  const auto nobody = [](const nlohmann::json&) { return false; };
  if (control_request(config_.agent.socket, "version", nlohmann::json::object(), nobody)) {
    return fail("agent.socket: another agent answers on " + config_.agent.socket +
                "; accepted: one agent per socket");
  }
  auto resolver = make_resolver(config_.identity);
  if (!resolver) {
    return fail(options_.config_path + ": identity", resolver.error());
  }
  resolver_ = std::move(*resolver);
  if (auto opened = open_store(); !opened) {
    return opened;
  }
  if (auto opened = open_sinks(); !opened) {
    return opened;
  }
  if (auto opened = attach(); !opened) {
    return opened;
  }
  auto pipeline = Pipeline::make({*sensor_, *resolver_, *store_, clock_, all_detectors(), named_sinks_, log_,
                                  PLIMSOLL_VERSION, seconds_unwatched(), fleet_.get()},
                                 config_, this_host(config_));
  if (!pipeline) {
    return fail(pipeline.error());
  }
  pipeline_ = std::move(*pipeline);
  control_ = make_control_server(config_.agent.socket);
  register_handlers(*control_, *pipeline_, {PLIMSOLL_VERSION, options_.config_path, needed_capabilities_});
  if (auto started = control_->start(); !started) {
    return started;
  }
  auto http =
      HttpServer::start(config_.metrics.listen, {{"/metrics", [this] { return pipeline_->metrics(); }},
                                                 {"/healthz", [this] { return pipeline_->health(); }},
                                                 {"/readyz", [this] { return pipeline_->ready(); }}});
  if (!http) {
    return fail(http.error());
  }
  http_ = std::move(*http);
  const auto& cgroups = sensor_->hierarchy();
  const auto running = find_container_cgroups(*resolver_, cgroups.mount_point, cgroups.id);
  pipeline_->start(running);
  privileged_.reset();
  announce(running.size());
  note_time();
  return {};
}

/// Before the agent gives up what that takes. Without it hooks are watched all the same.
void Agent::start_self_test() {
  if (config_.sensor.self_test_ns == 0) {
    return;
  }
  auto self_test = SelfTest::start("/proc/self/exe");
  if (self_test) {
    self_test_ = std::move(*self_test);
  } else {
    log_(LogLevel::warning, self_test.error().message);
  }
}

/// Before any other thread is made, so that none but the privileged one ever has more. What the kernel
/// refuses is told, and the agent goes on: a host that nobody watches is worse than an agent that could do
/// more than it must. `doctor` shows what remains.
void Agent::confine(const HostFacts& facts) {
  privileged_ = std::make_unique<PrivilegedThread>();
  needed_capabilities_ = needed_capabilities(kernel_version(facts.kernel), facts.effective_capabilities);
  if (const auto kept = keep_capabilities(needed_capabilities_); !kept) {
    log_(LogLevel::warning, "not confined: " + kept.error().message);
  }
  if (const auto refused = refuse_calls(); !refused) {
    log_(LogLevel::warning, "not confined: " + refused.error().message);
  }
}

Result<void> Agent::attach() {
  const SensorOptions options{
      .btf_path = options_.btf_path,
      .cgroup2_path = "",
      .startup_phase_ns =
          static_cast<std::uint64_t>(config_.learning.startup_phase_ns.value_or(kStartupUntilLearned)),
      .privileged = [this](const auto& work) { privileged_ ? privileged_->run(work) : work(); },
      .ring_bytes = config_.sensor.ring_kib * 1024,
      .latency = std::chrono::duration_cast<std::chrono::milliseconds>(
          std::chrono::nanoseconds(config_.sensor.latency_ns)),
      .events_per_container = config_.sensor.events_per_second,
      .cached_per_container = config_.sensor.behaviours_per_container,
      .alternative = config_.sensor.attach,
      .self_test = self_test_.get(),
      .self_test_every = std::chrono::duration_cast<std::chrono::seconds>(
          std::chrono::nanoseconds(config_.sensor.self_test_ns)),
      .pins = config_.sensor.pin_path};
  Result<std::unique_ptr<Sensor>> sensor;
  privileged_->run([&] { sensor = open_sensor(options); });
  if (!sensor) {
    return fail(sensor.error());
  }
  sensor_ = std::move(*sensor);
  return {};
}

void Agent::announce(std::size_t running) const {
  std::size_t attached = 0, blind = 0;
  for (const auto& hook : sensor_->hooks()) {
    ++(hook.attached ? attached : blind);
    if (const auto why = why_blind(hook); !why.empty()) {
      log_(LogLevel::warning, "blind: hook " + hook.hook + " (" + hook.way + "): " + why);
    }
  }
  if (sensor_->predecessor() == Predecessor::taken_over) {
    log_(LogLevel::info, "took over the programs in " + config_.sensor.pin_path + ": nothing was missed");
  } else if (sensor_->predecessor() == Predecessor::replaced) {
    const std::string problem = sensor_->takeover_problem();
    log_(problem.empty() ? LogLevel::info : LogLevel::warning,
         "replaced the programs in " + config_.sensor.pin_path + ", which " +
             (problem.empty() ? "had another version or other settings"
                              : "could not be taken over: " + problem) +
             "; apart from events counted as lost, nothing was missed of containers that still run");
  } else if (const double gap = pipeline_->seconds_unwatched(); gap > 0) {
    log_(LogLevel::warning,
         "this host was unmonitored for " + std::to_string(std::lround(gap)) +
             " s before this start; with sensor.pin_path set, the BPF programs keep running meanwhile");
  }
  log_(LogLevel::info,
       "plimsoll " PLIMSOLL_VERSION " monitors the containers of this host (" + std::to_string(running) +
           " running, cgroups by " + sensor_->hierarchy().name + ") through " + std::to_string(attached) +
           " hooks" + (blind == 0 ? "" : ", " + std::to_string(blind) + " not attached") + "; alerts go to " +
           (config_.alerts.file.empty() ? "no file" : config_.alerts.file) +
           (config_.alerts.to_stdout ? " and standard output" : "") + ", profiles are in " +
           config_.agent.state_dir + "/profiles, metrics at http://" + config_.metrics.listen + "/metrics");
}

void Agent::reload() {
  auto config = load_config(options_.config_path, options_.config_required);
  if (!config) {
    log_(LogLevel::error, "reload: the old configuration stays in effect: " + config.error().message);
    return;
  }
  if (auto done = pipeline_->reload(*config); !done) {
    log_(LogLevel::error,
         "reload: the old configuration and profiles stay in effect: " + done.error().message);
    return;
  }
  const auto later = changed_until_start(config_, *config);
  log_(LogLevel::info,
       "reload: configuration and profiles were read from disk" +
           (later.empty() ? std::string() : "; these keys take effect at the next start: " + later));
}

bool Agent::stop() {
  const bool written = pipeline_->stop();
  note_time();
  control_->stop();
  http_.reset();
  sinks_.clear();
  return written;
}

}  // namespace plimsoll
