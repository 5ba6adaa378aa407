// What was recorded happens again, whatever it was.
#include "agent/replay/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "agent/replay/recorder.h"
#include "tests/unit/engine/fakes.h"

namespace plimsoll {
namespace {

/// By a word: names with numbers would soon be one pattern.
template <typename Number>
std::string program(Number number) {
  std::string word = std::to_string(number);
  for (char& c : word) c = static_cast<char>(c - '0' + 'g');
  return "/bin/" + word;
}

using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace plimsoll::testing;

/// An engine to which anything happens, from a seed.
class Turmoil {
 public:
  explicit Turmoil(std::uint32_t seed) : random_(seed) {
    config_.learning.mode = seed % 2 == 0 ? LearningMode::learn : LearningMode::automatic;
    config_.learning.stable_after_ns = 1800 * kNsPerSecond;
    auto made = Engine::make(sensor_, config_, {"host", "cluster", {{"zone", "a"}}}, test_detectors(),
                             {.resolve = [](const Containers::ResolveRequest&) {},
                              .alert = [this](const Alert& alert) { alerts += to_json(alert) + "\n"; },
                              .save = [](const Profile&) {},
                              .log = [](LogLevel, std::string_view) {}});
    engine_ = std::move(*made);
    engine_->tick(now_);
  }

  void record(const std::shared_ptr<InputLog>& tape) {
    alerts.clear();
    ASSERT_TRUE(engine_->record(tape, now_));
    EXPECT_FALSE(engine_->record(std::make_shared<Recorder>(), now_)) << "one at a time";
  }
  void happen(int times) {
    for (int i = 0; i < times; i++) one_thing();
  }
  void finish() { engine_->finish(now_); }

  std::string alerts;

 private:
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }

  Activity something(Slot slot) {
    const auto number = 1 + below(40);
    auto activity = below(8) == 0 ? fileless(slot, 1000 + number) : exec(slot, program(number), number);
    activity.behaviour.phase = below(2) == 0 ? Phase::steady : Phase::startup;
    activity.key = activity.kind =
        key_of_number(number * 100'000 + slot * 10 + static_cast<Slot>(activity.behaviour.phase));
    activity.time = now_;
    activity.process.argv = {"x", "--password", "hunter2"};
    return activity;
  }

  void one_thing() {
    const Slot slot = 1 + below(6);
    switch (below(12)) {
      case 0:
        engine_->on_event(made(slot + generation_ * 10, "/x"));
        engine_->on_resolved(
            slot + generation_ * 10,
            below(6) == 0 ? nullptr : container("c" + std::to_string(slot + generation_ * 10)), now_);
        break;
      case 1:
        generation_ += below(6) == 0 ? 1 : 0;
        engine_->on_event(removed(slot + generation_ * 10, now_));
        break;
      case 2:
        for (auto& one : seen_) {
          sensor_.next_counts.push_back({one.kind, one.slot, 1 + below(100), now_});
        }
        seen_.clear();
        engine_->drain_counts(now_);
        break;
      case 3:
        sensor_.lost_by_slot[slot + generation_ * 10]["quota"] += 1 + below(5);
        break;
      case 4:
        config_.learning.mode = below(2) == 0 ? LearningMode::detect : LearningMode::learn;
        EXPECT_TRUE(below(4) != 0 || engine_->configure(config_));
        break;
      case 5:
        EXPECT_TRUE(below(8) != 0 || engine_->pause_learning(below(2) == 0));
        break;
      case 6:
        if (below(4) == 0) {
          Decisions decisions;
          decisions.lineage = {"shop/web", "default"};
          decisions.behaviours[something(slot).behaviour] = {below(2) == 0,
                                                             now_ / kNsPerSecond * kNsPerSecond, ""};
          engine_->decide(std::move(decisions));
        }
        break;
      case 7:
      case 8:
        now_ += (1 + below(90)) * kNsPerSecond;
        engine_->tick(now_);
        break;
      default:
        std::vector<KernelEvent> batch;
        for (auto n = below(20); n > 0; n--) {
          auto activity = something(slot + generation_ * 10);
          seen_.push_back({activity.kind, activity.slot, 0, 0});
          batch.emplace_back(std::move(activity));
        }
        engine_->on_events(batch);
        break;
    }
  }

  std::mt19937 random_;
  FakeSensor sensor_;
  Config config_ = default_config();
  std::unique_ptr<Engine> engine_;
  WallNs now_ = kNow;
  Slot generation_ = 0;
  std::vector<KeyCount> seen_;
};

class ReplayTest : public ::testing::Test {
 protected:
  ReplayTest() {
    std::string name = ::testing::TempDir() + "replayXXXXXX";
    directory_ = mkdtemp(name.data());
  }
  ~ReplayTest() override { std::filesystem::remove_all(directory_); }

  /// To a file of its own.
  std::string written(Recorder& recorder) {
    const std::string path = directory_ + "/" + std::to_string(++files_);
    auto writer = capture::Writer::create(path);
    EXPECT_TRUE(writer);
    while (const auto line = recorder.next(std::chrono::milliseconds(0))) EXPECT_TRUE(writer->line(*line));
    EXPECT_TRUE(writer->close());
    return path;
  }
  static Result<Replayed> play(const std::string& path, std::string& alerts,
                               std::optional<Profile> profile = {}) {
    auto reader = capture::Reader::open(path);
    EXPECT_TRUE(reader) << reader.error().message;
    return replay(*reader, {test_detectors(), std::move(profile)},
                  [&](const Alert& alert) { alerts += to_json(alert) + "\n"; });
  }

 private:
  std::string directory_;
  int files_ = 0;
};

TEST_F(ReplayTest, AnythingHappensAgainToTheSameAlerts) {
  std::size_t alerts = 0;
  for (std::uint32_t seed = 0; seed < 15; seed++) {
    Turmoil turmoil(seed);
    const auto recorder = std::make_shared<Recorder>();
    turmoil.record(recorder);
    turmoil.happen(400);
    turmoil.finish();
    std::string played;
    const auto done = play(written(*recorder), played);
    ASSERT_TRUE(done) << done.error().message;
    ASSERT_EQ(played, turmoil.alerts) << "seed " << seed;
    EXPECT_EQ(done->broken, "");
    EXPECT_EQ(played.find("hunter2"), std::string::npos);
    alerts += done->alerts;
  }
  EXPECT_GT(alerts, 1500U);
}

/// Ids of the alerts that are no updates.
std::set<std::string> begun(const std::string& lines) {
  std::set<std::string> out;
  std::istringstream all(lines);
  for (std::string line; std::getline(all, line);) {
    const auto alert = nlohmann::json::parse(line);
    if (!alert.at("update").get<bool>()) {
      out.insert(alert.at("id").get<std::string>() + alert.at("mode").get<std::string>());
    }
  }
  return out;
}

/// Those of the series.
std::string lines_of(const std::set<std::string>& ids, const std::string& lines) {
  std::string out;
  std::istringstream all(lines);
  for (std::string line; std::getline(all, line);) {
    const auto alert = nlohmann::json::parse(line);
    if (ids.contains(alert.at("id").get<std::string>() + alert.at("mode").get<std::string>())) {
      out += line + "\n";
    }
  }
  return out;
}

// Of series that began before the recording, the replay knows nothing: it tells of their repeats as new
// behaviour.
TEST_F(ReplayTest, OneBegunInTheMiddleIsTheSameEachTimeAndMissesNothing) {
  std::size_t alerts = 0;
  for (std::uint32_t seed = 0; seed < 15; seed++) {
    Turmoil turmoil(seed);
    turmoil.happen(200);
    const auto recorder = std::make_shared<Recorder>();
    turmoil.record(recorder);
    turmoil.happen(200);
    turmoil.finish();
    const std::string path = written(*recorder);
    std::string first, second;
    ASSERT_TRUE(play(path, first));
    ASSERT_TRUE(play(path, second));
    ASSERT_EQ(first, second);
    const auto told = begun(first), wanted = begun(turmoil.alerts);
    EXPECT_TRUE(std::ranges::includes(told, wanted));
    EXPECT_EQ(lines_of(wanted, first), lines_of(wanted, turmoil.alerts)) << "seed " << seed;
    alerts += told.size();
  }
  EXPECT_GT(alerts, 250U);
}

TEST_F(ReplayTest, WithAnotherProfileNothingIsLearnedAndWhatItLacksIsNew) {
  Turmoil turmoil(7);
  const auto recorder = std::make_shared<Recorder>();
  turmoil.record(recorder);
  turmoil.happen(400);
  turmoil.finish();
  const std::string path = written(*recorder);
  Profile other;
  other.lineage = {"shop/web", "default"};
  Behaviour known = exec(1, program(1)).behaviour;
  for (int i = 1; i <= 40; i++) {
    for (const Phase phase : {Phase::startup, Phase::steady}) {
      known.phase = phase;
      known.object = ExecObject{"memfd:x", "x", "", Origin::memfd, ""};
      other.behaviours[known];
      known.object = ExecObject{program(i), "x", "", Origin::image, ""};
      other.behaviours[known];
    }
  }
  std::string all_known, one_lacks;
  ASSERT_TRUE(play(path, all_known, other));
  EXPECT_EQ(all_known.find("test.new"), std::string::npos);
  EXPECT_NE(all_known.find("test.fileless"), std::string::npos) << "hard rules speak all the same";
  other.behaviours.erase(known);
  ASSERT_TRUE(play(path, one_lacks, other));
  EXPECT_NE(one_lacks.find("test.new"), std::string::npos);
  EXPECT_NE(one_lacks.find(program(40)), std::string::npos);
  EXPECT_EQ(one_lacks.find(program(39)), std::string::npos);
  EXPECT_EQ(one_lacks.find("shadow"), std::string::npos);
}

TEST_F(ReplayTest, AReloadEndsTheRecordingAndSaysSo) {
  FakeSensor sensor;
  auto engine = Engine::make(sensor, default_config(), {"host", "", {}}, test_detectors(),
                             {.resolve = [](const Containers::ResolveRequest&) {},
                              .alert = [](const Alert&) {},
                              .save = [](const Profile&) {},
                              .log = [](LogLevel, std::string_view) {}});
  const auto recorder = std::make_shared<Recorder>();
  ASSERT_TRUE((*engine)->record(recorder, kNow));
  const auto no = [](const auto&) { return false; };
  (*engine)->reload({{}, {}, no, no, no});
  EXPECT_TRUE(recorder->ended());
  std::string alerts;
  const auto done = play(written(*recorder), alerts);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->broken, "the profiles were read again from the disk");
}

TEST_F(ReplayTest, WhatCannotBePlayedIsSaidWithItsLine) {
  const auto problem = [&](const std::vector<capture::Record>& records) {
    Recorder recorder;
    for (const auto& one : records) recorder.input(one);
    recorder.input(capture::Finish{});
    std::string alerts;
    const auto done = play(written(recorder), alerts);
    return done ? "played" : done.error().message;
  };
  capture::Begin begin{.version = capture::kVersion, .config = to_toml(default_config())};
  EXPECT_EQ(problem({begin}), "played");
  EXPECT_THAT(problem({begin, capture::Baseline{"x = 1"}}), HasSubstr(":2: baseline:"));
  EXPECT_THAT(problem({begin, capture::Decided{"x = 1"}}), HasSubstr(":2: decided:"));
  EXPECT_THAT(problem({begin, capture::Tick{1}, capture::Configured{"x = 1"}}), HasSubstr(":3: config:1: x"));
  EXPECT_THAT(problem({begin, begin}), HasSubstr(":2: begin: accepted: only as the first record"));
  capture::Acted acted;
  acted.activity = exec(7, "/bin/sh", 1);
  EXPECT_THAT(problem({begin, std::move(acted)}), HasSubstr(":2: slot: 7; accepted: one that has appeared"));
  EXPECT_THAT(problem({begin, capture::Departed{7}}), HasSubstr(":2: slot: 7; "));
  EXPECT_THAT(problem({begin, capture::Tick{std::numeric_limits<WallNs>::max()}}), HasSubstr(":2: "));
  const std::vector<capture::Record> unasked(100, capture::Counts{});
  std::vector<capture::Record> records{begin};
  records.insert(records.end(), unasked.begin(), unasked.end());
  EXPECT_THAT(problem(records), HasSubstr(":66: counts: accepted: before the record"));
  begin.config = "[agent]\nnothing = 1\n";
  EXPECT_THAT(problem({begin}), HasSubstr(":2: begin: config:2: agent.nothing"));
}

TEST(RecorderTest, WhatIsReadStandsBeforeWhatItIsReadFor) {
  Recorder recorder;
  recorder.input(capture::Begin{});
  recorder.input(capture::Drain{5});
  recorder.counts({{key_of_number(1), 1, 2, 3}});
  recorder.losses("c", {{"quota", 1}});
  recorder.losses("c", {{"quota", 1}});  // nothing new
  recorder.input(capture::Finish{6});
  EXPECT_TRUE(recorder.ended());
  std::vector<std::string> kinds;
  while (const auto line = recorder.next(std::chrono::milliseconds(0))) {
    kinds.push_back(line->substr(2, line->find('"', 2) - 2));
  }
  EXPECT_THAT(kinds, ::testing::ElementsAre("begin", "counts", "lost", "drain", "finish"));
}

TEST(RecorderTest, WhoeverIsTooSlowGetsABrokenOne) {
  Recorder recorder(200);
  for (int i = 0; i < 100 && !recorder.ended(); i++) recorder.input(capture::Tick{i});
  EXPECT_TRUE(recorder.ended());
  recorder.input(capture::Tick{1000});
  std::string last;
  std::size_t bytes = 0;
  while (const auto line = recorder.next(std::chrono::milliseconds(0))) {
    last = *line;
    bytes += last.size();
  }
  EXPECT_THAT(last, StartsWith("{\"broken\""));
  EXPECT_LT(bytes, 400U);
}

}  // namespace
}  // namespace plimsoll
