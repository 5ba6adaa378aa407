// The exchange of profiles with a fleet's store.
#include "agent/fleet/fleet_exchange.h"

#include <algorithm>

#include "agent/core/hash.h"
#include "agent/core/text.h"
#include "profiles/key.h"
#include "profiles/retire.h"
#include "profiles/share.h"
#include "profiles/toml_codec.h"

namespace plimsoll {
namespace {

constexpr WallNs kHour = 3600 * kNsPerSecond;
constexpr WallNs kSoon = kNsPerSecond;             // after a conflict, at first
constexpr WallNs kFirstQuiet = 15 * kNsPerSecond;  // after a failure, at first
constexpr WallNs kHostGone = 48 * kHour;  // of whom nothing was heard since: twice what a quiet one takes
constexpr int kTries = 6;
constexpr std::size_t kMostShares = 5000;  // that one host gathers

/// How often the evidence alone is told: often while others wait for it.
WallNs evidence_every(const Profile& own) {
  return own.stable_since == 0 ? kHour : 24 * kHour;
}

std::string merged_key(const std::string& file) {
  return "merged/" + file;
}

}  // namespace

FleetExchange::FleetExchange(ObjectStore& store, FleetOptions options, Take take, Log log)
    : store_(store),
      options_(std::move(options)),
      take_(std::move(take)),
      log_(std::move(log)),
      random_(static_cast<std::minstd_rand::result_type>(options_.seed)) {
  health_.where = store_.where();
}

double FleetExchange::random() {
  return std::uniform_real_distribution<>(0, 1)(random_);
}

void FleetExchange::want(const Lineage& lineage) {
  const auto [at, added] = entries_.try_emplace(lineage);
  if (added) {
    at->second.lineage = lineage;
    at->second.file = file_name(lineage);
    at->second.later = random();
    health_.lineages = entries_.size();
  }
  set_running(lineage, true);
}

void FleetExchange::forget(const Lineage& lineage) {
  entries_.erase(lineage);
  health_.lineages = entries_.size();
}

void FleetExchange::set_running(const Lineage& lineage, bool running) {
  const auto at = entries_.find(lineage);
  if (at == entries_.end()) {
    return;
  }
  auto& entry = at->second;
  entry.running = running;
  if (running && std::exchange(entry.owed, false)) {
    entry.next = 0;
  }
}

void FleetExchange::offer(Profile profile) {
  if (const auto at = entries_.find(profile.lineage); at != entries_.end()) {
    at->second.offered = std::move(profile);
  }
}

void FleetExchange::refresh(Entry& entry) const {
  if (entry.offered) {
    entry.own = share_of(*entry.offered, options_.host);
    entry.own_facts = facts_of(*entry.own);
    entry.offered.reset();
  }
}

bool FleetExchange::answered(const Lineage& lineage) const {
  const auto at = entries_.find(lineage);
  if (at == entries_.end()) {
    return false;
  }
  const auto& entry = at->second;
  return (entry.asked && !entry.owed && entry.next > now_) || paused_ || !health_.last_error.empty();
}

WallNs FleetExchange::step(WallNs now) {
  now_ = now;
  if (entries_.empty()) {
    return now + options_.poll;
  }
  if (now < quiet_until_) {
    return quiet_until_;
  }
  auto& entry = std::ranges::min_element(entries_, {}, [](const auto& e) { return e.second.next; })->second;
  if (entry.next > now) {
    return entry.next;
  }
  entry.since = earlier(entry.since, now);
  constexpr double kLeast = 0.9, kSpread = 0.2;
  entry.next = now + static_cast<WallNs>(static_cast<double>(options_.poll) * (kLeast + kSpread * random()));
  if (const auto done = exchange(entry, now); !done) {
    if (health_.last_error.empty()) {
      log_(LogLevel::warning, "the fleet's store does not answer: " + done.error().message +
                                  "; profiles stay as they are until it does");
    }
    health_.last_error = done.error().message;
    quiet_until_ = now + std::min(options_.poll, kFirstQuiet << std::min(failures_++, 10));
    entry.next = now;  // the first to be tried again
    return quiet_until_;
  }
  if (!health_.last_error.empty()) {
    log_(LogLevel::info, "the fleet's store answers again");
  }
  failures_ = 0;
  health_.last_error.clear();
  return now;
}

void FleetExchange::farewell(WallNs now) {
  for (auto& [lineage, entry] : entries_) {
    refresh(entry);
    if (!health_.last_error.empty() || !entry.own || (entry.told == entry.own_facts && !lacks(entry))) {
      continue;
    }
    if (const auto done = exchange(entry, now); !done) {
      health_.last_error = done.error().message;
    }
  }
}

Result<void> FleetExchange::exchange(Entry& entry, WallNs now) {
  refresh(entry);
  std::optional<Base> base;
  entry.owed = !entry.running && entry.asked;
  if (!paused_ && !entry.owed) {
    auto found = read(entry);
    if (!found) {
      return std::unexpected(found.error());
    }
    base = std::move(*found);
  }
  entry.asked = true;
  if (!entry.own || health_.read_only) {
    return {};
  }
  const Profile& own = *entry.own;
  if (auto told = tell(entry, own, now); !told || health_.read_only) {
    return told;
  }
  if (!entry.readable) {
    return {};
  }
  if (lacks(entry)) {
    return merge_into(entry, std::move(base), own, now);
  }
  if (!outdated(entry, own)) {
    return {};
  }
  const auto all = gather(entry, own);
  return all ? merge_into(entry, std::move(base), *all, now) : std::unexpected(all.error());
}

/// The merged profile, where it is not the one that was taken before. It is handed on.
Result<std::optional<FleetExchange::Base>> FleetExchange::read(Entry& entry) {
  const auto key = merged_key(entry.file);
  auto got = get(key, entry.etag);
  if (!got) {
    return std::unexpected(got.error());
  }
  if (std::holds_alternative<NotModified>(*got)) {
    return std::nullopt;
  }
  if (std::holds_alternative<NotThere>(*got)) {
    entry.readable = true;
    entry.etag.clear();
    entry.known.clear();
    entry.knows_us = entry.latest = 0;
    return Base{.profile = {}, .body = "", .condition = Condition::not_there()};
  }
  auto& object = std::get<StoredObject>(*got);
  auto profile = parse(object.body, key, entry);
  entry.readable = profile.has_value();
  if (!profile) {
    entry.etag = object.etag;  // told once
    return std::nullopt;
  }
  take(entry, *profile, object.etag);
  return Base{std::move(*profile), std::move(object.body), Condition::matches(std::move(object.etag))};
}

std::optional<Profile> FleetExchange::parse(const std::string& text, const std::string& key,
                                            const Entry& entry) {
  auto profile = profile_from_toml(text, store_.where() + ": " + key);
  std::string why = profile ? "" : profile.error().message;
  if (profile && profile->lineage != entry.lineage) {
    why = store_.where() + ": " + key + ": is for another lineage than its name says";
  }
  if (why.empty()) {
    return std::move(*profile);
  }
  ++health_.profiles["rejected"];
  log_(LogLevel::warning, "the fleet's profile is not used: " + why);
  return std::nullopt;
}

/// What is too large to be read back is no fault of the store's: it is told once, and not written.
bool FleetExchange::fits(const std::string& text, const std::string& key) {
  if (text.size() <= kMaxProfileText) {
    return true;
  }
  ++health_.profiles["rejected"];
  log_(LogLevel::warning, "a profile is not shared: " + store_.where() + ": " + key + " would have " +
                              std::to_string(text.size()) + " bytes; accepted: at most " +
                              std::to_string(kMaxProfileText));
  return false;
}

void FleetExchange::note(Entry& entry, const Profile& merged) {
  entry.known = facts_of(merged);
  const auto us = merged.shares.find(options_.host);
  entry.knows_us = us == merged.shares.end() ? 0 : us->second.last_seen;
  entry.latest = total(merged.shares).last_seen;
}

bool FleetExchange::take(Entry& entry, Profile merged, std::string etag) {
  note(entry, merged);
  const bool taken = take_(std::move(merged));
  entry.etag = taken ? std::move(etag) : "";  // what was not taken is read again
  health_.profiles["taken"] += taken ? 1 : 0;
  return taken;
}

Result<void> FleetExchange::tell(Entry& entry, const Profile& own, WallNs now) {
  const bool fresh = entry.told != entry.own_facts;
  if (!fresh && now - entry.told_at < evidence_every(own)) {
    return {};
  }
  const auto text = to_toml(own, options_.format);
  auto hash = hex(stable_hash(text));
  const auto key = "hosts/" + hex(stable_hash(options_.host)) + "/" + entry.file;
  if (hash != entry.told_text && fits(text, key)) {
    const auto done = put(key, text, {});
    if (!done) {
      return std::unexpected(done.error());
    }
    if (std::holds_alternative<ReadOnly>(*done)) {
      health_.read_only = true;
      log_(LogLevel::info, store_.where() + " is read only: what is learned here is not shared");
      return {};
    }
    ++health_.profiles["shared"];
  }
  entry.told = entry.own_facts;
  entry.told_text = std::move(hash);
  entry.told_at = now;
  return {};
}

bool FleetExchange::lacks(const Entry& entry) {
  return !std::ranges::includes(entry.known, entry.own_facts);
}

/// Others' evidence under hosts/ is up to `evidence_every` old: whoever gathers it brings the merged profile
/// up to that. So at twice the time, some host does, and the others find it done.
bool FleetExchange::outdated(const Entry& entry, const Profile& own) const {
  const auto ours = own.shares.find(options_.host);
  if (ours == own.shares.end()) {
    return false;
  }
  const auto every = static_cast<double>(evidence_every(own));
  const auto most = static_cast<WallNs>(every * (2 + entry.later / 2));
  const WallNs seen = ours->second.last_seen;
  return seen - std::max(entry.knows_us, entry.since) > most || seen - entry.latest > most;
}

/// All hosts' shares of the lineage.
Result<Profile> FleetExchange::gather(const Entry& entry, const Profile& own) {
  auto all = own;
  const auto keys = store_.list("hosts/");
  ++health_.requests[{"list", keys ? "ok" : "error"}];
  if (!keys) {
    return std::unexpected(keys.error());
  }
  std::size_t gathered = 0;
  for (const auto& key : *keys) {
    if (!key.ends_with("/" + entry.file) || ++gathered > kMostShares) {
      continue;
    }
    auto got = get(key, "");
    if (!got) {
      return std::unexpected(got.error());
    }
    if (const auto* object = std::get_if<StoredObject>(&*got)) {
      if (auto share = parse(object->body, key, entry)) {
        merge_within(all, std::move(*share));
      }
    }
  }
  if (gathered > kMostShares) {
    log_(LogLevel::warning, "of " + std::to_string(gathered) + " shares of " + entry.file + " the first " +
                                std::to_string(kMostShares) +
                                " were merged; remove the shares of hosts that are gone from the store");
  }
  return all;
}

Result<void> FleetExchange::merge_into(Entry& entry, std::optional<Base> base, const Profile& more,
                                       WallNs now) {
  if (!base) {
    entry.etag.clear();
    auto again = read(entry);
    if (!again) {
      return std::unexpected(again.error());
    }
    base = std::move(*again);
  }
  if (!base) {
    return {};
  }
  const bool first = base->condition.absent;
  auto merged = std::move(base->profile);
  if (first) {
    merged = more;
  } else {
    merge_within(merged, more);
  }
  if (options_.format >= ProfileFormat::v1_1) {  // 1.0 cannot say who is gone: they would be counted again
    condense(merged, now - kHostGone);
  }
  prune(merged, prunable(merged));
  const auto text = to_toml(merged, options_.format);
  if (text != base->body && !fits(text, merged_key(entry.file))) {
    entry.readable = false;  // until somebody writes a smaller one
    return {};
  }
  if (text != base->body) {
    const auto done = put(merged_key(entry.file), text, base->condition);
    if (!done) {
      return std::unexpected(done.error());
    }
    if (!std::holds_alternative<Written>(*done)) {
      // Somebody was faster. What he wrote is read first: it may be all that we had to say.
      entry.conflicts = (entry.conflicts + 1) % kTries;
      if (entry.conflicts > 0) {
        entry.next =
            now + static_cast<WallNs>(static_cast<double>(kSoon << entry.conflicts) * (0.5 + random()));
      }
      return {};
    }
    ++health_.profiles["merged"];
    take(entry, merged, std::get<Written>(*done).etag);
  }
  entry.conflicts = 0;
  // What a full profile has no room for, or others removed, is not tried again and again.
  entry.known.insert(entry.own_facts.begin(), entry.own_facts.end());
  if (first && entry.latest != 0) {
    entry.latest = 1;  // it was lost, or never there: the others' shares are gathered at the next step
    entry.next = now;
  }
  return {};
}

Result<Got> FleetExchange::get(const std::string& key, const std::string& unless_etag) {
  auto got = store_.get(key, unless_etag);
  const char* outcome = !got                                        ? "error"
                        : std::holds_alternative<NotModified>(*got) ? "not_modified"
                        : std::holds_alternative<NotThere>(*got)    ? "not_there"
                                                                    : "ok";
  ++health_.requests[{"get", outcome}];
  return got;
}

Result<Put> FleetExchange::put(const std::string& key, const std::string& text, const Condition& condition) {
  auto done = store_.put(key, text, condition);
  const char* outcome = !done                                     ? "error"
                        : std::holds_alternative<Written>(*done)  ? "ok"
                        : std::holds_alternative<ReadOnly>(*done) ? "read_only"
                                                                  : "precondition_failed";
  ++health_.requests[{"put", outcome}];
  return done;
}

}  // namespace plimsoll
