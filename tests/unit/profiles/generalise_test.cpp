// When a pattern is in use, what it covers, and what it never does.
#include "profiles/generalise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "profiles/assess.h"
#include "profiles/decisions.h"
#include "profiles/learner.h"
#include "profiles/retire.h"
#include "profiles/shape.h"
#include "profiles/share.h"
#include "profiles/toml_codec.h"
#include "tests/unit/profiles/random_profile.h"

namespace plimsoll {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr WallNs kNow = 1'780'000'000 * kNsPerSecond;
constexpr WallNs kDay = 86'400 * kNsPerSecond;

Behaviour socket_at(const std::string& path) {
  return {Phase::steady, "/app", ConnectObject{"unix", path, 0}, Outcome::attempt};
}
Behaviour worker(int n) {
  return socket_at("/run/app/worker-" + std::to_string(n) + ".sock");
}
Behaviour becomes(int uid) {
  return {Phase::steady, "/app", SetidObject{"uid", "0", std::to_string(uid)}, Outcome::ok};
}
Behaviour runs(const std::string& path, Origin origin) {
  return {Phase::steady, "/app", ExecObject{path, path.substr(path.rfind('/') + 1), "", origin, ""},
          Outcome::ok};
}
Behaviour pattern(const std::string& path) {
  Behaviour b = socket_at(path);
  b.pattern = true;
  return b;
}
const Behaviour kWorkers = pattern("/run/app/worker-<n>.sock");

/// Seen by a lone container, one a minute from its start.
class Seen {
 public:
  explicit Seen(std::string host = "h", WallNs began = kNow) : host_(std::move(host)), began_(began) {}
  Learned see(const Behaviour& b, std::uint64_t minute = 0, const char* container = "c") {
    return learner.observe(profile, b, sighting(minute, container));
  }
  Sighting sighting(std::uint64_t minute, const char* container = "c") {
    return {.container = container,
            .host = host_,
            .image = "sha256:1",
            .time = began_ + static_cast<WallNs>(minute) * 60 * kNsPerSecond,
            .since_start = minute * 60,
            .peers = peers};
  }
  Profile profile;
  Learner learner;
  std::uint64_t peers = 1;

 private:
  std::string host_;
  WallNs began_;
};

Seen workers(int from, int to, const std::string& host = "h") {
  Seen seen(host);
  for (int i = from; i < to; ++i) seen.see(worker(i));
  return seen;
}

TEST(Generalise, FiveDifferentNamesMakeAPattern) {
  Seen seen;
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(is_known(seen.profile, worker(100))) << i;
    EXPECT_EQ(seen.see(worker(i)), Learned::added);
  }
  EXPECT_TRUE(is_known(seen.profile, worker(100)));
  EXPECT_EQ(pattern_for(seen.profile, worker(100)), kWorkers);
  EXPECT_EQ(seen.profile.behaviours.size(), 5U) << "it follows from its examples";
  for (int i = 5; i < 12; ++i) EXPECT_EQ(seen.see(worker(i)), Learned::known);
  EXPECT_EQ(seen.profile.behaviours.size(), kExamplesKept) << "some more than it takes";
  EXPECT_EQ(seen.see(worker(100), 7), Learned::known);
  EXPECT_EQ(seen.profile.behaviours.size(), kExamplesKept + 1);
  const Entry& own = seen.profile.behaviours.at(kWorkers);
  EXPECT_EQ(own.shares.at("h").minutes, 1U);
  EXPECT_EQ(own.first_container, "c");
  EXPECT_EQ(seen.see(worker(3), 8), Learned::known) << "an example goes on as it is";
  EXPECT_EQ(seen.profile.behaviours.at(worker(3)).shares.at("h").minutes, 2U);
}

TEST(Generalise, TheSameNameAgainIsNoSecondExample) {
  Seen seen;
  for (std::uint64_t i = 0; i < 50; ++i) seen.see(worker(static_cast<int>(i % 4)), i);
  EXPECT_FALSE(pattern_for(seen.profile, worker(9)));
}

TEST(Generalise, OnlyWhatVariedIsWidened) {
  Seen seen;
  for (int i = 0; i < 9; ++i) seen.see(socket_at("/run/5/s-" + std::to_string(i)));
  EXPECT_EQ(pattern_for(seen.profile, socket_at("/run/5/s-77")), pattern("/run/5/s-<n>"));
  EXPECT_FALSE(pattern_for(seen.profile, socket_at("/run/6/s-77")));
  for (int i = 10; i < 14; ++i) seen.see(socket_at("/run/" + std::to_string(i) + "/s-" + std::to_string(i)));
  EXPECT_EQ(pattern_for(seen.profile, socket_at("/run/6/s-77")), pattern("/run/<n>/s-<n>"));
}

TEST(Generalise, NothingElseIsCovered) {
  const Profile known = workers(0, 9).profile;
  for (const char* path :
       {"/run/other/worker-12.sock", "/run/app/x/worker-12.sock", "/run/app/worker-12.sock/x",
        "/run/app/worker-12x.sock", "/run/app/worker-.sock", "/run/app/worker-a.sock",
        "/run/app/worker-1-2.sock", "/run/app/worker-<n>.sock", "/run/app/worker-12.sock2",
        "/run/app/evil.sock", "/run/app/worker-999999999999999999999.sock", "/run/app/worker-12 .sock"}) {
    EXPECT_FALSE(is_known(known, socket_at(path))) << path;
  }
  Behaviour other = worker(12);
  other.phase = Phase::startup;
  EXPECT_FALSE(is_known(known, other));
  other = worker(12);
  other.actor = "/bin/sh";
  EXPECT_FALSE(is_known(known, other));
  other = worker(12);
  other.outcome = Outcome::failed;
  EXPECT_FALSE(is_known(known, other));
}

TEST(Generalise, WhatIsDroppedIsToldAfterAnyNumberOfSiblings) {
  Seen seen;
  for (int i = 0; i < 10; ++i)
    seen.see(runs("/tmp/job-" + std::to_string(8000 + i) + "/run", Origin::upper_new));
  EXPECT_FALSE(is_known(seen.profile, runs("/tmp/job-8123/run", Origin::upper_new)));
  for (int i = 0; i < 10; ++i) seen.see(runs("/opt/app-1." + std::to_string(i) + "/run", Origin::image));
  EXPECT_TRUE(is_known(seen.profile, runs("/opt/app-1.77/run", Origin::image)));
  EXPECT_FALSE(is_known(seen.profile, runs("/opt/app-1.77/run", Origin::upper_new)));
  EXPECT_FALSE(is_known(seen.profile, runs("/opt/app-1.77/other", Origin::image)));
}

TEST(Generalise, NobodyBecomesRootByAPattern) {
  Seen seen;
  for (int uid = 1000; uid < 1010; ++uid) seen.see(becomes(uid));
  EXPECT_TRUE(is_known(seen.profile, becomes(1777)));
  for (const int uid : {0, 1, 33, 999, 65534}) EXPECT_FALSE(is_known(seen.profile, becomes(uid))) << uid;
  Behaviour other = becomes(1777);
  std::get<SetidObject>(other.object).from = "1000";
  EXPECT_FALSE(is_known(seen.profile, other));
}

TEST(Generalise, EphemeralPorts) {
  const auto connects = [](int port) {
    return Behaviour{Phase::steady, "/app", ConnectObject{"tcp", "private", static_cast<std::uint16_t>(port)},
                     Outcome::attempt};
  };
  Seen seen;
  for (int i = 0; i < 5; ++i) seen.see(connects(40000 + 7 * i));
  EXPECT_TRUE(is_known(seen.profile, connects(60001)));
  EXPECT_FALSE(is_known(seen.profile, connects(32768)));
  EXPECT_FALSE(is_known(seen.profile, connects(22)));
  EXPECT_FALSE(is_known(seen.profile, connects(45700))) << "a mining pool's";
  EXPECT_THAT(describe(*pattern_for(seen.profile, connects(60001))), HasSubstr("port=32768+ pattern"));
}

TEST(Generalise, WhatOnlyLooksDrawnMayFollowButNotLead) {
  Seen seen;
  for (const char* name : {"worker", "server", "runner", "tester", "keeper", "finder"})
    seen.see(socket_at(std::string("/tmp/app-") + name));
  EXPECT_FALSE(is_known(seen.profile, socket_at("/tmp/app-evilxx")));
  for (const char* name : {"aB3dE6", "x9Yz1Q", "Qw2Er4", "z1X2c3", "L0l0L0"})
    seen.see(socket_at(std::string("/tmp/app-") + name));
  EXPECT_TRUE(is_known(seen.profile, socket_at("/tmp/app-kjhgfd"))) << "mkstemp draws that, too";
  EXPECT_FALSE(is_known(seen.profile, socket_at("/tmp/app-kjhgfds")));
}

TEST(Generalise, APlaceholderInANameIsANameLikeAnyOther) {
  Seen seen;
  seen.see(socket_at("/run/app/worker-<n>.sock"));
  EXPECT_FALSE(is_known(seen.profile, worker(7)));
  Decisions decided;  // even where a person allowed just that
  decided.behaviours[socket_at("/run/app/worker-<n>.sock")] = {true, kNow, "alert"};
  const auto read = decisions_from_toml(to_toml(decided), "x");
  ASSERT_TRUE(read);
  apply(*read, seen.profile);
  const auto again = profile_from_toml(to_toml(seen.profile), "x");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_FALSE(is_known(*again, worker(7)));
  EXPECT_TRUE(is_known(*again, socket_at("/run/app/worker-<n>.sock")));
  for (int i = 0; i < 5; ++i) seen.see(worker(i));
  EXPECT_FALSE(is_known(seen.profile, socket_at("/run/app/worker-<n>-2.sock")));
}

TEST(Generalise, WhatAPersonRemovedIsNotCovered) {
  Profile known = workers(0, 9).profile;
  known.tombstones.insert(worker(100));
  take_out_removed(known);
  EXPECT_FALSE(is_known(known, worker(100)));
  EXPECT_TRUE(is_known(known, worker(101)));
  Learner learner;
  EXPECT_EQ(learner.observe(known, worker(100), Seen().sighting(1)), Learned::removed);
  EXPECT_TRUE(is_known(known, worker(101)));
  for (int i = 0; i < 5; ++i) known.tombstones.insert(worker(i));
  take_out_removed(known);
  EXPECT_FALSE(is_known(known, worker(101))) << "four examples are left";
}

TEST(Generalise, ARemovedPatternStaysRemovedWithAllThatItCovers) {
  Seen seen = workers(0, 9);
  Decisions decided;
  decided.behaviours[kWorkers] = {false, kNow, ""};
  decided.behaviours[worker(3)] = {true, kNow, ""};
  const auto read = decisions_from_toml(to_toml(decided), "x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(apply(*read, seen.profile).taken_out, 8U);
  EXPECT_EQ(seen.see(worker(12), 1), Learned::removed);
  EXPECT_FALSE(is_known(seen.profile, worker(12)));
  EXPECT_TRUE(is_known(seen.profile, worker(3))) << "that was allowed by itself";
  merge(seen.profile, workers(20, 29, "other").profile);
  EXPECT_FALSE(is_known(seen.profile, worker(12)));
  EXPECT_FALSE(seen.profile.behaviours.contains(worker(22)));
  seen.profile.behaviours[worker(44)];  // an editor may have left what it covers
  const auto again = profile_from_toml(to_toml(seen.profile), "x");
  ASSERT_TRUE(again);
  EXPECT_FALSE(is_known(*again, worker(12)) || is_known(*again, worker(44)));
}

TEST(Generalise, AnAllowedPatternNeedsNoExamples) {
  Profile p;
  Decisions decided;
  decided.behaviours[kWorkers] = {true, kNow, ""};
  apply(decided, p);
  EXPECT_TRUE(is_known(p, worker(12)));
  EXPECT_FALSE(is_known(p, socket_at("/run/app/worker-x.sock")));
  Seen seen;
  seen.profile = p;
  EXPECT_EQ(seen.see(worker(12)), Learned::known);
  EXPECT_EQ(seen.profile.behaviours.at(worker(12)).shares.at("h").count, 1U) << "an example to be looked at";
}

TEST(Generalise, WhatAPersonAllowedOneByOneIsMeantAsItStands) {
  Profile p;
  Decisions decided;
  for (int i = 0; i < 20; ++i) decided.behaviours[worker(i)] = {true, kNow, ""};
  apply(decided, p);
  EXPECT_TRUE(is_known(p, worker(12)));
  EXPECT_FALSE(is_known(p, worker(20)));
}

TEST(Generalise, NamesThatEachContainerDrawsAreOnesThatAllOfThemDo) {
  Seen one;
  one.peers = 8;
  for (int i = 0; i < 7; ++i) one.see(worker(i));
  EXPECT_FALSE(is_known(one.profile, worker(9))) << "one container among many";
  EXPECT_EQ(coverage(one.profile).quarantined, 1U);
  Seen all;
  all.peers = 8;
  for (int i = 0; i < 7; ++i) all.see(worker(i), 0, i % 2 == 0 ? "a" : "b");
  EXPECT_FALSE(believed(worker(3), all.profile.behaviours.at(worker(3))));
  EXPECT_TRUE(is_known(all.profile, worker(3)));
  EXPECT_TRUE(is_known(all.profile, worker(9)));
}

TEST(Generalise, AReleaseBringsItOnTrial) {
  Seen seen = workers(0, 4);
  auto brought = seen.sighting(10);
  brought.rollout = true;
  seen.learner.observe(seen.profile, worker(4), brought);
  EXPECT_FALSE(is_known(seen.profile, worker(9)));
  brought.time += kDay;
  seen.learner.observe(seen.profile, worker(5), brought);
  EXPECT_TRUE(is_known(seen.profile, worker(9))) << "it goes on for half a day";
}

TEST(Generalise, EvidenceConvergesWhereEachNameComesOnce) {
  Seen seen;
  for (std::uint64_t minute = 0; minute < 1440; ++minute) {
    seen.learner.container_minute(seen.profile, seen.sighting(minute));
    if (minute % 10 == 0) seen.see(worker(static_cast<int>(minute)), minute);
  }
  const auto c = coverage(seen.profile);
  EXPECT_EQ(c.behaviours, 1U);
  EXPECT_EQ(c.minutes.singletons, 0U);
  EXPECT_EQ(c.five_minutes.singletons, 0U);
  EXPECT_EQ(seen.profile.behaviours.size(), kExamplesKept + 1);
  const Generalised view(seen.profile);
  EXPECT_NEAR(view.patterns().at(kWorkers).distinct, 144, 144 * 0.5);
  EXPECT_EQ(view.patterns().at(kWorkers).examples.size(), kExamplesKept);
  EXPECT_EQ(coverage_by_class(seen.profile).at(Action::connect).behaviours, 1U);
  EXPECT_GT(observed(seen.profile).quiet, 80'000) << "the fifth example was the last new behaviour";
}

TEST(Generalise, AFloodOfNamesStaysFew) {
  Seen seen;
  for (int i = 0; i < 200'000; ++i) seen.see(worker(i));
  EXPECT_EQ(seen.profile.behaviours.size(), kExamplesKept + 1);
  for (int i = 0; i < 20'000; ++i)  // without a shape: the cap holds
    seen.see(socket_at("/run/" + std::string(1 + static_cast<std::size_t>(i % 90), 'x') +
                       std::string(1 + static_cast<std::size_t>(i / 90), 'y')));
  EXPECT_LE(seen.profile.behaviours.size(), 10'000U);
}

TEST(Generalise, MergingHasNoPatternOnlyWhereTogetherTheyHaveTooFew) {
  const auto joined = [](Profile a, const Profile& b) {
    merge(a, b);
    return a;
  };
  const auto a = workers(0, 3, "a").profile, b = workers(3, 5, "b").profile, c = workers(0, 20, "c").profile;
  EXPECT_FALSE(is_known(a, worker(99)) || is_known(b, worker(99)));
  EXPECT_TRUE(is_known(joined(a, b), worker(99)));
  Profile removed;
  removed.tombstones.insert(worker(0));  // of c more examples are left
  EXPECT_FALSE(is_known(joined(joined(a, b), removed), worker(99)));
  EXPECT_EQ(to_toml(joined(joined(a, b), removed)), to_toml(joined(joined(a, removed), b)));
  EXPECT_TRUE(is_known(joined(joined(a, removed), c), worker(99)));
  EXPECT_EQ(to_toml(joined(joined(a, removed), c)), to_toml(joined(joined(c, a), removed)));
}

TEST(Generalise, WhatIsKnownIsTheSameWhoeverJoinedWhatFirst) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const Profile a = random_profile(random), b = random_profile(random), c = random_profile(random);
    Profile left = a, right = c;
    merge(left, b), merge(left, c);
    merge(right, b), merge(right, a);
    ASSERT_EQ(to_toml(left), to_toml(right)) << seed;
    const Generalised one(left), other(right);
    ASSERT_EQ(one.patterns().size(), other.patterns().size());
    for (const auto& [pattern, in_use] : one.patterns()) {
      ASSERT_EQ(in_use.entry, other.patterns().at(pattern).entry) << describe(pattern);
      // It is what is judged by, one by one.
      for (const auto* example : in_use.examples) {
        const auto found = pattern_for(left, example->first);
        ASSERT_TRUE(found) << describe(example->first);
        EXPECT_TRUE(one.patterns().contains(*found));
      }
    }
  }
}

TEST(Generalise, OldExamplesGoWithTheirPatternAndTooManyGoAtOnce) {
  Profile p = workers(0, 60).profile;
  for (int i = 0; i < 60; ++i) {  // as if it had been learned before there were patterns
    Entry& e = p.behaviours[worker(i)];
    e.first_seen = kNow;
    e.shares["h"] = {1, 1, 1, kNow};
    e.seen_by.add("c");
  }
  const auto before = coverage(p);
  prune(p, prunable(p));
  EXPECT_LE(p.behaviours.size(), kExamplesKept + 1);
  EXPECT_TRUE(is_known(p, worker(1000)));
  EXPECT_EQ(coverage(p).behaviours, before.behaviours);
  EXPECT_NEAR(Generalised(p).patterns().at(kWorkers).distinct, 60, 25);
  EXPECT_TRUE(prunable(p).empty()) << "once is enough";

  p.generations["sha256:2"].began = kNow + 10 * kDay;
  p.shares["h"].last_seen = kNow + 40 * kDay;
  Profile used = p;
  used.behaviours.at(kWorkers).shares["h"].last_seen = kNow + 39 * kDay;
  EXPECT_TRUE(prunable(used).empty()) << "names that come once are no reason";
  prune(p, prunable(p));
  EXPECT_TRUE(p.behaviours.empty());
}

TEST(Generalise, ExamplesOfTwoPlacesStayEnough) {
  Profile p;
  for (int i = 0; i < 60; ++i)
    p.behaviours[socket_at("/run/" + std::to_string(i < 5 ? i : 5) + "/s-" + std::to_string(i))];
  const auto wide = pattern("/run/<n>/s-<n>");
  ASSERT_TRUE(Generalised(p).patterns().contains(wide));
  prune(p, prunable(p));
  EXPECT_TRUE(Generalised(p).patterns().contains(wide));
  EXPECT_LE(p.behaviours.size(), 3 * kExamplesKept);
}

TEST(Generalise, CondensedAndSharedItIsTheSame) {
  Profile p = workers(0, 5, "a").profile;
  merge(p, workers(5, 9, "b").profile);
  Seen more("b");
  more.profile = p;
  for (std::uint64_t i = 0; i < 90; ++i) more.see(worker(static_cast<int>(i) + 100), i * 5);
  p = more.profile;
  Profile small = p;
  condense(small, kNow + kDay);
  EXPECT_EQ(small.behaviours.at(kWorkers).shares.begin()->first, kGone);
  EXPECT_EQ(coverage(small).minutes.singletons, coverage(p).minutes.singletons);
  EXPECT_TRUE(is_known(small, worker(7777)));
  Profile again = share_of(p, "a");
  EXPECT_EQ(Generalised(again).patterns().count(kWorkers), 1U) << "of its own five";
  merge(again, share_of(p, "b"));
  EXPECT_EQ(again.behaviours, p.behaviours);
}

TEST(Generalise, IsWrittenAndTheFormatBeforeGetsTheExamples) {
  Seen seen = workers(0, 12);
  seen.see(worker(77), 3);
  seen.profile.lineage = {"shop/web", "web"};
  const auto text = to_toml(seen.profile);
  EXPECT_THAT(
      text,
      HasSubstr("object = { proto = \"unix\", dest = \"/run/app/worker-<n>.sock\" }\npattern = true\n"));
  EXPECT_THAT(text, HasSubstr("distinct = \""));
  const auto read = profile_from_toml(text, "x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, seen.profile);
  seen.profile.tombstones.insert(pattern("/run/x-<n>"));
  const auto old = to_toml(seen.profile, ProfileFormat::v1_0);
  EXPECT_THAT(old, Not(HasSubstr("pattern")));
  EXPECT_THAT(old, Not(HasSubstr("distinct")));
  const auto by_an_old_one = profile_from_toml(old, "x");
  ASSERT_TRUE(by_an_old_one);
  EXPECT_EQ(by_an_old_one->behaviours.size(), kExamplesKept);
  EXPECT_TRUE(is_known(*by_an_old_one, worker(1000))) << "and it follows from them again";
}

TEST(Generalise, APatternInAFileHasAPlaceholder) {
  auto text = to_toml(Profile{});
  text +=
      "[[behaviour]]\nphase = \"steady\"\nactor = \"/a\"\naction = \"connect\"\n"
      "object = { proto = \"unix\", dest = \"/run/x\" }\npattern = true\n";
  const auto read = profile_from_toml(text, "web.toml");
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("pattern: nothing in its object varies; accepted: "));
}

}  // namespace
}  // namespace plimsoll
