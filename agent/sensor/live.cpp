// The sensor on the running kernel.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "agent/core/mutex.h"
#include "agent/sensor/attach/links.h"
#include "agent/sensor/attach/load.h"
#include "agent/sensor/decode/decode.h"
#include "agent/sensor/kernel_clock.h"
#include "agent/sensor/live.h"
#include "agent/sensor/maps/kernel_calls.h"
#include "agent/sensor/maps/rings.h"
#include "agent/sensor/maps/slot_table.h"
#include "agent/sensor/maps/tally.h"
#include "agent/sensor/maps/verdict_counts.h"
#include "agent/sensor/pinned/inherit.h"
#include "agent/sensor/pinned/pinned_state.h"
#include "agent/sensor/pinned/retired_programs.h"
#include "agent/sensor/seed/seed.h"
#include "agent/sensor/self_test/self_test_monitor.h"

namespace plimsoll {
namespace {

WallNs time_of(const KernelEvent& event) {
  return std::visit([](const auto& e) { return e.time; }, event);
}

Slot slot_of_event(const KernelEvent& event) {
  return std::visit([](const auto& e) { return e.slot; }, event);
}

class LiveSensor final : public Sensor {
 public:
  explicit LiveSensor(LiveParts parts)
      : options_(std::move(parts.options)),
        skeleton_(std::move(parts.skeleton)),
        programs_(std::move(parts.programs)),
        shared_(std::move(parts.shared)),
        links_(*programs_, std::move(parts.attached), parts.cgroup2_path, parts.pins),
        hierarchy_(std::move(parts.hierarchy)),
        config_(parts.config),
        rings_(std::move(parts.rings)),
        slots_(std::move(parts.slots)),
        calls_(*programs_, *skeleton_, config_.slots, shared_->set_known_calls),
        tally_(bpf_map__fd(skeleton_->maps.counters), *programs_),
        predecessor_(parts.predecessor),
        takeover_problem_(std::move(parts.takeover_problem)),
        pins_(std::move(parts.pins)),
        self_test_(options_.self_test, options_.self_test_every, options_.self_test_patience),
        counts_(bpf_map__fd(skeleton_->maps.verdicts), bpf_map__fd(skeleton_->maps.counters),
                config_.cached_per_slot, tick_ns()) {
    if (predecessor_ == Predecessor::taken_over) resume();
    if (std::ranges::any_of(links_.status(), [](const HookStatus& h) { return h.way == "lsm"; }))
      self_test_.skip(HookSet{1} << PL_HOOK_SETID | HookSet{1} << PL_HOOK_CAPSET | HookSet{1} << PL_HOOK_NS);
    if (options_.self_test != nullptr) self_test_.start(self_test_slot(), programs_->fd("join_slot"));
  }

  Result<std::size_t> poll(std::chrono::milliseconds timeout, const Sink& sink) override;

  [[nodiscard]] const Hierarchy& hierarchy() const override { return hierarchy_; }

  Result<Slot> adopt(CgroupId cgroup, WallNs started) override {
    const MutexLock lock(mutex_);
    if (const Slot has = slot_of(cgroup); has != 0) {
      cgroup_of_[has] = cgroup;
      return has;
    }
    const auto began = static_cast<std::uint64_t>(std::max<std::int64_t>(started - wall_offset_ns(), 1));
    const auto age = static_cast<std::int64_t>((monotonic_ns() - std::min(began, monotonic_ns())) /
                                               static_cast<std::uint64_t>(tick_ns()));
    const std::int64_t left = static_cast<std::int64_t>(config_.startup_ticks) - age;
    set_seeding(1);  // its tasks are held back until seed_tasks() has read what they are
    const auto slot = calls_.adopt({cgroup.id, cgroup.hierarchy, 0}, began, left);
    if (!slot) return slot;
    cgroup_of_[*slot] = cgroup;
    adopted_[cgroup.id] = *slot;
    return slot;
  }

  Result<void> seed_tasks() override {
    const SeedMaps maps{bpf_map__fd(skeleton_->maps.seeds),
                        bpf_map__fd(skeleton_->maps.cgroups),
                        {config_.hash_key[0], config_.hash_key[1]},
                        [this] { std::atomic_ref(shared_->host_epoch)++; }};
    const MutexLock lock(mutex_);
    Result<void> done;
    const auto seed = [&]() REQUIRES(mutex_) {
      done = seed_tasks_of(hierarchy_.mount_point, hierarchy_.id, adopted_, maps);
      if (const auto pins = std::exchange(pins_, {})) {
        if (auto ended = end_retired_programs(*pins); !ended) done = ended;
      }
    };
    const struct AtTheEnd {
      LiveSensor& sensor;
      ~AtTheEnd() { sensor.set_seeding(0); }
    } end_of_seeding{*this};
    options_.privileged ? options_.privileged(seed) : seed();
    return done;
  }

  Result<void> set_startup(Slot slot, std::int64_t lasts_ns) override {
    return calls_.set_startup(slot,
                              static_cast<std::uint64_t>(std::max<std::int64_t>(lasts_ns, 0) / tick_ns()));
  }
  Result<void> name(Slot slot, std::uint32_t epoch) override {
    return calls_.name(slot, epochs_before_ + epoch);
  }
  Result<void> set_epoch(Slot slot, std::uint32_t epoch) override { return name(slot, epoch); }

  Result<void> dismiss(Slot slot) override {
    {
      const MutexLock lock(mutex_);
      if (const auto it = cgroup_of_.find(slot); it != cgroup_of_.end()) {
        const pl_cgroup_key key{it->second.id, it->second.hierarchy, 0};
        bpf_map_delete_elem(bpf_map__fd(skeleton_->maps.cgroups), &key);
      }
    }
    return forget(slot);
  }

  Result<void> forget(Slot slot) override {
    const MutexLock lock(mutex_);
    if (const auto it = cgroup_of_.find(slot); it != cgroup_of_.end()) {
      adopted_.erase(it->second.id);
      cgroup_of_.erase(it);
    }
    return calls_.forget(slot);
  }

  Result<void> set_known(std::span<const Key> keys) override { return calls_.set_known(keys); }

  Result<void> forget_verdicts(std::span<const Key> keys) override {
    const MutexLock lock(mutex_);
    counts_.forget(calls_, keys);
    return {};
  }

  Result<std::vector<KeyCount>> counts() override {
    const MutexLock lock(mutex_);
    auto counts = counts_.read(
        calls_, [this](Slot slot) { return slots_->find(slot); }, shared_->verdicts_top,
        static_cast<WallNs>(monotonic_ns()) + wall_offset_ns());
    if (counts)
      std::erase_if(*counts, [this](const KeyCount& count) { return count.slot == self_test_.slot(); });
    return counts;
  }

  std::vector<HookStatus> verify() override;
  [[nodiscard]] std::vector<HookStatus> hooks() const override;
  [[nodiscard]] std::string self_test_problem() const override { return self_test_.problem(); }
  [[nodiscard]] Predecessor predecessor() const override { return predecessor_; }
  [[nodiscard]] std::string takeover_problem() const override { return takeover_problem_; }
  [[nodiscard]] std::map<std::string, HookCounters> counters() const override { return tally_.read(); }
  [[nodiscard]] Losses lost(Slot slot) const override {
    const pl_slot* s = slots_->find(slot);
    return s == nullptr ? Losses{} : losses_from(s->lost);
  }

 private:
  void set_seeding(__u32 now) { std::atomic_ref(shared_->seeding) = now; }
  void resume();
  [[nodiscard]] Result<Slot> self_test_slot() const;
  [[nodiscard]] Slot slot_of(CgroupId) const;
  void on_record(std::span<const std::byte> record);
  Result<void> end_retired_programs(const Pins&);
  std::size_t read_retired(const Sink&);
  Result<std::size_t> pass_on(const Sink&);

  SensorOptions options_;
  Skeleton skeleton_;
  std::unique_ptr<Programs> programs_;
  std::shared_ptr<Shared> shared_;
  Links links_;
  Hierarchy hierarchy_;
  pl_config config_;
  std::unique_ptr<Rings> rings_;
  std::unique_ptr<SlotTable> slots_;
  KernelCalls calls_;
  Tally tally_;
  Predecessor predecessor_;
  std::string takeover_problem_;
  std::optional<Pins> pins_;         // until the new programs know the containers: retired ones are there
  std::uint32_t epochs_before_ = 0;  // an earlier agent's: its verdicts do not hold
  std::vector<CgroupRemoved> ended_before_;  // which an earlier agent has read
  std::optional<RetiredPrograms> retired_;   // what they left, once they have ended
  std::vector<KernelEvent> batch_;           // of one round through the rings
  std::vector<std::uint32_t> order_;         // its places, in the order of time
  bool busy_ = false;                        // the last round found something
  bool more_ = false;                        // and left some
  std::int64_t wall_offset_ = 0;

  SelfTestMonitor self_test_;

  Mutex mutex_;
  std::unordered_map<Slot, CgroupId> cgroup_of_ GUARDED_BY(mutex_);
  std::map<std::uint64_t, Slot> adopted_ GUARDED_BY(mutex_);
  VerdictCounts counts_ GUARDED_BY(mutex_);
};

// After a take-over. Containers keep their slots, but known behaviour is reported again: the new agent has
// not seen what the keys stand for.
void LiveSensor::resume() {
  tally_.begin_after(shared_->records_read);
  set_seeding(0);  // the earlier agent may have ended while seeding
  const auto& maps = skeleton_->maps;
  const Inherited found = inherit(*slots_, bpf_map__fd(maps.cgroups));
  epochs_before_ = found.highest_epoch;
  for (const Slot slot : found.ended) ended_before_.push_back({.slot = slot});
  free_lost_places(calls_, {bpf_map__fd(maps.verdicts), bpf_map__fd(maps.free_verdicts), config_.hints,
                            shared_->verdicts_top});
}

Slot LiveSensor::slot_of(CgroupId cgroup) const {
  const pl_cgroup_key key{cgroup.id, cgroup.hierarchy, 0};
  Slot slot = 0;
  const bool known = bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.cgroups), &key, &slot) == 0;
  return known && slots_->find(slot) != nullptr ? slot : 0;
}

// While new behaviour arrives, the rings are polled every `latency`, or at once while more is left than one
// round takes, and the kernel side does not wake the reader. Only after a round that found nothing is it
// asked to, for the next event.
Result<std::size_t> LiveSensor::poll(std::chrono::milliseconds timeout, const Sink& sink) {
  wall_offset_ = wall_offset_ns();
  shared_->wall_offset_ns = static_cast<__u64>(wall_offset_);
  for (CgroupRemoved& ended : std::exchange(ended_before_, {})) sink(ended);
  const std::size_t of_retired = read_retired(sink);
  if (busy_ && !more_ && of_retired == 0) rings_->sleep(std::min(options_.latency, timeout));
  auto n = pass_on(sink);
  if (n) *n += of_retired;
  if (!n || *n > 0 || timeout.count() == 0) return n;
  std::atomic_ref<__u32> waits(shared_->reader_waits);
  waits = 1;
  n = pass_on(sink);  // what came before the kernel side knew that we wait
  if (n && *n == 0) {
    rings_->sleep(timeout);
    n = pass_on(sink);
  }
  waits = 0;
  return n;
}

Result<std::size_t> LiveSensor::pass_on(const Sink& sink) {
  batch_.clear();
  const auto found = rings_->consume([this](std::span<const std::byte> record) { on_record(record); });
  if (!found) return fail(found.error());
  busy_ = found->any;
  more_ = found->more;
  order_.resize(batch_.size());
  for (std::uint32_t i = 0; i < order_.size(); i++) order_[i] = i;
  std::ranges::stable_sort(order_, {}, [this](std::uint32_t i) { return time_of(batch_[i]); });
  for (const std::uint32_t i : order_) sink(std::move(batch_[i]));
  return batch_.size();
}

void LiveSensor::on_record(std::span<const std::byte> record) {
  auto event = decode(record, wall_offset_);
  const std::uint32_t hook = hook_of_record(record);
  ++shared_->records_read[hook];
  if (!event) {
    tally_.undecoded(hook);
    return;
  }
  if (const Slot slot = slot_of_event(*event); slot != 0 && slot == self_test_.slot()) {
    tally_.withheld(hook);
    if (std::holds_alternative<Activity>(*event)) self_test_.reported(hook);
    return;
  }
  if (const auto* made = std::get_if<CgroupMade>(&*event)) {
    const MutexLock lock(mutex_);
    cgroup_of_[made->slot] = made->cgroup;
  }
  batch_.push_back(std::move(*event));
}

Result<void> LiveSensor::end_retired_programs(const Pins& pins) {
  auto ended = end_retired(pins);
  if (!ended) return std::unexpected(ended.error());
  tally_.add_lost(ended->lost);
  if (ended->rings) retired_.emplace(std::move(*ended), hierarchy_.mount_point, tally_);
  return {};
}

std::size_t LiveSensor::read_retired(const Sink& sink) {
  if (!retired_) return 0;
  const auto records =
      retired_->read([this](CgroupId cgroup) { return slot_of(cgroup); }, wall_offset_, sink);
  if (retired_->done()) retired_.reset();
  return records;
}

Result<Slot> LiveSensor::self_test_slot() const {
  const pl_cgroup_key key = self_test_cgroup(config_.hierarchy);
  if (const Slot before = slot_of({key.hierarchy, key.id}); before != 0)
    return before;  // left by an earlier agent
  return calls_.adopt(key, monotonic_ns(), 0);
}

std::vector<HookStatus> LiveSensor::verify() {
  std::vector<HookStatus> fresh = links_.verify();
  const auto before = hooks();
  const Slot slot = self_test_.slot();
  if (!self_test_.check(lost(slot), [&](std::uint32_t epoch) { return name(slot, epoch); })) return fresh;
  const auto after = hooks();
  for (std::size_t i = 0; i < after.size(); i++) {
    if (after[i].silent != before[i].silent) fresh.push_back(after[i]);
  }
  return fresh;
}

std::vector<HookStatus> LiveSensor::hooks() const {
  std::vector<HookStatus> all = links_.status();
  self_test_.mark(all);
  return all;
}

}  // namespace

std::unique_ptr<Sensor> make_live_sensor(LiveParts parts) {
  return std::make_unique<LiveSensor>(std::move(parts));
}

}  // namespace plimsoll
