// What is active, what may be learned, and what an alert says.
#include "agent/engine/rule_evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/engine/fakes.h"

namespace plimsoll {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace plimsoll::testing;
using enum AlertMode;
using enum LearningMode;

TEST(ProfileRuleMode, FollowsStateAndConfiguration) {
  struct Row {
    State state;
    LearningMode mode;
    std::size_t behaviours;
    AlertMode expected;
  };
  const std::vector<Row> table{
      {State::none, automatic, 0, shadow},      {State::learning, automatic, 9, shadow},
      {State::unstable, automatic, 9, shadow},  {State::stale, automatic, 9, shadow},
      {State::stable, automatic, 9, active},    {State::locked, automatic, 9, active},
      {State::too_large, automatic, 9, active}, {State::stable, learn, 9, shadow},
      {State::learning, learn, 9, shadow},      {State::locked, learn, 9, active},
      {State::too_large, learn, 9, active},     {State::none, detect, 0, shadow},
      {State::learning, detect, 1, active},     {State::unstable, detect, 1, active},
      {State::stable, detect, 9, active},
  };
  for (const auto& row : table) {
    EXPECT_EQ(profile_rule_mode(row.state, row.mode, row.behaviours), row.expected)
        << name(row.state) << " in mode " << static_cast<int>(row.mode) << " with " << row.behaviours;
  }
}

Config::Learning in(LearningMode mode, std::vector<std::string> exclude = {}) {
  Config::Learning learning;
  learning.mode = mode;
  learning.exclude = std::move(exclude);
  return learning;
}

TEST(MayLearn, ByModeStateNameAndExclusion) {
  ProfileRecord record;
  record.profile.lineage.repository = "ci/runner";
  record.assessment.state = State::learning;
  EXPECT_TRUE(may_learn(record, in(automatic)));
  EXPECT_TRUE(may_learn(record, in(learn)));
  EXPECT_FALSE(may_learn(record, in(detect)));
  EXPECT_FALSE(may_learn(record, in(learn, {"ci/*"})));
  EXPECT_TRUE(may_learn(record, in(learn, {"other/*"})));
  record.assessment.state = State::stable;
  EXPECT_FALSE(may_learn(record, in(automatic)));
  EXPECT_TRUE(may_learn(record, in(learn)));
  record.assessment.state = State::locked;
  EXPECT_FALSE(may_learn(record, in(learn)));
  record.assessment.state = State::learning;
  record.kept = false;
  EXPECT_FALSE(may_learn(record, in(learn)));
}

class RuleEvaluatorTest : public ::testing::Test {
 protected:
  RuleEvaluatorTest() {
    config.learning.mode = learn;
    watched->container = container("a");
    watched->profile = &record;
    record.profile = profile_for(*watched->container);
    record.assessment.state = State::learning;
  }
  struct Judged {
    Verdict verdict = Verdict::known;
    const Behaviour* learned = nullptr;
    std::vector<Alert> alerts;  ///< of all that was found
  };
  Judged evaluate(Activity activity) {
    auto made = RuleEvaluator::make(config, {"host", "cluster", {}}, test_detectors());
    EXPECT_TRUE(made);
    auto ruling = made->evaluate(activity, *watched, learner);
    Judged out{ruling.verdict, ruling.learned, {}};
    for (auto& found : ruling.found) {
      out.alerts.push_back(made->alert_for(std::move(found), activity, watched));
    }
    return out;
  }
  static std::vector<std::string> rules(const Judged& ruling) {
    std::vector<std::string> out;
    for (const auto& alert : ruling.alerts) {
      out.emplace_back(alert.rule.id);
    }
    return out;
  }
  Config config = default_config();
  ProfileRecord record;
  WatchedContainerPtr watched = std::make_shared<WatchedContainer>();
  Learner learner;
};

TEST_F(RuleEvaluatorTest, NewBehaviourIsLearnedOnceAndKnownAfterwards) {
  const auto first = evaluate(exec(1, "/bin/a"));
  EXPECT_EQ(first.verdict, Verdict::learned);
  EXPECT_THAT(rules(first), ElementsAre("test.new"));
  EXPECT_EQ(first.alerts[0].mode, shadow);
  EXPECT_TRUE(record.dirty);
  const auto second = evaluate(exec(1, "/bin/a"));
  EXPECT_EQ(second.verdict, Verdict::known);
  EXPECT_THAT(second.alerts, IsEmpty());
  EXPECT_EQ(second.learned, &record.profile.behaviours.begin()->first);
}

TEST_F(RuleEvaluatorTest, AHardRuleIsActiveWhileLearningAndNeverLearned) {
  const auto ruling = evaluate(fileless(1));
  EXPECT_THAT(rules(ruling), ElementsAre("test.fileless", "test.new"));
  EXPECT_EQ(ruling.alerts[0].mode, active);
  EXPECT_EQ(ruling.alerts[1].mode, shadow);
  EXPECT_EQ(ruling.verdict, Verdict::alert);
  EXPECT_EQ(ruling.learned, nullptr);
  EXPECT_TRUE(record.profile.behaviours.empty());
}

TEST_F(RuleEvaluatorTest, WhatAPersonRemovedIsNotLearnedAgain) {
  auto activity = exec(1, "/bin/a");
  record.profile.tombstones.insert(activity.behaviour);
  EXPECT_EQ(evaluate(activity).verdict, Verdict::shadow);
  EXPECT_TRUE(record.profile.behaviours.empty());
}

TEST_F(RuleEvaluatorTest, DetectModeTouchesNoProfile) {
  evaluate(exec(1, "/bin/a"));
  config.learning.mode = detect;
  record.dirty = false;
  const auto before = record.profile;
  EXPECT_EQ(evaluate(exec(1, "/bin/a")).verdict, Verdict::known);
  const auto fresh = evaluate(exec(1, "/bin/b"));
  EXPECT_EQ(fresh.verdict, Verdict::alert);
  EXPECT_EQ(fresh.alerts[0].mode, active);
  EXPECT_EQ(record.profile, before);
  EXPECT_FALSE(record.dirty);
}

TEST_F(RuleEvaluatorTest, AnAlertSaysWhatItWasComparedWith) {
  evaluate(exec(1, "/bin/a"));
  record.assessment.state = State::too_large;
  record.assessment.predicted_new_behaviours_per_day = 1.5;
  config.learning.mode = detect;
  const auto alert = evaluate(exec(1, "/bin/b")).alerts.at(0);
  EXPECT_TRUE(alert.incomplete);
  EXPECT_EQ(alert.baseline.state, "too_large");
  EXPECT_EQ(alert.baseline.predicted_new_behaviours_per_day, 1.5);
  ASSERT_TRUE(alert.baseline.nearest);
  EXPECT_THAT(alert.baseline.differs, ElementsAre("path"));
  EXPECT_EQ(alert.host.name, "host");
  EXPECT_EQ(alert.container->id, "a");
}

TEST_F(RuleEvaluatorTest, WhatAPatternCoversIsKnownAndCountsAsThePatterns) {
  const auto runs = [this](const std::string& path, Origin origin = Origin::image) {
    auto activity = exec(1, path);
    std::get<ExecObject>(activity.behaviour.object).origin = origin;
    return evaluate(activity);
  };
  for (int i = 0; i < 5; ++i) EXPECT_EQ(runs("/opt/app-1." + std::to_string(i)).verdict, Verdict::learned);
  for (int i = 5; i < 12; ++i) EXPECT_EQ(runs("/opt/app-1." + std::to_string(i)).verdict, Verdict::known);
  record.assessment.state = State::stable;
  config.learning.mode = automatic;
  const auto next = runs("/opt/app-1.77");
  EXPECT_EQ(next.verdict, Verdict::known);
  EXPECT_THAT(next.alerts, IsEmpty());
  ASSERT_NE(next.learned, nullptr);
  EXPECT_TRUE(next.learned->pattern);
  EXPECT_TRUE(record.unsaved.contains(*next.learned));
  EXPECT_EQ(record.profile.behaviours.at(*next.learned).distinct.estimate(), 1);

  for (int i = 0; i < 10; ++i) {
    const auto dropped = runs("/opt/app-2." + std::to_string(i), Origin::upper_new);
    EXPECT_EQ(dropped.verdict, Verdict::alert) << "not from the image, whatever it is called like";
  }
  const auto other = runs("/opt/other-1.77");
  EXPECT_EQ(other.verdict, Verdict::alert);
  ASSERT_TRUE(other.alerts.at(0).baseline.nearest);
  EXPECT_TRUE(other.alerts.at(0).baseline.nearest->pattern);
  auto removed = exec(1, "/opt/app-1.99");
  record.profile.tombstones.insert(removed.behaviour);
  EXPECT_EQ(evaluate(removed).verdict, Verdict::alert);
}

TEST_F(RuleEvaluatorTest, SecretsLeaveTheArgumentsOfAlerts) {
  auto activity = exec(1, "/bin/a");
  activity.process.argv = {"/bin/a", "--password=hunter2"};
  const auto ruling = evaluate(activity);
  EXPECT_EQ(ruling.alerts.at(0).process.argv.at(1).find("hunter2"), std::string::npos);
}

TEST_F(RuleEvaluatorTest, AnExcludedRuleIsSilentAndItsBehaviourLearned) {
  config.rules["test.fileless"].exclude = {{"shop/*", "", ""}};
  config.rules["test.new"].severity = Severity::low;
  const auto ruling = evaluate(fileless(1));
  EXPECT_THAT(rules(ruling), ElementsAre("test.new"));
  EXPECT_EQ(ruling.alerts[0].severity, Severity::low);
  EXPECT_EQ(ruling.verdict, Verdict::learned);
}

TEST_F(RuleEvaluatorTest, AContainerWithoutANameIsJudgedButNotLearned) {
  watched->container = unnamed("x");
  record.kept = false;
  const auto ruling = evaluate(exec(1, "/bin/a"));
  EXPECT_EQ(ruling.verdict, Verdict::shadow);
  EXPECT_TRUE(record.profile.behaviours.empty());
}

TEST(RuleEvaluatorMake, ABadRedactionPatternIsAnError) {
  auto config = default_config();
  config.alerts.redact = {"("};
  EXPECT_FALSE(RuleEvaluator::make(config, {}, test_detectors()));
}

}  // namespace
}  // namespace plimsoll
