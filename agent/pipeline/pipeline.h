// The threads: sensor -> queue -> loop, the resolvers and the store beside it. Everybody else asks the loop.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "agent/core/mutex.h"
#include "agent/engine/engine.h"
#include "agent/fleet/fleet_health.h"
#include "agent/metrics/http.h"
#include "agent/metrics/metrics.h"
#include "agent/pipeline/profile_writer.h"
#include "agent/pipeline/questions.h"
#include "agent/pipeline/queue.h"
#include "agent/pipeline/resolver_pool.h"
#include "agent/store/objects.h"
#include "agent/store/store.h"

namespace plimsoll {

struct NamedSink {
  std::string name;  ///< a metric label: "file", "stdout"
  AlertSink* sink = nullptr;
};

/// What the pipeline is made of; all of it outlives the pipeline.
struct PipelineParts {
  Sensor& sensor;
  const Resolver& resolver;
  ProfileStore& store;
  const Clock& clock;
  std::span<const Detector> detectors;
  std::vector<NamedSink> sinks;
  Log log;
  std::string version;
  double seconds_unwatched = 0;                    ///< before this start
  ObjectStore* fleet = nullptr;                    ///< null: profiles are this host's alone
  std::chrono::milliseconds answer_within{5'000};  ///< what a caller of ask() waits for at most
};

class Fleet;

class Pipeline {
 public:
  /// Reads the profiles; one that cannot be read whole is an error, which names the file.
  static Result<std::unique_ptr<Pipeline>> make(PipelineParts parts, const Config& config, const Host& host);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// Starts the threads. `running`: the containers that were there before.
  void start(const std::vector<FoundCgroup>& running);
  /// Takes in what the kernel side still holds, judges it, and writes alerts and profiles; a few seconds at
  /// most. False when something could not be written. What happened is in the log.
  bool stop();

  /// The configuration's learning, rules and redaction, and the profiles as they are on disk, from now on. On
  /// an error the old configuration stays; a profile that cannot be read stays as it is in memory, and the
  /// log says why.
  Result<void> reload(const Config&);

  /// A person decides about a lineage: written to the operator's file, and true at once.
  Result<void> decide(const Lineage&, const std::function<void(Decisions&)>& change);
  /// Holds across restarts, until it is resumed.
  Result<void> pause_learning(bool paused);
  [[nodiscard]] WallNs now() const { return parts_.clock.now(); }

  /// Has the loop thread answer, and waits for that: an error when the agent is stopping, or busy for longer
  /// than PipelineParts::answer_within. A command is then still carried out later.
  template <Question Q>
  Result<typename Q::Answer> ask(Q question);

  [[nodiscard]] std::vector<HookStatus> hooks() const { return parts_.sensor.hooks(); }
  [[nodiscard]] std::map<std::string, HookCounters> counters() const { return parts_.sensor.counters(); }
  [[nodiscard]] const Hierarchy& hierarchy() const { return parts_.sensor.hierarchy(); }
  [[nodiscard]] std::string profile_path(const Lineage& lineage) const;
  [[nodiscard]] std::string decisions_path(const Lineage& l) const { return parts_.store.where_decided(l); }
  [[nodiscard]] std::size_t queue_depth() const { return queue_.depth(); }
  [[nodiscard]] WallNs started() const { return started_; }
  [[nodiscard]] double seconds_unwatched() const { return parts_.seconds_unwatched; }
  /// Nothing without a fleet.
  [[nodiscard]] std::optional<FleetHealth> fleet() const;
  /// What an operator should mend: hooks that are not attached, sinks and the store that cannot write.
  [[nodiscard]] std::vector<std::string> problems() const;

  /// 200 while the loop and the sensor's reader move.
  [[nodiscard]] HttpReply health() const;
  /// 200 when containers are watched: started, and at least exec is attached. The body names what is blind.
  [[nodiscard]] HttpReply ready() const;
  [[nodiscard]] HttpReply metrics();

 private:
  struct Resolved {
    Slot slot = 0;
    ContainerPtr container;
  };
  using Events = std::vector<KernelEvent>;
  /// The pipeline's own, which nobody else can ask.
  struct Reload {
    Config config;
    LoadedProfiles disk;
    std::promise<Result<void>> reply;
  };
  using CaughtUp = std::promise<void>;  ///< the loop has reached it
  using Message = std::variant<Events, Resolved, Questions::Message, Reload, CaughtUp>;

  explicit Pipeline(PipelineParts parts);

  void sense();
  void loop();
  void handle(Message&&);
  Result<void> reload_now(const Config&, LoadedProfiles&);
  template <typename T>
  Result<T> wait_for(std::future<Result<T>> answer) const;
  [[nodiscard]] Error too_busy() const;
  void upkeep();
  void verify_hooks();
  void find_lost_cgroups();
  void resolved(Slot, const ContainerPtr&);
  void join_fleet(const Config&, const std::string& host, const LoadedProfiles&);
  void catch_up();  ///< waits until the loop has handled what is queued now
  void send(const Alert&);
  [[nodiscard]] std::int64_t quiet_seconds(const std::atomic<std::int64_t>& last) const;

  PipelineParts parts_;
  std::unique_ptr<Engine> engine_;
  Queue<Message> queue_;
  std::unique_ptr<ProfileWriter> profile_writer_;
  std::unique_ptr<Fleet> fleet_;
  std::unique_ptr<ResolverPool> pool_;
  std::thread sensor_thread_, loop_thread_;
  std::atomic<bool> stopping_ = false, running_ = false;
  std::atomic<std::int64_t> loop_moved_ = 0, sensor_moved_ = 0;  ///< steady clock, seconds
  std::atomic<std::uint64_t> poll_errors_ = 0;
  Mutex deciding_;  ///< held from the writing of what a person wants until the loop was told: in one order
  std::string store_error_;       ///< as last logged
  std::set<std::string> silent_;  ///< hooks, as last logged
  int ticks_ = 0;
  std::uint64_t cgroups_lost_ = 0;  ///< as last looked at
  WallNs started_ = 0;
};

template <Question Q>
Result<typename Q::Answer> Pipeline::ask(Q question) {
  Asked<Q> asked{std::move(question), {}};
  auto answer = asked.reply.get_future();
  if (!running_ || !queue_.post(Questions::Message(std::move(asked)))) {
    return fail("the agent is starting or stopping; ask again");
  }
  return wait_for(std::move(answer));
}

template <typename T>
Result<T> Pipeline::wait_for(std::future<Result<T>> answer) const {
  if (answer.wait_for(parts_.answer_within) != std::future_status::ready) {
    return fail(too_busy());
  }
  return answer.get();
}

}  // namespace plimsoll
