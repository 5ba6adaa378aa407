// The fleet's nodes, store and releases.
#include "tests/unit/profiles/fleet.h"

#include <algorithm>
#include <cmath>

#include "profiles/key.h"
#include "profiles/release.h"
#include "profiles/retire.h"
#include "profiles/toml_codec.h"
#include "tests/unit/profiles/workload.h"

namespace plimsoll::testing {
namespace {

constexpr WallNs kBegin = 1'780'000'000 * kNsPerSecond;
constexpr WallNs kMinute = 60 * kNsPerSecond;
constexpr int kDay = 1440;
constexpr int kPoll = 15, kPutAtLeast = 60;                   // minutes
constexpr WallNs kHostGone = 3 * 60 * kMinute;                // of whom nothing was heard since
constexpr int kSelfTest = 30, kRollout = 15, kPoisoned = 90;  // minutes

/// A behaviour of the image, and how often a container shows it.
struct Doing {
  Doing(int number, double every, bool at_start = false, bool poison = false);

  int number;
  double every;  ///< minutes, on average
  bool at_start, poison;
  Behaviour behaviour;
};

struct Image {
  std::string id;
  std::vector<Doing> doings;
};

Doing::Doing(int of_number, double often, bool at_its_start, bool intruders)
    : number(of_number), every(often), at_start(at_its_start), poison(intruders) {
  const std::string name = "tool-" + word_of(static_cast<std::size_t>(number));
  behaviour = {at_start ? Phase::startup : Phase::steady, "/usr/sbin/service",
               ExecObject{"/usr/bin/" + name, name, "", Origin::image, ""}, Outcome::ok};
}

/// What all hosts share: etag and profile.
struct Store {
  std::uint64_t etag = 0;
  Profile merged;
};

/// A host with one container of the lineage.
struct Node {
  std::string name, container;
  const Image* image = nullptr;
  int born = 0, started = 0;
  Profile profile;
  Assessment assessment;
  Learner learner;
  std::uint64_t etag = 0;
  int put = 0;
  bool fresh = false;
};

class Fleet {
 public:
  Fleet(const FleetPlan& plan, unsigned seed) : plan_(plan), random_(seed) {
    store_.merged.lineage = {"shop/service", "default"};
    images_.push_back(std::make_unique<Image>(first_image()));
    current_ = images_.back().get();
    nodes_.resize(static_cast<std::size_t>(plan.replicas));
    for (auto& node : nodes_) join_fleet(node, -static_cast<int>(below(plan.node_minutes)));
  }

  FleetOutcome run() {
    while (minute_ < plan_.days * kDay) {
      release();
      for (auto& node : nodes_) turn(node);
      if (++minute_ % kDay != 0) continue;
      prune(store_.merged, prunable(store_.merged));
      out_.largest = std::max(out_.largest, to_toml(store_.merged).size());
    }
    for (const auto& behaviour : poison_) {
      out_.poison_absorbed += store_.merged.contains(behaviour) ? 1 : 0;
    }
    out_.poison = poison_.size();
    for (const auto& told : told_) {
      if (told.starts_with("release ")) {
        ++out_.release_alerts;
      } else {
        ++out_.false_alerts;
      }
    }
    return out_;
  }

 private:
  std::uint64_t below(int limit) {
    return std::uniform_int_distribution<std::uint64_t>(0, static_cast<std::uint64_t>(limit) - 1)(random_);
  }
  bool happens(double probability) { return std::uniform_real_distribution<>(0, 1)(random_) < probability; }
  [[nodiscard]] WallNs now() const { return kBegin + minute_ * kMinute; }
  [[nodiscard]] bool counts() const { return minute_ >= 2 * kDay; }

  Image first_image() {
    Image image{"image-1", {}};
    for (int i = 0; i < 8; i++) image.doings.emplace_back(next_++, 1, true);
    for (int i = 0; i < 12; i++) image.doings.emplace_back(next_++, 1);
    // What a container does every few minutes, hours, and days.
    for (double every = 3; every < 20'000; every *= 2.5) image.doings.emplace_back(next_++, every);
    return image;
  }

  /// The next image: half of them do something new, and most of those leave something out.
  Image next_image(bool poisoned) {
    Image image{"image-" + std::to_string(images_.size() + 1), current_->doings};
    if (happens(0.5)) {
      ++changes_;
      if (image.doings.size() > 12) image.doings.erase(image.doings.begin() + static_cast<int>(below(12)));
      for (auto n = 1 + below(3); n > 0; n--) {
        const double every[] = {1, 1, 20, 300};
        // One draw after the other: the order of arguments is the compiler's.
        const double often = every[below(4)];
        image.doings.emplace_back(next_++, often, happens(0.3));
      }
    }
    for (int i = 0; poisoned && i < 3; i++) {
      image.doings.emplace_back(next_++, 1.0 + 9 * i, false, true);
      poison_.insert(image.doings.back().behaviour);
    }
    return image;
  }

  /// A self-test of a twentieth, then all others; a poisoned one is taken back. One that is built while
  /// another is rolled out waits for its turn.
  void release() {
    const int day = minute_ / kDay;
    built_ += happens(plan_.releases / kDay) ? 1 : 0;
    if (rolling_ == nullptr) {
      const bool poisoned = day == plan_.poisoned_on && minute_ % kDay == kDay / 2;
      if (!poisoned && (built_ == 0 || (day == plan_.poisoned_on && minute_ % kDay < kDay / 2))) return;
      built_ -= poisoned ? 0 : 1;
      const auto changes = changes_;
      images_.push_back(std::make_unique<Image>(next_image(poisoned)));
      rolling_ = images_.back().get();
      since_ = minute_;
      poisoned_ = poisoned;
      if (counts()) {
        ++out_.releases;
        out_.changed += changes_ - changes;
      }
    }
    const int passed = minute_ - since_;
    const auto upgraded = [&](std::size_t share, std::size_t of) {
      for (std::size_t i = 0; i < nodes_.size() * share / of; i++) {
        if (nodes_[i].image != rolling_) start(nodes_[i], rolling_);
      }
    };
    upgraded(1, 20);
    if (nodes_.front().image != rolling_) start(nodes_.front(), rolling_);
    if (passed >= kSelfTest)
      upgraded(static_cast<std::size_t>(std::min(passed - kSelfTest, kRollout)), kRollout);
    if (passed < kSelfTest + kRollout) return;
    if (poisoned_ && passed < kPoisoned) return;
    if (poisoned_) {
      for (auto& node : nodes_) start(node, current_);
    } else {
      current_ = rolling_;
    }
    rolling_ = nullptr;
  }

  void join_fleet(Node& node, int age) {
    node.name = "node-" + std::to_string(++names_);
    node.born = minute_ + age;
    node.profile = {};
    node.profile.lineage = store_.merged.lineage;
    node.profile.classes = {Action::exec};
    node.learner = Learner();
    node.etag = 0;
    node.put = minute_;
    get(node);
    start(node, node.image == nullptr || node.image != rolling_ ? current_ : rolling_);
  }

  void start(Node& node, const Image* image) {
    node.image = image;
    node.started = minute_;
    node.container = "container-" + std::to_string(++containers_);
    Container container;
    container.repository = node.profile.lineage.repository;
    container.image = container.repository + ":" + image->id;
    container.image_id = image->id;
    note_image(node.profile, container, now());
    Learner::container_started(node.profile, node.container, node.name, now());
    reassess(node);
    for (const auto& doing : image->doings) {
      if (doing.at_start) see(node, doing);
    }
  }

  void turn(Node& node) {
    if (minute_ - node.born >= plan_.node_minutes) {
      put(node);
      join_fleet(node, 0);
    }
    if (plan_.run_minutes > 0) {
      if ((minute_ - node.born) % plan_.run_minutes != 0) return exchange(node);
      start(node, node.image);
    }
    node.learner.container_minute(node.profile, sighting(node));
    // What is seen each minute needs no more than one look in each unit of five, after a while.
    const bool due = minute_ - node.started < 10 || (minute_ - node.started) % 5 == 0;
    for (const auto& doing : node.image->doings) {
      if (doing.at_start || (doing.every > 1 ? !happens(1 / doing.every) : !due)) continue;
      see(node, doing);
    }
    if (counts()) {
      ++out_.minutes;
      out_.active += node.assessment.state == State::stable ? 1 : 0;
    }
    exchange(node);
  }

  [[nodiscard]] Sighting sighting(const Node& node) const {
    const bool learning = node.assessment.state != State::stable;
    return {.container = node.container,
            .host = node.name,
            .image = node.image->id,
            .time = now(),
            .since_start = static_cast<std::uint64_t>(minute_ - node.started) * 60,
            .peers = learning || rolls_out(node) ? 1U : 0U};
  }
  [[nodiscard]] bool rolls_out(const Node& node) const {
    return in_rollout(node.profile, node.image->id, node.assessment.stable_since, now());
  }

  /// As the agent judges: what is expected counts, what is new is learned, put on trial, or told.
  void see(Node& node, const Doing& doing) {
    const auto& behaviour = doing.behaviour;
    const bool learns = node.assessment.state != State::stable, rollout = rolls_out(node);
    const auto at = node.profile.behaviours.find(behaviour);
    const bool known = at != node.profile.behaviours.end() &&
                       expected(at->first, at->second, {.learns = learns, .rollout = rollout, .now = now()});
    auto seen = sighting(node);
    seen.rollout = rollout && !learns;
    if (!known && !learns) tell(node, doing, rollout);
    if (!known && !learns && !rollout) return;
    const auto learned = node.learner.observe(node.profile, behaviour, seen);
    node.fresh = node.fresh || learned == Learned::added || !known;
  }

  void tell(const Node& node, const Doing& doing, bool rollout) {
    if (doing.poison) {
      poison_told_ = poison_told_ || counts();
      out_.poison_told = 1;
      return;
    }
    if (!counts() || (rollout && node.image == rolling_ && poisoned_)) return;
    told_.insert(rollout ? "release " + node.image->id : "new behaviour " + std::to_string(doing.number));
  }

  void reassess(Node& node) {
    AssessOptions options;
    options.now = now();
    node.assessment = assess(node.profile, options);
    if (node.assessment.state == State::stable && node.profile.stable_since == 0) {
      node.profile.stable_since = whole_seconds(now());
      node.fresh = true;
    }
  }

  /// Polling, and putting what is new at once, the rest once an hour.
  void exchange(Node& node) {
    const bool turn = (minute_ - node.born) % kPoll == 0;
    if (turn && node.etag != store_.etag) get(node);
    if (node.fresh || minute_ - node.put >= kPutAtLeast) put(node);
    if (turn) reassess(node);
  }
  void get(Node& node) {
    merge(node.profile, store_.merged);
    node.etag = store_.etag;
    ++out_.gets;
  }
  void put(Node& node) {
    get(node);
    merge(store_.merged, node.profile);
    condense(store_.merged, now() - kHostGone);
    node.etag = ++store_.etag;
    node.put = minute_;
    node.fresh = false;
    ++out_.puts;
  }

  FleetPlan plan_;
  std::mt19937 random_;
  Store store_;
  std::vector<std::unique_ptr<Image>> images_;
  const Image *current_ = nullptr, *rolling_ = nullptr;
  bool poisoned_ = false, poison_told_ = false;
  std::vector<Node> nodes_;
  std::set<Behaviour> poison_;
  std::set<std::string> told_;  ///< fingerprints
  FleetOutcome out_;
  int minute_ = 0, since_ = 0, next_ = 0, names_ = 0, containers_ = 0;
  std::uint64_t changes_ = 0;
  int built_ = 0;  ///< releases that wait
};

}  // namespace

void FleetOutcome::add(const FleetOutcome& other) {
  releases += other.releases;
  changed += other.changed;
  minutes += other.minutes;
  active += other.active;
  release_alerts += other.release_alerts;
  false_alerts += other.false_alerts;
  poison_told += other.poison_told;
  poison_absorbed += other.poison_absorbed;
  poison += other.poison;
  largest = std::max(largest, other.largest);
  puts += other.puts;
  gets += other.gets;
}

FleetOutcome run_fleet(const FleetPlan& plan, unsigned seed) {
  return Fleet(plan, seed).run();
}

}  // namespace plimsoll::testing
