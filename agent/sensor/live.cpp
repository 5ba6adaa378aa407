// The sensor on the running kernel.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <mutex>
#include <unordered_map>

#include "agent/sensor/attach_plan.h"
#include "agent/sensor/decode.h"
#include "agent/sensor/kernel_clock.h"
#include "agent/sensor/links.h"
#include "agent/sensor/load.h"
#include "agent/sensor/seed.h"
#include "agent/sensor/sensor.h"
#include "plimsoll.skel.h"

namespace plimsoll {
namespace {

constexpr std::uint64_t kInFlightNs = 5ULL * kNsPerSecond;
constexpr Slot kFirstAdoptedSlot = 1U << 31U;
constexpr std::uint32_t kBatch = 512;

struct RingDeleter {
  void operator()(ring_buffer* r) const { ring_buffer__free(r); }
};

struct KeyHash {
  std::size_t operator()(const Key& key) const {
    return std::hash<std::string_view>{}({reinterpret_cast<const char*>(key.data()), key.size()});
  }
};

std::string slurp(const char* path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

Result<void> run(int program_fd, void* context, std::size_t size, const char* what) {
  bpf_test_run_opts options{};
  options.sz = sizeof(options);
  options.ctx_in = context;
  options.ctx_size_in = static_cast<__u32>(size);
  if (bpf_prog_test_run_opts(program_fd, &options) != 0)
    return fail(std::string(what) + ": " + std::strerror(errno));
  const int result = static_cast<int>(options.retval);
  if (result != 0) return fail(std::string(what) + ": " + std::strerror(-result));
  return {};
}

class LiveSensor final : public Sensor {
 public:
  LiveSensor(SensorOptions options, Skeleton skeleton, Attached attached, const std::string& cgroup2_path,
             const ChosenHierarchy& chosen, const pl_config& config)
      : options_(std::move(options)),
        skeleton_(std::move(skeleton)),
        links_(*skeleton_, std::move(attached), cgroup2_path),
        hierarchy_(chosen.hierarchy),
        config_(config) {}

  Result<void> start() {
    ring_.reset(ring_buffer__new(bpf_map__fd(skeleton_->maps.events), &LiveSensor::on_record, this, nullptr));
    if (!ring_) return fail(std::string("cannot map the event ring: ") + std::strerror(errno));
    return {};
  }

  Result<std::size_t> poll(std::chrono::milliseconds timeout, const Sink& sink) override {
    sink_ = &sink;
    wall_offset_ = wall_offset_ns();
    skeleton_->bss->wall_offset_ns = static_cast<__u64>(wall_offset_);
    const int n = ring_buffer__poll(ring_.get(), static_cast<int>(timeout.count()));
    sink_ = nullptr;
    if (n == -EINTR) return 0;
    if (n < 0) return fail(std::string("reading the event ring: ") + std::strerror(-n));
    return static_cast<std::size_t>(n);
  }

  [[nodiscard]] const Hierarchy& hierarchy() const override { return hierarchy_; }

  Result<Slot> adopt(CgroupId cgroup, WallNs started) override {
    const std::scoped_lock lock(mutex_);
    const Slot slot = next_adopted_++;
    const std::int64_t mono = started - wall_offset_ns();
    pl_slot value{};
    value.state = PL_SLOT_PENDING;
    value.started_ns = mono > 0 ? static_cast<__u64>(mono) : 1;
    const pl_cgroup_key key{cgroup.id, cgroup.hierarchy, 0};
    if (bpf_map_update_elem(bpf_map__fd(skeleton_->maps.slots), &slot, &value, BPF_ANY) != 0 ||
        bpf_map_update_elem(bpf_map__fd(skeleton_->maps.cgroups), &key, &slot, BPF_ANY) != 0)
      return fail(std::string("cannot adopt a running container: ") + std::strerror(errno));
    cgroup_of_[slot] = cgroup;
    adopted_[cgroup.id] = slot;
    return slot;
  }

  Result<void> seed_tasks() override {
    const SeedMaps maps{bpf_map__fd(skeleton_->maps.seeds),
                        bpf_map__fd(skeleton_->maps.cgroups),
                        {config_.hash_key[0], config_.hash_key[1]}};
    const std::scoped_lock lock(mutex_);
    Result<void> done;
    const auto seed = [&] { done = seed_tasks_of(hierarchy_.mount_point, hierarchy_.id, adopted_, maps); };
    options_.privileged ? options_.privileged(seed) : seed();
    return done;
  }

  Result<void> name(Slot slot, std::uint32_t epoch) override {
    pl_naming in{slot, epoch};
    return run(bpf_program__fd(skeleton_->progs.name_slot), &in, sizeof(in), "naming a container's slot");
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
    bpf_map_delete_elem(bpf_map__fd(skeleton_->maps.slots), &slot);
    if (const auto it = cgroup_of_.find(slot); it != cgroup_of_.end()) {
      adopted_.erase(it->second.id);
      cgroup_of_.erase(it);
    }
    return {};
  }

  Result<void> judged(const Key& key) override {
    pl_judgement in{};
    std::memcpy(&in.key, key.data(), sizeof(in.key));
    if (in.key.facts & PL_FACTS_PARTIAL) return {};  // such a key is never looked up: it does not say all
    in.now_ns = monotonic_ns();
    return run(bpf_program__fd(skeleton_->progs.judge), &in, sizeof(in), "marking a behaviour as judged");
  }

  Result<std::vector<KeyCount>> counts() override;

  std::vector<HookStatus> verify() override { return links_.verify(); }
  [[nodiscard]] std::vector<HookStatus> hooks() const override { return links_.status(); }
  [[nodiscard]] std::map<std::string, HookCounters> counters() const override;
  [[nodiscard]] std::uint64_t lost(Slot slot) const override {
    pl_slot value{};
    return bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.slots), &slot, &value) == 0 ? value.lost : 0;
  }

 private:
  static int on_record(void* self, void* data, std::size_t size) {
    static_cast<LiveSensor*>(self)->on_event({static_cast<const std::byte*>(data), size});
    return 0;
  }

  void on_event(std::span<const std::byte> record) {
    auto event = decode(record, wall_offset_);
    if (!event) {
      const auto* header = reinterpret_cast<const pl_header*>(record.data());
      const std::size_t hook = record.size() >= sizeof(*header) && header->hook < PL_HOOKS ? header->hook : 0;
      undecoded_[hook].fetch_add(1, std::memory_order_relaxed);
      return;
    }
    if (const auto* made = std::get_if<CgroupMade>(&*event)) {
      const std::scoped_lock lock(mutex_);
      cgroup_of_[made->slot] = made->cgroup;
    }
    (*sink_)(std::move(*event));
  }

  // A key is stale when its slot has been forgotten or its image's epoch has moved on: nothing can match it
  // any more.
  bool stale(const pl_key& key) {
    pl_slot slot{};
    return bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.slots), &key.slot, &slot) != 0 ||
           slot.epoch != key.epoch;
  }

  void add_missed_runs(std::map<std::string, HookCounters>&) const;
  void visit_counts(const pl_key& key, const pl_verdict& verdict, std::vector<KeyCount>& grown);

  SensorOptions options_;
  Skeleton skeleton_;
  Links links_;
  Hierarchy hierarchy_;
  pl_config config_;
  std::unique_ptr<ring_buffer, RingDeleter> ring_;
  const Sink* sink_ = nullptr;
  std::int64_t wall_offset_ = 0;
  std::array<std::atomic<std::uint64_t>, PL_HOOKS> undecoded_{};  // records that were emitted for nothing

  std::mutex mutex_;  // guards what follows
  Slot next_adopted_ = kFirstAdoptedSlot;
  std::unordered_map<Slot, CgroupId> cgroup_of_;
  std::map<std::uint64_t, Slot> adopted_;
  std::unordered_map<Key, std::uint64_t, KeyHash> counted_;
};

void LiveSensor::visit_counts(const pl_key& key, const pl_verdict& verdict, std::vector<KeyCount>& grown) {
  Key bytes{};
  std::memcpy(bytes.data(), &key, sizeof(key));
  auto& before = counted_[bytes];
  if (verdict.count > before) {
    grown.push_back(
        {bytes, key.slot, verdict.count, static_cast<WallNs>(verdict.last_ns) + wall_offset_ns()});
  }
  before = verdict.count;
}

Result<std::vector<KeyCount>> LiveSensor::counts() {
  const std::scoped_lock lock(mutex_);
  const int fd = bpf_map__fd(skeleton_->maps.verdicts);
  std::vector<pl_key> keys(kBatch);
  std::vector<pl_verdict> values(kBatch);
  std::vector<pl_key> gone;
  std::vector<KeyCount> grown;
  std::uint64_t cursor = 0;
  bool first = true;
  for (int error = 0; error == 0; first = false) {
    std::uint32_t n = kBatch;
    if (bpf_map_lookup_batch(fd, first ? nullptr : &cursor, &cursor, keys.data(), values.data(), &n,
                             nullptr) != 0)
      error = errno;
    if (error != 0 && error != ENOENT) return fail(std::string("reading counts: ") + std::strerror(error));
    for (std::uint32_t i = 0; i < n; i++) {
      visit_counts(keys[i], values[i], grown);
      if (stale(keys[i])) gone.push_back(keys[i]);
    }
  }
  for (const pl_key& key : gone) {
    bpf_map_delete_elem(fd, &key);
    Key bytes{};
    std::memcpy(bytes.data(), &key, sizeof(key));
    counted_.erase(bytes);
  }
  return grown;
}

std::map<std::string, HookCounters> LiveSensor::counters() const {
  std::map<std::string, HookCounters> result;
  const auto cpus = static_cast<std::size_t>(libbpf_num_possible_cpus());
  std::vector<pl_counters> values(cpus);
  for (std::uint32_t hook = 0; hook < PL_HOOKS; hook++) {
    if (bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.counters), &hook, values.data()) != 0) continue;
    HookCounters& sum = result[std::string(hook_name(hook))];
    for (const pl_counters& c : values) {
      sum.seen += c.seen;
      sum.known += c.known;
      sum.emitted += c.emitted;
      for (std::uint32_t r = 0; r < PL_LOST_REASONS; r++) sum.lost[std::string(lost_name(r))] += c.lost[r];
    }
    const std::uint64_t undecoded = undecoded_[hook].load(std::memory_order_relaxed);
    sum.lost["undecoded"] = undecoded;
    sum.emitted -= std::min(sum.emitted, undecoded);
    sum.lost["missed"] = 0;
  }
  add_missed_runs(result);
  return result;
}

// A program that is preempted is not run for whoever preempts it on the same CPU: nobody knows whose events
// those were.
void LiveSensor::add_missed_runs(std::map<std::string, HookCounters>& result) const {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton_->obj) {
    const auto hook = hook_of(bpf_program__name(program));
    bpf_prog_info info{};
    std::uint32_t size = sizeof(info);
    const int fd = bpf_program__fd(program);
    if (hook.empty() || fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) != 0) continue;
    HookCounters& sum = result[std::string(hook)];
    sum.seen += info.recursion_misses;
    sum.lost["missed"] += info.recursion_misses;
  }
}

// Runs the iterator that looks for kthreadd; reading it is what makes it run.
Result<void> find_host_root(plimsoll_bpf& skeleton) {
  const Link link(bpf_program__attach_iter(skeleton.progs.find_host_root, nullptr));
  if (!link) return fail(std::string("cannot iterate over tasks: ") + std::strerror(errno));
  const int fd = bpf_iter_create(bpf_link__fd(link.get()));
  if (fd < 0) return fail(std::string("cannot iterate over tasks: ") + std::strerror(errno));
  char nothing[64];
  while (read(fd, nothing, sizeof(nothing)) > 0) {
  }
  close(fd);
  if (skeleton.bss->host_root_dentry == 0)
    return fail("the host's tasks are not visible: the agent must run in the host's pid namespace (hostPID)");
  return {};
}

Result<pl_config> make_config(const SensorOptions& options, const ChosenHierarchy& chosen) {
  pl_config config{};
  if (getrandom(config.hash_key, sizeof(config.hash_key), 0) != sizeof(config.hash_key))
    return fail(std::string("no random bytes for the hash key: ") + std::strerror(errno));
  const std::uint64_t key[2] = {config.hash_key[0], config.hash_key[1]};
  config.startup_phase_ns = options.startup_phase_ns;
  config.in_flight_ns = kInFlightNs;
  config.runtime_actor = text_hash(std::string(kRuntimeActor), key);
  config.controller = chosen.controller;
  config.hierarchy = chosen.hierarchy.id;
  config.ring_reserve = options.ring_bytes / 8;
  return config;
}

}  // namespace

Result<std::unique_ptr<Sensor>> open_sensor(const SensorOptions& options) {
  if (auto btf = check_btf(options.btf_path); !btf) return std::unexpected(btf.error());
  const std::string mountinfo = slurp("/proc/self/mountinfo");
  const auto chosen = choose_hierarchy(mountinfo, slurp("/proc/cgroups"));
  if (!chosen) return std::unexpected(chosen.error());
  auto config = make_config(options, *chosen);
  if (!config) return std::unexpected(config.error());

  std::vector<HookStatus> refused;
  std::vector<ChosenRow> rows;
  auto skeleton = load_programs(options, *config, rows, refused);
  if (!skeleton) return std::unexpected(skeleton.error());
  (*skeleton)->bss->wall_offset_ns = static_cast<__u64>(wall_offset_ns());
  if (auto found = find_host_root(**skeleton); !found) return std::unexpected(found.error());
  const std::string cgroup2 =
      options.cgroup2_path.empty() ? find_cgroup2_mount(mountinfo) : options.cgroup2_path;
  Attached attached = attach_programs(**skeleton, rows, cgroup2, std::move(refused));
  for (const HookStatus& h : attached.status)
    if (h.hook == "exec" && !h.attached) return fail("cannot watch exec by " + h.way + ": " + h.error);

  auto sensor = std::make_unique<LiveSensor>(options, std::move(*skeleton), std::move(attached), cgroup2,
                                             *chosen, *config);
  if (auto started = sensor->start(); !started) return std::unexpected(started.error());
  return sensor;
}

}  // namespace plimsoll
