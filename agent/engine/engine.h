// The loop's state: everything that an event changes. One thread uses it; it owns none and reads no clock.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/alerts/alerts.h"
#include "agent/config/config.h"
#include "agent/core/log.h"
#include "agent/engine/alert_raiser.h"
#include "agent/engine/containers.h"
#include "agent/engine/dns_cache.h"
#include "agent/engine/event_broadcaster.h"
#include "agent/engine/input_log.h"
#include "agent/engine/periodic.h"
#include "agent/engine/profile_registry.h"
#include "agent/engine/profile_upkeep.h"
#include "agent/engine/report.h"
#include "agent/engine/rule_evaluator.h"
#include "agent/engine/verdict_cache.h"
#include "agent/sensor/sensor.h"

namespace plimsoll {

/// Where the engine's results go.
struct EngineOutputs {
  std::function<void(Containers::ResolveRequest)> resolve;
  std::function<void(const Alert&)> alert;
  std::function<void(Profile)> save;
  std::function<void(const Lineage&)> remove;         ///< the profile's file
  std::function<void(const Lineage&, bool)> running;  ///< containers of it run now, or none does any more
  std::function<void(SavedDnsNames)> save_names;
  Log log;
};

class Engine {
 public:
  static Result<std::unique_ptr<Engine>> make(Sensor&, const Config&, Host, std::span<const Detector>,
                                              EngineOutputs, Containers::Limits limits = {});

  void load(std::vector<Profile> profiles, std::vector<Decisions> decisions) {
    registry_.load(std::move(profiles), std::move(decisions));
  }
  /// The DNS names of containers that still run, as the agent before this one saved them.
  void load_names(SavedDnsNames kept) { saved_names_ = std::move(kept); }
  /// Containers that were running before the agent: gives them slots, has them resolved, and seeds their
  /// tasks.
  void adopt(const std::vector<FoundCgroup>&);
  /// Likewise those of them that are not known yet, because the event of their making was lost.
  void adopt_unknown(std::vector<FoundCgroup>);

  /// In the order of time; moved from.
  void on_events(std::span<KernelEvent>);
  void on_event(KernelEvent&& event) { on_events({&event, 1}); }
  /// Null: no container.
  void on_resolved(Slot, const ContainerPtr&, WallNs now);
  /// Once a second.
  void tick(WallNs now);
  /// The kernel's counts become container-minutes and repeats; at least once a minute.
  void drain_counts(WallNs now);
  /// Everything that is not written goes to the store, and updates that are due to the sinks.
  void finish(WallNs now);

  /// Learning and rules as configured from now on. The old ones stay when this fails.
  Result<void> configure(const Config&);
  /// Until it is resumed profiles stay as they are, evidence included. configure() does not change that.
  Result<void> pause_learning(bool paused);
  /// What an operator changed on disk becomes true (ProfileRegistry::reload).
  void reload(ProfileRegistry::DiskState);
  /// A person has decided about a lineage: it takes effect at once.
  void decide(Decisions);
  /// What others know about a lineage becomes part of its profile (ProfileRegistry::join). How many
  /// behaviours were new; nothing while learning is paused: profiles stay as they are then.
  std::optional<std::size_t> join(Profile);

  /// From now on everything that changes the engine goes to the log, until that has ended; first what there
  /// is. What was evaluated before is reported again. One log at a time: false while another one is at work.
  bool record(std::shared_ptr<InputLog>, WallNs now);
  /// What a log has recorded happens again. The engine is to be new, and its log the one that plays.
  void play_from(std::shared_ptr<InputLog> log) { input_log_ = std::move(log); }
  void play(const capture::Appeared&);
  /// The slot is a container's: what happens in it can be played.
  [[nodiscard]] bool knows(Slot) const;
  void play(capture::Acted&&);
  void play(const capture::Removed&);
  void play(const capture::Departed&);
  void play(const capture::Flushed&) { verdicts_.flush(); }

  [[nodiscard]] EngineReport report() const;
  [[nodiscard]] std::vector<ProfileReport> profiles() const;
  /// What is known of lineages, for a query that needs only a part of it.
  [[nodiscard]] const ProfileRegistry& registry() const { return registry_; }
  [[nodiscard]] const AlertDeduplicator& alerts() const { return raiser_.alerts(); }
  [[nodiscard]] const Config& config() const { return config_; }
  [[nodiscard]] const RuleSet& rules() const { return evaluator_.rules(); }
  EventBroadcaster& stream() { return broadcaster_; }

 private:
  Engine(Sensor& sensor, Config config, Host host, std::span<const Detector> detectors, EngineOutputs outputs,
         Containers::Limits limits, RuleEvaluator evaluator);

  // Events and answers.
  void take(KernelEvent&&);
  void on_activity(Activity&&);
  void on_answer(const DnsAnswer&);
  void on_made(const CgroupMade&);
  void on_removed(const CgroupRemoved&);
  void on_moved(const CgroupMoved&);
  void introduce(WatchedContainer&, WallNs now, bool begins);
  void complete(Containers::Resolved, bool by_answer);

  // Evaluation.
  void evaluate(Activity&&, const WatchedContainerPtr&);
  void publish(const Activity&, const WatchedContainer&, const CachedVerdict&);
  void credit(const CachedVerdict&, const Repeats&);

  // Counts and losses.
  void drain(WallNs now);
  void count_losses(WatchedContainer&);
  [[nodiscard]] Losses losses(const WatchedContainer&) const;
  Losses losses_as_logged(const WatchedContainer&);

  // What time and people bring.
  void forget(const Containers::Passed&);
  void save_names();
  void note_classes(ProfileRecord&) const;
  Result<void> put_in_effect(const Config&);

  // The input log, while there is one that wants what comes.
  InputLog* input_log();
  template <typename Make>
  void log_input(Make make) {
    if (auto* const log = input_log()) {
      log->input(make());
    }
  }
  void note_slot(InputLog&, Slot, WallNs now, bool before) const;
  void note_appeared(const Containers::Resolved&, WallNs now);

  void check(const Result<void>&, std::string_view what);

  Sensor& sensor_;
  Config config_;
  Host host_;
  std::span<const Detector> detectors_;
  EngineOutputs out_;
  RuleEvaluator evaluator_;
  Containers containers_;
  ProfileRegistry registry_;
  Learner learner_;
  VerdictCache verdicts_;
  ProfileUpkeep upkeep_;
  AlertRaiser raiser_;
  DnsCache dns_cache_;
  SavedDnsNames saved_names_;      ///< of containers that have not been met yet
  std::uint64_t names_saved_ = 0;  ///< changes of names that were handed over
  Periodic save_names_{60 * kNsPerSecond};
  EventBroadcaster broadcaster_;
  Totals totals_;
  std::set<Action> classes_;  ///< what the attached hooks can see
  std::shared_ptr<InputLog> input_log_;
  std::optional<WallNs> ticked_;  ///< the last tick
};

}  // namespace plimsoll
