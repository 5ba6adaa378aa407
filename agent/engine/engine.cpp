// One event's way through the agent.
#include "agent/engine/engine.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/core/text.h"

namespace plimsoll {
namespace {

/// Actions whose hooks are attached in at least one way.
std::set<Action> visible_classes(const std::vector<HookStatus>& hooks) {
  std::set<Action> out;
  for (const auto& hook : hooks) {
    if (const auto action = action_from(hook.hook); action && hook.attached) {
      out.insert(*action);
    }
  }
  return out;
}

/// Until a container is resolved the kernel side uses the default end of startup for it, and its own may be
/// another. The key then has the wrong phase, and must never be marked as known.
void correct_phase(Activity& activity, const Startup& startup) {
  if (startup.by != Startup::By::profile) {
    return;
  }
  const WallNs end = startup.end;
  auto& phase = activity.behaviour.phase;
  const bool starts = static_cast<WallNs>(activity.since_start_ns) < end;
  if (phase == (starts ? Phase::steady : Phase::startup)) {
    phase = starts ? Phase::startup : Phase::steady;
    activity.key = activity.kind = {};
  }
}

/// Runtimes put a host task into a container for `exec`.
bool is_runtime(std::string_view comm) {
  constexpr std::array<std::string_view, 8> kRuntimes{"runc",   "crun",    "containerd", "conmon",
                                                      "docker", "systemd", "podman",     "(sd-"};
  return std::ranges::any_of(kRuntimes, [&](std::string_view known) { return comm.starts_with(known); });
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::make(Sensor& sensor, const Config& config, Host host,
                                             std::span<const Detector> detectors, EngineOutputs outputs,
                                             Containers::Limits limits) {
  auto evaluate = RuleEvaluator::make(config, host, detectors);
  if (!evaluate) {
    return fail(evaluate.error());
  }
  return std::unique_ptr<Engine>(new Engine(sensor, config, std::move(host), detectors, std::move(outputs),
                                            limits, std::move(*evaluate)));
}

Engine::Engine(Sensor& sensor, Config config, Host host, std::span<const Detector> detectors,
               EngineOutputs outputs, Containers::Limits limits, RuleEvaluator evaluator)
    : sensor_(sensor),
      config_(std::move(config)),
      host_(std::move(host)),
      detectors_(detectors),
      out_(std::move(outputs)),
      evaluator_(std::move(evaluator)),
      containers_(limits),
      verdicts_(sensor,
                {.drain =
                     [this] {
                       verdicts_.flush();
                       if (ticked_) drain(*ticked_);
                     },
                 .repeated = [this](const CachedVerdict& verdict,
                                    const Repeats& repeats) { credit(verdict, repeats); },
                 .check = [this](const Result<void>& done, std::string_view what) { check(done, what); }}),
      upkeep_({.registry = registry_,
               .containers = containers_,
               .verdicts = verdicts_,
               .learning = config_.learning,
               .host = host_.name,
               .out = {.save = out_.save, .remove = out_.remove, .running = out_.running},
               .set_startup =
                   [this](Slot slot, std::int64_t lasts_ns) {
                     check(sensor_.set_startup(slot, lasts_ns), "set the end of a container's startup");
                   },
               .log = out_.log}),
      raiser_(host_.name, out_.alert,
              [this](const WatchedContainer& watched) { return losses_as_logged(watched); }),
      dns_cache_(config_.identity.resolvers),
      classes_(visible_classes(sensor.hooks())) {}

void Engine::check(const Result<void>& done, std::string_view what) {
  // A map that is full fails at every event: the metric counts each failure, the log has one now and then.
  constexpr std::uint64_t kLoggedAtFirst = 10, kLoggedEvery = 1000;
  if (!done) {
    const auto n = ++totals_.sensor_errors;
    if (n > kLoggedAtFirst && n % kLoggedEvery != 0) {
      return;
    }
    out_.log(LogLevel::warning, std::string(what) + ": " + done.error().message);
  }
}

void Engine::adopt(const std::vector<FoundCgroup>& found) {
  for (const auto& [hint, started] : found) {
    const auto slot = sensor_.adopt(hint.cgroup, started);
    if (!slot) {
      check(fail(slot.error()), "adopt a running container");
      continue;
    }
    for (auto& request : containers_.adopted(*slot, hint, started)) {
      out_.resolve(std::move(request));
    }
  }
  check(sensor_.seed_tasks(), "give running tasks their container");
}

void Engine::adopt_unknown(std::vector<FoundCgroup> found) {
  std::erase_if(found, [this](const FoundCgroup& one) { return containers_.knows(one.hint.cgroup); });
  if (!found.empty()) {
    out_.log(LogLevel::warning,
             std::to_string(found.size()) + " containers were found whose creation event was lost");
    adopt(found);
  }
}

void Engine::on_events(std::span<KernelEvent> events) {
  for (auto& event : events) {
    take(std::move(event));
  }
  verdicts_.send();
  // Not all at the next tick: while that takes its time nothing reads the rings.
  constexpr std::size_t kMostUnflushed = 1024;
  if (verdicts_.unflushed() > kMostUnflushed) {
    log_input([] { return capture::Flushed{}; });
    verdicts_.flush();
  }
}

void Engine::take(KernelEvent&& event) {
  if (auto* activity = std::get_if<Activity>(&event)) {
    on_activity(std::move(*activity));
    return;
  }
  if (std::holds_alternative<TaskExited>(event)) {
    ++totals_.evaluated["lifecycle"];
    return;
  }
  if (const auto* answer = std::get_if<DnsAnswer>(&event)) {
    ++totals_.evaluated["dns"];
    on_answer(*answer);
    return;
  }
  ++totals_.evaluated["cgroup"];
  if (const auto* made = std::get_if<CgroupMade>(&event)) {
    on_made(*made);
  } else if (const auto* removed = std::get_if<CgroupRemoved>(&event)) {
    on_removed(*removed);
  } else {
    on_moved(std::get<CgroupMoved>(event));
  }
}

void Engine::on_made(const CgroupMade& made) {
  Containers::Resolved with_parent;
  for (auto& request : containers_.made(made, with_parent)) {
    out_.resolve(std::move(request));
  }
  note_appeared(with_parent, made.time);
  complete(std::move(with_parent), false);
}

void Engine::on_activity(Activity&& activity) {
  Containers::State state{};
  const auto watched = containers_.find(activity.slot, state);
  switch (state) {
    case Containers::State::pending:
      containers_.hold(std::move(activity));
      break;
    case Containers::State::host:
      containers_.count_host(activity.hook);
      break;
    case Containers::State::container:
      if (activity.time < watched->named) {  // it was on its way
        correct_phase(activity, watched->profile->startup);
      }
      evaluate(std::move(activity), watched);
      break;
  }
}

void Engine::on_answer(const DnsAnswer& answer) {
  Containers::State state{};
  const auto& watched = containers_.find(answer.slot, state);
  if (state == Containers::State::host) {
    return;
  }
  const auto before = dns_cache_.counts().not_believed;
  verdicts_.invalidate(dns_cache_.learn(answer, watched ? watched->container.get() : nullptr));
  if (before == 0 && dns_cache_.counts().not_believed > 0) {
    out_.log(LogLevel::info,
             "container " + escape(watched->container->name) + " gets DNS answers from " +
                 to_text(answer.from) +
                 ", which is not one of its configured resolvers: they are not used to name its "
                 "destinations. identity.resolvers adds trusted resolvers. This is logged once; "
                 "plimsoll_dns_answers_total counts such answers");
  }
}

void Engine::on_removed(const CgroupRemoved& removed) {
  if (containers_.ends(removed)) {
    log_input([&] { return capture::Removed{removed.slot, removed.time}; });
  }
  for (auto& request : containers_.removed(removed)) {
    out_.resolve(std::move(request));
  }
  Containers::State state{};
  if (const auto& watched = containers_.find(removed.slot, state); watched && watched->ended != 0) {
    watched->profile->save_soon();
  }
}

void Engine::on_moved(const CgroupMoved& moved) {
  Containers::State state{};
  const auto watched = containers_.find(moved.from_host ? moved.to_slot : moved.slot, state);
  if (!watched) {
    return;
  }
  const auto what =
      "container " + escape(watched->container->name) + ": process " + std::to_string(moved.pid);
  // The log has no name of a host task: what the host does is not recorded.
  if (moved.from_host && !is_runtime(moved.comm)) {
    ++totals_.host_entries;
    out_.log(LogLevel::warning, what + " of the host was moved into it, and not by a container runtime");
  } else if (!moved.from_host && moved.to_slot == 0) {
    ++totals_.departures;
    log_input([&] { return capture::Departed{moved.slot}; });
    containers_.departed(moved.slot);
    out_.log(LogLevel::warning,
             what + " moved to a cgroup outside any container; it is still watched as this container's");
  }
}

void Engine::on_resolved(Slot slot, const ContainerPtr& container, WallNs now) {
  auto resolved = containers_.resolve(slot, container);
  if (const auto saved = container ? saved_names_.find(container->id) : saved_names_.end();
      saved != saved_names_.end()) {
    for (const Slot one : resolved.slots) {
      dns_cache_.restore(one, saved->second, now);
    }
  }
  note_appeared(resolved, now);
  if (resolved.appeared) {
    introduce(*resolved.watched, now, true);
  }
  complete(std::move(resolved), true);
  verdicts_.send();
}

/// `begins`: its life does, as far as its profile knows.
void Engine::introduce(WatchedContainer& watched, WallNs now, bool begins) {
  auto& record = registry_.of(*watched.container, now);
  watched.profile = &record;
  watched.named = now;
  ++record.running;
  raiser_.busy(watched.container->repository);
  if (may_learn(record, config_.learning)) {
    note_classes(record);
    if (begins) {
      Learner::container_started(record.profile, watched.container->id, host_.name, watched.started);
    }
    record.change();
  }
  upkeep_.assess(record, now);
  if (watched.container->unnamed) {
    out_.log(LogLevel::warning,
             "container " + escape(watched.container->id) +
                 " has no name: no container runtime knows it. Its behaviour is not learned");
  }
}

void Engine::note_classes(ProfileRecord& record) const {
  record.profile.classes.insert(classes_.begin(), classes_.end());
}

/// What follows from slots being resolved: the kernel side learns whose they are, and what they did meanwhile
/// is evaluated.
void Engine::complete(Containers::Resolved resolved, bool by_answer) {
  for (const Slot slot : resolved.slots) {
    if (resolved.watched) {
      const auto& record = *resolved.watched->profile;
      check(sensor_.set_startup(slot, record.startup.end), "set the end of a container's startup");
      verdicts_.admit(slot, record.profile.lineage);
    } else {
      check(sensor_.dismiss(slot), "dismiss a slot");
    }
  }
  for (auto& request : resolved.ask) {
    out_.resolve(std::move(request));
  }
  if (by_answer && resolved.appeared) {
    out_.log(LogLevel::debug, "watching container " + escape(resolved.watched->container->name));
  }
  for (auto& activity : resolved.released) {
    correct_phase(activity, resolved.watched->profile->startup);
    evaluate(std::move(activity), resolved.watched);
  }
}

}  // namespace plimsoll
