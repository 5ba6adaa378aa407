#include "agent/sensor/verdict_counts.h"

#include "agent/sensor/decode.h"

#include <bpf/bpf.h>

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
  for (std::uint32_t seen = 0; seen <= top;) {
    std::uint32_t n = std::min(kBatch, top + 1 - seen);
    if (bpf_map_lookup_batch(fd_, seen == 0 ? nullptr : &cursor, &cursor, places.data(), verdicts.data(), &n,
                             nullptr) != 0 &&
        errno != ENOENT)
      return fail(std::string("reading counts: ") + std::strerror(errno));
    if (n == 0) break;
    for (std::uint32_t i = 0; i < n; i++)
      if (verdicts[i].key.slot != 0) visit(verdicts[i], pass);
    seen += n;
  }
  for (const pl_key& key : pass.gone) {
    if (const std::uint32_t place = calls.forget_key(key); place != 0) came_free_.push_back(place);
    Key bytes{};
    std::memcpy(bytes.data(), &key, sizeof(key));
    counted_.erase(bytes);
  }
  return std::move(pass.grown);
}

void VerdictCounts::visit(const pl_verdict& verdict, Pass& pass) {
  const pl_key& key = verdict.key;
  Key bytes{};
  std::memcpy(bytes.data(), &key, sizeof(key));
  const WallNs idle =
      static_cast<WallNs>(pass.ticks - std::min<std::uint64_t>(pass.ticks, verdict.last_tick)) * tick_ns_;
  auto& before = counted_[bytes];
  if (verdict.count > before)
    pass.grown.push_back({kind_of(key), key.slot, verdict.count - before, pass.now - idle});
  before = verdict.count;

  const pl_slot* slot = pass.slot_of(key.slot);
  const bool stale = slot == nullptr || slot->epoch != key.epoch;
  const bool crowded = slot != nullptr && slot->cached > cached_per_slot_ / 4 * 3;
  if (stale || (crowded && idle > kIdle)) pass.gone.push_back(key);
}

}  // namespace plimsoll
