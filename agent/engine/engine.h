// The loop's state: everything that an event changes. One thread uses it; it owns none and reads no clock.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/alerts/alert_rate.h"
#include "agent/alerts/alerts.h"
#include "agent/config/config.h"
#include "agent/core/log.h"
#include "agent/engine/containers.h"
#include "agent/engine/judge.h"
#include "agent/engine/known_keys.h"
#include "agent/engine/names.h"
#include "agent/engine/profile_book.h"
#include "agent/engine/report.h"
#include "agent/engine/stream.h"
#include "agent/engine/tape.h"
#include "agent/metrics/image_labels.h"
#include "agent/sensor/sensor.h"

namespace plimsoll {

/// Where the engine's doings go.
struct EngineOutputs {
  std::function<void(Containers::Ask)> resolve;
  std::function<void(const Alert&)> alert;
  std::function<void(Profile)> save;
  std::function<void(const Lineage&)> remove;         ///< the profile's file
  std::function<void(const Lineage&, bool)> running;  ///< containers of it run now, or none does any more
  std::function<void(KeptNames)> save_names;
  Log log;
};

class Engine {
 public:
  static Result<std::unique_ptr<Engine>> make(Sensor&, const Config&, Host, std::span<const Detector>,
                                              EngineOutputs, Containers::Limits limits = {});

  void load(std::vector<Profile> profiles, std::vector<Decisions> decisions) {
    book_.load(std::move(profiles), std::move(decisions));
  }
  /// What an agent before has kept of the containers that still run.
  void load_names(KeptNames kept) { kept_names_ = std::move(kept); }
  /// Containers that were running before the agent: gives them slots, asks who they are, and seeds their
  /// tasks.
  void adopt(const std::vector<FoundCgroup>&);
  /// Likewise those of them that nobody has told of: what was lost.
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
  /// What an operator changed on disk becomes true (ProfileBook::reload).
  void reload(ProfileBook::DiskState);
  /// A person has decided about a lineage: that holds from now on.
  void decide(Decisions);
  /// What others know about a lineage becomes part of its profile (ProfileBook::join). How many behaviours
  /// were new; nothing while learning is paused: profiles stay as they are then.
  std::optional<std::size_t> join(Profile);

  /// From now on everything that changes the engine goes to the tape, until that has ended; first what there
  /// is. What was judged before is told anew. One tape at a time: false while another one is at work.
  bool record(std::shared_ptr<Tape>, WallNs now);
  /// What a tape has recorded happens again. The engine is to be new, and its tape the one that plays.
  void play_from(std::shared_ptr<Tape> tape) { tape_ = std::move(tape); }
  void play(const capture::Appeared&);
  /// The slot is a container's: what happens in it can be played.
  [[nodiscard]] bool knows(Slot) const;
  void play(capture::Acted&&);
  void play(const capture::Removed&);
  void play(const capture::Departed&);
  void play(const capture::Settled&) { settle_repeats(); }

  [[nodiscard]] EngineReport report() const;
  [[nodiscard]] std::vector<ProfileReport> profiles() const;
  [[nodiscard]] const AlertBook& alerts() const { return alerts_; }
  [[nodiscard]] const Config& config() const { return config_; }
  [[nodiscard]] const RuleBook& rules() const { return judge_.rules(); }
  Stream& stream() { return stream_; }

 private:
  Engine(Sensor& sensor, Config config, Host host, std::span<const Detector> detectors, EngineOutputs outputs,
         Containers::Limits limits, Judge judge);

  /// The tape, while there is one that wants what comes.
  Tape* tape();
  void note_slot(Tape&, Slot, WallNs now, bool before) const;
  void note_appeared(const Containers::Settled&, WallNs now);
  Result<void> put_in_effect(const Config&);
  void take(KernelEvent&&);
  void on_activity(Activity&&);
  void on_moved(const CgroupMoved&);
  void on_answer(const DnsAnswer&);
  void judge_anew(std::span<const Key>);
  void judge(Activity&&, const WatchedPtr&);
  void tell_judged();
  void publish(const Activity&, const Judgement&);
  std::string raise(Found, const Activity&, const WatchedPtr&);
  std::string write(Alert, Watched&);
  void settle_repeats();
  void settled(Containers::Settled, bool resolved);
  void on_removed(const CgroupRemoved&);
  void introduce(Watched&, WallNs now, bool begins);
  void note_classes(ProfileRecord&) const;
  void count_losses(Watched&);
  void fade(ProfileRecord&, WallNs now);
  void save_dirty(WallNs now, WallNs before);
  void save_names(WallNs now);
  void retire(WallNs now);
  void assess(ProfileRecord&, WallNs now);
  void check(const Result<void>&, std::string_view what);
  void judge_anew(ProfileRecord&, WallNs now);
  void set_startup(const ProfileRecord&);
  void drain(WallNs now);
  void drain_before_forgetting(WallNs now);
  void forget(const Containers::Passed&);
  [[nodiscard]] Losses losses(const Watched&) const;
  Losses losses_for_all(const Watched&);

  Sensor& sensor_;
  Config config_;
  Host host_;
  std::span<const Detector> detectors_;
  EngineOutputs out_;
  Judge judge_;
  Containers containers_;
  ProfileBook book_;
  Learner learner_;
  KnownKeys keys_;
  Names names_;
  KeptNames kept_names_;           ///< of containers that have not been met yet
  std::uint64_t names_saved_ = 0;  ///< changes of names that were handed over
  WallNs names_saved_at_ = 0;
  std::vector<Key> judged_;  ///< that the kernel side has not been told of
  AlertBook alerts_;
  AlertRate rate_;
  Stream stream_;
  ImageLabels labels_;
  Totals totals_;
  std::set<Action> classes_;  ///< what the attached hooks can see
  std::shared_ptr<Tape> tape_;
  WallNs started_ = 0, assessed_ = 0, ticked_ = 0, retired_ = 0;
};

}  // namespace plimsoll
