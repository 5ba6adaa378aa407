// A host's share: its own word and nobody else's; joined, all shares are the whole.
#include "profiles/share.h"

#include <gtest/gtest.h>

#include "profiles/toml_codec.h"
#include "tests/unit/profiles/random_profile.h"

namespace plimsoll {
namespace {

Behaviour runs(const std::string& path) {
  Behaviour b;
  b.actor = "/bin/sh";
  b.object = ExecObject{.path = path, .as = "x", .script = "", .origin = Origin::image, .gains = ""};
  return b;
}

Profile seen_by(const std::string& host, const std::string& path, std::uint64_t minutes) {
  Profile p;
  p.lineage = {"shop/web", "default"};
  p.shares[host].minutes = minutes;
  p.behaviours[runs(path)].shares[host].minutes = minutes;
  p.behaviours[runs(path)].first_host = host;
  return p;
}

Profile joined(Profile a, const Profile& b) {
  merge(a, b);
  return a;
}

TEST(Share, IsWhatTheHostVouchesFor) {
  const auto a = seen_by("a", "/bin/a", 3), b = seen_by("b", "/bin/b", 5);
  const auto both = joined(a, b);
  EXPECT_EQ(to_toml(share_of(both, "a")), to_toml(a));
  EXPECT_EQ(to_toml(share_of(both, "b")), to_toml(b));
  EXPECT_TRUE(share_of(both, "c").behaviours.empty());
}

TEST(Share, AllSharesJoinedAreTheWhole) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    std::mt19937 random(seed);
    Profile whole = random_profile(random);
    whole.gone_before = 0;  // that is said by whoever merges, not by hosts
    std::set<std::string> hosts{"nobody"};
    for (const auto& [host, share] : whole.shares) hosts.insert(host);
    for (const auto& [host, lost] : whole.lost) hosts.insert(host);
    for (const auto& [behaviour, entry] : whole.behaviours) {
      for (const auto& [host, share] : entry.shares) hosts.insert(host);
    }
    Profile again;
    again.lineage = whole.lineage;
    for (const std::string& host : hosts) merge(again, share_of(whole, host));
    EXPECT_EQ(to_toml(again), to_toml(whole)) << "seed " << seed;
  }
}

TEST(Share, WhatAPersonAllowedOrRemovedIsEachHosts) {
  auto p = seen_by("a", "/bin/a", 3);
  p.behaviours[runs("/bin/b")].allowed = true;
  p.tombstones.insert(runs("/bin/c"));
  const auto other = share_of(p, "b");
  EXPECT_TRUE(other.behaviours.contains(runs("/bin/b")));
  EXPECT_FALSE(other.behaviours.contains(runs("/bin/a")));
  EXPECT_TRUE(other.tombstones.contains(runs("/bin/c")));
}

TEST(Facts, AreWhatOthersShouldKnowAndNotTheEvidence) {
  const auto p = seen_by("a", "/bin/a", 3);
  const auto facts = facts_of(p);
  EXPECT_EQ(facts_of(joined(p, seen_by("b", "/bin/a", 9))), facts);
  const auto differs = [&](auto change) {
    auto other = p;
    change(other);
    return facts_of(other) != facts;
  };
  EXPECT_TRUE(differs([](Profile& o) { o.behaviours[runs("/bin/b")]; }));
  EXPECT_TRUE(differs([](Profile& o) { o.behaviours[runs("/bin/a")].allowed = true; }));
  EXPECT_TRUE(differs([](Profile& o) { o.tombstones.insert(runs("/bin/b")); }));
  EXPECT_TRUE(differs([](Profile& o) { o.generations["sha256:1"]; }));
  EXPECT_TRUE(differs([](Profile& o) { o.classes.insert(Action::mount); }));
  EXPECT_TRUE(differs([](Profile& o) { o.stable_since = 7 * kNsPerSecond; }));
}

TEST(MergeWithin, AFullProfileTakesNothingNew) {
  auto full_one = seen_by("a", "/bin/a", 3);
  const Limits limits{.entries = 1};
  auto other = joined(seen_by("b", "/bin/a", 9), seen_by("b", "/bin/b", 1));
  merge_within(full_one, other, limits);
  EXPECT_EQ(full_one.behaviours.size(), 1U);
  EXPECT_EQ(full_one.behaviours.begin()->second.shares.at("b").minutes, 9U);
  auto with_scratch = seen_by("a", "/bin/a", 3);
  merge_within(with_scratch, other);
  EXPECT_EQ(with_scratch.behaviours.size(), 2U);
}

}  // namespace
}  // namespace plimsoll
