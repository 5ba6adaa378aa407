// A release of a stable lineage, from its first container to what is believed of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/engine/engine.h"
#include "tests/unit/engine/fakes.h"

namespace plimsoll {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace plimsoll::testing;

constexpr WallNs kHour = 3600 * kNsPerSecond;

class ReleaseTest : public ::testing::Test {
 protected:
  ReleaseTest() {
    auto config = default_config();
    config.learning.stable_after_ns = 60 * kNsPerSecond;
    engine = std::move(
        *Engine::make(sensor, config, {"host", "", {}}, all_detectors(),
                      {.resolve = [](const Containers::ResolveRequest&) {},
                       .alert = [this](const Alert& alert) { alerts.push_back(alert); },
                       .save = [](const Profile&) {},
                       .log = [this](LogLevel, std::string_view line) { log += std::string(line) + "\n"; }}));
    now = kNow;
    engine->tick(now);
    start(1, "1");
    run(1, "/bin/old");
    wait(2 * kHour);
    alerts.clear();
  }

  void start(Slot slot, const std::string& tag) {
    auto who = *container("c" + std::to_string(slot));
    who.image = "shop/web:" + tag;
    who.image_id = "sha256:" + tag;
    started_[slot] = now;
    auto event = made(slot, "/" + who.id);
    event.time = now;
    engine->on_event(std::move(event));
    engine->on_resolved(slot, std::make_shared<Container>(who), now);
  }
  void wait(WallNs time) {
    now += time;
    engine->tick(now);
  }
  void run(Slot slot, const std::string& path, Origin origin = Origin::image) {
    auto activity = exec(slot, path, ++key_);
    activity.time = now;
    activity.since_start_ns = static_cast<std::uint64_t>(now - started_[slot]);
    std::get<ExecObject>(activity.behaviour.object).origin = origin;
    engine->on_event(std::move(activity));
  }
  [[nodiscard]] std::vector<std::string> active() {
    std::vector<std::string> out;
    for (const auto& alert : alerts) {
      if (alert.mode == AlertMode::active && !alert.update) out.emplace_back(alert.rule.id);
    }
    alerts.clear();
    return out;
  }

  FakeSensor sensor;
  std::unique_ptr<Engine> engine;
  std::vector<Alert> alerts;
  std::string log;
  WallNs now = 0;

 private:
  std::uint32_t key_ = 0;
  std::map<Slot, WallNs> started_;
};

TEST_F(ReleaseTest, WhatItBringsIsOneAlertAndThenKnown) {
  start(2, "2");
  run(2, "/bin/old");
  EXPECT_THAT(active(), IsEmpty());
  run(2, "/bin/new");
  ASSERT_EQ(alerts.size(), 2U);
  EXPECT_EQ(alerts[0].mode, AlertMode::shadow);
  EXPECT_EQ(alerts[1].finding.message,
            "release shop/web:2 does something that earlier images did not: sh started /bin/new as x, which "
            "this image has never run");
  EXPECT_THAT(active(), ElementsAre("drift.release"));
  run(2, "/bin/newer");
  start(3, "2");
  run(3, "/bin/new");
  EXPECT_THAT(active(), IsEmpty()) << "of the same release";
  for (int i = 0; i < 50; i++) {
    run(2, "/bin/new");
    wait(kHour);
  }
  run(3, "/bin/new");
  EXPECT_THAT(active(), IsEmpty()) << "it stayed";
  run(2, "/bin/newer");
  EXPECT_THAT(active(), ElementsAre("drift.new_executable")) << "it did not, and the rollout is over";
}

TEST_F(ReleaseTest, TheImageBeforeMayNotDoWhatItBrings) {
  start(2, "2");
  run(2, "/bin/new");
  EXPECT_THAT(active(), ElementsAre("drift.release"));
  run(1, "/bin/new");
  EXPECT_THAT(active(), ElementsAre("drift.new_executable"));
}

TEST_F(ReleaseTest, TheNextOneMayUntilItIsOutOfSight) {
  start(2, "2");
  run(2, "/bin/new");
  wait(kHour);
  start(3, "3");
  run(3, "/bin/new");
  EXPECT_THAT(active(), ElementsAre("drift.release")) << "once, by the first";
  wait(20 * kHour);
  start(4, "4");
  run(4, "/bin/new");
  EXPECT_THAT(active(), ElementsAre("drift.release")) << "it was taken back, and comes again";
}

TEST_F(ReleaseTest, OtherRulesSpeakAndWhatTheySpeakOfIsNotLearned) {
  start(2, "2");
  for (int i = 0; i < 30; i++) {
    run(2, "/tmp/x", Origin::upper_new);
    wait(kHour);
  }
  EXPECT_THAT(active(), ElementsAre("drift.not_from_image"));
  run(2, "memfd:x", Origin::memfd);
  EXPECT_THAT(active(), ElementsAre("drift.fileless"));
  const auto profiles = engine->profiles();
  for (const auto& [behaviour, entry] : profiles.at(0).profile.behaviours) {
    EXPECT_EQ(std::get<ExecObject>(behaviour.object).path, "/bin/old");
  }
}

TEST_F(ReleaseTest, WhatAPersonRemovedIsTold) {
  Decisions decisions;
  decisions.lineage = {"shop/web", "default"};
  decisions.behaviours[exec(1, "/bin/new").behaviour] = {false, now, ""};
  engine->decide(decisions);
  start(2, "2");
  run(2, "/bin/new");
  EXPECT_THAT(active(), ElementsAre("drift.new_executable"));
}

TEST_F(ReleaseTest, OfALockedProfileThereIsNone) {
  Decisions decisions;
  decisions.lineage = {"shop/web", "default"};
  decisions.locked = true;
  decisions.locked_at = now;
  engine->decide(decisions);
  start(2, "2");
  run(2, "/bin/new");
  EXPECT_THAT(active(), ElementsAre("drift.new_executable"));
}

TEST_F(ReleaseTest, WhereTheRuleIsOffEachNewBehaviourIsTold) {
  auto config = engine->config();
  config.rules["drift.release"].enabled = false;
  ASSERT_TRUE(engine->configure(config));
  start(2, "2");
  run(2, "/bin/new");
  EXPECT_THAT(active(), ElementsAre("drift.new_executable"));
}

TEST_F(ReleaseTest, WhatNoImageShowsAnyMoreIsForgotten) {
  start(2, "2");
  run(2, "/bin/other");
  for (int day = 0; day < 32; day++) {
    wait(24 * kHour);
    run(2, "/bin/other");
  }
  EXPECT_THAT(active(), ElementsAre("drift.release"));
  EXPECT_NE(log.find("profile of shop/web: 1 behaviours were pruned: no image has shown them for 30 days"),
            std::string::npos);
  run(2, "/bin/old");
  EXPECT_THAT(active(), ElementsAre("drift.new_executable"));
}

}  // namespace
}  // namespace plimsoll
