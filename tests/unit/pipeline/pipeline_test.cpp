// The whole agent but for the kernel, with its threads.
#include "agent/pipeline/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/engine/fakes.h"

namespace plimsoll {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using namespace plimsoll::testing;

class PipelineTest : public ::testing::Test {
 protected:
  PipelineTest() {
    config.learning.mode = LearningMode::learn;
    resolver.known["/a"] = container("a");
  }
  void start() {
    auto made = Pipeline::make({sensor,
                                resolver,
                                store,
                                clock,
                                test_detectors(),
                                {{"test", &sink}},
                                [this](LogLevel, std::string_view line) {
                                  const std::lock_guard lock(log_mutex);
                                  log += std::string(line) + "\n";
                                },
                                "1.2.3"},
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
  EXPECT_EQ(pipeline->ask([](Engine& engine) { return engine.config().learning.mode; }),
            LearningMode::detect);
}

TEST_F(PipelineTest, AReloadWithABadConfigurationKeepsTheOldOne) {
  start();
  config.learning.mode = LearningMode::detect;
  config.alerts.redact = {"("};
  EXPECT_FALSE(pipeline->reload(config));
  EXPECT_EQ(pipeline->ask([](Engine& engine) { return engine.config().learning.mode; }), LearningMode::learn);
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
  EXPECT_FALSE(pipeline->ask([](Engine&) { return 1; }));
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
