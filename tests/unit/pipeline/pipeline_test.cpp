// The whole agent but for the kernel, with its threads.
#include "agent/pipeline/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <type_traits>

#include "agent/pipeline/find.h"
#include "tests/unit/engine/fakes.h"

namespace plimsoll {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using namespace plimsoll::testing;

template <typename T>
concept Askable = requires(Pipeline& pipeline, T question) { pipeline.ask(question); };

// What is not on the list cannot be asked; a lambda could hold its caller's frame.
static_assert(Askable<ReportQuery>);
static_assert(!Askable<decltype([](Engine& engine) { return engine.report(); })>);
static_assert(!Askable<std::function<EngineReport(Engine&)>>);
// A list copies no behaviours, and one profile is all that is copied for it.
static_assert(std::is_same_v<ProfileListQuery::Answer, std::vector<ProfileSummary>>);
static_assert(std::is_same_v<decltype(ProfileQuery::Answer::report), ProfileReport>);

/// Holds the loop thread up at the first alert, until it is let go.
class BlockingSink final : public AlertSink {
 public:
  void write(const Alert& /*alert*/) override {
    entered.test_and_set();
    entered.notify_all();
    released.wait(false);
  }
  std::uint64_t dropped() const override { return 0; }
  std::string last_error() const override { return ""; }
  void release() {
    released.test_and_set();
    released.notify_all();
  }
  std::atomic_flag entered, released;
};

class PipelineTest : public ::testing::Test {
 protected:
  PipelineTest() {
    config.learning.mode = LearningMode::learn;
    resolver.known["/a"] = container("a");
  }
  void start(AlertSink* instead = nullptr,
             std::chrono::milliseconds answer_within = std::chrono::seconds(5)) {
    auto made = Pipeline::make({.sensor = sensor,
                                .resolver = resolver,
                                .store = store,
                                .clock = clock,
                                .detectors = test_detectors(),
                                .sinks = {{"test", instead == nullptr ? &sink : instead}},
                                .log =
                                    [this](LogLevel, std::string_view line) {
                                      const std::lock_guard lock(log_mutex);
                                      log += std::string(line) + "\n";
                                    },
                                .version = "1.2.3",
                                .answer_within = answer_within},
                               config, {"host", "", {}});
    ASSERT_TRUE(made) << made.error().message;
    pipeline = std::move(*made);
    pipeline->start({});
  }
  FakeSensor sensor;
  FakeResolver resolver;
  FakeStore store;
  FakeSink sink;
  FakeClock clock;
  Config config = default_config();
  std::mutex log_mutex;
  std::string log;
  std::unique_ptr<Pipeline> pipeline;
};

TEST_F(PipelineTest, WhatWasEmittedBeforeTheEndIsJudgedWrittenAndAlertedOn) {
  start();
  sensor.emit(made(1, "/a"));
  sensor.emit(exec(1, "/bin/a", 1));
  sensor.emit(fileless(1, 2));
  sensor.emit(removed(1));
  EXPECT_TRUE(pipeline->stop());
  ASSERT_THAT(store.profiles, SizeIs(1));
  EXPECT_THAT(store.profiles.begin()->second.behaviours, SizeIs(1));
  EXPECT_THAT(sink.alerts, SizeIs(3));
}

TEST_F(PipelineTest, LearnRestartDetectAlert) {
  start();
  sensor.emit(made(1, "/a"));
  sensor.emit(exec(1, "/bin/a", 1));
  pipeline->stop();
  pipeline.reset();
  sink.alerts.clear();
  config.learning.mode = LearningMode::detect;
  start();
  sensor.emit(made(2, "/a"));
  sensor.emit(exec(2, "/bin/a", 2));
  sensor.emit(exec(2, "/tmp/x", 3));
  pipeline->stop();
  ASSERT_THAT(sink.alerts, SizeIs(1));
  EXPECT_EQ(sink.alerts[0].mode, AlertMode::active);
  EXPECT_EQ(sink.alerts[0].behaviour, exec(2, "/tmp/x").behaviour);
}

TEST_F(PipelineTest, ACorruptProfileIsOneErrorAtTheStart) {
  store.errors = {{"/state/1.toml:7: behaviour: bad"}};
  const auto made = Pipeline::make(
      {sensor, resolver, store, clock, test_detectors(), {}, [](LogLevel, std::string_view) {}, ""}, config,
      {});
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("/state/1.toml:7"));
}

TEST_F(PipelineTest, AReloadTakesTheConfigurationAndSaysWhichProfileIsBroken) {
  start();
  store.errors = {{"/state/1.toml:7: behaviour: bad"}};
  config.learning.mode = LearningMode::detect;
  ASSERT_TRUE(pipeline->reload(config));
  EXPECT_THAT(log, HasSubstr("/state/1.toml:7"));
  EXPECT_EQ(pipeline->ask(ConfigQuery{})->learning.mode, LearningMode::detect);
}

TEST_F(PipelineTest, AReloadWithABadConfigurationKeepsTheOldOne) {
  start();
  config.learning.mode = LearningMode::detect;
  config.alerts.redact = {"("};
  EXPECT_FALSE(pipeline->reload(config));
  EXPECT_EQ(pipeline->ask(ConfigQuery{})->learning.mode, LearningMode::learn);
}

// The caller gives up, and its frame is gone, before the loop gets to what it was asked.
TEST_F(PipelineTest, WhatABusyLoopIsAskedOutlivesItsCaller) {
  BlockingSink blocking;
  start(&blocking, std::chrono::milliseconds(1));
  sensor.emit(made(1, "/a"));
  sensor.emit(exec(1, "/bin/a", 1));
  sensor.emit(fileless(1, 2));
  blocking.entered.wait(false);
  const auto ask_and_leave = [&] {
    const std::string wanted = "a repository's name that is too long for the small buffer of a string";
    const auto profile = pipeline->ask(ProfileQuery{wanted, "role"});
    ASSERT_FALSE(profile);
    EXPECT_THAT(profile.error().message, HasSubstr("too busy"));
    Decisions decisions;
    decisions.lineage = {wanted, "role"};
    decisions.behaviours[exec(1, wanted).behaviour] = {true, kNow, ""};
    EXPECT_FALSE(pipeline->ask(ReleaseQuery{decisions.lineage, wanted}));
    EXPECT_FALSE(pipeline->ask(DecideCommand{decisions}));
    EXPECT_FALSE(pipeline->pause_learning(true));
    config.learning.mode = LearningMode::detect;
    EXPECT_FALSE(pipeline->reload(config));
  };
  ask_and_leave();
  blocking.release();
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  const auto in_effect = [&] {
    const auto now = pipeline->ask(ConfigQuery{});
    return now && now->learning.paused && now->learning.mode == LearningMode::detect;
  };
  while (!in_effect() && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::yield();
  }
  EXPECT_TRUE(in_effect()) << "what was commanded is still carried out";
}

TEST_F(PipelineTest, OneProfileIsFoundAndSeveralAreNamed) {
  for (int i = 0; i < 13; ++i) {
    Profile profile;
    profile.lineage = {"shop/web", "role" + std::to_string(i)};
    store.profiles[profile.lineage] = profile;
  }
  start();
  const auto one = pipeline->ask(ProfileQuery{"shop/web", "role7"});
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_EQ(one->report.profile.lineage.role, "role7");
  EXPECT_THAT(*pipeline->ask(ProfileListQuery{}), SizeIs(13));
  const auto several = pipeline->ask(ProfileQuery{"shop/web", ""});
  ASSERT_FALSE(several);
  EXPECT_THAT(several.error().message, HasSubstr("fits more than one profile: shop/web role role0, "));
  EXPECT_THAT(several.error().message, HasSubstr(" and 3 more; give"));
  EXPECT_THAT(pipeline->ask(ProfileQuery{"shop/db", ""}).error().message,
              HasSubstr("no profile \"shop/db\""));
}

TEST(FindContainer, OneThatRunsIsMeantBeforeThoseThatHaveEnded) {
  const auto report = [](const std::string& id, bool running) {
    ContainerReport out;
    auto named = std::make_shared<Container>(*container(id));
    named->name = "web";
    out.container = std::move(named);
    out.running = running;
    return out;
  };
  const auto found = find_container({report("old", false), report("new", true)}, "web");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ((*found)->id, "new");
  EXPECT_FALSE(find_container({report("a", true), report("b", true)}, "web"));
  EXPECT_FALSE(find_container({report("a", false), report("b", false)}, "web"));
}

TEST_F(PipelineTest, AnAmbiguousContainerIsRefusedAndTheCandidatesAreNamed) {
  for (const std::string id : {"aa1", "aa2", "b"}) {
    resolver.known["/" + id] = container(id);
  }
  start();
  Slot slot = 0;
  for (const auto* path : {"/aa1", "/aa2", "/b"}) {
    sensor.emit(made(++slot, path));
  }
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (pipeline->ask(ReportQuery{})->containers.size() < 3 && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::yield();
  }
  const auto several = pipeline->ask(ContainerQuery{"aa"});
  ASSERT_FALSE(several);
  EXPECT_THAT(several.error().message, HasSubstr("fits more than one container: aa1 (aa1), aa2 (aa2)"));
  EXPECT_EQ((*pipeline->ask(ContainerQuery{"aa2"}))->id, "aa2");
  EXPECT_THAT(pipeline->ask(ContainerQuery{"c"}).error().message, HasSubstr("no container \"c\""));
}

TEST_F(PipelineTest, AStoreThatCannotWriteIsAProblemAndAnUncleanEnd) {
  store.failure = "disk full";
  start();
  sensor.emit(made(1, "/a"));
  sensor.emit(exec(1, "/bin/a"));
  EXPECT_FALSE(pipeline->stop());
  EXPECT_THAT(log, HasSubstr("disk full"));
  EXPECT_THAT(pipeline->problems(), ::testing::Contains(HasSubstr("disk full")));
}

TEST_F(PipelineTest, ReadyNeedsExecAndSaysWhatIsBlind) {
  sensor.hook_list = {{"exec", "tp_btf", true, "", ""}, {"connect", "cgroup", false, "refused", ""}};
  start();
  EXPECT_EQ(pipeline->ready().status, 200);
  EXPECT_THAT(pipeline->ready().body, HasSubstr("blind: connect"));
  EXPECT_EQ(pipeline->health().status, 200);
  sensor.hook_list[0].attached = false;
  EXPECT_EQ(pipeline->ready().status, 503);
  pipeline->stop();
  EXPECT_EQ(pipeline->ready().status, 503);
  EXPECT_FALSE(pipeline->ask(ConfigQuery{}));
}

TEST_F(PipelineTest, ADetachedHookIsTold) {
  HookStatus gone{
      .hook = "connect", .way = "cgroup/connect4", .error = "somebody detached it", .detached = 1};
  sensor.hook_list.push_back({.hook = "connect", .way = "cgroup/connect4", .attached = true});
  start();
  EXPECT_THAT(pipeline->metrics().body,
              HasSubstr("plimsoll_hook_detached_total{hook=\"connect\",way=\"cgroup/connect4\"} 0\n"));
  {
    const std::lock_guard lock(sensor.mutex);
    sensor.next_detached = {gone};
  }
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (pipeline->problems().empty() && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::yield();
  }
  EXPECT_THAT(pipeline->problems(), ::testing::ElementsAre(HasSubstr("somebody detached it")));
  const auto text = pipeline->metrics().body;
  EXPECT_THAT(text, HasSubstr("plimsoll_hook_attached{hook=\"connect\",way=\"cgroup/connect4\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("plimsoll_hook_detached_total{hook=\"connect\",way=\"cgroup/connect4\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("plimsoll_blind 1\n"));
  pipeline->stop();
  EXPECT_THAT(log, HasSubstr("hook connect (cgroup/connect4) is no longer attached: somebody detached it"));
}

TEST_F(PipelineTest, AHookThatDidNotSeeTheSelfTestIsTold) {
  const HookStatus sees{.hook = "connect", .way = "cgroup/connect4", .attached = true};
  HookStatus silent = sees;
  silent.silent = true;
  sensor.hook_list.push_back(sees);
  start();
  const auto silent_metric = [&](int value) {
    return "plimsoll_hook_silent{hook=\"connect\",way=\"cgroup/connect4\"} " + std::to_string(value) + "\n";
  };
  EXPECT_THAT(pipeline->metrics().body, HasSubstr(silent_metric(0)));
  const auto find = [&](const HookStatus& next, std::size_t problems) {
    {
      const std::lock_guard lock(sensor.mutex);
      sensor.next_detached = {next};
    }
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (pipeline->problems().size() != problems && std::chrono::steady_clock::now() < give_up) {
      std::this_thread::yield();
    }
  };
  find(silent, 1);
  EXPECT_THAT(pipeline->problems(),
              ::testing::ElementsAre("hook connect (cgroup/connect4): attached, but did "
                                     "not see what the self-test did"));
  EXPECT_THAT(pipeline->ready().body,
              HasSubstr("blind: connect (cgroup/connect4): attached, but did not see"));
  EXPECT_EQ(pipeline->ready().status, 200) << "the others see";
  const auto text = pipeline->metrics().body;
  EXPECT_THAT(text, HasSubstr(silent_metric(1)));
  EXPECT_THAT(text, HasSubstr("plimsoll_blind 1\n"));
  find(sees, 0);
  EXPECT_THAT(pipeline->metrics().body, HasSubstr("plimsoll_blind 0\n"));
  pipeline->stop();
  EXPECT_THAT(log, HasSubstr("hook connect (cgroup/connect4) is attached, but did not see"));
  EXPECT_THAT(log, HasSubstr("hook connect (cgroup/connect4) sees the self-test again"));
}

TEST_F(PipelineTest, MetricsCloseTheBalance) {
  sensor.hook_counters["exec"] = {.seen = 12, .known = 5, .emitted = 4, .lost = {{"ring_full", 3}}};
  resolver.known.clear();
  resolver.known["/a"] = container("a");
  start();
  sensor.emit(made(1, "/a"));
  sensor.emit(exec(1, "/bin/a", 1));
  sensor.emit(made(2, "/host"));
  sensor.emit(exec(2, "/bin/b", 2));
  // Four were emitted: one judged, one was the host's, two are still on their way.
  std::string text;
  const auto settled = [&] {
    text = pipeline->metrics().body;
    return text.find("plimsoll_events_in_flight{hook=\"exec\"} 2\n") != std::string::npos;
  };
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!settled() && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::yield();
  }
  EXPECT_THAT(text, HasSubstr("plimsoll_events_seen_total{hook=\"exec\"} 9\n"));
  EXPECT_THAT(text, HasSubstr("plimsoll_events_known_total{hook=\"exec\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("plimsoll_events_emitted_total{hook=\"exec\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("plimsoll_events_lost_total{hook=\"exec\",reason=\"ring_full\"} 3\n"));
  EXPECT_THAT(text,
              HasSubstr("plimsoll_alerts_total{rule=\"test.new\",severity=\"high\",mode=\"shadow\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("plimsoll_image_alerts_total{image=\"shop/web\",severity=\"high\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("plimsoll_containers{state=\"running\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("plimsoll_hook_attached{hook=\"exec\",way=\"tp_btf\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("plimsoll_blind 0\n"));
  EXPECT_THAT(text, HasSubstr("plimsoll_build_info{version=\"1.2.3\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("plimsoll_sink_dropped_total{sink=\"test\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("process_cpu_seconds_total"));
}

}  // namespace
}  // namespace plimsoll
