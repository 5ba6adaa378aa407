#include "agent/daemon/agent.h"

#include <linux/capability.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "agent/api/api.h"
#include "profiles/startup.h"

namespace plimsoll {
namespace {

/// The kernel and the privileges without which nothing can be loaded.
Result<void> check_host(const HostFacts& facts) {
  if (kernel_version(facts.kernel) < kOldestKernel) {
    return fail("kernel " + facts.kernel +
                " is too old; accepted: " + std::to_string(kOldestKernel.major_number) + "." +
                std::to_string(kOldestKernel.minor_number) + " and later");
  }
  struct Needed {
    const char* name;
    unsigned number;
  };
  constexpr std::array<Needed, 3> kNeeded{
      {{"CAP_BPF", CAP_BPF}, {"CAP_PERFMON", CAP_PERFMON}, {"CAP_NET_ADMIN", CAP_NET_ADMIN}}};
  const auto has = [&](unsigned number) { return (facts.effective_capabilities >> number & 1U) != 0; };
  std::string missing;
  for (const auto& [capability, number] : kNeeded) {
    if (!has(number) && !has(CAP_SYS_ADMIN)) {
      missing += (missing.empty() ? "" : ", ") + std::string(capability);
    }
  }
  if (!missing.empty()) {
    return fail("missing privilege: " + missing +
                "; run as root, or give these capabilities (CAP_SYS_ADMIN covers all of them), with "
                "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH");
  }
  return {};
}

/// NODE_NAME first: in a pod the host name is the pod's, another one after each restart.
Host this_host(const Config& config) {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  const char* node = std::getenv("NODE_NAME");
  return {node != nullptr && *node != '\0' ? node : name.data(), config.agent.cluster, config.agent.labels};
}

/// Keys that take effect at a start only, and differ.
std::string kept_until_restart(const Config& before, const Config& after) {
  std::string out;
  const auto note = [&](bool differs, const char* key) {
    if (differs) {
      out += (out.empty() ? "" : ", ") + std::string(key);
    }
  };
  note(before.agent.state_dir != after.agent.state_dir, "agent.state_dir");
  note(before.agent.socket != after.agent.socket, "agent.socket");
  note(before.agent.cluster != after.agent.cluster || before.agent.labels != after.agent.labels,
       "agent.cluster or labels");
  note(before.learning.startup_phase_ns != after.learning.startup_phase_ns, "learning.startup_phase");
  note(before.alerts.file != after.alerts.file || before.alerts.to_stdout != after.alerts.to_stdout,
       "alerts.file or stdout");
  note(before.metrics.listen != after.metrics.listen, "metrics.listen");
  const auto& was = before.sensor;
  const auto& is = after.sensor;
  note(was.events_per_second != is.events_per_second || was.ring_kib != is.ring_kib ||
           was.behaviours_per_container != is.behaviours_per_container || was.latency_ns != is.latency_ns ||
           was.attach != is.attach || was.pin_path != is.pin_path || was.self_test_ns != is.self_test_ns,
       "sensor");
  note(before.fleet.store != after.fleet.store || before.fleet.endpoint != after.fleet.endpoint ||
           before.fleet.region != after.fleet.region || before.fleet.poll_ns != after.fleet.poll_ns ||
           before.fleet.format != after.fleet.format,
       "fleet");
  note(before.identity.cgroup_patterns != after.identity.cgroup_patterns ||
           before.identity.runtimes.size() != after.identity.runtimes.size() ||
           before.identity.resolvers != after.identity.resolvers,
       "identity");
  return out;
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
  if (auto checked = check_host(facts); !checked) {
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
    log_(LogLevel::info,
         "replaced the programs in " + config_.sensor.pin_path +
             ", which had another version or other settings; apart from events counted as lost, nothing was "
             "missed of containers that still run");
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
  const auto later = kept_until_restart(config_, *config);
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
