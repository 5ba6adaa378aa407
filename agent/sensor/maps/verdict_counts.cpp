#include "agent/sensor/maps/verdict_counts.h"

#include "agent/sensor/decode/decode.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace plimsoll {
namespace {

constexpr std::uint32_t kBatch = 512;
constexpr WallNs kIdle = 60 * kNsPerSecond;

}  // namespace

struct VerdictCounts::Pass {
  const SlotLookup& slot_of;
  std::uint64_t ticks = 0;
  WallNs now = 0;
  std::vector<KeyCount> grown;
  std::vector<pl_key> gone;
};

Result<std::vector<KeyCount>> VerdictCounts::read(const KernelCalls& calls, const SlotLookup& slot_of,
                                                  std::uint32_t top, WallNs now) {
  Pass pass{slot_of, calls.ticks(), now, {}, {}};
  for (const std::uint32_t place : std::exchange(came_free_, {})) calls.free_verdict(place);
  std::vector<std::uint32_t> places(kBatch);
  std::vector<pl_verdict> verdicts(kBatch);
  std::uint32_t cursor = 0;
  counted_.resize(std::max<std::size_t>(counted_.size(), top + 1));
  for (std::uint32_t seen = 0; seen <= top;) {
    std::uint32_t n = std::min(kBatch, top + 1 - seen);
    if (bpf_map_lookup_batch(fd_, seen == 0 ? nullptr : &cursor, &cursor, places.data(), verdicts.data(), &n,
                             nullptr) != 0 &&
        errno != ENOENT)
      return fail(std::string("reading counts: ") + std::strerror(errno));
    if (n == 0) break;
    // After the verdicts: what is added to one in between is missed for now, and not counted twice.
    const auto more = lately();
    if (!more) return fail(more.error());
    for (std::uint32_t i = 0; i < n; i++) {
      const auto own = more->find(verdicts[i].tag);
      if (verdicts[i].key.slot != 0)
        visit(places[i], verdicts[i], own == more->end() ? 0 : own->second, pass);
    }
    seen += n;
  }
  for (const pl_key& key : pass.gone) {
    if (const std::uint32_t place = calls.forget_key(key); place != 0) came_free_.push_back(place);
  }
  return std::move(pass.grown);
}

Result<VerdictCounts::Lately> VerdictCounts::lately() const {
  Lately sum;
  std::vector<pl_counters> of_cpus(static_cast<std::size_t>(libbpf_num_possible_cpus()));
  constexpr std::uint32_t kConnects = PL_HOOK_CONNECT;
  if (bpf_map_lookup_elem(counters_fd_, &kConnects, of_cpus.data()) != 0)
    return fail(std::string("reading counts: ") + std::strerror(errno));
  for (const pl_counters& counters : of_cpus) {
    for (const std::uint64_t one : counters.lately) {
      if (one != 0) sum[static_cast<std::uint32_t>(one >> 32U)] += static_cast<std::uint32_t>(one);
    }
  }
  return sum;
}

void VerdictCounts::forget(const KernelCalls& calls, std::span<const Key> keys) {
  for (const Key& bytes : keys) {
    pl_key key{};
    std::memcpy(&key, bytes.data(), sizeof(key));
    if (const std::uint32_t place = calls.forget_key(key); place != 0) came_free_.push_back(place);
  }
}

void VerdictCounts::visit(std::uint32_t place, const pl_verdict& verdict, std::uint64_t lately, Pass& pass) {
  const pl_key& key = verdict.key;
  const WallNs idle =
      static_cast<WallNs>(pass.ticks - std::min<std::uint64_t>(pass.ticks, verdict.last_tick)) * tick_ns_;
  Counted& counted = counted_[place];
  if (counted.tag != verdict.tag) counted = {verdict.tag, 0};
  const std::uint64_t count = verdict.count + lately;
  if (count > counted.count) {
    pass.grown.push_back({kind_of(key), key.slot, count - counted.count, pass.now - idle, address_of(key)});
    counted.count = count;
  }

  const pl_slot* slot = pass.slot_of(key.slot);
  const bool stale = slot == nullptr || slot->epoch != key.epoch;
  const bool crowded = slot != nullptr && slot->cached > cached_per_slot_ / 4 * 3;
  if (stale || (crowded && idle > kIdle)) pass.gone.push_back(key);
}

}  // namespace plimsoll
