// How long a capture takes to be played: a day of ten containers, made with a virtual clock, each of which
// does a hundred things again and again, and new behaviour every hour. Usage: replay_bench [CONTAINERS
// [HOURS]]
#include "agent/replay/replay.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "agent/replay/recorder.h"
#include "tests/unit/engine/fakes.h"

namespace {

using namespace plimsoll;
using namespace plimsoll::testing;

constexpr std::uint32_t kThings =
    100;  // of each container; one of them every ten seconds, in turn, beside ten always

struct Made {
  std::string alerts;
  std::uint64_t records = 0;
};

class Day {
 public:
  Day(std::uint32_t containers, std::uint32_t hours, capture::Writer& to)
      : containers_(containers), seconds_(hours * 3600), to_(to) {}

  Made make() {
    auto config = default_config();
    auto engine = Engine::make(sensor_, config, {"host", "", {}}, test_detectors(),
                               {.resolve = [](const Containers::ResolveRequest&) {},
                                .alert = [this](const Alert& alert) { out_.alerts += to_json(alert) + "\n"; },
                                .save = [](const Profile&) {},
                                .log = [](LogLevel, std::string_view) {}});
    engine_ = std::move(*engine);
    if (!engine_->record(recorder_, kNow)) std::abort();
    for (Slot slot = 1; slot <= containers_; slot++) {
      engine_->on_event(made(slot, "/" + std::to_string(slot)));
      engine_->on_resolved(slot, container("c" + std::to_string(slot), "shop/" + std::to_string(slot % 4)),
                           kNow);
    }
    for (std::uint32_t second = 0; second < seconds_; second++) a_second(second);
    engine_->finish(kNow + seconds_ * kNsPerSecond);
    write();
    return std::move(out_);
  }

 private:
  void a_second(std::uint32_t second) {
    const WallNs now = kNow + second * kNsPerSecond;
    if (second < kThings) fresh(second, now);
    if (second % 3600 == 3599) fresh(kThings + second, now);
    if (second % 10 == 9) {
      for (Slot slot = 1; slot <= containers_; slot++) {
        for (std::uint32_t thing = 0; thing < 10 && second > kThings; thing++) count(thing, slot, now);
        if (second > kThings) count(second / 10 % kThings, slot, now);
      }
      engine_->drain_counts(now);
    }
    engine_->tick(now);
    write();
  }
  void fresh(std::uint32_t thing, WallNs now) {
    for (Slot slot = 1; slot <= containers_; slot++) {
      auto activity = exec(slot, "/usr/bin/program-" + std::to_string(thing), number(thing, slot));
      activity.time = now;
      engine_->on_event(std::move(activity));
    }
  }
  void count(std::uint32_t thing, Slot slot, WallNs now) {
    sensor_.next_counts.push_back({key_of_number(number(thing, slot)), slot, 7, now});
  }
  [[nodiscard]] std::uint32_t number(std::uint32_t thing, Slot slot) const {
    return thing * containers_ + slot;
  }
  void write() {
    while (const auto line = recorder_->next(std::chrono::milliseconds(0))) {
      if (!to_.line(*line)) std::abort();
      ++out_.records;
    }
  }

  std::uint32_t containers_, seconds_;
  capture::Writer& to_;
  FakeSensor sensor_;
  std::unique_ptr<Engine> engine_;
  std::shared_ptr<Recorder> recorder_ = std::make_shared<Recorder>();
  Made out_;
};

double seconds_since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

int measure(std::uint32_t containers, std::uint32_t hours, const std::string& path) {
  auto writer = capture::Writer::create(path);
  if (!writer) return std::fprintf(stderr, "%s\n", writer.error().message.c_str()), 1;
  auto begun = std::chrono::steady_clock::now();
  const Made made = Day(containers, hours, *writer).make();
  if (!writer->close()) return 1;
  const double making = seconds_since(begun);

  begun = std::chrono::steady_clock::now();
  auto reader = capture::Reader::open(path);
  std::string alerts;
  const auto done = reader ? replay(*reader, {test_detectors(), {}},
                                    [&](const Alert& alert) { alerts += to_json(alert) + "\n"; })
                           : fail(reader.error());
  if (!done) return std::fprintf(stderr, "%s\n", done.error().message.c_str()), 1;
  const double playing = seconds_since(begun);
  std::printf("TABLE\n%-12s%8s%10s%10s%12s%10s%10s%10s\n", "CONTAINERS", "HOURS", "RECORDS", "MiB", "COUNTED",
              "ALERTS", "MADE s", "PLAYED s");
  std::printf("%-12u%8u%10llu%10.1f%12llu%10llu%10.1f%10.1f\nEND TABLE\n", containers, hours,
              static_cast<unsigned long long>(made.records),
              static_cast<double>(std::filesystem::file_size(path)) / (1024 * 1024),
              static_cast<unsigned long long>(done->counted), static_cast<unsigned long long>(done->alerts),
              making, playing);
  std::printf("alerts are %s\n", alerts == made.alerts ? "the same, to the byte" : "NOT the same");
  return alerts == made.alerts ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int at, std::uint32_t otherwise) {
    return argc > at ? static_cast<std::uint32_t>(std::strtoul(argv[at], nullptr, 10)) : otherwise;
  };
  std::string directory = std::filesystem::temp_directory_path() / "replay-bench-XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) return 1;
  const int code = measure(number(1, 10), number(2, 24), directory + "/capture");
  std::filesystem::remove_all(directory);
  return code;
}
