// What hosts tell each other, against a store in memory and a clock of the test's own.
#include "agent/fleet/fleet_exchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/core/hash.h"
#include "profiles/key.h"
#include "profiles/toml_codec.h"
#include "tests/unit/engine/fakes.h"
#include "tests/unit/fleet/memory_objects.h"

namespace plimsoll {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using namespace plimsoll::testing;

constexpr WallNs kMinute = 60 * kNsPerSecond, kHour = 60 * kMinute;
const Lineage kWeb{"shop/web", "default"};

Behaviour runs(const std::string& path) {
  return exec(1, path).behaviour;
}

/// A host without its engine: what it takes is joined into its profile.
class HostOf {
 public:
  HostOf(MemoryObjects& store, const std::string& name, ProfileFormat format = ProfileFormat::v1_1)
      : exchange(
            store, {.host = name, .seed = stable_hash(name), .format = format},
            [this](const Profile& from) {
              ++times_taken;
              if (refuses) return false;
              merge(profile, from);
              return true;
            },
            [this](LogLevel, std::string_view line) { log += std::string(line) + "\n"; }),
        name_(name) {
    profile.lineage = kWeb;
  }
  void learn(const std::string& path, WallNs now) {
    auto& entry = profile.behaviours[runs(path)];
    entry.first_seen = earlier(entry.first_seen, now);
    entry.shares[name_].minutes += 1;
    watch(now);
  }
  void watch(WallNs now) {
    profile.shares[name_].minutes += 1;
    profile.shares[name_].last_seen = whole_seconds(now);
  }
  void run(WallNs from, WallNs until) {
    exchange.want(kWeb);
    pass(from, until);
  }
  /// Time, and no container begins.
  void pass(WallNs from, WallNs until) {
    exchange.offer(profile);
    for (WallNs now = from; now < until;) {
      now = std::max(exchange.step(now), now + 1);
    }
  }
  bool knows(const std::string& path) const { return profile.contains(runs(path)); }
  std::uint64_t requests(const std::string& operation, const std::string& outcome) const {
    const auto at = exchange.health().requests.find({operation, outcome});
    return at == exchange.health().requests.end() ? 0 : at->second;
  }

  Profile profile;
  std::string log;
  int times_taken = 0;
  bool refuses = false;
  FleetExchange exchange;

 private:
  std::string name_;
};

class FleetTest : public ::testing::Test {
 protected:
  [[nodiscard]] Profile merged() {
    const auto profile = profile_from_toml(store.objects[merged_key].body, "merged");
    EXPECT_TRUE(profile) << profile.error().message;
    return profile.value_or(Profile{});
  }
  MemoryObjects store;
  HostOf a{store, "a"}, b{store, "b"};
  const std::string merged_key = "merged/" + file_name(kWeb);
};

TEST_F(FleetTest, WhatOneLearnsTheOtherKnows) {
  a.learn("/bin/a", kNow);
  b.learn("/bin/b", kNow);
  a.run(kNow, kNow + kMinute);
  b.run(kNow, kNow + kMinute);
  EXPECT_TRUE(b.knows("/bin/a"));
  a.run(kNow + kMinute, kNow + 10 * kMinute);
  EXPECT_TRUE(a.knows("/bin/b"));
  EXPECT_EQ(merged().shares.size(), 2U);
}

TEST_F(FleetTest, EachHostWritesUnderItsOwnPrefixAndOnlyItsOwnWord) {
  a.learn("/bin/a", kNow);
  b.learn("/bin/b", kNow);
  a.run(kNow, kNow + kMinute);
  b.run(kNow, kNow + 10 * kMinute);
  a.run(kNow + kMinute, kNow + 10 * kMinute);
  ASSERT_THAT(store.objects, SizeIs(3));
  const auto own =
      profile_from_toml(store.objects["hosts/" + hex(stable_hash("b")) + "/" + file_name(kWeb)].body, "own");
  ASSERT_TRUE(own);
  EXPECT_TRUE(own->contains(runs("/bin/b")));
  EXPECT_FALSE(own->contains(runs("/bin/a")));
}

TEST_F(FleetTest, ANewHostStartsWithWhatTheOthersKnow) {
  a.learn("/bin/a", kNow);
  a.run(kNow, kNow + kMinute);
  HostOf c(store, "c");
  c.exchange.want(kWeb);
  c.exchange.step(kNow + kHour);
  EXPECT_TRUE(c.exchange.answered(kWeb));
  EXPECT_TRUE(c.knows("/bin/a"));
}

TEST_F(FleetTest, WithoutNewBehaviourAPollIsOneRequestThatBringsNothing) {
  a.learn("/bin/a", kNow);
  a.run(kNow, kNow + kMinute);
  const auto before = store.counts;
  a.run(kNow + kMinute, kNow + 55 * kMinute);
  EXPECT_EQ(store.counts.puts, before.puts);
  EXPECT_EQ(store.counts.bytes_in, before.bytes_in);
  const auto polls = store.counts.not_modified - before.not_modified;
  EXPECT_GE(polls, 9U);
  EXPECT_LE(polls, 13U);
}

TEST_F(FleetTest, OfWhatDoesNotRunHereTheFleetIsToldButNotAsked) {
  a.learn("/bin/a", kNow);
  a.run(kNow, kNow + kHour);
  b.run(kNow, kNow + kMinute);
  b.exchange.set_running(kWeb, false);
  const auto asked = store.counts.gets;
  b.pass(kNow + kMinute, kNow + kHour);
  EXPECT_EQ(store.counts.gets, asked);
  b.learn("/bin/b", kNow + kHour);  // what was still to be told
  b.pass(kNow + kHour, kNow + 2 * kHour);
  EXPECT_TRUE(merged().contains(runs("/bin/b")));

  a.learn("/bin/c", kNow + 2 * kHour);
  a.run(kNow + 2 * kHour, kNow + 3 * kHour);
  b.pass(kNow + 2 * kHour, kNow + 3 * kHour);
  EXPECT_FALSE(b.knows("/bin/c"));
  EXPECT_FALSE(b.exchange.answered(kWeb));
  b.run(kNow + 3 * kHour, kNow + 3 * kHour + 1);
  EXPECT_TRUE(b.knows("/bin/c")) << "at once, because it is due";
}

TEST_F(FleetTest, WhatBeginsAgainAndAgainIsAskedAboutOnceInAPoll) {
  a.learn("/bin/a", kNow);
  a.run(kNow, kNow + kMinute);
  const auto asked = store.counts.gets;
  for (WallNs now = kNow + kMinute; now < kNow + kHour; now += kMinute) {
    a.run(now, now + kMinute / 2);
    a.exchange.set_running(kWeb, false);
    a.pass(now + kMinute / 2, now + kMinute);
  }
  EXPECT_LE(store.counts.gets - asked, 60U / 4);
  EXPECT_GE(store.counts.gets - asked, 60U / 7);
}

TEST_F(FleetTest, EvidenceIsToldOnceAnHourAndGatheredByOneForAll) {
  constexpr int kHosts = 10;
  std::vector<std::unique_ptr<HostOf>> hosts;
  for (int i = 0; i < kHosts; ++i) {
    hosts.push_back(std::make_unique<HostOf>(store, "h" + std::to_string(i)));
  }
  for (WallNs now = kNow; now < kNow + 6 * kHour; now += kMinute) {
    for (auto& host : hosts) {
      host->learn("/bin/a", now);
      host->run(now, now + kMinute);
    }
  }
  const auto all = merged();
  ASSERT_THAT(all.shares, SizeIs(kHosts));
  for (const auto& [host, share] : all.shares) {
    EXPECT_GE(share.minutes, 120U) << host;  // of 360: what is merged is up to four hours old
  }
  for (const auto& host : hosts) {
    EXPECT_LE(host->exchange.health().profiles.at("shared"), 7U);
    EXPECT_GE(host->profile.shares.size(), std::size_t{kHosts});
  }
  EXPECT_LE(store.counts.lists, 2U * kHosts);
}

TEST_F(FleetTest, WhoIsSlowerReadsAgainAndLosesNothing) {
  a.learn("/bin/a", kNow);
  a.run(kNow, kNow + kMinute);
  Profile faster = merged();
  faster.behaviours[runs("/bin/c")].first_seen = kNow;
  store.before_next_put = StoredObject{to_toml(faster), "faster"};
  b.learn("/bin/b", kNow);
  b.run(kNow, kNow + kMinute);
  for (const char* path : {"/bin/a", "/bin/b", "/bin/c"}) {
    EXPECT_TRUE(merged().contains(runs(path))) << path;
  }
  EXPECT_GE(b.requests("put", "precondition_failed"), 1U);
}

TEST_F(FleetTest, AStoreThatIsAwayIsSaidOnceAndCaughtUpWith) {
  a.learn("/bin/a", kNow);
  a.run(kNow, kNow + kMinute);
  store.away = true;
  b.learn("/bin/b", kNow);
  b.run(kNow, kNow + kHour);
  EXPECT_TRUE(b.exchange.answered(kWeb));
  EXPECT_FALSE(b.knows("/bin/a"));
  EXPECT_THAT(b.exchange.health().last_error, HasSubstr("no route to host"));
  EXPECT_EQ(b.log.find("does not answer"), b.log.rfind("does not answer"));
  EXPECT_LE(b.requests("get", "error"), 20U);
  store.away = false;
  b.run(kNow + kHour, kNow + 2 * kHour);
  EXPECT_TRUE(b.knows("/bin/a"));
  EXPECT_TRUE(merged().contains(runs("/bin/b")));
  EXPECT_THAT(b.exchange.health().last_error, "");
  EXPECT_THAT(b.log, HasSubstr("answers again"));
}

TEST_F(FleetTest, WhatIsNoProfileOfThatLineageIsNotUsedAndNotOverwritten) {
  Profile other;
  other.lineage = {"evil", "default"};
  for (const std::string& text : {std::string("rubbish"), to_toml(other), std::string(100, '\0')}) {
    store.place(merged_key, text);
    HostOf host(store, "x");
    host.learn("/bin/a", kNow);
    host.run(kNow, kNow + kHour);
    EXPECT_EQ(host.times_taken, 0);
    EXPECT_EQ(store.objects[merged_key].body, text);
    EXPECT_EQ(host.exchange.health().profiles.at("rejected"), 1U);
    EXPECT_THAT(host.log, HasSubstr("not used: memory: " + merged_key));
    store.objects.erase(merged_key);
    host.run(kNow + kHour, kNow + 2 * kHour);
    EXPECT_TRUE(merged().contains(runs("/bin/a")));
  }
}

TEST_F(FleetTest, AMergedProfileThatWasLostIsMadeAnewOfAllShares) {
  a.learn("/bin/a", kNow);
  a.run(kNow, kNow + kMinute);
  HostOf gone(store, "gone");
  gone.learn("/bin/gone", kNow);
  gone.run(kNow, kNow + kMinute);
  store.objects.erase(merged_key);
  a.run(kNow + kMinute, kNow + 10 * kMinute);
  EXPECT_TRUE(merged().contains(runs("/bin/gone")));
  EXPECT_TRUE(a.knows("/bin/gone"));
}

TEST_F(FleetTest, WhatAPersonRemovesIsRemovedEverywhereAndNotSharedAgain) {
  a.learn("/bin/a", kNow);
  a.run(kNow, kNow + kMinute);
  b.learn("/bin/a", kNow);
  b.run(kNow, kNow + kMinute);
  a.profile.behaviours.erase(runs("/bin/a"));
  a.profile.tombstones.insert(runs("/bin/a"));
  a.run(kNow + kMinute, kNow + 10 * kMinute);
  b.run(kNow + 10 * kMinute, kNow + 20 * kMinute);
  EXPECT_FALSE(b.knows("/bin/a"));
  const auto puts = store.counts.puts;
  b.run(kNow + 20 * kMinute, kNow + 30 * kMinute);
  b.run(kNow + 30 * kMinute, kNow + 50 * kMinute);
  EXPECT_FALSE(merged().contains(runs("/bin/a")));
  EXPECT_LE(store.counts.puts, puts + 1);
}

TEST_F(FleetTest, WhilePausedNothingIsTaken) {
  a.learn("/bin/a", kNow);
  a.run(kNow, kNow + kMinute);
  b.exchange.pause(true);
  b.run(kNow, kNow + kHour);
  EXPECT_EQ(b.times_taken, 0);
  b.exchange.pause(false);
  b.run(kNow + kHour, kNow + 2 * kHour);
  EXPECT_TRUE(b.knows("/bin/a"));
}

TEST_F(FleetTest, WhatTheLoopCouldNotTakeIsFetchedAgain) {
  a.learn("/bin/a", kNow);
  a.run(kNow, kNow + kMinute);
  b.refuses = true;
  b.run(kNow, kNow + kMinute);
  b.refuses = false;
  b.run(kNow + kMinute, kNow + 10 * kMinute);
  EXPECT_TRUE(b.knows("/bin/a"));
}

TEST_F(FleetTest, AReadOnlyStoreIsReadAndLeftAlone) {
  a.learn("/bin/a", kNow);
  a.run(kNow, kNow + kMinute);
  store.read_only = true;
  b.learn("/bin/b", kNow);
  b.run(kNow, kNow + kHour);
  EXPECT_TRUE(b.knows("/bin/a"));
  EXPECT_EQ(b.requests("put", "read_only"), 1U);
  EXPECT_THAT(b.log, HasSubstr("read only"));
  EXPECT_THAT(b.exchange.health().last_error, "");
}

TEST_F(FleetTest, WhatShadowTooLargeIsSaidAndNotTakenForAStoreThatIsAway) {
  Profile large;
  large.lineage = kWeb;
  const std::string name(1000, 'x');
  for (int i = 0; i < 15'000; ++i) large.shares[name + std::to_string(i)] = {.minutes = 1, .last_seen = kNow};
  store.place(merged_key, to_toml(large));
  a.profile.generations[std::string(1'000'000, 'y')];
  a.learn("/bin/a", kNow);
  a.run(kNow, kNow + kHour);
  EXPECT_THAT(a.exchange.health().last_error, "");
  EXPECT_THAT(a.log, HasSubstr("not shared: memory: " + merged_key + " would have"));
  EXPECT_EQ(a.log.find("not shared"), a.log.rfind("not shared"));
}

// While a fleet is upgraded from host to host, each reads what the others write, and loses nothing.
TEST_F(FleetTest, AnOlderFormatIsWrittenForAsLongAsTheFleetIsPinnedToIt) {
  HostOf pinned(store, "pinned", ProfileFormat::v1_0);
  pinned.learn("/bin/a", kNow);
  pinned.run(kNow, kNow + kHour);
  EXPECT_THAT(store.objects[merged_key].body, HasSubstr("format = \"1.0\""));
  b.learn("/bin/b", kNow);
  b.run(kNow + kHour, kNow + 2 * kHour);
  EXPECT_THAT(store.objects[merged_key].body, HasSubstr("format = \"1.1\""));
  EXPECT_TRUE(b.knows("/bin/a"));
  pinned.run(kNow + 2 * kHour, kNow + 3 * kHour);
  EXPECT_TRUE(pinned.knows("/bin/b"));
}

TEST_F(FleetTest, TheLastWordIsTold) {
  a.exchange.want(kWeb);
  a.exchange.step(kNow);
  a.learn("/bin/a", kNow);
  a.exchange.offer(a.profile);
  a.exchange.farewell(kNow);
  EXPECT_TRUE(merged().contains(runs("/bin/a")));
}

}  // namespace
}  // namespace plimsoll
