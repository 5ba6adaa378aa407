// What the agent's user space pays for an event: decode, then the loop. No kernel side, no root, one thread.
// Usage: loop [EVENTS]     events a row; default 50,000. The table is last: microseconds an event, and events
// a second.
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/alerts/alerts.h"
#include "agent/engine/engine.h"
#include "agent/sensor/decode/decode.h"

namespace plimsoll {
namespace {

constexpr WallNs kNow = 1'800'000'000 * kNsPerSecond;

/// Takes everything, and does nothing.
class NoSensor final : public Sensor {
 public:
  Result<std::size_t> poll(std::chrono::milliseconds, const Sink&) override { return 0; }
  [[nodiscard]] const Hierarchy& hierarchy() const override { return hierarchy_; }
  Result<Slot> adopt(CgroupId, WallNs) override { return 1; }
  Result<void> seed_tasks() override { return {}; }
  Result<void> set_startup(Slot, std::int64_t) override { return {}; }
  Result<void> name(Slot, std::uint32_t) override { return {}; }
  Result<void> dismiss(Slot) override { return {}; }
  Result<void> forget(Slot) override { return {}; }
  Result<void> set_known(std::span<const Key>) override { return {}; }
  Result<void> forget_verdicts(std::span<const Key>) override { return {}; }
  Result<void> set_epoch(Slot, std::uint32_t) override { return {}; }
  Result<std::vector<KeyCount>> counts() override { return std::vector<KeyCount>{}; }
  std::vector<HookStatus> verify() override { return {}; }
  [[nodiscard]] Predecessor predecessor() const override { return Predecessor::none; }
  [[nodiscard]] std::string self_test_problem() const override { return {}; }
  [[nodiscard]] std::vector<HookStatus> hooks() const override {
    return {{.hook = "exec", .attached = true},
            {.hook = "connect", .attached = true},
            {.hook = "mount", .attached = true}};
  }
  [[nodiscard]] std::map<std::string, HookCounters> counters() const override { return {}; }
  [[nodiscard]] Losses lost(Slot) const override { return {}; }

 private:
  Hierarchy hierarchy_{0, "/sys/fs/cgroup", "unified"};
};

/// A record as the kernel side sends it, with the context that an event has.
std::vector<std::byte> record_of(pl_activity fixed, std::array<std::string, PL_TEXTS> texts) {
  texts[PL_TEXT_EXE] = "/usr/local/bin/service";
  texts[PL_TEXT_ARGV] =
      std::string("/usr/local/bin/service\0--config=/etc/service.toml\0--token\0hunter2", 65);
  texts[PL_TEXT_CWD] = "/var/lib/service";
  texts[PL_TEXT_ANCESTOR] = "/usr/local/bin/service";
  texts[PL_TEXT_ANCESTOR + 1] = "/docker-entrypoint.sh";
  fixed.header.version = PL_WIRE_VERSION;
  fixed.header.kind = PL_KIND_ACTIVITY;
  fixed.header.slot = 1;
  fixed.key.slot = 1;
  fixed.key.epoch = 1;
  fixed.key.phase = PL_PHASE_STEADY;
  fixed.key.actor = 0x1234;
  fixed.ancestors[0] = 7;
  fixed.ancestors[1] = 1;
  std::string tail;
  for (std::size_t i = 0; i < texts.size(); i++) {
    fixed.text_bytes[i] = static_cast<__u16>(texts.at(i).size());
    tail += texts.at(i);
  }
  std::vector<std::byte> out(sizeof(fixed) + tail.size());
  std::memcpy(out.data(), &fixed, sizeof(fixed));
  std::memcpy(out.data() + sizeof(fixed), tail.data(), tail.size());
  return out;
}

/// A UDP connect to another address each time, of one class, and one port: behaviour that repeats.
std::vector<std::byte> connect_record(std::uint32_t number) {
  pl_activity fixed{};
  fixed.header.hook = PL_HOOK_CONNECT;
  fixed.header.time_ns = number;
  fixed.key.action = PL_CONNECT;
  fixed.key.outcome = PL_ATTEMPT;
  auto& to = fixed.key.object.connect;
  to.address[10] = to.address[11] = 0xff;
  to.address[12] = 10;
  std::memcpy(&to.address[13], &number, 3);
  to.port = 5432;
  to.family = 2;
  to.protocol = 17;
  return record_of(fixed, {});
}

/// A mount that is refused, at another place each time: new behaviour, and an alert.
std::vector<std::byte> mount_record(std::uint32_t number) {
  pl_activity fixed{};
  fixed.header.hook = PL_HOOK_MOUNT;
  fixed.header.time_ns = number;
  fixed.key.action = PL_MOUNT;
  fixed.key.outcome = PL_FAILED;
  fixed.key.call = PL_CALL_MOUNT;
  fixed.key.error = 1;
  fixed.key.object.mount.target = 1 + std::uint64_t{number};
  fixed.result = -1;
  std::array<std::string, PL_TEXTS> texts;
  texts[PL_TEXT_PATH] = "/srv/data/" + std::to_string(number);
  texts[PL_TEXT_NAME] = "tmpfs";
  texts[PL_TEXT_EXTRA] = "tmpfs";
  return record_of(fixed, std::move(texts));
}

using MakeRecord = std::vector<std::byte> (*)(std::uint32_t);

struct Figures {
  double decode_us = 0, all_us = 0;
  std::uint64_t lines = 0;
};

double us_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
}

/// Events by the thousand, as the rings are read, with a tick a second of 10,000 events.
Figures measure(MakeRecord make, LearningMode mode, std::uint32_t events) {
  std::vector<std::vector<std::byte>> records;
  for (std::uint32_t i = 0; i < events; i++) records.push_back(make(i));
  Figures out;
  auto start = std::chrono::steady_clock::now();
  for (const auto& record : records) {
    if (!decode(record, kNow)) std::abort();
  }
  out.decode_us = us_since(start) / events;

  NoSensor sensor;
  auto config = default_config();
  config.learning.mode = LearningMode::learn;
  auto sink = open_file_sink("/dev/null");
  auto engine = Engine::make(sensor, config, {"host", "", {}}, all_detectors(),
                             {.resolve = [](const Containers::ResolveRequest&) {},
                              .alert =
                                  [&](const Alert& alert) {
                                    out.lines++;
                                    (*sink)->write(alert);
                                  },
                              .save = [](const Profile&) {},
                              .log = [](LogLevel, std::string_view) {}});
  if (!sink || !engine) std::abort();
  (*engine)->tick(kNow);
  (*engine)->on_event(CgroupMade{.time = kNow, .slot = 1, .cgroup = {0, 1000}, .path = "/a"});
  auto container = std::make_shared<Container>();
  container->id = "0123456789abcdef0123456789abcdef";
  container->name = "service";
  container->role = "default";
  container->runtime = "runc";
  container->image = container->repository = "registry.example/service";
  (*engine)->on_resolved(1, container, kNow);
  (*engine)->on_event(std::move(*decode(mount_record(~0U), kNow)));  // what a profile enforces
  (*engine)->tick(kNow);
  config.learning.mode = mode;
  if (!(*engine)->configure(config)) std::abort();

  constexpr std::uint32_t kBatch = 1000, kTick = 10'000;
  std::vector<KernelEvent> batch;
  start = std::chrono::steady_clock::now();
  for (std::uint32_t i = 0; i < events; i++) {
    batch.push_back(std::move(*decode(records[i], kNow)));
    if (batch.size() < kBatch && i + 1 < events) continue;
    (*engine)->on_events(batch);
    batch.clear();
    if ((i + 1) % kTick == 0) (*engine)->tick(kNow + WallNs{i / kTick} * kNsPerSecond);
  }
  (*engine)->tick(kNow + WallNs{events / kTick + 1} * kNsPerSecond);
  out.all_us = us_since(start) / events;
  return out;
}

void print(const char* what, std::uint32_t events, const Figures& f) {
  std::printf("%-44s%10u%12.2f%12.2f%14.0f%10llu\n", what, events, f.decode_us, f.all_us, 1e6 / f.all_us,
              static_cast<unsigned long long>(f.lines));
}

}  // namespace
}  // namespace plimsoll

int main(int argc, char** argv) {
  using namespace plimsoll;
  const auto events = argc > 1 ? static_cast<std::uint32_t>(std::atoi(argv[1])) : 50'000U;
  const struct {
    const char* what;
    MakeRecord make;
    LearningMode mode;
    std::uint32_t events;
  } rows[] = {
      {"behaviour that repeats, learned", connect_record, LearningMode::learn, events},
      {"behaviour that repeats, alerted on", connect_record, LearningMode::detect, events},
      {"new behaviour, learned until it is too much", mount_record, LearningMode::learn, events},
      {"the same, of four times as many events", mount_record, LearningMode::learn, 4 * events},
      {"new behaviour, alerted on", mount_record, LearningMode::detect, events},
      {"the same, of four times as many events", mount_record, LearningMode::detect, 4 * events},
  };
  std::vector<Figures> figures;
  for (const auto& row : rows) figures.push_back(measure(row.make, row.mode, row.events));
  std::puts("TABLE");
  std::printf("%-44s%10s%12s%12s%14s%10s\n", "WHAT", "EVENTS", "DECODE us", "ALL us", "A SECOND", "LINES");
  for (std::size_t i = 0; i < figures.size(); i++) print(rows[i].what, rows[i].events, figures[i]);
  std::puts("END TABLE");
  return 0;
}
