// One event's way, step by step, with a fake kernel side: no threads, no clock.
#include "agent/engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>

#include "agent/config/keys.h"
#include "tests/unit/engine/fakes.h"

namespace plimsoll {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using namespace plimsoll::testing;

class EngineTest : public ::testing::Test {
 protected:
  EngineTest() { config.learning.mode = LearningMode::learn; }

  Engine& engine() {
    if (!engine_) {
      auto made =
          Engine::make(sensor, config, {"host", "", {}}, test_detectors(),
                       {.resolve = [this](Containers::ResolveRequest ask) { asked.push_back(ask.slot); },
                        .alert = [this](const Alert& alert) { alerts.push_back(alert); },
                        .save = [this](Profile profile) { saved.push_back(std::move(profile)); },
                        .log = [this](LogLevel, std::string_view line) { log += std::string(line) + "\n"; }});
      EXPECT_TRUE(made);
      engine_ = std::move(*made);
      engine_->tick(kNow);
    }
    return *engine_;
  }
  void start_container(Slot slot, const ContainerPtr& who) {
    engine().on_event(made(slot, "/" + who->id));
    engine().on_resolved(slot, who, kNow);
  }
  void learn_a_and_alert_on_b() {
    start_container(1, container("a"));
    engine().on_event(exec(1, "/bin/a"));
    config.learning.mode = LearningMode::detect;
    ASSERT_TRUE(engine().configure(config));
    engine().on_event(exec(1, "/bin/b", 2));
    EXPECT_THAT(rules(), ElementsAre("test.new shadow", "test.new active"));
  }
  void reload(const Profile& file) {
    engine().reload({{file},
                     {},
                     [](const Profile&) { return false; },
                     [](const Lineage&) { return false; },
                     [](const Lineage&) { return false; }});
  }
  std::vector<std::string> rules() const {
    std::vector<std::string> out;
    for (const auto& alert : alerts) {
      out.emplace_back(std::string(alert.rule.id) + " " + std::string(name(alert.mode)));
    }
    return out;
  }
  const Profile& profile() { return profiles.emplace_back(engine().profiles().at(0).profile); }

  FakeSensor sensor;
  Config config = default_config();
  std::vector<Slot> asked;
  std::vector<Alert> alerts;
  std::vector<Profile> saved;
  std::string log;
  std::list<Profile> profiles;

 private:
  std::unique_ptr<Engine> engine_;
};

TEST_F(EngineTest, AShortLivedContainerIsNamedAndJudgedAfterItHasGone) {
  engine().on_event(made(1, "/a"));
  engine().on_event(exec(1, "/bin/a"));
  engine().on_event(removed(1));
  EXPECT_THAT(asked, ElementsAre(1));
  EXPECT_THAT(sensor.verdict_keys, IsEmpty());
  engine().on_resolved(1, container("a"), kNow);
  EXPECT_THAT(sensor.verdict_keys, SizeIs(1));
  EXPECT_TRUE(profile().behaviours.contains(exec(1, "/bin/a").behaviour));
  engine().tick(kNow + 40 * kNsPerSecond);
  EXPECT_THAT(sensor.forgotten, ElementsAre(1));
}

TEST_F(EngineTest, TheHostLeavesNoTrace) {
  engine().on_event(made(1, "/token-in-path"));
  auto secret = fileless(1);
  secret.process.argv = {"token-in-argv"};
  secret.process.exe = "token-in-exe";
  engine().on_event(Activity(secret));
  engine().on_resolved(1, nullptr, kNow);
  engine().on_event(std::move(secret));
  engine().finish(kNow + kNsPerSecond);
  EXPECT_THAT(sensor.dismissed, ElementsAre(1));
  EXPECT_THAT(alerts, IsEmpty());
  EXPECT_THAT(saved, IsEmpty());
  EXPECT_THAT(log, Not(HasSubstr("token")));
  EXPECT_EQ(engine().report().host.at("exec"), 2U);
  EXPECT_FALSE(engine().report().totals.evaluated.contains("exec"));
}

TEST_F(EngineTest, LearnThenDetectThenAlert) {
  start_container(1, container("a"));
  engine().on_event(exec(1, "/bin/a"));
  EXPECT_THAT(rules(), ElementsAre("test.new shadow"));
  config.learning.mode = LearningMode::detect;
  ASSERT_TRUE(engine().configure(config));
  engine().tick(kNow + kNsPerSecond);
  engine().on_event(exec(1, "/bin/a", 2));
  EXPECT_THAT(alerts, SizeIs(1));
  engine().on_event(exec(1, "/tmp/x", 3));
  EXPECT_THAT(rules(), ElementsAre("test.new shadow", "test.new active"));
  EXPECT_FALSE(profile().behaviours.contains(exec(1, "/tmp/x").behaviour));
  EXPECT_THAT(sensor.verdict_keys, SizeIs(3));
}

TEST_F(EngineTest, AutoModeStopsLearningWhenTheFixedTimeHasPassed) {
  config.learning.mode = LearningMode::automatic;
  config.learning.stable_after_ns = 20 * kNsPerSecond;
  start_container(1, container("a"));
  engine().on_event(exec(1, "/bin/a"));
  engine().tick(kNow + 21 * kNsPerSecond);
  auto late = exec(1, "/tmp/x", 2);
  late.time = kNow + 22 * kNsPerSecond;
  engine().on_event(std::move(late));
  EXPECT_THAT(rules(), ElementsAre("test.new shadow", "test.new active"));
  EXPECT_EQ(alerts.at(1).baseline.state, "stable");
  EXPECT_EQ(profile().behaviours.size(), 1U);
}

TEST_F(EngineTest, CountsBecomeContainerMinutesAndRepeats) {
  start_container(1, container("a"));
  engine().on_event(exec(1, "/bin/a", 1));
  engine().on_event(fileless(1, 2));
  alerts.clear();
  const auto later = kNow + 120 * kNsPerSecond;
  sensor.next_counts = {
      {key_of_number(1), 1, 9, later}, {key_of_number(2), 1, 4, later}, {key_of_number(3), 1, 1, later}};
  engine().drain_counts(later);
  const auto& entry = profile().behaviours.at(exec(1, "/bin/a").behaviour);
  EXPECT_EQ(entry.shares.at("host").count, 10U);
  EXPECT_EQ(entry.shares.at("host").minutes, 2U);
  EXPECT_EQ(engine().report().totals.unknown_counts, 1U);
  sensor.next_counts = {{key_of_number(1), 1, 2, later}};
  engine().drain_counts(later);
  EXPECT_EQ(profile().behaviours.at(exec(1, "/bin/a").behaviour).shares.at("host").count, 12U);
  engine().tick(later);
  ASSERT_THAT(alerts, Not(IsEmpty()));
  EXPECT_TRUE(alerts[0].update);
  EXPECT_EQ(alerts[0].count, 5U);
}

TEST_F(EngineTest, WhatIsOfOneKindIsJudgedOnceAndCounted) {
  start_container(1, container("a"));
  std::vector<KernelEvent> events;
  for (std::uint32_t i = 0; i < 3; ++i) {
    auto activity = fileless(1, 1);
    activity.key = key_of_number(10 + i);
    activity.time = kNow + i * kNsPerSecond;
    events.emplace_back(std::move(activity));
  }
  events.emplace_back(exec(1, "/bin/a", 2));
  events.emplace_back(exec(1, "/bin/a", 2));
  engine().on_events(events);
  EXPECT_THAT(rules(), ElementsAre("test.fileless active", "test.new shadow", "test.new shadow"));
  EXPECT_THAT(sensor.verdict_keys, SizeIs(5));
  EXPECT_EQ(sensor.set_known_calls, 1);
  EXPECT_EQ(engine().report().totals.evaluated.at("exec"), 5U);
  engine().tick(kNow + 3 * kNsPerSecond);
  EXPECT_EQ(profile().behaviours.at(exec(1, "/bin/a").behaviour).shares.at("host").count, 2U);
  const auto recent = engine().alerts().recent(10);
  EXPECT_EQ(std::ranges::count(recent, 3U, &Alert::count), 2);
  EXPECT_EQ(recent.back().time, kNow + 2 * kNsPerSecond);
}

TEST_F(EngineTest, RepeatsAreNotForgottenWithWhatTheyRepeat) {
  start_container(1, container("a"));
  engine().on_event(exec(1, "/bin/a", 2));
  engine().on_event(exec(1, "/bin/a", 2));
  ASSERT_TRUE(engine().configure(config));
  EXPECT_EQ(profile().behaviours.at(exec(1, "/bin/a").behaviour).shares.at("host").count, 2U);
}

TEST_F(EngineTest, AFloodOfAlertsIsCountedInOne) {
  start_container(1, container("a"));
  start_container(2, container("b"));
  const auto flood = [&](std::uint32_t from, std::uint32_t to) {
    for (auto i = from; i < to; ++i) {
      auto activity = fileless(1, i);
      std::get<ExecObject>(activity.behaviour.object).path = "memfd:" + std::to_string(i);
      engine().on_event(std::move(activity));
    }
  };
  const auto counted = [&] {
    std::uint64_t sum = 0;
    for (const auto& alert : engine().alerts().recent(1000)) {
      sum += alert.stands_for == StandsFor::many && alert.rule.id == "test.fileless" ? alert.count : 0;
    }
    return sum;
  };
  flood(1000, 1200);
  EXPECT_EQ(counted(), 0U);
  EXPECT_THAT(alerts, SizeIs(400)) << "two rules, 200 each";
  flood(1200, 1300);
  EXPECT_THAT(alerts, SizeIs(402));
  EXPECT_EQ(alerts.back().stands_for, StandsFor::many);
  EXPECT_THAT(alerts.back().finding.message, HasSubstr("counted here"));
  EXPECT_EQ(engine().report().totals.folded.at("test.fileless"), 100U);
  EXPECT_EQ(counted(), 100U);
  flood(1200, 1201);
  engine().tick(kNow + kNsPerSecond);
  EXPECT_EQ(counted(), 101U) << "a repeat of what was folded";
  engine().on_event(fileless(2, 2000));
  EXPECT_EQ(alerts.back().stands_for, StandsFor::behaviour) << "another container";
  EXPECT_THAT(alerts, SizeIs(404));
}

TEST_F(EngineTest, AnUnnamedContainerIsWatchedAndNotLearned) {
  start_container(1, unnamed("x"));
  engine().on_event(fileless(1, 1));
  engine().on_event(exec(1, "/bin/a", 2));
  EXPECT_THAT(rules(), ElementsAre("test.fileless active", "test.new shadow", "test.new shadow"));
  engine().finish(kNow + kNsPerSecond);
  EXPECT_THAT(saved, IsEmpty());
  EXPECT_THAT(engine().profiles(), IsEmpty());
}

TEST_F(EngineTest, ARemovedEntryIsJudgedAnew) {
  start_container(1, container("a"));
  engine().on_event(exec(1, "/bin/a"));
  engine().finish(kNow + kNsPerSecond);
  auto file = saved.back();
  file.behaviours.clear();
  config.learning.mode = LearningMode::detect;
  ASSERT_TRUE(engine().configure(config));
  const auto epoch = sensor.epochs.at(1);
  reload(file);
  EXPECT_GT(sensor.epochs.at(1), epoch);
  engine().on_event(exec(1, "/bin/a", 2));
  EXPECT_EQ(rules().back(), "test.new shadow") << "an empty profile enforces nothing";
  file.behaviours[exec(1, "/bin/b").behaviour];
  reload(file);
  engine().on_event(exec(1, "/bin/c", 3));
  EXPECT_EQ(rules().back(), "test.new active");
}

TEST_F(EngineTest, WhatAPersonDecidesHoldsAtOnce) {
  learn_a_and_alert_on_b();
  Decisions decided;
  decided.lineage = {"shop/web"};
  decided.behaviours[exec(1, "/bin/b").behaviour] = {true, kNow, alerts.back().id};
  auto epoch = sensor.epochs.at(1);
  engine().decide(decided);
  EXPECT_GT(sensor.epochs.at(1), epoch) << "or the kernel goes on counting it as an alert";
  engine().on_event(exec(1, "/bin/b", 3));
  EXPECT_THAT(rules(), SizeIs(2)) << "it is known now";

  decided.behaviours[exec(1, "/bin/a").behaviour] = {false, kNow, ""};
  epoch = sensor.epochs.at(1);
  engine().decide(decided);
  EXPECT_GT(sensor.epochs.at(1), epoch);
  sensor.next_counts.push_back({exec(1, "/bin/a").key, 1, 5, kNow + 2 * kNsPerSecond});
  engine().drain_counts(kNow + 2 * kNsPerSecond);  // keys of before pointed at what is gone
  engine().on_event(exec(1, "/bin/a", 4));
  EXPECT_EQ(rules().back(), "test.new active");
  EXPECT_TRUE(profile().tombstones.contains(exec(1, "/bin/a").behaviour));
}

TEST_F(EngineTest, WhatOthersLearnedIsKnownAtOnceAndWhatTheyRemovedIsNew) {
  learn_a_and_alert_on_b();
  Profile theirs;
  theirs.lineage = {"shop/web"};
  theirs.behaviours[exec(1, "/bin/b").behaviour];
  theirs.tombstones.insert(exec(1, "/bin/a").behaviour);
  const auto epoch = sensor.epochs.at(1);
  EXPECT_EQ(engine().join(theirs), 1U);
  EXPECT_GT(sensor.epochs.at(1), epoch) << "or the kernel goes on counting by what was known before";
  engine().on_event(exec(1, "/bin/b", 3));
  EXPECT_THAT(rules(), SizeIs(2)) << "it is known now";
  sensor.next_counts.push_back({exec(1, "/bin/a").key, 1, 5, kNow + 2 * kNsPerSecond});
  engine().drain_counts(kNow + 2 * kNsPerSecond);  // keys of before pointed at what is gone
  engine().on_event(exec(1, "/bin/a", 4));
  EXPECT_EQ(rules().back(), "test.new active");
}

TEST_F(EngineTest, AContainerThatIsStartedAgainIsAnotherLife) {
  start_container(1, container("a"));
  engine().on_event(exec(1, "/bin/a"));
  const WallNs later = kNow + 300 * kNsPerSecond;
  engine().drain_counts(later);
  engine().on_event(removed(1, later));
  CgroupMade again = made(2, "/a");
  again.time = later + kNsPerSecond;
  engine().on_event(again);
  engine().on_resolved(2, container("a"), again.time);
  auto first = exec(2, "/bin/a", 2);
  first.time = again.time;
  engine().on_event(std::move(first));
  EXPECT_EQ(engine().profiles().at(0).assessment.observed.lifetimes, 2U);
  EXPECT_EQ(total(profile().behaviours.at(exec(1, "/bin/a").behaviour).shares).minutes, 2U);
}

TEST_F(EngineTest, AReloadPutsTheKeysInEffectThatTheTableSaysTakeEffectThen) {
  for (const auto& row : config_keys()) {
    const auto key = row.path();
    const auto changed = parse_config(key + " = " + std::string(row.key.example), "p.toml");
    ASSERT_TRUE(changed) << changed.error().message;
    ASSERT_TRUE(engine().configure(*changed)) << key;
    EXPECT_EQ(row.key.field->same(engine().config(), *changed), row.takes_effect == TakesEffect::at_reload)
        << key;
  }
}

TEST_F(EngineTest, WhileLearningIsPausedProfilesStayAsTheyAre) {
  start_container(1, container("a"));
  engine().on_event(exec(1, "/bin/a"));
  ASSERT_TRUE(engine().pause_learning(true));
  ASSERT_TRUE(engine().configure(config)) << "which knows nothing of the pause";
  const auto before = profile();
  engine().on_event(exec(1, "/bin/b", 2));
  engine().on_event(exec(1, "/bin/a", 3));
  engine().drain_counts(kNow + 120 * kNsPerSecond);
  start_container(2, container("b"));
  EXPECT_EQ(profile().behaviours, before.behaviours);
  EXPECT_EQ(profile().shares, before.shares);
  EXPECT_THAT(rules(), ElementsAre("test.new shadow", "test.new shadow"));
  EXPECT_TRUE(engine().report().learning_paused);
  ASSERT_TRUE(engine().pause_learning(false));
  engine().on_event(exec(1, "/bin/b", 4));
  EXPECT_EQ(profile().behaviours.size(), 2U);
}

TEST_F(EngineTest, ALockedProfileLearnsNoMoreAndEnforces) {
  Decisions decided;
  decided.lineage = {"shop/web"};
  decided.locked = true;
  engine().decide(decided);  // before anything of it was seen
  start_container(1, container("a"));
  engine().on_event(exec(1, "/bin/a"));
  EXPECT_THAT(rules(), ElementsAre("test.new active"));
  EXPECT_EQ(engine().profiles().at(0).assessment.state, State::locked);
  decided.locked = false;
  engine().decide(decided);
  engine().on_event(exec(1, "/bin/b", 2));
  EXPECT_EQ(rules().back(), "test.new shadow");
  EXPECT_EQ(profile().behaviours.size(), 1U);
}

TEST_F(EngineTest, WhatOneReplicaOfFiveDoesWhileLearningIsToldAndNotAbsorbed) {
  for (Slot slot = 1; slot <= 5; ++slot) {
    start_container(slot, container("c" + std::to_string(slot)));
    engine().on_event(exec(slot, "/bin/a", slot));
  }
  const auto watching = std::make_shared<Subscription>(EventFilter{});
  engine().stream().subscribe(watching);
  engine().on_event(exec(3, "/bin/id", 10));
  EXPECT_EQ(watching->next(std::chrono::milliseconds(0))->verdict, Verdict::quarantined);
  const std::string told = alerts.back().id;
  EXPECT_EQ(rules().back(), "test.new shadow");
  engine().tick(kNow + 20 * kNsPerSecond);
  EXPECT_EQ(engine().profiles().at(0).assessment.all.quarantined, 1U);
  EXPECT_EQ(engine().report().quarantined, 1U);

  config.learning.mode = LearningMode::detect;
  ASSERT_TRUE(engine().configure(config));
  const auto before = rules().size();
  for (Slot slot = 1; slot <= 5; ++slot) {
    engine().on_event(exec(slot, "/bin/a", 20 + slot));
  }
  EXPECT_THAT(rules(), SizeIs(before)) << "what the others vouch for";
  engine().on_event(exec(3, "/bin/id", 30));
  engine().on_event(exec(4, "/bin/id", 31));
  ASSERT_THAT(rules(), SizeIs(before + 2));
  EXPECT_EQ(rules()[before], "test.new active");
  EXPECT_EQ(rules()[before + 1], "test.new active") << "it spreads, and is not absorbed for that";
  engine().on_event(exec(5, "/bin/id", 32));
  EXPECT_THAT(rules(), SizeIs(before + 3));

  Decisions decided;
  decided.lineage = {"shop/web"};
  decided.behaviours[exec(1, "/bin/id").behaviour] = {true, kNow, told};
  engine().decide(decided);
  engine().on_event(exec(1, "/bin/id", 33));
  EXPECT_THAT(rules(), SizeIs(before + 3));
}

TEST_F(EngineTest, WhatIsForgottenAndSeenAgainInTheSameSecondStays) {
  start_container(1, container("a"));
  engine().on_event(exec(1, "/bin/a"));
  Decisions decided;
  decided.lineage = {"shop/web"};
  const WallNs until = kNow + kNsPerSecond;
  decided.forgotten.insert({0, until, ""});
  engine().decide(decided);
  EXPECT_THAT(profile().behaviours, IsEmpty());
  engine().on_event(exec(1, "/bin/a", 2));  // at kNow: it was on its way
  engine().decide(decided);                 // as a restart would apply it
  EXPECT_EQ(profile().behaviours.at(exec(1, "/bin/a").behaviour).first_seen, until);
}

TEST_F(EngineTest, WhatGrowsToManyReplicasOnceNothingIsLearnedStaysKnown) {
  for (Slot slot = 1; slot <= 2; ++slot) {
    start_container(slot, container("c" + std::to_string(slot)));
  }
  engine().on_event(exec(1, "/bin/leader", 1));
  config.learning.mode = LearningMode::detect;
  ASSERT_TRUE(engine().configure(config));
  for (Slot slot = 3; slot <= 6; ++slot) {
    start_container(slot, container("c" + std::to_string(slot)));
  }
  const auto before = rules().size();
  engine().on_event(exec(1, "/bin/leader", 2));
  ASSERT_TRUE(engine().configure(config));  // evaluated again
  engine().on_event(exec(1, "/bin/leader", 3));
  EXPECT_THAT(rules(), SizeIs(before));
}

TEST_F(EngineTest, WhatTwoReplicasOfFiveDoWhileLearningIsKnown) {
  for (Slot slot = 1; slot <= 5; ++slot) {
    start_container(slot, container("c" + std::to_string(slot)));
  }
  engine().on_event(exec(2, "/bin/id", 10));
  engine().on_event(exec(4, "/bin/id", 11));
  config.learning.mode = LearningMode::detect;
  ASSERT_TRUE(engine().configure(config));
  const auto before = rules().size();
  engine().on_event(exec(1, "/bin/id", 12));
  EXPECT_THAT(rules(), SizeIs(before));
}

TEST_F(EngineTest, RepeatsAfterAReloadThatChangesNothing) {
  start_container(1, container("a"));
  engine().on_event(exec(1, "/bin/a"));
  engine().finish(kNow + kNsPerSecond);
  const auto file = saved.back();
  reload(file);  // frees what keys of before pointed at
  sensor.next_counts.push_back({exec(1, "/bin/a").key, 1, 5, kNow + 2 * kNsPerSecond});
  engine().drain_counts(kNow + 2 * kNsPerSecond);
  EXPECT_EQ(profile().behaviours.size(), 1U);
}

TEST_F(EngineTest, AChangeOfConfigurationJudgesAnew) {
  start_container(1, container("a"));
  engine().on_event(exec(1, "/bin/a"));
  const auto epoch = sensor.epochs.at(1);
  ASSERT_TRUE(engine().configure(config));
  EXPECT_GT(sensor.epochs.at(1), epoch);
}

TEST_F(EngineTest, AnEndedContainersProfileIsSavedAtTheNextTick) {
  start_container(1, container("a"));
  engine().tick(kNow + 6 * kNsPerSecond);
  saved.clear();
  engine().on_event(exec(1, "/bin/a"));
  engine().tick(kNow + 7 * kNsPerSecond);
  EXPECT_THAT(saved, IsEmpty()) << "saved two seconds ago";
  engine().on_event(removed(1));
  engine().tick(kNow + 8 * kNsPerSecond);
  EXPECT_THAT(saved, SizeIs(1));
}

TEST_F(EngineTest, LostEventsReachProfileAndAlerts) {
  start_container(1, container("a"));
  sensor.lost_by_slot[1] = {{"ring_full", 3}, {"quota", 4}};
  engine().drain_counts(kNow);
  engine().drain_counts(kNow);
  EXPECT_EQ(profile().lost.at("host"), 7U);
  engine().on_event(fileless(1));
  EXPECT_EQ(alerts.at(0).lost_events, 7U);
  EXPECT_EQ(alerts.at(0).finding.evidence.at("lost"), "quota 4, ring_full 3");
  EXPECT_EQ(engine().report().containers.at(0).lost, sensor.lost_by_slot[1]);
}

TEST_F(EngineTest, WithoutLossesAnAlertSaysNothingOfThem) {
  start_container(1, container("a"));
  engine().on_event(fileless(1));
  EXPECT_EQ(alerts.at(0).lost_events, 0U);
  EXPECT_FALSE(alerts.at(0).finding.evidence.contains("lost"));
}

TEST_F(EngineTest, LossesOutliveTheSlotThatHadThem) {
  start_container(1, container("a"));
  start_container(2, container("a"));  // the same, with a second cgroup
  sensor.lost_by_slot[1] = {{"quota", 4}};
  engine().on_event(removed(1));
  engine().tick(kNow + 40 * kNsPerSecond);
  ASSERT_TRUE(sensor.forgotten.contains(1));
  EXPECT_EQ(engine().report().containers.at(0).lost, (Losses{{"quota", 4}}));
  sensor.lost_by_slot[2] = {{"quota", 3}};
  engine().on_event(removed(2, kNow + 40 * kNsPerSecond));
  engine().tick(kNow + 80 * kNsPerSecond);  // the container is gone, and its counts were not drained since
  EXPECT_EQ(profile().lost.at("host"), 7U);
}

TEST_F(EngineTest, WhatNobodyToldOfIsFoundAgain) {
  FoundCgroup told, lost;
  told.hint.cgroup = made(1, "/told").cgroup;
  lost.hint.cgroup = {told.hint.cgroup.hierarchy, 1007};
  engine().on_event(made(1, "/told"));
  engine().adopt_unknown({told, lost});
  EXPECT_THAT(asked, ElementsAre(1, 7));
  engine().adopt_unknown({told, lost});
  EXPECT_THAT(asked, SizeIs(2));
}

TEST_F(EngineTest, RunningContainersAreAdoptedAndSeeded) {
  FoundCgroup found;
  found.hint.cgroup = {0, 1005};
  found.hint.path = "/a";
  found.started = kNow - kNsPerSecond;
  engine().adopt({found});
  EXPECT_TRUE(sensor.seeded);
  EXPECT_THAT(asked, ElementsAre(5));
  engine().on_resolved(5, container("a"), kNow);
  EXPECT_TRUE(sensor.epochs.contains(5));
  EXPECT_EQ(engine().report().containers.at(0).started, kNow - kNsPerSecond);
}

TEST_F(EngineTest, AHostTaskInAContainerIsToldUnlessARuntimePutItThere) {
  start_container(1, container("a"));
  CgroupMoved moved{.time = kNow,
                    .to_slot = 1,
                    .to = {},
                    .to_path = "/a",
                    .pid = 42,
                    .comm = "runc:[1:CHILD]",
                    .from_host = true};
  engine().on_event(moved);
  EXPECT_EQ(engine().report().totals.host_entries, 0U);
  moved.comm = "token";
  engine().on_event(moved);
  EXPECT_EQ(engine().report().totals.host_entries, 1U);
  EXPECT_THAT(log, HasSubstr("42"));
  EXPECT_THAT(log, Not(HasSubstr("token"))) << "a host task's name stays here";
}

TEST_F(EngineTest, SubscribersSeeVerdictsAndRules) {
  start_container(1, container("a"));
  const auto subscription = std::make_shared<Subscription>(EventFilter{});
  engine().stream().subscribe(subscription);
  auto activity = fileless(1);
  activity.process.argv = {"x", "--password=hunter2"};
  engine().on_event(std::move(activity));
  const auto event = subscription->next(std::chrono::milliseconds(0));
  ASSERT_NE(event, nullptr);
  EXPECT_EQ(event->verdict, Verdict::alert);
  EXPECT_THAT(event->rules, ElementsAre("test.fileless", "test.new"));
  EXPECT_THAT(event->activity.process.argv.at(1), Not(HasSubstr("hunter2")));
  engine().on_event(exec(1, "/bin/a", 2));
  engine().on_event(exec(1, "/bin/a", 2));
  EXPECT_EQ(subscription->next(std::chrono::milliseconds(0))->verdict, Verdict::learned);
  const auto again = subscription->next(std::chrono::milliseconds(0));
  EXPECT_EQ(again->verdict, Verdict::known);
  EXPECT_THAT(again->rules, IsEmpty());
}

TEST_F(EngineTest, TheClassesThatHooksSeeAreNoted) {
  sensor.hook_list = {{"exec", "a", true, "", ""}, {"connect", "b", false, "no", ""}};
  start_container(1, container("a"));
  EXPECT_THAT(profile().classes, ElementsAre(Action::exec));
}

}  // namespace
}  // namespace plimsoll
