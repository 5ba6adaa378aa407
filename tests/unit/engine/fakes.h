// Stand-ins for the kernel side, the runtimes, the disk and the operator; and two rules small enough to
// reason about.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "agent/alerts/alerts.h"
#include "agent/engine/engine.h"
#include "agent/sensor/sensor.h"
#include "agent/store/store.h"

namespace plimsoll::testing {

constexpr WallNs kNow = 1'800'000'000 * kNsPerSecond;

inline Key key_of_number(std::uint32_t number) {
  Key key{};
  for (std::size_t i = 0; i < 4; ++i) {
    key[i] = static_cast<std::byte>(number >> (8 * i) & 0xffU);
  }
  return key;
}

/// "PATH runs in the slot", with `number` for its key.
inline Activity exec(Slot slot, std::string path, std::uint32_t number = 1) {
  Activity activity;
  activity.time = kNow;
  activity.slot = slot;
  activity.hook = "exec";
  activity.since_start_ns = 5 * std::uint64_t{kNsPerSecond};
  activity.behaviour.phase = Phase::startup;
  activity.behaviour.actor = "/bin/sh";
  activity.behaviour.object =
      ExecObject{.path = path, .as = "x", .script = "", .origin = Origin::image, .gains = ""};
  activity.process.argv = {path};
  activity.key = activity.kind = key_of_number(number);
  return activity;
}

inline Activity fileless(Slot slot, std::uint32_t number = 1) {
  auto activity = exec(slot, "memfd:x", number);
  std::get<ExecObject>(activity.behaviour.object).origin = Origin::memfd;
  return activity;
}

inline CgroupMade made(Slot slot, const std::string& path, Slot parent = 0) {
  return {.time = kNow,
          .slot = slot,
          .parent_slot = parent,
          .cgroup = {0, 1000U + slot},
          .path = path,
          .creator_cwd = "",
          .creator_comm = "runc",
          .creator_pid = 1};
}

inline CgroupRemoved removed(Slot slot, WallNs time = kNow) {
  return {.time = time, .slot = slot, .cgroup = {0, 1000U + slot}};
}

inline ContainerPtr container(const std::string& id, const std::string& repository = "shop/web") {
  auto out = std::make_shared<Container>();
  out->id = id;
  out->name = id;
  out->role = "default";
  out->runtime = "runc";
  out->image = repository + ":1";
  out->repository = repository;
  out->image_id = "sha256:" + repository;
  return out;
}

inline ContainerPtr unnamed(const std::string& id) {
  auto out = std::make_shared<Container>(*container(id, "unknown"));
  out->unnamed = true;
  return out;
}

inline std::vector<Finding> find_new(const Input& in) {
  if (in.known) {
    return {};
  }
  return {{.rule = "test.new", .message = "new behaviour", .evidence = {}, .severity = {}}};
}

inline std::vector<Finding> find_fileless(const Input& in) {
  const auto* exec = std::get_if<ExecObject>(&in.activity.behaviour.object);
  if (exec == nullptr || exec->origin != Origin::memfd) {
    return {};
  }
  return {{.rule = "test.fileless", .message = "fileless", .evidence = {}, .severity = {}}};
}

inline const std::vector<Detector>& test_detectors() {
  static const std::vector<Detector> kDetectors{{{.id = "test.fileless",
                                                  .kind = RuleKind::hard,
                                                  .severity = Severity::critical,
                                                  .title = "",
                                                  .description = "",
                                                  .next_step = "",
                                                  .tactics = {},
                                                  .techniques = {}},
                                                 find_fileless},
                                                {{.id = "test.new",
                                                  .kind = RuleKind::profile,
                                                  .severity = Severity::high,
                                                  .title = "",
                                                  .description = "",
                                                  .next_step = "",
                                                  .tactics = {},
                                                  .techniques = {}},
                                                 find_new}};
  return kDetectors;
}

class FakeSensor final : public Sensor {
 public:
  Result<std::size_t> poll(std::chrono::milliseconds timeout, const Sink& sink) override {
    std::unique_lock lock(mutex);
    arrived.wait_for(lock, timeout, [this] { return !events.empty(); });
    auto now = std::exchange(events, {});
    lock.unlock();
    for (auto& event : now) {
      sink(std::move(event));
    }
    return now.size();
  }
  void emit(KernelEvent event) {
    const std::lock_guard lock(mutex);
    events.push_back(std::move(event));
    arrived.notify_all();
  }
  const Hierarchy& hierarchy() const override { return hierarchy_; }
  Result<Slot> adopt(CgroupId cgroup, WallNs) override { return static_cast<Slot>(cgroup.id - 1000); }
  Result<void> seed_tasks() override {
    seeded = true;
    return {};
  }
  Result<void> set_startup(Slot slot, std::int64_t lasts_ns) override {
    startups[slot] = lasts_ns;
    return {};
  }
  Result<void> name(Slot slot, std::uint32_t epoch) override {
    epochs[slot] = epoch;
    return {};
  }
  Result<void> dismiss(Slot slot) override {
    dismissed.insert(slot);
    return {};
  }
  Result<void> forget(Slot slot) override {
    forgotten.insert(slot);
    return {};
  }
  Result<void> forget_verdicts(std::span<const Key> keys) override {
    forgotten_keys.insert(forgotten_keys.end(), keys.begin(), keys.end());
    return {};
  }
  Result<void> set_known(std::span<const Key> keys) override {
    verdict_keys.insert(verdict_keys.end(), keys.begin(), keys.end());
    ++set_known_calls;
    return {};
  }
  Result<void> set_epoch(Slot slot, std::uint32_t epoch) override {
    epochs[slot] = epoch;
    return {};
  }
  Result<std::vector<KeyCount>> counts() override { return std::exchange(next_counts, {}); }
  std::vector<HookStatus> verify() override {
    const std::lock_guard lock(mutex);
    for (const auto& found : next_detached) {
      for (auto& hook : hook_list) {
        if (hook.hook == found.hook && hook.way == found.way) hook = found;
      }
    }
    return std::exchange(next_detached, {});
  }
  std::vector<HookStatus> hooks() const override {
    const std::lock_guard lock(mutex);
    return hook_list;
  }
  Predecessor predecessor() const override { return Predecessor::none; }
  std::string self_test_problem() const override { return {}; }
  std::map<std::string, HookCounters> counters() const override { return hook_counters; }
  Losses lost(Slot slot) const override {
    const auto at = lost_by_slot.find(slot);
    return at == lost_by_slot.end() || forgotten.contains(slot) ? Losses{} : at->second;
  }

  mutable std::mutex mutex;
  std::condition_variable arrived;
  std::deque<KernelEvent> events;
  bool seeded = false;
  std::map<Slot, std::uint32_t> epochs;   ///< of named slots
  std::map<Slot, std::int64_t> startups;  ///< how long they were said to be
  std::set<Slot> dismissed, forgotten;
  std::vector<Key> forgotten_keys;
  std::vector<Key> verdict_keys;
  int set_known_calls = 0;
  std::vector<KeyCount> next_counts;
  std::vector<HookStatus> hook_list{{"exec", "tp_btf", true, "", ""}};
  std::vector<HookStatus> next_detached;  ///< what verify() is to find
  std::map<std::string, HookCounters> hook_counters;
  std::map<Slot, Losses> lost_by_slot;

 private:
  Hierarchy hierarchy_{0, "/sys/fs/cgroup", "unified"};
};

class FakeStore final : public ProfileStore {
 public:
  Result<LoadedProfiles> load() override {
    const std::lock_guard lock(mutex);
    LoadedProfiles out;
    for (const auto& [key, profile] : profiles) {
      out.profiles.push_back(profile);
    }
    for (const auto& [key, decided] : decisions) {
      out.decisions.push_back(decided);
    }
    out.paused = paused;
    out.names = names;
    out.errors = errors;
    return out;
  }
  Result<void> save(const Profile& profile) override {
    const std::lock_guard lock(mutex);
    if (!failure.empty()) {
      return fail(failure);
    }
    profiles[profile.lineage] = profile;
    ++saves;
    return {};
  }
  Result<void> remove(const Lineage& lineage) override {
    const std::lock_guard lock(mutex);
    if (!failure.empty()) {
      return fail(failure);
    }
    profiles.erase(lineage);
    return {};
  }
  Result<Decisions> decide(const Lineage& lineage, const std::function<void(Decisions&)>& change) override {
    const std::lock_guard lock(mutex);
    if (!failure.empty()) {
      return fail(failure);
    }
    auto& here = decisions[lineage];
    here.lineage = lineage;
    change(here);
    return here;
  }
  Result<void> pause(bool now) override {
    const std::lock_guard lock(mutex);
    paused = now;
    return {};
  }
  Result<void> save_names(const std::string& text) override {
    const std::lock_guard lock(mutex);
    names = text;
    return {};
  }
  std::string where_decided(const Lineage& lineage) const override {
    return directory + "/" + lineage.repository + ".operator";
  }
  std::string where(const Profile& profile) const override {
    return directory + "/" + profile.lineage.repository;
  }

  mutable std::mutex mutex;
  std::map<Lineage, Profile> profiles;
  std::map<Lineage, Decisions> decisions;
  bool paused = false;
  std::vector<Error> errors;
  std::string failure;
  std::string directory = "/nonexistent";
  std::string names;
  int saves = 0;
};

class FakeSink final : public AlertSink {
 public:
  void write(const Alert& alert) override {
    const std::lock_guard lock(mutex);
    alerts.push_back(alert);
  }
  std::uint64_t dropped() const override { return 0; }
  std::string last_error() const override { return ""; }
  std::mutex mutex;
  std::vector<Alert> alerts;
};

class FakeClock final : public Clock {
 public:
  WallNs now() const override { return time; }
  std::atomic<WallNs> time = kNow;
};

/// Knows containers by the last part of their cgroup's path; the rest is the host's. `late`: how often it
/// says "not yet".
class FakeResolver final : public Resolver {
 public:
  Resolution resolve(const CgroupHint& hint) const override {
    const std::lock_guard lock(mutex);
    const auto at = known.find(hint.path);
    if (at == known.end()) {
      return NotAContainer{};
    }
    if (auto& left = late[hint.path]; left > 0) {
      --left;
      return NotYet{unnamed(hint.path)};
    }
    return at->second;
  }
  mutable std::mutex mutex;
  std::map<std::string, ContainerPtr> known;
  mutable std::map<std::string, int> late;
};

}  // namespace plimsoll::testing
