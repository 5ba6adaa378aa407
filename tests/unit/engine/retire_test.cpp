// Profiles that nobody runs any more: it is said, and later they are retired; not those in use, locked, or
// young.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/engine/engine.h"
#include "tests/unit/engine/fakes.h"

namespace plimsoll {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using namespace plimsoll::testing;

constexpr WallNs kDay = 86'400 * kNsPerSecond;

class RetireTest : public ::testing::Test {
 protected:
  void make() {
    engine = std::move(*Engine::make(
        sensor, config, {"host", "", {}}, test_detectors(),
        {.resolve = [](const Containers::ResolveRequest&) {},
         .alert = [](const Alert&) {},
         .save = [](const Profile&) {},
         .remove = [this](const Lineage& lineage) { removed_files.push_back(lineage.repository); },
         .running = [this](
                        const Lineage& lineage,
                        bool runs) { running.push_back(lineage.repository + (runs ? " runs" : " rests")); },
         .log = [this](LogLevel, std::string_view line) { log += std::string(line) + "\n"; }}));
  }
  void begin() {
    make();
    engine->tick(kNow);
    start(1, "shop/web");
    start(2, "shop/db");
  }
  void start(Slot slot, const std::string& repository) {
    const auto who = container("c" + std::to_string(slot), repository);
    engine->on_event(made(slot, "/" + who->id));
    engine->on_resolved(slot, who, kNow);
    engine->on_event(exec(slot, "/bin/a", slot));
  }
  /// web's container ends, and time goes on.
  void web_is_gone_for(WallNs time) {
    engine->on_event(removed(1));
    engine->tick(kNow + kDay);
    engine->tick(kNow + time);  // db is seen again
  }
  [[nodiscard]] std::vector<std::string> have() const {
    std::vector<std::string> out;
    for (const auto& view : engine->profiles()) out.push_back(view.profile.lineage.repository);
    std::ranges::sort(out);
    return out;
  }

  FakeSensor sensor;
  Config config = default_config();
  std::unique_ptr<Engine> engine;
  std::vector<std::string> removed_files, running;
  std::string log;
};

TEST_F(RetireTest, WhetherAnyOfItRunsIsSaidWhenThatChanges) {
  begin();
  start(3, "shop/web");
  engine->tick(kNow + kNsPerSecond);
  EXPECT_THAT(running, UnorderedElementsAre("shop/db runs", "shop/web runs"));
  running.clear();
  engine->on_event(removed(1));
  engine->tick(kNow + 2 * kNsPerSecond);
  EXPECT_THAT(running, IsEmpty()) << "another one of it does";
  engine->on_event(removed(3));
  engine->tick(kNow + 3 * kNsPerSecond);
  engine->tick(kNow + 4 * kNsPerSecond);
  EXPECT_THAT(running, ElementsAre("shop/web rests"));
}

TEST_F(RetireTest, WhatNobodyRunsGoesWithItsFile) {
  begin();
  web_is_gone_for(91 * kDay);
  EXPECT_THAT(have(), ElementsAre("shop/db"));
  EXPECT_THAT(removed_files, ElementsAre("shop/web"));
  EXPECT_THAT(
      log, HasSubstr("profile of shop/web: retired, and its file removed: no container was seen for longer"));
  start(3, "shop/web");  // it comes back, and begins anew
  EXPECT_THAT(have(), ElementsAre("shop/db", "shop/web"));
}

TEST_F(RetireTest, NotBeforeItsTimeAndNotWhereThatIsNever) {
  begin();
  web_is_gone_for(89 * kDay);
  EXPECT_THAT(have(), ElementsAre("shop/db", "shop/web"));
  config.learning.retire_after_ns = 0;
  begin();
  web_is_gone_for(1000 * kDay);
  EXPECT_THAT(have(), ElementsAre("shop/db", "shop/web"));
  EXPECT_THAT(removed_files, IsEmpty());
}

TEST_F(RetireTest, NotWhatAPersonLocked) {
  begin();
  Decisions locked;
  locked.lineage = {"shop/web", "default"};
  locked.locked = true;
  engine->decide(locked);
  web_is_gone_for(91 * kDay);
  EXPECT_THAT(have(), ElementsAre("shop/db", "shop/web"));
}

TEST_F(RetireTest, NotWhileNothingIsLearnedAndNotWhatWasInUseThen) {
  begin();
  ASSERT_TRUE(engine->pause_learning(true));
  web_is_gone_for(91 * kDay);
  EXPECT_THAT(have(), ElementsAre("shop/db", "shop/web"));
  engine->on_event(removed(2));
  engine->tick(kNow + 92 * kDay);
  ASSERT_TRUE(engine->pause_learning(false));
  engine->tick(kNow + 94 * kDay);
  EXPECT_THAT(have(), ElementsAre("shop/db")) << "it ran all the time, though nobody learned from it";
}

TEST_F(RetireTest, NotAtTheStartWhenNobodyHasBeenFoundYet) {
  Profile old;
  old.lineage = {"shop/web", "default"};
  old.shares["host"].last_seen = kNow - 100 * kDay;
  Profile foreign = old;
  foreign.lineage.repository = "shop/imported";
  foreign.shares = {{"elsewhere", {.last_seen = kNow - 100 * kDay}}};
  make();
  engine->load({old, foreign}, {});
  engine->tick(kNow);
  EXPECT_THAT(have(), ElementsAre("shop/imported", "shop/web"));
  engine->tick(kNow + 2 * 3600 * kNsPerSecond);
  EXPECT_THAT(have(), ElementsAre("shop/imported")) << "what this host has not learned in is a person's";
}

TEST_F(RetireTest, NotWhatAnotherHostHasSeenLately) {
  begin();
  Profile theirs;
  theirs.lineage = {"shop/web", "default"};
  theirs.shares["elsewhere"].last_seen = kNow + 30 * kDay;
  engine->join(theirs);
  web_is_gone_for(91 * kDay);
  EXPECT_THAT(have(), ElementsAre("shop/db", "shop/web"));
}

}  // namespace
}  // namespace plimsoll
