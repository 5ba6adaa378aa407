// The sensor on the running kernel.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <ranges>
#include <thread>
#include <unordered_map>
#include <utility>

#include "agent/sensor/attach_plan.h"
#include "agent/sensor/canary.h"
#include "agent/sensor/decode.h"
#include "agent/sensor/kernel_calls.h"
#include "agent/sensor/kernel_clock.h"
#include "agent/sensor/links.h"
#include "agent/sensor/live.h"
#include "agent/sensor/load.h"
#include "agent/sensor/rings.h"
#include "agent/sensor/seed.h"
#include "agent/sensor/slot_table.h"
#include "agent/sensor/verdict_counts.h"

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
        links_(*programs_, std::move(parts.attached), parts.cgroup2_path, std::move(parts.pins)),
        hierarchy_(std::move(parts.hierarchy)),
        config_(parts.config),
        rings_(std::move(parts.rings)),
        slots_(std::move(parts.slots)),
        calls_(*programs_, *skeleton_, config_.slots, shared_->judging),
        left_unread_(std::move(parts.left_unread)),
        predecessor_(parts.predecessor),
        watch_(options_.canary_every, options_.canary_patience),
        counts_(bpf_map__fd(skeleton_->maps.verdicts), config_.cached_per_slot, tick_ns()) {
    if (predecessor_ == Predecessor::taken_over) resume();
    if (options_.canary != nullptr) canary_problem_ = place_canary();
  }

  Result<std::size_t> poll(std::chrono::milliseconds timeout, const Sink& sink) override;

  [[nodiscard]] const Hierarchy& hierarchy() const override { return hierarchy_; }

  Result<Slot> adopt(CgroupId cgroup, WallNs started) override {
    const std::scoped_lock lock(mutex_);
    if (const Slot has = slot_of(cgroup); has != 0) {
      cgroup_of_[has] = cgroup;
      return has;
    }
    const auto began = static_cast<std::uint64_t>(std::max<std::int64_t>(started - wall_offset_ns(), 1));
    const std::uint64_t age =
        (monotonic_ns() - std::min(began, monotonic_ns())) / static_cast<std::uint64_t>(tick_ns());
    const std::uint64_t left = config_.startup_ticks - std::min(age, std::uint64_t{config_.startup_ticks});
    set_seeding(1);  // until seed_tasks() has read who its tasks are, they are held back
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
    const std::scoped_lock lock(mutex_);
    Result<void> done;
    const auto seed = [&] { done = seed_tasks_of(hierarchy_.mount_point, hierarchy_.id, adopted_, maps); };
    options_.privileged ? options_.privileged(seed) : seed();
    set_seeding(0);
    return done;
  }

  Result<void> name(Slot slot, std::uint32_t epoch) override {
    return calls_.name(slot, epochs_before_ + epoch);
  }
  Result<void> set_epoch(Slot slot, std::uint32_t epoch) override { return name(slot, epoch); }

  Result<void> dismiss(Slot slot) override {
    {
      const std::scoped_lock lock(mutex_);
      if (const auto it = cgroup_of_.find(slot); it != cgroup_of_.end()) {
        const pl_cgroup_key key{it->second.id, it->second.hierarchy, 0};
        bpf_map_delete_elem(bpf_map__fd(skeleton_->maps.cgroups), &key);
      }
    }
    return forget(slot);
  }

  Result<void> forget(Slot slot) override {
    const std::scoped_lock lock(mutex_);
    if (const auto it = cgroup_of_.find(slot); it != cgroup_of_.end()) {
      adopted_.erase(it->second.id);
      cgroup_of_.erase(it);
    }
    return calls_.forget(slot);
  }

  Result<void> judged(std::span<const Key> keys) override { return calls_.judge(keys); }

  Result<std::vector<KeyCount>> counts() override {
    const std::scoped_lock lock(mutex_);
    auto counts = counts_.read(
        calls_, [this](Slot slot) { return slots_->find(slot); }, shared_->verdicts_top,
        static_cast<WallNs>(monotonic_ns()) + wall_offset_ns());
    if (counts && canary_slot_ != 0)
      std::erase_if(*counts, [this](const KeyCount& count) { return count.slot == canary_slot_; });
    return counts;
  }

  std::vector<HookStatus> verify() override;
  [[nodiscard]] std::vector<HookStatus> hooks() const override;
  [[nodiscard]] std::string canary_problem() const override {
    const std::scoped_lock lock(mutex_);
    return canary_problem_;
  }
  [[nodiscard]] Predecessor predecessor() const override { return predecessor_; }
  [[nodiscard]] std::map<std::string, HookCounters> counters() const override;
  [[nodiscard]] Losses lost(Slot slot) const override {
    const pl_slot* s = slots_->find(slot);
    Losses result;
    for (std::uint32_t r = 0; s != nullptr && r < PL_LOST_REASONS; r++)
      if (s->lost[r] != 0) result[std::string(lost_name(r))] = s->lost[r];
    return result;
  }

 private:
  void set_seeding(__u32 now) { std::atomic_ref(shared_->seeding) = now; }
  void resume();
  void free_lost_places();
  std::string place_canary();
  bool listen_to_canary();
  void set_canary_problem(const std::string&);
  [[nodiscard]] Slot slot_of(CgroupId) const;
  void on_record(std::span<const std::byte> record);
  Result<std::size_t> pass_on(const Sink&);
  void add_missed_runs(std::map<std::string, HookCounters>&) const;

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
  std::map<std::string, std::uint64_t> left_unread_;  // by an agent before; by hook
  Predecessor predecessor_;
  std::uint32_t epochs_before_ = 0;                    // what an agent before has judged is to be told anew
  std::array<std::uint64_t, PL_HOOKS> read_before_{};  // records that an agent before has read
  std::vector<CgroupRemoved> ended_before_;            // that nobody will tell of
  std::vector<KernelEvent> batch_;                     // of one round through the rings
  std::vector<std::uint32_t> order_;                   // its places, in the order of time
  bool busy_ = false;                                  // the last round found something
  bool more_ = false;                                  // and left some
  std::int64_t wall_offset_ = 0;
  std::array<std::atomic<std::uint64_t>, PL_HOOKS> undecoded_{};  // records that were emitted for nothing

  Slot canary_slot_ = 0;
  std::uint32_t canary_epoch_ = 0;
  Losses canary_losses_;  // of its slot, before this song
  CanaryWatch watch_;
  std::atomic<HookSet> heard_ = 0, silent_ = 0;
  std::array<std::atomic<std::uint64_t>, PL_HOOKS> canary_read_{};  // its records

  mutable std::mutex mutex_;  // guards what follows
  std::string canary_problem_;
  std::unordered_map<Slot, CgroupId> cgroup_of_;
  std::map<std::uint64_t, Slot> adopted_;
  VerdictCounts counts_;
};

// What an agent before has left: its containers keep their slots, but what it judged is told anew, because
// only who has seen a behaviour knows what its key stands for; and nobody has told us of the slots whose
// cgroup went while it read, so they go now.
void LiveSensor::resume() {
  std::ranges::copy(shared_->records_read, read_before_.begin());
  set_seeding(0);  // it may have ended while it was at that
  const int cgroups = bpf_map__fd(skeleton_->maps.cgroups);
  std::map<Slot, std::uint32_t> epochs;
  for (const pl_slot& slot : slots_->all()) {
    if (slot.slot != 0) epochs[slot.slot] = slot.epoch;
  }
  for (const auto& [slot, epoch] : epochs) epochs_before_ = std::max(epochs_before_, epoch);
  pl_cgroup_key key{}, next{};
  for (const pl_cgroup_key* from = nullptr; bpf_map_get_next_key(cgroups, from, &next) == 0; from = &key) {
    key = next;
    Slot slot = 0;
    if (bpf_map_lookup_elem(cgroups, &key, &slot) == 0) epochs.erase(slot);
  }
  for (const auto& [slot, epoch] : epochs) ended_before_.push_back({.slot = slot});
  free_lost_places();
}

// Places in the verdict cache that an agent before was about to give back. No program pops one while none is
// there, and after a moment none is still at work with one that it popped: those that are nobody's then are
// free.
void LiveSensor::free_lost_places() {
  constexpr auto kAMoment = std::chrono::milliseconds(50);
  const int places = bpf_map__fd(skeleton_->maps.free_verdicts);
  std::uint32_t place = 0;
  while (bpf_map_lookup_and_delete_elem(places, nullptr, &place) == 0) {
  }
  std::this_thread::sleep_for(kAMoment);
  pl_verdict verdict{};
  for (place = config_.hints - 1; place > 0; place--) {
    const bool free = place > shared_->verdicts_top ||
                      (bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.verdicts), &place, &verdict) == 0 &&
                       verdict.key.slot == 0);
    if (free) calls_.free_verdict(place);
  }
}

Slot LiveSensor::slot_of(CgroupId cgroup) const {
  const pl_cgroup_key key{cgroup.id, cgroup.hierarchy, 0};
  Slot slot = 0;
  const bool known = bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.cgroups), &key, &slot) == 0;
  return known && slots_->find(slot) != nullptr ? slot : 0;
}

// While there is news, the rings are looked at every `latency`, or at once again as long as there is more
// than one look takes, and the kernel side wakes nobody. Only when a look has found nothing it is asked to
// wake, for the next event.
Result<std::size_t> LiveSensor::poll(std::chrono::milliseconds timeout, const Sink& sink) {
  wall_offset_ = wall_offset_ns();
  shared_->wall_offset_ns = static_cast<__u64>(wall_offset_);
  for (CgroupRemoved& ended : std::exchange(ended_before_, {})) sink(ended);
  if (busy_ && !more_) rings_->sleep(std::min(options_.latency, timeout));
  auto n = pass_on(sink);
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
  if (!found) return fail(found.error().message);
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
    undecoded_[hook].fetch_add(1, std::memory_order_relaxed);
    return;
  }
  if (canary_slot_ != 0 && slot_of_event(*event) == canary_slot_) {
    canary_read_[hook].fetch_add(1, std::memory_order_relaxed);
    if (std::holds_alternative<Activity>(*event)) heard_ |= HookSet{1} << hook;
    return;
  }
  if (const auto* made = std::get_if<CgroupMade>(&*event)) {
    const std::scoped_lock lock(mutex_);
    cgroup_of_[made->slot] = made->cgroup;
  }
  batch_.push_back(std::move(*event));
}

// A slot of no cgroup: what happens in it is the canary's, and is told to nobody.
std::string LiveSensor::place_canary() {
  const CgroupId no_cgroup{config_.hierarchy, ~std::uint64_t{0}};
  Slot slot = slot_of(no_cgroup);  // of the canary of an agent before
  if (slot == 0) {
    const auto made = calls_.adopt({no_cgroup.id, no_cgroup.hierarchy, 0}, monotonic_ns(), 0);
    if (!made) return made.error().message;
    slot = *made;
  }
  if (auto joined = options_.canary->join(programs_->fd("join_slot"), slot); !joined)
    return joined.error().message;
  canary_slot_ = slot;
  return {};
}

std::vector<HookStatus> LiveSensor::verify() {
  std::vector<HookStatus> news = links_.verify();
  const HookSet before = silent_;
  if (canary_slot_ == 0 || !listen_to_canary()) return news;
  for (const HookStatus& status : hooks()) {
    const bool was = std::ranges::any_of(
        std::views::iota(0U, std::uint32_t{PL_HOOKS}),
        [&](std::uint32_t hook) { return (before >> hook & 1U) != 0 && hook_name(hook) == status.hook; });
    if (status.silent != was) news.push_back(status);
  }
  return news;
}

// True when the silent hooks are others than before.
bool LiveSensor::listen_to_canary() {
  const auto now = std::chrono::steady_clock::now();
  const auto did = options_.canary->sung();
  if (!did) {
    set_canary_problem(did.error().message);
    return false;
  }
  if (const auto& song = *did) watch_.did(*song);
  // What was lost was seen, and is accounted for: it names no blind hook.
  watch_.heard(lost(canary_slot_) == canary_losses_ ? heard_.load() : ~HookSet{0});
  const bool changed = watch_.judge(now);
  silent_ = watch_.silent();
  set_canary_problem(watch_.stuck() ? "the canary does not answer" : "");
  if (watch_.due(now)) {
    heard_ = 0;
    canary_losses_ = lost(canary_slot_);
    // What it did before is news again.
    if (!name(canary_slot_, ++canary_epoch_) || !options_.canary->sing()) return changed;
    watch_.begin(now);
  }
  return changed;
}

void LiveSensor::set_canary_problem(const std::string& problem) {
  const std::scoped_lock lock(mutex_);
  canary_problem_ = problem;
}

std::vector<HookStatus> LiveSensor::hooks() const {
  std::vector<HookStatus> all = links_.status();
  const HookSet silent = silent_;
  for (std::uint32_t hook = 0; hook < PL_HOOKS; hook++) {
    if ((silent >> hook & 1U) == 0) continue;
    for (HookStatus& status : all) status.silent = status.silent || status.hook == hook_name(hook);
  }
  return all;
}

std::map<std::string, HookCounters> LiveSensor::counters() const {
  std::map<std::string, HookCounters> result;
  for (const auto& [hook, count] : left_unread_) {
    result[hook].seen = count;
    result[hook].lost["agent_down"] = count;
  }
  const auto cpus = static_cast<std::size_t>(libbpf_num_possible_cpus());
  std::vector<pl_counters> values(cpus);
  for (std::uint32_t hook = 0; hook < PL_HOOKS; hook++) {
    if (bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.counters), &hook, values.data()) != 0) continue;
    HookCounters& sum = result[std::string(hook_name(hook))];
    for (const pl_counters& c : values) {
      sum.seen += c.seen;
      sum.known += c.known;
      sum.emitted += c.emitted;
      sum.uncached += c.uncached;
      for (std::uint32_t r = 0; r < PL_LOST_REASONS; r++) sum.lost[std::string(lost_name(r))] += c.lost[r];
    }
    const std::uint64_t undecoded = undecoded_[hook].load(std::memory_order_relaxed);
    sum.lost["undecoded"] = undecoded;
    const std::uint64_t not_told = read_before_[hook] + canary_read_[hook].load(std::memory_order_relaxed);
    sum.emitted -= std::min(sum.emitted, undecoded + not_told);
    sum.seen -= std::min(sum.seen, not_told);
  }
  add_missed_runs(result);
  return result;
}

// A program that is preempted is not run for whoever preempts it on the same CPU: nobody knows whose events
// those were.
void LiveSensor::add_missed_runs(std::map<std::string, HookCounters>& result) const {
  for (const LoadedProgram& program : programs_->all()) {
    const auto hook = hook_of(program.name);
    bpf_prog_info info{};
    std::uint32_t size = sizeof(info);
    if (hook.empty() || bpf_obj_get_info_by_fd(program.fd, &info, &size) != 0) continue;
    HookCounters& sum = result[std::string(hook)];
    sum.seen += info.recursion_misses;
    sum.lost["missed"] += info.recursion_misses;
  }
}

}  // namespace

std::unique_ptr<Sensor> make_live_sensor(LiveParts parts) {
  return std::make_unique<LiveSensor>(std::move(parts));
}

}  // namespace plimsoll
