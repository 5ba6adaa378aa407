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
  double seconds_unwatched = 0;  ///< before this start
  ObjectStore* fleet = nullptr;  ///< null: profiles are this host's alone
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

  /// Runs `question(Engine&)` on the loop thread and waits for its answer: an error when the agent is
  /// stopping, or busy for more than five seconds.
  template <typename Question>
  auto ask(Question question) -> Result<std::invoke_result_t<Question, Engine&>>;

  [[nodiscard]] std::vector<HookStatus> hooks() const { return parts_.sensor.hooks(); }
  [[nodiscard]] std::map<std::string, HookCounters> counters() const { return parts_.sensor.counters(); }
  [[nodiscard]] const Hierarchy& hierarchy() const { return parts_.sensor.hierarchy(); }
  [[nodiscard]] std::string profile_path(const Profile& profile) const { return parts_.store.where(profile); }
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
  using Task = std::function<void(Engine&)>;
  using Events = std::vector<KernelEvent>;
  using Message = std::variant<Events, Resolved, Task>;

  explicit Pipeline(PipelineParts parts);

  void sense();
  void loop();
  void handle(Message&&);
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

template <typename Question>
auto Pipeline::ask(Question question) -> Result<std::invoke_result_t<Question, Engine&>> {
  using Answer = std::invoke_result_t<Question, Engine&>;
  // Shared, because a loop that is late may still answer when nobody waits any more.
  auto task = std::make_shared<std::packaged_task<Answer(Engine&)>>(std::move(question));
  auto answer = task->get_future();
  if (!running_ || !queue_.post(Message{std::in_place_type<Task>, [task](Engine& e) { (*task)(e); }})) {
    return fail("the agent is starting or stopping; ask again");
  }
  if (answer.wait_for(std::chrono::seconds(5)) != std::future_status::ready) {
    return fail("the agent is too busy to answer within five seconds");
  }
  return answer.get();
}

}  // namespace plimsoll
