#include "agent/engine/dns_cache.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "agent/core/hash.h"

namespace plimsoll {
namespace {

constexpr WallNs kHour = 3600 * kNsPerSecond, kDay = 24 * kHour;
constexpr WallNs kLookEvery = 60 * kNsPerSecond;
constexpr std::size_t kMostNames = 8;   // of one address
constexpr std::size_t kMostKeys = 256;  // of one address: actor, phase, port

/// A kind is of the address's class; its last bytes, which connects leave free, are of the name then.
void set_name(Key& kind, const std::string& name) {
  if (kind == Key{}) {
    return;
  }
  const std::uint64_t hash = stable_hash(name);
  std::memcpy(kind.data() + kind.size() - sizeof(hash), &hash, sizeof(hash));
}

void take_all(std::vector<Key>& from, std::vector<Key>& to) {
  to.insert(to.end(), from.begin(), from.end());
  from.clear();
}

template <typename T>
bool is_in(const std::vector<T>& all, const T& one) {
  return std::ranges::find(all, one) != all.end();
}

/// Loopback, and what hands out credentials, keep their class whatever a resolver calls them.
bool may_have_name(const Address& address) {
  const auto dest = destination_class(address);
  return dest == "private" || dest == "public";
}

}  // namespace

bool DnsCache::believes(const Container& container, const Address& resolver, bool loopback) const {
  return is_in(trusted_, resolver) ||
         (!loopback && destination_class(resolver) != "loopback" && is_in(container.resolvers, resolver));
}

std::vector<Key> DnsCache::learn(const DnsAnswer& answer, const Container* container) {
  std::vector<Key> again;
  const auto& name = answer.reply.name;
  if (name.empty()) {
    return again;
  }
  if (container != nullptr && !believes(*container, answer.from, answer.loopback)) {
    ++counts_.not_believed;
    return again;
  }
  ++counts_.used;
  const WallNs ttl = std::int64_t{answer.reply.ttl} * kNsPerSecond;
  const WallNs until = answer.time + std::clamp(ttl, kHour, kDay);
  for (const auto& address : answer.reply.addresses) {
    if (!may_have_name(address)) {
      continue;
    }
    auto& of_slot = slots_[answer.slot];
    if (!of_slot.by_address.contains(address)) {
      make_room(of_slot, again);
      of_slot.order.push_back(address);
      ++counts_.addresses;
    }
    auto& entry = of_slot.by_address[address];
    entry.until = std::max(entry.until, until);
    ++changes_;
    if (is_in(entry.names, name)) {
      continue;
    }
    if (entry.names.size() >= kMostNames) {
      entry.names.erase(entry.names.begin());
    }
    entry.names.push_back(name);
    entry.name = name;
    entry.resolver = answer.from;
    entry.loopback = answer.loopback;
    take_all(entry.keys, again);
  }
  return again;
}

void DnsCache::make_room(OfSlot& of_slot, std::vector<Key>& again) {
  while (!of_slot.order.empty() &&
         (of_slot.order.size() >= limits_.of_slot || counts_.addresses >= limits_.in_all)) {
    const auto oldest = of_slot.by_address.find(of_slot.order.front());
    take_all(oldest->second.keys, again);
    of_slot.by_address.erase(oldest);
    of_slot.order.pop_front();
    ++counts_.displaced;
    --counts_.addresses;
  }
}

std::vector<Key> DnsCache::expire(WallNs now) {
  std::vector<Key> again;
  if (now - expired_ < kLookEvery) {
    return again;
  }
  expired_ = now;
  for (auto& [slot, of_slot] : slots_) {
    auto& named = of_slot.by_address;
    for (auto at = named.begin(); at != named.end();) {
      if (at->second.until >= now) {
        ++at;
        continue;
      }
      take_all(at->second.keys, again);
      at = named.erase(at);
      --counts_.addresses;
    }
    std::erase_if(of_slot.order, [&](const Address& a) { return !named.contains(a); });
  }
  std::erase_if(slots_, [](const auto& one) { return one.second.order.empty(); });
  return again;
}

DnsCache::Entry* DnsCache::find(Slot slot, const Address& address, const Container& container, WallNs time) {
  const auto of_slot = slots_.find(slot);
  if (of_slot == slots_.end()) {
    return nullptr;
  }
  const auto at = of_slot->second.by_address.find(address);
  if (at == of_slot->second.by_address.end() ||
      !believes(container, at->second.resolver, at->second.loopback)) {
    return nullptr;
  }
  auto& entry = at->second;
  entry.until = std::max(entry.until, time + kHour);
  return &entry;
}

void DnsCache::apply(Activity& activity, const Container& container) {
  auto* connect = std::get_if<ConnectObject>(&activity.behaviour.object);
  const auto& address = activity.evidence.address;
  if (connect == nullptr || !address) {
    return;
  }
  auto* entry = find(activity.slot, *address, container, activity.time);
  if (entry == nullptr) {
    return;
  }
  connect->dest = std::string(kByName) + entry->name;
  set_name(activity.kind, entry->name);
  if (activity.key != Key{} && entry->keys.size() < kMostKeys && !is_in(entry->keys, activity.key)) {
    entry->keys.push_back(activity.key);
  }
}

void DnsCache::apply(KeyCount& count, const Container& container) {
  if (!count.address) {
    return;
  }
  if (const auto* entry = find(count.slot, *count.address, container, count.last_seen)) {
    set_name(count.kind, entry->name);
  }
}

void DnsCache::restore(Slot slot, const std::vector<SavedDnsName>& kept, WallNs now) {
  for (const auto& one : kept) {
    if (one.until < now || one.names.empty() || slots_[slot].order.size() >= limits_.of_slot ||
        counts_.addresses >= limits_.in_all) {
      continue;
    }
    auto& of_slot = slots_[slot];
    const auto [at, added] = of_slot.by_address.try_emplace(
        one.address,
        Entry{one.names.back(), one.names, one.resolver, one.loopback, std::min(one.until, now + kDay), {}});
    if (added) {
      of_slot.order.push_back(one.address);
      ++counts_.addresses;
    }
  }
}

std::vector<SavedDnsName> DnsCache::kept(Slot slot) const {
  std::vector<SavedDnsName> out;
  if (const auto of_slot = slots_.find(slot); of_slot != slots_.end()) {
    for (const auto& address : of_slot->second.order) {
      const auto& entry = of_slot->second.by_address.at(address);
      out.push_back({address, entry.resolver, entry.loopback, entry.until, entry.names});
    }
  }
  return out;
}

void DnsCache::forget(const std::unordered_set<Slot>& slots) {
  for (const Slot slot : slots) {
    if (const auto gone = slots_.extract(slot)) {
      counts_.addresses -= gone.mapped().order.size();
    }
  }
}

}  // namespace plimsoll
