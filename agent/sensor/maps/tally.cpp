#include "agent/sensor/maps/tally.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <vector>

#include "agent/sensor/attach/attach_plan.h"
#include "agent/sensor/decode/decode.h"

namespace plimsoll {

void Tally::begin_after(std::span<const __u64, PL_HOOKS> read) {
  std::ranges::copy(read, read_before_.begin());
}

std::map<std::string, HookCounters> Tally::read() const {
  std::map<std::string, HookCounters> result;
  const auto cpus = static_cast<std::size_t>(libbpf_num_possible_cpus());
  std::vector<pl_counters> values(cpus);
  for (std::uint32_t hook = 0; hook < PL_HOOKS; hook++) {
    if (bpf_map_lookup_elem(fd_, &hook, values.data()) != 0) continue;
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
    const std::uint64_t not_passed_on = read_before_[hook] + withheld_[hook].load(std::memory_order_relaxed);
    sum.emitted -= std::min(sum.emitted, undecoded + not_passed_on);
    sum.seen -= std::min(sum.seen, not_passed_on);
  }
  add_left(result);
  add_missed_runs(result);
  return result;
}

void Tally::add_left(std::map<std::string, HookCounters>& result) const {
  const MutexLock lock(mutex_);
  for (const auto& [hook, losses] : lost_before_) {
    result[hook].seen += total(losses);
    add(result[hook].lost, losses);
  }
  for (std::uint32_t hook = 0; hook < PL_HOOKS; hook++) {
    const std::uint64_t recovered = recovered_[hook].load(std::memory_order_relaxed);
    const std::uint64_t left = left_[hook].load(std::memory_order_relaxed);
    if (left == 0) continue;
    HookCounters& sum = result[std::string(hook_name(hook))];
    sum.seen += left;
    sum.emitted += recovered;
    sum.lost["agent_down"] += left - recovered;
  }
}

// A program does not run while it is itself preempted on the same CPU. Which containers the missed events
// belong to is not known.
void Tally::add_missed_runs(std::map<std::string, HookCounters>& result) const {
  for (const LoadedProgram& program : programs_->all()) {
    const auto hook = hook_of(program.name);
    bpf_prog_info info{};
    std::uint32_t size = sizeof(info);
    if (hook.empty() || bpf_obj_get_info_by_fd(program.fd.get(), &info, &size) != 0) continue;
    HookCounters& sum = result[std::string(hook)];
    sum.seen += info.recursion_misses;
    sum.lost["missed"] += info.recursion_misses;
  }
}

}  // namespace plimsoll
