// Where startup ends, and what is known on both sides of its end.
#include "profiles/startup.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "profiles/generalise.h"

namespace plimsoll {
namespace {

constexpr WallNs kNow = 1'780'000'000 * kNsPerSecond;

Behaviour runs(Phase phase, const std::string& path) {
  return {phase, "/entrypoint.sh", ExecObject{path, "x", "", Origin::image, ""}, Outcome::ok};
}

/// Seen in the first so many containers, from `soonest` to `latest`.
Entry seen(std::uint64_t soonest, std::uint64_t latest, int containers) {
  Entry entry;
  entry.since_start_min = soonest;
  entry.since_start_max = latest;
  entry.first_seen = kNow;
  for (int i = 0; i < containers; ++i) entry.seen_by.add("c" + std::to_string(i));
  entry.shares["h"] = {static_cast<std::uint64_t>(containers), static_cast<std::uint64_t>(containers),
                       static_cast<std::uint64_t>(containers), kNow};
  return entry;
}

/// Nine containers that were watched for a day each, and something that they do all the time.
Profile service() {
  Profile out;
  out.lineage.repository = "shop/web";
  out.shares["h"] = {9 * 1440, 9 * 288, 9, kNow};
  out.behaviours[runs(Phase::startup, "/bin/date")] = seen(2, 59, 9);
  out.behaviours[runs(Phase::steady, "/bin/date")] = seen(60, 86'000, 9);
  return out;
}

/// One that shows its startup at these seconds, and up to three later.
Profile starting(const std::vector<std::uint64_t>& times) {
  Profile out = service();
  for (const auto time : times)
    out.behaviours[runs(time < 60 ? Phase::startup : Phase::steady, "/s" + std::to_string(time))] =
        seen(time, time + 3, 9);
  return out;
}

std::uint64_t end_of(const Profile& profile) {
  const Startup startup = startup_of(profile, std::nullopt);
  EXPECT_EQ(startup.by, Startup::By::profile) << describe(startup);
  return static_cast<std::uint64_t>(startup.end / kNsPerSecond);
}

TEST(Startup, EndsAtThreeTimesTheLastThatOnlyBeginsDo) {
  const Startup startup = startup_of(starting({0, 1, 4, 9}), std::nullopt);
  EXPECT_EQ(startup.end, 30 * kNsPerSecond);
  EXPECT_EQ(describe(startup),
            "ends after 30 s (learned: 4 behaviours of 9 containers, the last 9 s after start)");
}

TEST(Startup, IsOneOfAFewTimesAndStaysWithinThem) {
  const std::map<std::uint64_t, std::uint64_t> cases = {
      {0, 5},    {1, 10},   {4, 20},   {6, 20},    {7, 30},    {10, 30},   {11, 60},   {20, 60},
      {21, 120}, {40, 120}, {41, 300}, {100, 300}, {101, 600}, {200, 600}, {400, 600}, {590, 600},
  };
  for (const auto& [last, end] : cases) {
    std::vector<std::uint64_t> times{0};
    for (const std::uint64_t step : {20U, 100U, 300U})
      if (step < last) times.push_back(step);
    times.push_back(last);
    EXPECT_EQ(end_of(starting(times)), end) << last;
  }
}

TEST(Startup, WhatComesAgainLaterIsNoneOfIt) {
  Profile profile = starting({0, 3});
  profile.behaviours[runs(Phase::startup, "/cron")] = seen(25, 59, 9);
  profile.behaviours[runs(Phase::steady, "/cron")] = seen(60, 4000, 9);
  EXPECT_EQ(end_of(profile), 10U);
  profile.behaviours.erase(runs(Phase::steady, "/cron"));
  EXPECT_EQ(end_of(profile), 120U) << "and where it does not come again, it is";
}

TEST(Startup, WhatIsInPartLaterThanTheOldEndIsOfItAsAWhole) {
  Profile profile = starting({0, 20});
  profile.behaviours[runs(Phase::startup, "/migrate")] = seen(50, 59, 2);
  profile.behaviours[runs(Phase::steady, "/migrate")] = seen(60, 90, 1);
  EXPECT_EQ(end_of(profile), 60U) << "two containers have done it";
  profile.behaviours[runs(Phase::steady, "/migrate")].seen_by.add("another");
  EXPECT_EQ(end_of(profile), 300U);
  EXPECT_EQ(startup_of(profile, std::nullopt).behaviours, 3U) << "it is one";
  // As another end would have it: its soonest stands in either phase.
  profile.behaviours[runs(Phase::steady, "/migrate")].since_start_min = 35;
  EXPECT_EQ(end_of(profile), 120U);
}

TEST(Startup, IsOverBeforeAClearGap) {
  EXPECT_EQ(end_of(starting({0, 2, 38})), 120U);
  EXPECT_EQ(end_of(starting({0, 2, 39})), 10U);
  EXPECT_EQ(end_of(starting({0, 2, 500})), 10U);
}

TEST(Startup, NeedsEvidence) {
  const auto missing = [](const Profile& profile) {
    const Startup startup = startup_of(profile, std::nullopt);
    EXPECT_EQ(startup.by, Startup::By::nothing);
    EXPECT_EQ(startup.end, kStartupUntilLearned);
    return describe(startup);
  };
  EXPECT_EQ(missing({}), "ends after 60 s (not learned yet: needs 3 containers, so far 0)");
  Profile two = starting({0, 3});
  two.shares["h"] = {2 * 1440, 2 * 288, 2, kNow};
  for (auto& [behaviour, entry] : two.behaviours) entry.seen_by = seen(0, 0, 2).seen_by;
  EXPECT_EQ(missing(two), "ends after 60 s (not learned yet: needs 3 containers, so far 2)");

  Profile job = starting({0, 3});
  job.shares["h"] = {9 * 5, 9, 9, kNow};
  EXPECT_EQ(missing(job),
            "ends after 60 s (not learned yet: containers must be observed for 600 s on average, so far "
            "240 s)");
  // While a profile is stable no begins are counted, and a job does not live longer for that.
  Profile jobs = starting({0, 3});
  jobs.shares["h"] = {1000, 1000, 9, kNow};
  for (int i = 0; i < 1000; ++i)
    jobs.behaviours[runs(Phase::startup, "/s0")].seen_by.add("job" + std::to_string(i));
  EXPECT_NE(missing(jobs).find("observed for 600 s on average"), std::string::npos);

  Profile busy = service();
  EXPECT_EQ(missing(busy),
            "ends after 60 s (not learned yet: no behaviour was seen in 3 containers as they started, and "
            "never later)");
  Profile slow = starting({0, 20, 99});
  slow.shares["h"] = {9 * 14, 9 * 3, 9, kNow};
  EXPECT_EQ(
      missing(slow),
      "ends after 60 s (not learned yet: for an end after 300 s, containers must be observed for 1200 s "
      "on average, so far 780 s)");
}

TEST(Startup, OfOneLifeThatIsSlowNothingFollows) {
  Profile profile = starting({0, 1, 4, 9});
  for (auto& [behaviour, entry] : profile.behaviours)
    if (behaviour.phase == Phase::startup) entry.since_start_max *= 20;
  EXPECT_EQ(end_of(profile), 30U);
}

TEST(Startup, OneReplicaOfFiveDoesNotMakeItLonger) {
  const auto five = [] {
    Profile out = starting({0, 1, 4, 9});
    out.shares["h"].count = 5;
    for (auto& [behaviour, entry] : out.behaviours) {
      entry.seen_by = seen(0, 0, 5).seen_by;
      entry.peers = 5;
    }
    return out;
  };
  ASSERT_EQ(end_of(five()), 30U);
  Profile other = five();  // it does something else, in steps
  for (const std::uint64_t time : {20U, 40U, 59U, 120U, 400U}) {
    Entry& one =
        other.behaviours[runs(time < 60 ? Phase::startup : Phase::steady, "/evil" + std::to_string(time))];
    one = seen(time, time, 1);
    one.peers = 5;
  }
  EXPECT_EQ(end_of(other), 30U) << "quarantined";
  for (auto& [behaviour, entry] : other.behaviours) entry.peers = 0;
  EXPECT_EQ(end_of(other), 30U) << "and where it is not, it is one container still";
  for (auto& [behaviour, entry] : other.behaviours) {
    if (entry.seen_by.estimate() > 1) continue;
    entry.seen_by = seen(0, 0, 5).seen_by;
    entry.with_release = true;
  }
  EXPECT_EQ(end_of(other), 30U) << "on trial";
  for (auto& [behaviour, entry] : other.behaviours) entry.with_release = false;
  EXPECT_EQ(end_of(other), 600U) << "what all of them do counts";
  Profile again = five();  // it does all that is known again, as late as it can without being told of
  for (auto& [behaviour, entry] : again.behaviours)
    if (behaviour.phase == Phase::startup) entry.since_start_max = 59;
  EXPECT_EQ(end_of(again), 30U);
}

TEST(Startup, IsTheSameWhateverTheOrderOfTheMerges) {
  std::mt19937 random(7);
  const auto below = [&random](std::uint64_t n) {
    return std::uniform_int_distribution<std::uint64_t>(0, n - 1)(random);
  };
  std::set<WallNs> ends;
  for (int round = 0; round < 200; ++round) {
    std::vector<Profile> hosts(2 + below(5));
    const std::uint64_t scale = 1 + below(40);
    for (std::size_t h = 0; h < hosts.size(); ++h) {
      Profile& one = hosts[h];
      const std::string host = "h" + std::to_string(h);
      one.lineage.repository = "shop/web";
      one.shares[host] = {below(2000), below(400), 1 + below(4),
                          kNow + static_cast<WallNs>(below(9)) * kNsPerSecond};
      for (std::uint64_t i = 0; i < 1 + below(12); ++i) {
        const auto first = below(5) * scale;
        Entry& entry =
            one.behaviours[runs(first < 60 ? Phase::startup : Phase::steady, "/s" + std::to_string(i))];
        entry = seen(first, first + below(3) * below(500), 0);
        entry.peers = below(6);
        entry.with_release = below(8) == 0;
        entry.shares = {{host, {1, 1, 1, kNow}}};
        for (std::uint64_t c = 0; c <= below(3); ++c) entry.seen_by.add(host + std::to_string(c));
      }
    }
    std::vector<std::size_t> order(hosts.size());
    std::iota(order.begin(), order.end(), 0);
    std::string first;
    for (int turn = 0; turn < 6; ++turn) {
      std::ranges::shuffle(order, random);
      Profile all = hosts[order[0]];
      for (const std::size_t h : order) merge(all, hosts[h]);
      const Startup startup = startup_of(all, std::nullopt);
      if (first.empty()) first = describe(startup);
      EXPECT_EQ(describe(startup), first);
      ends.insert(startup.by == Startup::By::profile ? startup.end : 0);
    }
  }
  EXPECT_GE(ends.size(), 5U) << "or they tell of nothing";
}

TEST(Startup, DoesNotMoveWithEachLife) {
  std::mt19937 random(11);
  Profile profile = service();
  profile.shares["h"] = {3 * 1440, 3 * 288, 0, kNow};
  std::vector<WallNs> ends;
  for (int life = 0; life < 500; ++life) {
    profile.shares["h"].minutes += 30;
    profile.shares["h"].count += 1;
    std::uint64_t time = 0;
    for (int step = 0; step < 8; ++step) {
      time += std::uniform_int_distribution<std::uint64_t>(0, 3)(random);
      const auto [at, added] =
          profile.behaviours.try_emplace(runs(Phase::startup, "/s" + std::to_string(step)));
      Entry& entry = at->second;
      if (added) entry = seen(time, time, 0);
      entry.since_start_min = std::min(entry.since_start_min, time);
      entry.since_start_max = std::max(entry.since_start_max, time);
      entry.seen_by.add("life" + std::to_string(life));
    }
    const Startup startup = startup_of(profile, std::nullopt);
    if (ends.empty() || ends.back() != startup.end) ends.push_back(startup.end);
  }
  EXPECT_GE(ends.size(), 2U);
  EXPECT_LE(ends.size(), 5U) << "of 500 lives";
  EXPECT_TRUE(std::ranges::is_sorted(ends, std::greater{})) << "and it goes one way";
}

TEST(Startup, WhatAnOperatorHasSetHolds) {
  const Startup startup = startup_of(starting({0, 9}), 1500 * kNsPerSecond / 1000);
  EXPECT_EQ(startup.end, 1500 * kNsPerSecond / 1000);
  EXPECT_EQ(describe(startup), "ends after 1500 ms (set by learning.startup_phase)");
  EXPECT_EQ(describe(startup_of({}, 2 * kNsPerSecond)), "ends after 2 s (set by learning.startup_phase)");
}

Phase phase_at(std::uint64_t second, std::uint64_t end) {
  return second < end ? Phase::startup : Phase::steady;
}

bool known_at(const Profile& profile, std::uint64_t second, std::uint64_t end,
              std::optional<Phase> phase = {}) {
  const AcrossStartup baseline(profile, {second, static_cast<WallNs>(end) * kNsPerSecond});
  return baseline.contains(runs(phase.value_or(phase_at(second, end)), "/bin/chown"));
}

TEST(AcrossStartup, AMoveOfTheEndMakesNothingNewAndNoHole) {
  std::mt19937 random(3);
  const auto below = [&random](std::uint64_t n) {
    return std::uniform_int_distribution<std::uint64_t>(0, n - 1)(random);
  };
  std::size_t kept_apart = 0, spread = 0;
  for (int round = 0; round < 2000; ++round) {
    const std::uint64_t before = kStartupEnds.at(below(8)), after = kStartupEnds.at(below(8));
    Profile profile;
    std::set<std::uint64_t> times;
    for (std::uint64_t i = 0; i < 1 + below(4); ++i) times.insert(below(2) == 0 ? below(30) : below(900));
    for (const auto time : times) {
      const auto [at, added] = profile.behaviours.try_emplace(runs(phase_at(time, before), "/bin/chown"));
      if (added) at->second = seen(time, time, 3);
      at->second.since_start_min = std::min(at->second.since_start_min, time);
      at->second.since_start_max = std::max(at->second.since_start_max, time);
    }
    const bool at_startup = profile.behaviours.contains(runs(Phase::startup, "/bin/chown"));
    const bool in_steady = profile.behaviours.contains(runs(Phase::steady, "/bin/chown"));
    // No new behaviour: at any second at which it was seen, whatever phase that is now.
    for (const auto time : times)
      EXPECT_TRUE(known_at(profile, time, after)) << before << ' ' << after << ' ' << time;
    // Nor until the end that all begin with, where it was known until that.
    for (std::uint64_t time = 0; before == 60 && at_startup && *times.rbegin() >= after && time < 60; ++time)
      EXPECT_TRUE(known_at(profile, time, after)) << after << ' ' << time;
    // No hole: what startup did is new later, from what was its end at the latest.
    if (!in_steady) {
      EXPECT_FALSE(known_at(profile, std::max<std::uint64_t>({60, before, after}), after))
          << before << ' ' << after;
      EXPECT_FALSE(known_at(profile, 86'400, after));
      ++kept_apart;
    }
    if (*times.begin() >= std::max(before, after)) {
      EXPECT_FALSE(known_at(profile, 0, after)) << before << ' ' << after;
      ++kept_apart;
    }
    spread +=
        at_startup != in_steady && known_at(profile, after, after) && known_at(profile, 0, after) ? 1 : 0;
    for (const Phase phase : {Phase::setup, Phase::entered}) EXPECT_FALSE(known_at(profile, 1, after, phase));
  }
  EXPECT_GT(kept_apart, 200U);
  EXPECT_GT(spread, 200U);
}

TEST(AcrossStartup, WhoDoesItAsLateAsItIsKnownGainsNothing) {
  for (const std::uint64_t latest : {25U, 59U, 60U, 119U, 599U, 5000U}) {
    Profile profile;
    Entry& entry = profile.behaviours[runs(Phase::startup, "/bin/chown")];
    entry = seen(3, latest, 3);
    std::uint64_t until = latest;
    while (until < 10'000 && known_at(profile, until, 20, Phase::steady)) ++until;
    entry.since_start_max = until - 1;  // it has been done then
    EXPECT_FALSE(known_at(profile, until, 20, Phase::steady)) << latest;
    EXPECT_LE(until, std::max<std::uint64_t>(60, 2 * latest + 60)) << latest;
  }
}

constexpr WallNs kTwenty = 20 * kNsPerSecond;

TEST(AcrossStartup, OnlyWhatIsBelievedAndWasSeenAndNotRemovedIsKnownBeyond) {
  const Behaviour steady = runs(Phase::steady, "/bin/chown");
  Profile profile;
  Entry& entry = profile.behaviours[runs(Phase::startup, "/bin/chown")];
  const auto known = [&] { return known_at(profile, 20, 20); };
  entry = seen(3, 40, 3);
  EXPECT_TRUE(known());
  entry.since_start_max = 20;
  EXPECT_TRUE(known());
  entry.since_start_max = 19;
  EXPECT_FALSE(known());
  entry = seen(3, 40, 1);
  entry.peers = 5;
  EXPECT_FALSE(known()) << "quarantined";
  EXPECT_FALSE(
      known_across(profile, steady, *in_other_phase(steady), {20, kTwenty}, {.learns = true}, nullptr))
      << "also for who learns";
  entry = seen(3, 40, 3);
  entry.with_release = true;
  EXPECT_FALSE(known()) << "on trial";
  entry = seen(3, 40, 3);
  entry.shares.clear();
  EXPECT_FALSE(known()) << "written by a person";
  entry = seen(3, 40, 3);
  profile.tombstones.insert(steady);
  EXPECT_FALSE(known()) << "removed by a person";
}

TEST(AcrossStartup, SaysWhenAnAnswerHoldsForNowOnly) {
  Profile profile;
  profile.behaviours[runs(Phase::startup, "/bin/chown")] = seen(3, 40, 3);
  profile.behaviours[runs(Phase::steady, "/bin/date")] = seen(10, 4000, 3);
  const AcrossStartup baseline(profile, {20, kTwenty});
  EXPECT_TRUE(baseline.contains(runs(Phase::startup, "/bin/chown")));
  EXPECT_TRUE(baseline.contains(runs(Phase::startup, "/bin/date")));
  EXPECT_FALSE(baseline.contains(runs(Phase::steady, "/bin/other")));
  EXPECT_FALSE(baseline.passing());
  EXPECT_TRUE(baseline.contains(runs(Phase::steady, "/bin/chown")));
  EXPECT_TRUE(baseline.passing());
}

TEST(AcrossStartup, OfAHandWrittenSteadyOneNothingIsKnownAtStartup) {
  Profile profile;
  profile.behaviours[runs(Phase::steady, "/bin/chown")].allowed =
      true;  // from the 0th second on, as it stands
  EXPECT_FALSE(known_at(profile, 3, 20));
}

TEST(AcrossStartup, APatternIsKnownBeyondAsWell) {
  const auto opens = [](Phase phase, int port) {
    return Behaviour{phase, "/app", ConnectObject{"tcp", "loopback", static_cast<std::uint16_t>(port)},
                     Outcome::attempt};
  };
  Profile profile;
  for (int port = 40'001; port < 40'007; ++port)
    profile.behaviours[opens(Phase::startup, port)] = seen(3, 30, 3);
  const auto known = [&](Phase phase, WallNs end, bool patterns = true) {
    const auto here = opens(phase, 50'000), there = *in_other_phase(here);
    const auto pattern = patterns ? covering(profile, there) : std::nullopt;
    return known_across(profile, here, there, {40, end}, {}, pattern ? &*pattern : nullptr);
  };
  EXPECT_TRUE(known(Phase::steady, kTwenty));
  EXPECT_FALSE(known(Phase::steady, 2 * kTwenty));
  EXPECT_FALSE(known(Phase::steady, kTwenty, false));
}

TEST(AcrossStartup, ASecondAtTheEndIsOfThePhaseThatTheKernelSaid) {
  EXPECT_EQ(second_of(Phase::startup, 20, kTwenty), 19U);
  EXPECT_EQ(second_of(Phase::startup, 19, kTwenty), 19U);
  EXPECT_EQ(second_of(Phase::startup, 21, kTwenty), 21U) << "that is no clock's fault";
  EXPECT_EQ(second_of(Phase::steady, 19, kTwenty), 20U);
  EXPECT_EQ(second_of(Phase::steady, 18, kTwenty), 18U);
  EXPECT_EQ(second_of(Phase::entered, 19, kTwenty), 19U);
  EXPECT_EQ(second_of(Phase::steady, 0, 0), 0U);
  EXPECT_EQ(second_of(Phase::startup, 2, 1500 * kNsPerSecond / 1000), 1U);
}

}  // namespace
}  // namespace plimsoll
