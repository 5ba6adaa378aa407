// One activity against its profile and the rules: what is new, what is an alert, what may be learned.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/alerts/alerts.h"
#include "agent/config/config.h"
#include "agent/core/alert.h"
#include "agent/engine/containers.h"
#include "agent/engine/event_broadcaster.h"
#include "agent/engine/profile_registry.h"
#include "agent/engine/rule_set.h"
#include "profiles/learner.h"

namespace plimsoll {

/// Whether a rule against the profile is active, by the profile's state and the operator's mode.
/// `behaviours`: how many the profile has. Hard rules are always active.
AlertMode profile_rule_mode(State, LearningMode, std::size_t behaviours);
/// Whether new behaviour of this image may become part of its profile.
bool may_learn(const ProfileRecord&, const Config::Learning&);

/// Whether what a release brings is reported once and put on trial.
bool takes_releases(const ProfileRecord&, const Config::Learning&);

/// What a rule found. An alert is made of it only where one is to be written: that costs ten times as much.
struct RuleMatch {
  const ActiveRule* rule = nullptr;
  Finding finding;
  AlertMode mode = AlertMode::active;
  bool incomplete = false;
};

struct Evaluation {
  Verdict verdict = Verdict::known;
  const Behaviour* learned = nullptr;  ///< the profile's own key, when it has it (now)
  bool passing = false;                ///< of the next one it may be otherwise: time decides
  std::vector<RuleMatch> found;
};

class RuleEvaluator {
 public:
  /// Fails on a redaction pattern that does not compile.
  static Result<RuleEvaluator> make(const Config&, Host, std::span<const Detector>);

  /// Normalises the activity's behaviour, and learns it when that is allowed. The profile's assessment must
  /// be fresh.
  Evaluation evaluate(Activity&, const WatchedContainer&, Learner&) const;
  /// Of an activity that was evaluated: without id, lost_events and count.
  [[nodiscard]] Alert alert_for(RuleMatch, const Activity&, const WatchedContainerPtr&) const;

  /// That the container was seen, or did something, for the learner.
  [[nodiscard]] Sighting sighting(const WatchedContainer&, WallNs time, std::uint64_t since_start,
                                  std::uint64_t count = 1) const;

  /// The container's image is a release in rollout, and what is new in it is to be taken for the release's.
  [[nodiscard]] bool rolls_out(const WatchedContainer&, WallNs time) const;

  [[nodiscard]] const RuleSet& rules() const { return rules_; }
  void redact(std::vector<std::string>& argv) const { redactor_.apply(argv); }

 private:
  /// What all rules together found.
  struct RuleResults {
    std::vector<RuleMatch> found;
    bool hard = false;  ///< a rule that no profile can silence
    bool active = false;
    bool foreign = false;  ///< found by a rule that is not about releases
  };

  RuleEvaluator(const Config& config, Host host, std::span<const Detector> detectors, Redactor redactor);
  RuleResults apply_rules(Input, bool rollout, const ProfileRecord&) const;
  /// Of what is known or may be learned; `covering`: the pattern that covers it, null for none.
  static void learn(Evaluation&, ProfileRecord&, const Behaviour&, const Covering* covering, const Sighting&,
                    Learner&);

  Config::Learning learning_;
  Host host_;
  RuleSet rules_;
  Redactor redactor_;
};

}  // namespace plimsoll
