// A capture, played to an engine of its own.
#include "agent/replay/replay.h"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "agent/core/text.h"
#include "agent/engine/engine.h"
#include "profiles/key.h"
#include "profiles/toml_codec.h"

namespace plimsoll {
namespace {

/// There is no kernel side: what it reported is in the capture.
class PlayedSensor final : public Sensor {
 public:
  explicit PlayedSensor(const std::set<Action>& classes) : classes_(classes) {}
  Result<std::size_t> poll(std::chrono::milliseconds, const Sink&) override { return 0; }
  [[nodiscard]] const Hierarchy& hierarchy() const override { return hierarchy_; }
  Result<Slot> adopt(CgroupId, WallNs) override { return fail("a capture has its own slots"); }
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
  [[nodiscard]] std::map<std::string, HookCounters> counters() const override { return {}; }
  [[nodiscard]] Losses lost(Slot) const override { return {}; }
  [[nodiscard]] std::vector<HookStatus> hooks() const override {
    std::vector<HookStatus> out;
    out.reserve(classes_.size());
    for (const Action action : classes_) {
      out.push_back({.hook = std::string(plimsoll::name(action)), .way = "capture", .attached = true});
    }
    return out;
  }

 private:
  const std::set<Action>& classes_;
  Hierarchy hierarchy_;
};

class PlayedInputLog final : public InputLog {
 public:
  void put(const capture::Counts& record) {
    auto& batch = counts_.emplace_back();
    batch.reserve(record.counts.size());
    for (const auto& one : record.counts) {
      batch.push_back({capture::key_of(one.kind), one.slot, one.more, one.last_seen});
    }
  }
  [[nodiscard]] std::size_t waiting() const { return counts_.size(); }
  void put(capture::Lost record) { lost_[record.container] = std::move(record.losses); }

  void input(capture::Record) override {}
  std::vector<KeyCount> counts(std::vector<KeyCount> read) override {
    if (counts_.empty()) {
      return read;
    }
    auto batch = std::move(counts_.front());
    counts_.pop_front();
    return batch;
  }
  Losses losses(const std::string& container, Losses read) override {
    const auto at = lost_.find(container);
    return at == lost_.end() ? read : at->second;
  }
  [[nodiscard]] bool ended() const override { return false; }

 private:
  std::deque<std::vector<KeyCount>> counts_;
  std::map<std::string, Losses> lost_;
};

class Player {
 public:
  Player(capture::Reader& reader, const ReplayOptions& options,
         const std::function<void(const Alert&)>& alert)
      : reader_(reader), options_(options), alert_(alert), sensor_(reader.begin().classes) {}

  Result<Replayed> run();

 private:
  Result<void> begin();
  Result<void> take(capture::Record&&);
  static Result<Config> config(const std::string& toml);
  [[nodiscard]] bool replaced(const Lineage& lineage) const {
    return options_.profile && options_.profile->lineage == lineage;
  }
  static bool plausible(WallNs time) {
    constexpr WallNs kLatest = 4'000'000'000 * kNsPerSecond;  // 2096: sums and differences stay in range
    return time >= 0 && time <= kLatest;
  }
  static Result<void> implausible(WallNs time) {
    return fail("time: " + std::to_string(time) + "; accepted: nanoseconds since 1970, until 2096");
  }
  Result<void> at(WallNs time) {
    if (!plausible(time)) {
      return implausible(time);
    }
    out_.from = earlier(out_.from, time);
    out_.to = std::max(out_.to, time);
    return {};
  }
  Result<void> in_slot(Slot, WallNs time);

  // What stands at the beginning is kept until there is an engine to load it.
  Result<void> play(const capture::Baseline&);
  Result<void> play(const capture::Decided&);
  Result<void> play(const capture::Joined&);
  Result<void> play(const capture::Configured&);
  Result<void> play(const capture::Paused& one) { return engine_->pause_learning(one.paused); }
  Result<void> play(capture::Acted&);
  Result<void> play(const capture::Appeared&);
  Result<void> play(const capture::Removed&);
  Result<void> play(const capture::Departed&);
  Result<void> play(const capture::Counts&);
  static Result<void> play(const capture::Begin&) {
    return fail("begin: accepted: only as the first record");
  }
  // The others cannot be wrong.
  Result<void> play(const capture::Tick& one) {
    auto possible = at(one.now);
    if (possible) {
      engine_->tick(one.now);
      if (options_.watch) {
        options_.watch(*engine_, one.now);
      }
    }
    return possible;
  }
  Result<void> play(const capture::Drain& one) {
    auto possible = at(one.now);
    if (possible) {
      engine_->drain_counts(one.now);
    }
    return possible;
  }
  Result<void> play(const capture::Finish& one) {
    auto possible = at(one.now);
    if (possible) {
      ended_ = true;
      engine_->finish(one.now);
    }
    return possible;
  }
  void note(const capture::Flushed& one) { engine_->play(one); }
  void note(capture::Lost& one) { input_log_->put(std::move(one)); }
  void note(const capture::Ended&) { ended_ = true; }
  void note(const capture::Broken& one) {
    ended_ = true;
    out_.broken = one.reason;
  }

  capture::Reader& reader_;
  const ReplayOptions& options_;
  const std::function<void(const Alert&)>& alert_;
  PlayedSensor sensor_;
  std::shared_ptr<PlayedInputLog> input_log_ = std::make_shared<PlayedInputLog>();
  std::unique_ptr<Engine> engine_;
  std::vector<Profile> profiles_;
  std::vector<Decisions> decisions_;
  std::set<std::string> containers_;
  bool ended_ = false, met_ = false;  ///< `met_`: a container of the replaced lineage
  Replayed out_;
};

Result<Config> Player::config(const std::string& toml) {
  auto read = parse_config(toml, "config");
  if (read) {
    read->alerts.redact.clear();  // that was done when it was recorded, and patterns may take for ever
  }
  return read;
}

Result<void> Player::begin() {
  const auto& first = reader_.begin();
  const auto configured = config(first.config);
  if (!configured) {
    return fail("begin", configured.error());
  }
  auto engine = Engine::make(sensor_, *configured, first.host, options_.detectors,
                             {.resolve = [](const Containers::ResolveRequest&) {},
                              .alert =
                                  [this](const Alert& alert) {
                                    ++out_.alerts;
                                    alert_(alert);
                                  },
                              .save = [](const Profile&) {},
                              .log = [](LogLevel, std::string_view) {}});
  if (!engine) {
    return fail("begin", engine.error());
  }
  engine_ = std::move(*engine);
  if (const auto paused = engine_->pause_learning(first.paused); !paused) {
    return paused;
  }
  if (options_.profile) {
    std::erase_if(profiles_, [&](const Profile& one) { return replaced(one.lineage); });
    profiles_.push_back(*options_.profile);
    Decisions locked;  // what is new is active then, and nothing is learned
    locked.lineage = options_.profile->lineage;
    locked.locked = true;
    locked.locked_at = whole_seconds(first.time);
    decisions_.push_back(std::move(locked));
  }
  engine_->load(std::move(profiles_), std::move(decisions_));
  engine_->play_from(input_log_);
  return {};
}

Result<void> Player::play(const capture::Baseline& baseline) {
  auto profile = profile_from_toml(baseline.toml, "baseline");
  if (!profile || engine_) {
    return fail(profile ? "baseline: accepted: only at the beginning" : profile.error().message);
  }
  profiles_.push_back(std::move(*profile));
  return {};
}

Result<void> Player::play(const capture::Decided& decided) {
  auto decisions = decisions_from_toml(decided.toml, "decided");
  if (!decisions) {
    return fail(decisions.error());
  }
  if (replaced(decisions->lineage)) {
    return {};
  }
  if (engine_) {
    engine_->decide(std::move(*decisions));
  } else {
    decisions_.push_back(std::move(*decisions));
  }
  return {};
}

Result<void> Player::play(const capture::Joined& joined) {
  auto profile = profile_from_toml(joined.toml, "joined");
  if (!profile) {
    return fail(profile.error());
  }
  if (!replaced(profile->lineage)) {
    engine_->join(std::move(*profile));
  }
  return {};
}

Result<void> Player::in_slot(Slot slot, WallNs time) {
  if (!engine_->knows(slot)) {
    return fail("slot: " + std::to_string(slot) + "; accepted: one that has appeared, and is not gone");
  }
  return at(time);
}

Result<void> Player::play(capture::Acted& acted) {
  if (auto possible = in_slot(acted.activity.slot, acted.activity.time); !possible) {
    return possible;
  }
  ++out_.events;
  engine_->play(std::move(acted));
  return {};
}

Result<void> Player::play(const capture::Appeared& appeared) {
  for (const WallNs time : {appeared.started, appeared.now}) {
    if (!plausible(time)) {
      return implausible(time);
    }
  }
  if (containers_.insert(appeared.container.id).second) {
    ++out_.containers;
  }
  met_ = met_ || replaced(lineage_of(appeared.container));
  engine_->play(appeared);
  return {};
}

Result<void> Player::play(const capture::Removed& removed) {
  auto possible = in_slot(removed.slot, removed.time);
  if (possible) {
    engine_->play(removed);
  }
  return possible;
}

Result<void> Player::play(const capture::Departed& departed) {
  auto possible = in_slot(departed.slot, out_.to);
  if (possible) {
    engine_->play(departed);
  }
  return possible;
}

Result<void> Player::play(const capture::Counts& counts) {
  constexpr std::size_t kMostWaiting = 64;  // few are read for one record
  if (input_log_->waiting() >= kMostWaiting) {
    return fail("counts: accepted: before the record that they were read for");
  }
  for (const auto& count : counts.counts) {
    if (!plausible(count.last_seen)) {
      return implausible(count.last_seen);
    }
    out_.counted += count.more;
  }
  input_log_->put(counts);
  return {};
}

Result<void> Player::play(const capture::Configured& changed) {
  const auto configured = config(changed.config);
  return configured ? engine_->configure(*configured) : fail(configured.error());
}

Result<void> Player::take(capture::Record&& record) {
  const bool beginning =
      std::holds_alternative<capture::Baseline>(record) || std::holds_alternative<capture::Decided>(record);
  if (!engine_ && !beginning) {
    if (auto begun = begin(); !begun) {
      return begun;
    }
  }
  const bool read =
      std::holds_alternative<capture::Counts>(record) || std::holds_alternative<capture::Lost>(record);
  auto done = std::visit(
      [this](auto& one) -> Result<void> {
        if constexpr (requires { this->note(one); }) {
          note(one);
          return {};
        } else {
          return play(one);
        }
      },
      record);
  // With another profile the engine may not have asked where it did; what was counted is counted all the
  // same.
  while (done && !read && engine_ && input_log_->waiting() > 0) {
    engine_->drain_counts(out_.to);
  }
  return done;
}

Result<Replayed> Player::run() {
  while (true) {
    auto record = reader_.next();
    if (!record) {
      return fail(record.error());
    }
    std::optional<capture::Record>& one = *record;
    if (!one) {
      break;
    }
    if (auto taken = take(std::move(*one)); !taken) {
      return fail(reader_.where() + taken.error().message);
    }
  }
  if (!engine_) {
    if (auto begun = begin(); !begun) {
      return fail(reader_.where(1) + begun.error().message);
    }
  }
  if (options_.profile && !met_) {
    const auto& lineage = options_.profile->lineage;
    return fail(reader_.where(1) + "no container of " + escape(lineage.repository) + " role " +
                escape(lineage.role) + "; accepted: a profile of an image that runs in the capture");
  }
  if (!ended_) {
    out_.broken = "whoever recorded was stopped";
  }
  return std::move(out_);
}

}  // namespace

Result<Replayed> replay(capture::Reader& capture, const ReplayOptions& options,
                        const std::function<void(const Alert&)>& alert) {
  return Player(capture, options, alert).run();
}

}  // namespace plimsoll
