// The end of startup: learned by lineage, given to the kernel side, and moved without new behaviour and
// without a hole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/engine/engine.h"
#include "profiles/key.h"
#include "tests/unit/engine/fakes.h"

namespace plimsoll {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace plimsoll::testing;

constexpr WallNs kSecond = kNsPerSecond;

class StartupTest : public ::testing::Test {
 protected:
  StartupTest() { begin({}); }

  void begin(std::optional<WallNs> setting, LearningMode mode = LearningMode::detect) {
    auto config = default_config();
    config.learning.mode = mode;
    config.learning.startup_phase_ns = setting;
    engine = std::move(
        *Engine::make(sensor, config, {"host", "", {}}, all_detectors(),
                      {.resolve = [](const Containers::ResolveRequest&) {},
                       .alert = [this](const Alert& alert) { alerts.push_back(alert); },
                       .save = [](const Profile&) {},
                       .log = [this](LogLevel, std::string_view line) { log += std::string(line) + "\n"; }}));
  }

  /// What sh starts, from one second to another after the start of each of nine containers.
  static void knows(Profile& profile, Phase phase, const std::string& path, std::uint64_t from,
                    std::uint64_t to) {
    auto behaviour = exec(1, path).behaviour;
    behaviour.phase = phase;
    Entry& entry = profile.behaviours[behaviour];
    entry.since_start_min = from;
    entry.since_start_max = to;
    entry.first_seen = kNow;
    entry.shares["host"] = {9, 9, 9, kNow};
    for (int i = 0; i < 9; ++i) entry.seen_by.add(std::to_string(i));
  }
  /// Its startup ends after 20 s; before that was known, it was taken to end after a minute.
  static Profile web() {
    Profile out;
    out.lineage = lineage_of(*container("web"));
    out.classes = {Action::exec};
    out.shares["host"] = {9 * 1440, 9 * 288, 9, kNow};
    knows(out, Phase::startup, "/bin/chown", 1, 9);
    knows(out, Phase::startup, "/bin/wait", 5, 40);
    knows(out, Phase::steady, "/bin/date", 61, 86'000);
    return out;
  }

  void start(Slot slot, const std::string& repository = "shop/web") {
    engine->on_event(made(slot, "/" + std::to_string(slot)));
    resolve(slot, repository);
  }
  void resolve(Slot slot, const std::string& repository = "shop/web") {
    engine->on_resolved(slot, container("c" + std::to_string(slot), repository), kNow);
  }
  void run(Slot slot, Phase phase, const std::string& path, std::uint64_t second,
           Origin origin = Origin::image) {
    auto activity = exec(slot, path, ++key_);
    activity.behaviour.phase = phase;
    std::get<ExecObject>(activity.behaviour.object).origin = origin;
    activity.since_start_ns = second * std::uint64_t{kSecond};
    activity.time = kNow + static_cast<WallNs>(second) * kSecond;
    engine->on_event(std::move(activity));
  }
  [[nodiscard]] std::vector<std::string> told() {
    std::vector<std::string> out;
    for (const auto& alert : std::exchange(alerts, {})) out.emplace_back(alert.rule.id);
    return out;
  }
  [[nodiscard]] Key last_key() const { return key_of_number(key_); }

  FakeSensor sensor;
  std::unique_ptr<Engine> engine;
  std::vector<Alert> alerts;
  std::string log;

 private:
  std::uint32_t key_ = 0;
};

TEST_F(StartupTest, EachLineageHasItsOwn) {
  engine->load({web()}, {});
  start(1);
  start(2, "shop/other");
  EXPECT_EQ(sensor.startups.at(1), 20 * kSecond);
  EXPECT_EQ(sensor.startups.at(2), 60 * kSecond);
  const auto profiles = engine->profiles();
  ASSERT_EQ(profiles.size(), 2U);
  EXPECT_EQ(describe(profiles[1].startup),
            "ends after 20 s (learned: 2 behaviours of 9 containers, the last 5 s after start)");
}

TEST_F(StartupTest, ManyShortLivesDoNotTakeBackWhatWasLearned) {
  engine->load({web()}, {});
  start(1);
  Profile crashing;
  crashing.lineage = web().lineage;
  crashing.shares["elsewhere"] = {2000, 2000, 2000, kNow};
  engine->join(crashing);
  start(2);
  EXPECT_EQ(sensor.startups.at(2), 20 * kSecond);
}

TEST_F(StartupTest, WhatWasOnItsWayWhenItWasNamedIsOfTheLearnedPhase) {
  engine->load({web()}, {});
  start(1);
  auto late = exec(1, "/bin/date", 77);
  late.behaviour.phase = Phase::startup;  // of a minute, as the kernel side had it
  late.since_start_ns = 40 * std::uint64_t{kSecond};
  late.time = kNow - 1;
  engine->on_event(std::move(late));
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(StartupTest, WhatAnOperatorHasSetIsThatOfAll) {
  begin(2 * kSecond);
  engine->load({web()}, {});
  start(1);
  start(2, "shop/other");
  EXPECT_THAT(sensor.startups, ElementsAre(std::pair(1U, 2 * kSecond), std::pair(2U, 2 * kSecond)));
}

TEST_F(StartupTest, WhatWasLearnedUnderAnotherEndIsNothingNewAndNoHole) {
  engine->load({web()}, {});
  start(1);
  run(1, Phase::steady, "/bin/wait", 40);
  run(1, Phase::startup, "/bin/wait", 4);
  run(1, Phase::steady, "/bin/date", 30);
  EXPECT_THAT(told(), IsEmpty());
  run(1, Phase::steady, "/bin/wait", 40, Origin::upper_copy);
  EXPECT_THAT(told(), IsEmpty()) << "the same file, which a chown copied up";
  run(1, Phase::startup, "/bin/date", 4);
  EXPECT_THAT(told(), ElementsAre("drift.new_executable")) << "none has ever begun with that";
  run(1, Phase::steady, "/bin/chown", 3600);
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_THAT(alerts[0].finding.message, HasSubstr("until now this was seen only during startup"));
  EXPECT_THAT(alerts[0].finding.evidence.at("startup"), HasSubstr("ends after 20 s (learned: 2 behaviours"));
  EXPECT_THAT(told(), ElementsAre("drift.new_executable"));
}

TEST_F(StartupTest, WhatStartupDidIsKnownForAWhileAndNoVerdictOutlivesThat) {
  engine->load({web()}, {});
  start(1);
  for (const Origin origin : {Origin::image, Origin::upper_copy}) {
    run(1, Phase::steady, "/bin/wait", 50, origin);
    EXPECT_THAT(told(), IsEmpty());
    EXPECT_THAT(sensor.verdict_keys, IsEmpty()) << "the next is to be told";
    auto again = exec(1, "/bin/wait", 0);
    again.key = again.kind = last_key();
    again.behaviour.phase = Phase::steady;
    std::get<ExecObject>(again.behaviour.object).origin = origin;
    again.since_start_ns = 3600 * std::uint64_t{kSecond};
    engine->on_event(std::move(again));
    EXPECT_THAT(told(), ElementsAre("drift.new_executable"));
    EXPECT_THAT(sensor.verdict_keys, ElementsAre(last_key()));
    sensor.verdict_keys.clear();
  }
}

TEST_F(StartupTest, LikewiseWhatNoOtherLookWouldFind) {
  auto profile = web();
  profile.classes.insert(Action::connect);
  Activity connects = exec(1, "");
  connects.hook = "connect";
  connects.behaviour.object = ConnectObject{"tcp", "private", 5432};
  connects.behaviour.outcome = Outcome::attempt;
  profile.behaviours[connects.behaviour] = profile.behaviours.at(exec(1, "/bin/wait").behaviour);
  engine->load({profile}, {});
  start(1);
  connects.behaviour.phase = Phase::steady;
  engine->on_event(Activity(connects));
  EXPECT_THAT(told(), IsEmpty());
  std::get<ConnectObject>(connects.behaviour.object).port = 5433;
  connects.key = connects.kind = key_of_number(99);
  engine->on_event(Activity(connects));
  EXPECT_THAT(told(), ElementsAre("drift.new_destination"));
}

TEST_F(StartupTest, WhatIsKnownAcrossTheEndCountsWhereItIsKnown) {
  begin({}, LearningMode::learn);
  engine->load({web()}, {});
  start(1);
  const auto known = web().behaviours.size();
  run(1, Phase::steady, "/bin/wait", 50);
  const auto profile = engine->profiles().at(0).profile;
  EXPECT_EQ(profile.behaviours.size(), known);
  EXPECT_EQ(profile.behaviours.at(exec(1, "/bin/wait").behaviour).since_start_max, 50U);
}

TEST_F(StartupTest, AMoveIsToldToThoseThatRunAndVoidsWhatWasJudged) {
  auto young = web();
  young.shares["host"] = {9, 9, 9, kNow};
  engine->load({young}, {});
  start(1);
  start(2, "shop/other");
  EXPECT_EQ(sensor.startups.at(1), 60 * kSecond);
  const auto epoch = sensor.epochs.at(1);
  const auto others = sensor.epochs.at(2);
  auto watched = web();
  watched.shares["host"].last_seen += kSecond;
  engine->join(watched);
  EXPECT_EQ(sensor.startups.at(1), 20 * kSecond);
  EXPECT_EQ(sensor.startups.at(2), 60 * kSecond);
  EXPECT_GT(sensor.epochs.at(1), epoch);
  EXPECT_EQ(sensor.epochs.at(2), others);
  EXPECT_THAT(log, HasSubstr("startup of shop/web ends after 20 s (learned"));
}

TEST_F(StartupTest, WhatAContainerDidBeforeItWasNamedIsOfThePhaseThatItsOwnEndSays) {
  engine->load({web()}, {});
  engine->on_event(made(1, "/1"));
  run(1, Phase::steady, "/bin/chown", 15);  // an agent that starts goes by the minute
  const Key wrong = last_key();
  run(1, Phase::startup, "/bin/chown", 2);
  const Key right = last_key();
  run(1, Phase::startup, "/bin/chown", 30);
  resolve(1);
  EXPECT_THAT(told(), ElementsAre("drift.new_executable")) << "of the last one";
  EXPECT_THAT(sensor.verdict_keys, ElementsAre(right)) << "and not of the key that says the wrong phase";
  EXPECT_NE(wrong, right);
}

TEST_F(StartupTest, RepeatsAreCountedFromTheFirstExecOn) {
  begin({}, LearningMode::learn);
  start(1);  // its cgroup; it is begun five seconds later, by a runtime that takes its time
  auto first = exec(1, "/bin/again");
  first.time = kNow + 6 * kSecond;
  first.since_start_ns = std::uint64_t{kSecond};
  engine->on_event(Activity(first));
  const auto latest = [&](std::int64_t second) {
    sensor.next_counts = {{.kind = first.kind, .slot = 1, .more = 3, .last_seen = kNow + second * kSecond}};
    engine->drain_counts(kNow + 100 * kSecond);
    return engine->profiles().at(0).profile.behaviours.at(first.behaviour).since_start_max;
  };
  EXPECT_EQ(latest(63), 58U);
  EXPECT_EQ(latest(65), 59U) << "the kernel said startup, which ends at 60";
}

}  // namespace
}  // namespace plimsoll
