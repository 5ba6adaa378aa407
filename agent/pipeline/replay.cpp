// A capture, played to an engine of its own.
#include "agent/pipeline/replay.h"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "agent/pipeline/engine.h"
#include "profiles/toml_codec.h"

namespace plimsoll {
namespace {

/// There is no kernel side: what it told is on the tape.
class PlayedSensor final : public Sensor {
 public:
  explicit PlayedSensor(const std::set<Action>& classes) : classes_(classes) {}
  Result<std::size_t> poll(std::chrono::milliseconds, const Sink&) override { return 0; }
  [[nodiscard]] const Hierarchy& hierarchy() const override { return hierarchy_; }
  Result<Slot> adopt(CgroupId, WallNs) override { return fail("a capture has its own slots"); }
  Result<void> seed_tasks() override { return {}; }
  Result<void> name(Slot, std::uint32_t) override { return {}; }
  Result<void> dismiss(Slot) override { return {}; }
  Result<void> forget(Slot) override { return {}; }
  Result<void> judged(std::span<const Key>) override { return {}; }
  Result<void> set_epoch(Slot, std::uint32_t) override { return {}; }
  Result<std::vector<KeyCount>> counts() override { return std::vector<KeyCount>{}; }
  std::vector<HookStatus> verify() override { return {}; }
  [[nodiscard]] Predecessor predecessor() const override { return Predecessor::none; }
  [[nodiscard]] std::string canary_problem() const override { return {}; }
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

class PlayedTape final : public Tape {
 public:
  void put(const capture::Counts& record) {
    auto& batch = counts_.emplace_back();
    batch.reserve(record.counts.size());
    for (const auto& one : record.counts) {
      batch.push_back({capture::key_of(one.kind), one.slot, one.more, one.last_seen});
    }
  }
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
  [[nodiscard]] Result<Config> config(const std::string& toml) const;
  [[nodiscard]] bool replaced(const Lineage& lineage) const {
    return options_.profile && options_.profile->lineage == lineage;
  }
  void at(WallNs time) {
    out_.from = earlier(out_.from, time);
    out_.to = std::max(out_.to, time);
  }

  // What stands at the beginning is kept until there is an engine to load it.
  Result<void> play(const capture::Baseline&);
  Result<void> play(const capture::Decided&);
  Result<void> play(const capture::Configured&);
  Result<void> play(const capture::Paused& one) { return engine_->pause_learning(one.paused); }
  static Result<void> play(const capture::Begin&) {
    return fail("begin: accepted: only as the first record");
  }
  // The others cannot be wrong.
  void note(capture::Acted& one) {
    ++out_.events;
    at(one.activity.time);
    engine_->play(std::move(one));
  }
  void note(const capture::Appeared& one) {
    ++out_.containers;
    engine_->play(one);
  }
  void note(const capture::Tick& one) {
    at(one.now);
    engine_->tick(one.now);
  }
  void note(const capture::Drain& one) { engine_->drain_counts(one.now); }
  void note(const capture::Finish& one) { engine_->finish(one.now); }
  void note(const capture::Removed& one) { engine_->play(one); }
  void note(const capture::Departed& one) { engine_->play(one); }
  void note(const capture::Settled& one) { engine_->play(one); }
  void note(const capture::Counts& one) {
    for (const auto& count : one.counts) {
      out_.counted += count.more;
    }
    tape_->put(one);
  }
  void note(capture::Lost& one) { tape_->put(std::move(one)); }
  void note(const capture::Broken& one) { out_.broken = one.reason; }

  capture::Reader& reader_;
  const ReplayOptions& options_;
  const std::function<void(const Alert&)>& alert_;
  PlayedSensor sensor_;
  std::shared_ptr<PlayedTape> tape_ = std::make_shared<PlayedTape>();
  std::unique_ptr<Engine> engine_;
  std::vector<Profile> profiles_;
  std::vector<Decisions> decisions_;
  Replayed out_;
};

Result<Config> Player::config(const std::string& toml) const {
  auto read = parse_config(toml, "config");
  if (read && options_.profile) {
    read->learning.mode = LearningMode::detect;
  }
  return read;
}

Result<void> Player::begin() {
  const auto& first = reader_.begin();
  const auto configured = config(first.config);
  if (!configured) {
    return fail("begin: " + configured.error().message);
  }
  auto engine = Engine::make(sensor_, *configured, first.host, options_.detectors,
                             {.resolve = [](const Containers::Ask&) {},
                              .alert =
                                  [this](const Alert& alert) {
                                    ++out_.alerts;
                                    alert_(alert);
                                  },
                              .save = [](const Profile&) {},
                              .log = [](LogLevel, std::string_view) {}});
  if (!engine) {
    return fail("begin: " + engine.error().message);
  }
  engine_ = std::move(*engine);
  if (const auto paused = engine_->pause_learning(first.paused); !paused) {
    return paused;
  }
  if (options_.profile) {
    std::erase_if(profiles_, [&](const Profile& one) { return replaced(one.lineage); });
    profiles_.push_back(*options_.profile);
  }
  engine_->load(std::move(profiles_), std::move(decisions_));
  engine_->play_from(tape_);
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
    return fail(decisions.error().message);
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

Result<void> Player::play(const capture::Configured& changed) {
  const auto configured = config(changed.config);
  return configured ? engine_->configure(*configured) : fail(configured.error().message);
}

Result<void> Player::take(capture::Record&& record) {
  const bool beginning =
      std::holds_alternative<capture::Baseline>(record) || std::holds_alternative<capture::Decided>(record);
  if (!engine_ && !beginning) {
    if (auto begun = begin(); !begun) {
      return begun;
    }
  }
  return std::visit(
      [this](auto& one) -> Result<void> {
        if constexpr (requires { this->note(one); }) {
          note(one);
          return {};
        } else {
          return play(one);
        }
      },
      record);
}

Result<Replayed> Player::run() {
  while (true) {
    auto record = reader_.next();
    if (!record) {
      return fail(record.error().message);
    }
    std::optional<capture::Record>& one = *record;
    if (!one) {
      return std::move(out_);
    }
    if (auto taken = take(std::move(*one)); !taken) {
      return fail(reader_.where() + taken.error().message);
    }
  }
}

}  // namespace

Result<Replayed> replay(capture::Reader& capture, const ReplayOptions& options,
                        const std::function<void(const Alert&)>& alert) {
  return Player(capture, options, alert).run();
}

}  // namespace plimsoll
