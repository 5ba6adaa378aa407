// The agent: everything that runs, put together and taken apart.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "agent/alerts/alerts.h"
#include "agent/config/config.h"
#include "agent/control/control.h"
#include "agent/daemon/privileges.h"
#include "agent/daemon/run.h"
#include "agent/host/host_facts.h"
#include "agent/metrics/http.h"
#include "agent/pipeline/pipeline.h"
#include "agent/sensor/self_test/self_test.h"
#include "agent/store/last_watched.h"
#include "agent/store/open_objects.h"
#include "agent/store/store.h"

namespace plimsoll {

class SystemClock final : public Clock {
 public:
  [[nodiscard]] WallNs now() const override {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

class Agent {
 public:
  /// `log` is called from several threads.
  Agent(RunOptions options, Log log) : options_(std::move(options)), log_(std::move(log)) {}

  Result<void> start();
  void reload();
  /// Every few seconds, between start() and stop(): this host is being watched.
  void note_time();
  /// False when something could not be written.
  bool stop();

 private:
  void start_self_test();
  void confine(const HostFacts&);
  Result<void> attach();
  Result<void> open_sinks();
  Result<void> open_store();
  [[nodiscard]] double seconds_unwatched() const;
  void announce(std::size_t running) const;

  // In the order in which they must end: last made, first gone.
  RunOptions options_;
  Log log_;
  Config config_;
  SystemClock clock_;
  std::uint64_t needed_capabilities_ = 0;
  std::unique_ptr<PrivilegedThread> privileged_;  ///< while it starts
  std::unique_ptr<Resolver> resolver_;
  std::unique_ptr<ProfileStore> store_;
  std::unique_ptr<ObjectStore> fleet_;  ///< null: profiles are this host's alone
  std::unique_ptr<LastWatched> watched_;
  std::unique_ptr<SelfTest> self_test_;
  std::vector<std::unique_ptr<AlertSink>> sinks_;
  std::vector<NamedSink> named_sinks_;
  std::unique_ptr<Sensor> sensor_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<ControlServer> control_;
  std::unique_ptr<HttpServer> http_;
};

}  // namespace plimsoll
