#include "agent/sensor/verdict_counts.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

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
                                                  WallNs now) {
  Pass pass{slot_of, calls.ticks(), now, {}, {}};
  for (const VerdictMap& map : maps_) {
    if (auto done = read_map(map, pass); !done) return fail(done.error().message);
  }
  for (const pl_key& key : pass.gone) {
    if (auto done = calls.forget_key(key); !done) return fail(done.error().message);
    Key bytes{};
    std::memcpy(bytes.data(), &key, sizeof(key));
    counted_.erase(bytes);
  }
  return std::move(pass.grown);
}

Result<void> VerdictCounts::read_map(const VerdictMap& map, Pass& pass) {
  std::vector<std::byte> keys(static_cast<std::size_t>(kBatch) * map.key_bytes);
  std::vector<pl_verdict> values(kBatch);
  std::uint64_t cursor = 0;
  bool first = true;
  for (int error = 0; error == 0; first = false) {
    std::uint32_t n = kBatch;
    if (bpf_map_lookup_batch(map.fd, first ? nullptr : &cursor, &cursor, keys.data(), values.data(), &n,
                             nullptr) != 0)
      error = errno;
    if (error != 0 && error != ENOENT) return fail(std::string("reading counts: ") + std::strerror(error));
    for (std::uint32_t i = 0; i < n; i++) {
      pl_key key{};
      std::memcpy(&key, keys.data() + static_cast<std::size_t>(i) * map.key_bytes, map.key_bytes);
      visit(key, values[i], pass);
    }
  }
  return {};
}

void VerdictCounts::visit(const pl_key& key, const pl_verdict& verdict, Pass& pass) {
  Key bytes{};
  std::memcpy(bytes.data(), &key, sizeof(key));
  const WallNs idle = static_cast<WallNs>(pass.ticks - std::min<std::uint64_t>(pass.ticks, verdict.last_tick)) * tick_ns_;
  auto& before = counted_[bytes];
  if (verdict.count > before)
    pass.grown.push_back({bytes, key.slot, verdict.count - before, pass.now - idle});
  before = verdict.count;

  const pl_slot* slot = pass.slot_of(key.slot);
  const bool stale = slot == nullptr || slot->epoch != key.epoch;
  const bool crowded = slot != nullptr && slot->cached > cached_per_slot_ / 4 * 3;
  if (stale || (crowded && idle > kIdle)) pass.gone.push_back(key);
}

}  // namespace plimsoll
