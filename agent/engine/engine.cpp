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

/// Until it is named a container goes by the startup that all have, and its own may be another. What the
/// kernel side knows it by says the wrong phase then, and is never to be marked as judged.
void tell_phase(Activity& activity, const Startup& startup) {
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

/// Those who may put a host task into a container: they do so for `exec`.
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
               EngineOutputs outputs, Containers::Limits limits, RuleEvaluator evaluate)
    : sensor_(sensor),
      config_(std::move(config)),
      host_(std::move(host)),
      detectors_(detectors),
      out_(std::move(outputs)),
      evaluator_(std::move(evaluate)),
      containers_(limits),
      dns_cache_(config_.identity.resolvers),
      classes_(visible_classes(sensor.hooks())) {}

void Engine::check(const Result<void>& done, std::string_view what) {
  // A map that is full says so at every event: the metric counts each, the log tells of it now and then.
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
    for (auto& ask : containers_.adopted(*slot, hint, started)) {
      out_.resolve(std::move(ask));
    }
  }
  check(sensor_.seed_tasks(), "give running tasks their container");
}

void Engine::adopt_unknown(std::vector<FoundCgroup> found) {
  std::erase_if(found, [this](const FoundCgroup& one) { return containers_.knows(one.hint.cgroup); });
  if (!found.empty()) {
    out_.log(LogLevel::warning, std::to_string(found.size()) + " containers were found that nobody told of");
    adopt(found);
  }
}

void Engine::on_events(std::span<KernelEvent> events) {
  for (auto& event : events) {
    take(std::move(event));
  }
  flush_verdicts();
  // Not all at the next tick: while that takes its time nobody reads.
  constexpr std::size_t kMostUnflushed = 1024;
  if (keys_.unflushed() > kMostUnflushed) {
    if (auto* const t = tape()) {
      t->input(capture::Flushed{});
    }
    flush_repeats();
  }
}

void Engine::take(KernelEvent&& event) {
  if (auto* activity = std::get_if<Activity>(&event)) {
    on_activity(std::move(*activity));
    return;
  }
  if (std::holds_alternative<TaskExited>(event)) {
    ++totals_.judged["lifecycle"];
    return;
  }
  if (const auto* answer = std::get_if<DnsAnswer>(&event)) {
    ++totals_.judged["dns"];
    on_answer(*answer);
    return;
  }
  ++totals_.judged["cgroup"];
  if (const auto* made = std::get_if<CgroupMade>(&event)) {
    Containers::Resolved with_parent;
    for (auto& ask : containers_.made(*made, with_parent)) {
      out_.resolve(std::move(ask));
    }
    note_appeared(with_parent, made->time);
    settled(std::move(with_parent), false);
  } else if (const auto* removed = std::get_if<CgroupRemoved>(&event)) {
    on_removed(*removed);
  } else {
    on_moved(std::get<CgroupMoved>(event));
  }
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
        tell_phase(activity, watched->profile->startup);
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
  invalidate(dns_cache_.learn(answer, watched ? watched->container.get() : nullptr));
  if (before == 0 && dns_cache_.counts().not_believed > 0) {
    out_.log(LogLevel::info, "container " + escape(watched->container->name) + " is answered by " +
                                 to_text(answer.from) +
                                 ", which is no resolver of its own: what it connects to has no name by that "
                                 "(identity.resolvers; said once, plimsoll_dns_answers_total counts them)");
  }
}

void Engine::invalidate(std::span<const Key> keys) {
  if (!keys.empty()) {
    check(sensor_.forget_verdicts(keys), "have what was done with an address evaluated again");
  }
}

void Engine::on_removed(const CgroupRemoved& removed) {
  if (auto* const t = tape(); t != nullptr && containers_.ends(removed)) {
    t->input(capture::Removed{removed.slot, removed.time});
  }
  for (auto& ask : containers_.removed(removed)) {
    out_.resolve(std::move(ask));
  }
  Containers::State state{};
  if (const auto& watched = containers_.find(removed.slot, state); watched && watched->ended != 0) {
    auto& saved = watched->profile->saved;
    saved = std::min<WallNs>(saved, 1);  // what it taught is written at the next tick
  }
}

void Engine::on_moved(const CgroupMoved& moved) {
  Containers::State state{};
  const auto watched = containers_.find(moved.from_host ? moved.to_slot : moved.slot, state);
  if (!watched) {
    return;
  }
  const auto who = "container " + escape(watched->container->name) + ": process " + std::to_string(moved.pid);
  // A host task's name stays here: what the host does is nobody's business.
  if (moved.from_host && !is_runtime(moved.comm)) {
    ++totals_.host_entries;
    out_.log(LogLevel::warning, who + " of the host was moved into it by something that is not a runtime");
  } else if (!moved.from_host && moved.to_slot == 0) {
    ++totals_.departures;
    if (auto* const t = tape()) {
      t->input(capture::Departed{moved.slot});
    }
    containers_.departed(moved.slot);
    out_.log(LogLevel::warning, who + " left for a cgroup that is no container's; it stays watched");
  }
}

void Engine::on_resolved(Slot slot, const ContainerPtr& container, WallNs now) {
  auto settled_slot = containers_.resolve(slot, container);
  if (const auto kept = container ? saved_names_.find(container->id) : saved_names_.end();
      kept != saved_names_.end()) {
    for (const Slot one : settled_slot.slots) {
      dns_cache_.restore(one, kept->second, now);
    }
  }
  note_appeared(settled_slot, now);
  if (settled_slot.appeared) {
    introduce(*settled_slot.watched, now, true);
  }
  settled(std::move(settled_slot), true);
  flush_verdicts();
}

/// `begins`: its life does, as far as its profile knows.
void Engine::introduce(WatchedContainer& watched, WallNs now, bool begins) {
  auto& record = registry_.of(*watched.container, now);
  watched.profile = &record;
  watched.named = now;
  ++record.running;
  labels_.busy(watched.container->repository, 1);
  if (may_learn(record, config_.learning)) {
    note_classes(record);
    if (begins) {
      Learner::container_started(record.profile, watched.container->id, host_.name, watched.started);
    }
    record.change();
  }
  assess(record, now);
  if (watched.container->unnamed) {
    out_.log(LogLevel::warning, "container " + escape(watched.container->id) +
                                    " could not be named: no runtime knows it; its behaviour is not learned");
  }
}

void Engine::note_classes(ProfileRecord& record) const {
  record.profile.classes.insert(classes_.begin(), classes_.end());
}

void Engine::settled(Containers::Resolved settled, bool resolved) {
  for (const Slot slot : settled.slots) {
    if (settled.watched) {
      check(sensor_.set_startup(slot, settled.watched->profile->startup.end),
            "say where a container's startup ends");
    }
    check(settled.watched ? sensor_.name(slot, settled.watched->profile->epoch) : sensor_.dismiss(slot),
          settled.watched ? "name a container's slot" : "dismiss a slot");
  }
  for (auto& ask : settled.ask) {
    out_.resolve(std::move(ask));
  }
  if (resolved && settled.appeared) {
    out_.log(LogLevel::debug, "watching container " + escape(settled.watched->container->name));
  }
  for (auto& activity : settled.released) {
    tell_phase(activity, settled.watched->profile->startup);
    evaluate(std::move(activity), settled.watched);
  }
}

}  // namespace plimsoll
