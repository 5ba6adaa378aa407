// The pipeline's threads and their end.
#include "agent/pipeline/pipeline.h"

#include <algorithm>
#include <random>
#include <utility>

#include "agent/fleet/fleet.h"
#include "profiles/key.h"

namespace plimsoll {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Events; the rings hold the rest, and the kernel side counts what they cannot.
constexpr std::size_t kQueue = 8192;
constexpr std::size_t kAtOnce = 1024;  // that the loop is handed at a time, at most
constexpr auto kPoll = std::chrono::milliseconds(500);
constexpr auto kTick = std::chrono::seconds(1);
constexpr int kTicksPerDrain = 10;
constexpr int kTicksPerVerify = 5;  // so long can somebody who detaches a hook go unseen
constexpr auto kFlush = std::chrono::seconds(3);

std::int64_t steady_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(SteadyClock::now().time_since_epoch()).count();
}

/// Errors begin with the name of the file that they are about.
bool begins(const std::vector<Error>& errors, const std::string& file) {
  return std::ranges::any_of(errors,
                             [where = file + ":"](const Error& e) { return e.message.starts_with(where); });
}

}  // namespace

Pipeline::Pipeline(PipelineParts parts) : parts_(std::move(parts)), queue_(kQueue) {}

Pipeline::~Pipeline() {
  if (loop_thread_.joinable()) {
    stop();
  }
}

Result<std::unique_ptr<Pipeline>> Pipeline::make(PipelineParts parts, const Config& config,
                                                 const Host& host) {
  auto loaded = parts.store.load();
  if (!loaded) {
    return fail(loaded.error());
  }
  if (!loaded->errors.empty()) {
    return fail(loaded->errors.front().message + "; fix or remove the file");
  }
  std::unique_ptr<Pipeline> self(new Pipeline(std::move(parts)));
  auto* const raw = self.get();
  auto engine = Engine::make(
      self->parts_.sensor, config, host, self->parts_.detectors,
      {.resolve = [raw](Containers::ResolveRequest ask) { raw->pool_->ask(std::move(ask)); },
       .alert = [raw](const Alert& alert) { raw->send(alert); },
       .save =
           [raw](Profile profile) {
             if (raw->fleet_) {
               raw->fleet_->offer(profile);
             }
             raw->profile_writer_->save(std::move(profile));
           },
       .remove =
           [raw](const Lineage& lineage) {
             raw->profile_writer_->remove(lineage);
             if (raw->fleet_) raw->fleet_->forget(lineage);
           },
       .running =
           [raw](const Lineage& lineage, bool running) {
             if (raw->fleet_) raw->fleet_->set_running(lineage, running);
           },
       .save_names = [raw](SavedDnsNames names) { raw->profile_writer_->save_names(std::move(names)); },
       .log = self->parts_.log});
  if (!engine) {
    return fail(engine.error());
  }
  self->engine_ = std::move(*engine);
  self->profile_writer_ = std::make_unique<ProfileWriter>(self->parts_.store);
  if (loaded->paused) {
    if (auto paused = self->engine_->pause_learning(true); !paused) {
      return fail(paused.error());
    }
  }
  self->join_fleet(config, host.name, *loaded);
  self->engine_->load(std::move(loaded->profiles), std::move(loaded->decisions));
  if (auto kept = saved_dns_names_from(loaded->names)) {
    self->engine_->load_names(*std::move(kept));
  } else {
    self->parts_.log(LogLevel::warning,
                     "DNS names saved by the previous agent are not used: " + kept.error().message);
  }
  return self;
}

void Pipeline::join_fleet(const Config& config, const std::string& host, const LoadedProfiles& loaded) {
  if (parts_.fleet == nullptr) {
    return;
  }
  std::set<Lineage> at_home;
  for (const auto& profile : loaded.profiles) {
    at_home.insert(profile.lineage);
  }
  const auto take = [this](Profile profile) { return ask(JoinCommand{std::move(profile)}).has_value(); };
  const FleetOptions options{
      .host = host,
      .poll = config.fleet.poll_ns,
      .seed = std::random_device{}(),
      .format = profile_format_from(config.fleet.format).value_or(ProfileFormat::v1_1)};
  fleet_ =
      std::make_unique<Fleet>(*parts_.fleet, parts_.clock, options, take, parts_.log, std::move(at_home));
  fleet_->pause(loaded.paused);
}

void Pipeline::resolved(Slot slot, const ContainerPtr& container) {
  const auto go_on = [this, slot, container] { queue_.post(Resolved{slot, container}); };
  if (fleet_ && container && !container->unnamed) {
    fleet_->before(lineage_of(*container), go_on);
  } else {
    go_on();
  }
}

void Pipeline::start(const std::vector<FoundCgroup>& running) {
  started_ = parts_.clock.now();
  pool_ = std::make_unique<ResolverPool>(
      parts_.resolver, [this](Slot slot, const ContainerPtr& container) { resolved(slot, container); });
  engine_->tick(started_);
  engine_->adopt(running);
  loop_moved_ = sensor_moved_ = steady_seconds();
  running_ = true;
  loop_thread_ = std::thread([this] { loop(); });
  sensor_thread_ = std::thread([this] { sense(); });
}

void Pipeline::sense() {
  Events batch;
  const auto hand_over = [&] {
    if (!batch.empty()) {
      const auto events = batch.size();
      queue_.push(std::exchange(batch, {}), events);
      batch.reserve(events);  // what follows is likely to be as much
    }
  };
  const Sensor::Sink sink = [&](KernelEvent event) {
    batch.push_back(std::move(event));
    if (batch.size() >= kAtOnce) {
      hand_over();
    }
  };
  std::string last_error;
  while (!stopping_) {
    const auto polled = parts_.sensor.poll(kPoll, sink);
    hand_over();
    sensor_moved_ = steady_seconds();
    if (!polled) {
      ++poll_errors_;
      if (polled.error().message != last_error) {
        last_error = polled.error().message;
        parts_.log(LogLevel::error, "reading events failed: " + last_error);
      }
      std::this_thread::sleep_for(kPoll);
    }
  }
  const auto give_up = SteadyClock::now() + kTick;
  while (SteadyClock::now() < give_up) {
    const auto polled = parts_.sensor.poll(std::chrono::milliseconds(0), sink);
    hand_over();
    if (!polled || *polled == 0) {
      break;
    }
  }
}

void Pipeline::loop() {
  std::vector<Message> batch;
  auto next = SteadyClock::now() + kTick;
  while (queue_.take(batch, next)) {
    for (auto& message : batch) {
      handle(std::move(message));
    }
    if (SteadyClock::now() >= next) {
      upkeep();
      next = SteadyClock::now() + kTick;
    }
  }
}

void Pipeline::handle(Message&& message) {
  if (auto* events = std::get_if<Events>(&message)) {
    engine_->on_events(*events);
  } else if (auto* resolved = std::get_if<Resolved>(&message)) {
    engine_->on_resolved(resolved->slot, resolved->container, parts_.clock.now());
  } else if (auto* question = std::get_if<Questions::Message>(&message)) {
    answer(*engine_, std::move(*question));
  } else if (auto* wanted = std::get_if<Reload>(&message)) {
    wanted->reply.set_value(reload_now(wanted->config, wanted->disk));
  } else {
    std::get<CaughtUp>(message).set_value();
  }
}

void Pipeline::upkeep() {
  const auto now = parts_.clock.now();
  if (++ticks_ % kTicksPerDrain == 0) {
    engine_->drain_counts(now);
  }
  if (ticks_ % kTicksPerVerify == 1) {
    verify_hooks();
    find_lost_cgroups();
  }
  if (fleet_) {
    fleet_->release_late();
  }
  engine_->tick(now);
  loop_moved_ = steady_seconds();
  if (auto error = profile_writer_->health().last_error; error != store_error_) {
    parts_.log(error.empty() ? LogLevel::info : LogLevel::error,
               error.empty() ? "profiles can be written again" : "a profile cannot be written: " + error);
    store_error_ = std::move(error);
  }
}

void Pipeline::verify_hooks() {
  for (const auto& hook : parts_.sensor.verify()) {
    const auto name = "hook " + hook.hook + " (" + hook.way + ") ";
    if (hook.silent) {
      silent_.insert(name);
      parts_.log(LogLevel::error, name + "is " + why_blind(hook));
      continue;
    }
    if (silent_.erase(name) > 0) {
      parts_.log(LogLevel::info, name + "sees the self-test again");
      continue;
    }
    parts_.log(hook.attached ? LogLevel::warning : LogLevel::error,
               name + (hook.attached ? "was detached by another program, and is attached again"
                                     : "is no longer attached: " + hook.error));
  }
}

// A container whose cgroup was made while the kernel side could not tell of it would never be watched.
void Pipeline::find_lost_cgroups() {
  const auto all = parts_.sensor.counters();
  const auto cgroups = all.find("cgroup");
  const auto lost = cgroups == all.end() ? 0 : total(cgroups->second.lost);
  if (lost > std::exchange(cgroups_lost_, lost)) {
    const auto& [id, mount_point, name] = parts_.sensor.hierarchy();
    engine_->adopt_unknown(find_container_cgroups(parts_.resolver, mount_point, id));
  }
}

void Pipeline::send(const Alert& alert) {
  for (const auto& [name, sink] : parts_.sinks) {
    sink->write(alert);
  }
}

void Pipeline::catch_up() {
  CaughtUp reached;
  const auto future = reached.get_future();
  if (queue_.post(std::move(reached))) {
    future.wait_for(kFlush);
  }
}

bool Pipeline::stop() {
  running_ = false;
  stopping_ = true;
  sensor_thread_.join();
  catch_up();  // before the pool ends: what came last may have containers to ask it about
  if (fleet_) {
    fleet_->release_all();
  }
  pool_->finish();
  queue_.close();
  loop_thread_.join();
  engine_->finish(parts_.clock.now());
  const auto report = engine_->report();
  if (report.held > 0) {
    parts_.log(LogLevel::warning, std::to_string(report.held) + " events of " +
                                      std::to_string(report.pending) +
                                      " cgroups that were not identified in time are dropped");
  }
  const bool saved = profile_writer_->flush(kFlush);
  if (!saved) {
    parts_.log(LogLevel::error, "not every profile was written: " + profile_writer_->health().last_error);
  }
  if (fleet_) {
    fleet_->stop(kFlush);
  }
  return saved;
}

Result<void> Pipeline::decide(const Lineage& lineage, const std::function<void(Decisions&)>& change) {
  const MutexLock lock(deciding_);
  const auto decided = parts_.store.decide(lineage, change);
  if (!decided) {
    return fail(decided.error());
  }
  const auto told = ask(DecideCommand{*decided});
  return told ? Result<void>{}
              : fail("written, but takes effect only when the agent is less busy or restarts: " +
                     told.error().message);
}

Result<void> Pipeline::pause_learning(bool paused) {
  const MutexLock lock(deciding_);
  if (auto noted = parts_.store.pause(paused); !noted) {
    return noted;
  }
  if (fleet_) {
    fleet_->pause(paused);
  }
  const auto done = ask(PauseLearningCommand{paused});
  return done ? Result<void>{} : fail(done.error());
}

Result<void> Pipeline::reload(const Config& config) {
  const MutexLock lock(deciding_);
  profile_writer_->flush(kFlush);
  auto loaded = parts_.store.load();
  if (!loaded) {
    return fail(loaded.error());
  }
  for (const auto& broken : loaded->errors) {
    parts_.log(LogLevel::error, "reload: the profile in memory stays in effect: " + broken.message);
  }
  if (fleet_) {
    fleet_->pause(loaded->paused);
  }
  Reload wanted{config, std::move(*loaded), {}};
  auto done = wanted.reply.get_future();
  if (!running_ || !queue_.post(std::move(wanted))) {
    return fail("the agent is starting or stopping; ask again");
  }
  return wait_for(std::move(done));
}

// On the loop thread.
Result<void> Pipeline::reload_now(const Config& config, LoadedProfiles& disk) {
  if (auto configured = engine_->configure(config); !configured) {
    return configured;
  }
  if (auto paused = engine_->pause_learning(disk.paused); !paused) {
    return paused;
  }
  engine_->reload(
      {std::move(disk.profiles), std::move(disk.decisions),
       [&](const Profile& profile) { return begins(disk.errors, parts_.store.where(profile)); },
       [&](const Lineage& lineage) { return begins(disk.errors, parts_.store.where_decided(lineage)); },
       [this](const Lineage& lineage) { return profile_writer_->unwritten(lineage); }});
  profile_writer_->discard();
  return {};
}

Error Pipeline::too_busy() const {
  return {"the agent is too busy to answer within " +
          std::to_string(std::chrono::duration_cast<std::chrono::seconds>(parts_.answer_within).count()) +
          " seconds; ask again"};
}

}  // namespace plimsoll
