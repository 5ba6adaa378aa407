// The fleet's thread, and how what it brings changes the engine.
#include "agent/fleet/fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "agent/pipeline/pipeline.h"
#include "profiles/key.h"
#include "profiles/toml_codec.h"
#include "tests/unit/engine/fakes.h"
#include "tests/unit/fleet/memory_objects.h"

namespace plimsoll {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace plimsoll::testing;

const Lineage kWeb{"shop/web", "default"};
const std::string kMerged = "merged/" + file_name(kWeb);

Profile knows(const std::string& path) {
  Profile p;
  p.lineage = kWeb;
  p.classes.insert(Action::exec);
  auto& entry = p.behaviours[exec(1, path).behaviour];
  entry.first_seen = kNow;
  entry.shares["other"].minutes = 3;
  return p;
}

/// A store whose answers wait until the test lets them go.
class SlowObjects final : public ObjectStore {
 public:
  Result<Got> get(const std::string&, const std::string&) override {
    gate.get_future().wait();
    return fail("too late");
  }
  Result<Put> put(const std::string&, std::string_view, const Condition&) override { return fail("away"); }
  Result<std::vector<std::string>> list(const std::string&) override { return fail("away"); }
  void cancel() override { gate.set_value(); }
  [[nodiscard]] std::string where() const override { return "slow"; }
  std::promise<void> gate;
};

TEST(FleetThread, AContainerWaitsForWhatTheFleetKnowsUnlessItsProfileIsHere) {
  MemoryObjects store;
  store.place(kMerged, to_toml(knows("/bin/a")));
  FakeClock clock;
  std::promise<bool> gone_on;
  std::atomic<bool> taken = false;
  Fleet fleet(
      store, clock, {.host = "h"}, [&](const Profile&) { return taken = true; },
      [](LogLevel, std::string_view) {}, {{"home", "default"}});
  fleet.before(kWeb, [&] { gone_on.set_value(taken); });
  EXPECT_TRUE(gone_on.get_future().get());
  bool at_once = false;
  fleet.before(kWeb, [&] { at_once = true; });
  EXPECT_TRUE(at_once);
  at_once = false;
  fleet.before({"home", "default"}, [&] { at_once = true; });
  EXPECT_TRUE(at_once);
}

TEST(FleetThread, WhatHasRestedIsBroughtUpToDateBeforeItGoesOn) {
  MemoryObjects store;
  store.place(kMerged, to_toml(knows("/bin/a")));
  FakeClock clock;
  std::atomic<int> taken = 0;
  Fleet fleet(
      store, clock, {.host = "h"}, [&](const Profile&) { return ++taken > 0; },
      [](LogLevel, std::string_view) {}, {});
  const auto taken_before = [&] {
    std::promise<int> gone_on;
    fleet.before(kWeb, [&] { gone_on.set_value(taken); });
    return gone_on.get_future().get();
  };
  EXPECT_EQ(taken_before(), 1);
  fleet.set_running(kWeb, false);
  store.place(kMerged, to_toml(knows("/bin/b")));
  EXPECT_EQ(taken_before(), 1) << "it has just been asked for";
  fleet.set_running(kWeb, false);
  clock.time += 3600 * kNsPerSecond;
  EXPECT_EQ(taken_before(), 2);
}

TEST(FleetThread, AStoreThatHangsHoldsUpNoEnd) {
  SlowObjects store;
  FakeClock clock;
  bool gone_on = false;
  Fleet fleet(
      store, clock, {.host = "h"}, [](const Profile&) { return true; }, [](LogLevel, std::string_view) {},
      {});
  fleet.before(kWeb, [&] { gone_on = true; });
  fleet.release_late();
  EXPECT_FALSE(gone_on);
  fleet.stop(std::chrono::milliseconds(1));
  EXPECT_TRUE(gone_on);
  bool at_once = false;
  fleet.before({"next", "default"}, [&] { at_once = true; });
  EXPECT_TRUE(at_once);
}

class FleetEngine : public ::testing::Test {
 protected:
  void make(LearningMode mode) {
    Config config = default_config();
    config.learning.mode = mode;
    auto made = Engine::make(sensor, config, {"host", "", {}}, test_detectors(),
                             {.resolve = [](const Containers::ResolveRequest&) {},
                              .alert = [this](const Alert& alert) { alerts.push_back(alert); },
                              .save = [](const Profile&) {},
                              .log = [](LogLevel, std::string_view) {}});
    ASSERT_TRUE(made) << made.error().message;
    engine = std::move(*made);
    engine->tick(kNow);
  }
  void appear(Slot slot = 1) {
    engine->on_event(made(slot, "/a"));
    engine->on_resolved(slot, container("a"), kNow);
  }
  Profile profile() { return engine->profiles().at(0).profile; }
  static CgroupMade made(Slot slot, const std::string& path) { return testing::made(slot, path); }

  FakeSensor sensor;
  std::vector<Alert> alerts;
  std::unique_ptr<Engine> engine;
};

TEST_F(FleetEngine, WhatTheFleetKnowsIsNothingNew) {
  make(LearningMode::detect);
  EXPECT_TRUE(engine->join(knows("/bin/a")));
  appear();
  engine->on_event(exec(1, "/bin/a", 1));
  EXPECT_THAT(alerts, IsEmpty());
  engine->on_event(exec(1, "/bin/b", 2));
  EXPECT_THAT(alerts, SizeIs(1));
}

TEST_F(FleetEngine, WhatWasNewBehaviourIsJudgedAnew) {
  make(LearningMode::detect);
  EXPECT_TRUE(engine->join(knows("/bin/x")));
  appear();
  engine->on_event(exec(1, "/bin/a", 1));
  EXPECT_THAT(alerts, SizeIs(1));
  const auto epoch = sensor.epochs[1];
  EXPECT_TRUE(engine->join(knows("/bin/a")));
  EXPECT_GT(sensor.epochs[1], epoch);
  engine->on_event(exec(1, "/bin/a", 1));
  EXPECT_EQ(alerts.back().count, 1U);
  EXPECT_THAT(alerts, SizeIs(1));
}

TEST_F(FleetEngine, EvidenceAloneVoidsNoVerdict) {
  make(LearningMode::learn);
  EXPECT_TRUE(engine->join(knows("/bin/a")));
  appear();
  engine->on_event(exec(1, "/bin/a", 1));
  const auto epoch = sensor.epochs[1];
  auto more = knows("/bin/a");
  more.behaviours.begin()->second.shares["other"].minutes = 9;
  EXPECT_TRUE(engine->join(more));
  EXPECT_EQ(sensor.epochs[1], epoch);
  EXPECT_EQ(profile().behaviours.begin()->second.shares.at("other").minutes, 9U);
}

TEST_F(FleetEngine, WhatOthersRemovedIsNewHere) {
  make(LearningMode::learn);
  EXPECT_TRUE(engine->join(knows("/bin/a")));
  appear();
  engine->on_event(exec(1, "/bin/a", 1));
  EXPECT_THAT(alerts, IsEmpty());
  Profile removes;
  removes.lineage = kWeb;
  removes.tombstones.insert(exec(1, "/bin/a").behaviour);
  EXPECT_TRUE(engine->join(removes));
  engine->on_event(exec(1, "/bin/a", 1));
  EXPECT_THAT(profile().behaviours, IsEmpty());
  EXPECT_THAT(alerts, SizeIs(1));
}

TEST_F(FleetEngine, DecisionsOfThisHostStandAbove) {
  make(LearningMode::learn);
  Decisions decisions;
  decisions.lineage = kWeb;
  decisions.behaviours[exec(1, "/bin/removed").behaviour].allowed = false;
  decisions.forgotten.insert({.from = kNow - 60 * kNsPerSecond, .until = kNow + 60 * kNsPerSecond});
  engine->decide(decisions);
  auto from = knows("/bin/removed");
  merge(from, knows("/bin/forgotten"));
  EXPECT_TRUE(engine->join(from));
  EXPECT_THAT(profile().behaviours, IsEmpty());
}

TEST_F(FleetEngine, WhatWasForgottenAndLearnedAnewStays) {
  make(LearningMode::learn);
  Decisions decisions;
  decisions.lineage = kWeb;
  decisions.forgotten.insert({.from = kNow - 120 * kNsPerSecond, .until = kNow - 60 * kNsPerSecond});
  engine->decide(decisions);
  appear();
  engine->on_event(exec(1, "/bin/a", 1));
  auto from = knows("/bin/a");
  from.behaviours.begin()->second.first_seen = kNow - 90 * kNsPerSecond;
  EXPECT_TRUE(engine->join(from));
  ASSERT_THAT(profile().behaviours, SizeIs(1));
  EXPECT_EQ(profile().behaviours.begin()->second.first_seen, whole_seconds(kNow));
}

TEST_F(FleetEngine, ALockedProfileTakesOnlyWhatPeopleRemoved) {
  make(LearningMode::learn);
  appear();
  engine->on_event(exec(1, "/bin/a", 1));
  Decisions decisions;
  decisions.lineage = kWeb;
  decisions.locked = true;
  engine->decide(decisions);
  auto from = knows("/bin/b");
  from.tombstones.insert(exec(1, "/bin/a").behaviour);
  EXPECT_TRUE(engine->join(from));
  EXPECT_THAT(profile().behaviours, IsEmpty());
  EXPECT_THAT(profile().tombstones, SizeIs(1));
}

TEST_F(FleetEngine, WhileLearningIsPausedNothingIsTaken) {
  make(LearningMode::learn);
  ASSERT_TRUE(engine->pause_learning(true));
  EXPECT_FALSE(engine->join(knows("/bin/a")));
  EXPECT_THAT(engine->profiles(), IsEmpty());
}

TEST(FleetPipeline, TwoHostsShareAndTheSecondRaisesNothingNew) {
  MemoryObjects objects;
  FakeClock clock;
  FakeResolver resolver;
  resolver.known["/a"] = container("a");
  FakeStore first_disk, second_disk;
  const auto run = [&](const std::string& host, FakeStore& disk, const std::vector<std::string>& paths) {
    FakeSensor sensor;
    FakeSink sink;
    Config config = default_config();
    config.learning.mode = LearningMode::learn;
    auto made_pipeline = Pipeline::make({.sensor = sensor,
                                         .resolver = resolver,
                                         .store = disk,
                                         .clock = clock,
                                         .detectors = test_detectors(),
                                         .sinks = {{"test", &sink}},
                                         .log = [](LogLevel, std::string_view) {},
                                         .version = "1",
                                         .fleet = &objects},
                                        config, {host, "", {}});
    EXPECT_TRUE(made_pipeline);
    (*made_pipeline)->start({});
    sensor.emit(made(1, "/a"));
    std::uint32_t number = 0;
    for (const auto& path : paths) {
      sensor.emit(exec(1, path, ++number));
    }
    const auto judged = [&] {
      return (*made_pipeline)->ask(ReportQuery{}).value_or(EngineReport{}).totals.evaluated["exec"];
    };
    while (judged() < paths.size()) {
    }
    EXPECT_TRUE((*made_pipeline)->stop());
    std::vector<std::string> fresh;
    for (const auto& alert : sink.alerts) {
      fresh.push_back(std::get<ExecObject>(alert.behaviour.object).path);
    }
    return fresh;
  };
  EXPECT_THAT(run("first", first_disk, {"/bin/a", "/bin/b"}), SizeIs(2));
  EXPECT_THAT(objects.objects, Contains(::testing::Key(kMerged)));
  EXPECT_THAT(run("second", second_disk, {"/bin/a", "/bin/b", "/bin/c"}), ::testing::ElementsAre("/bin/c"));
  EXPECT_THAT(second_disk.profiles.begin()->second.behaviours, SizeIs(3));
}

}  // namespace
}  // namespace plimsoll
