// What other threads may ask of the loop, and what they may have it do: a closed list. Questions and answers
// are values, so that a caller who no longer waits leaves nothing behind that the loop could still touch.
#pragma once

#include <cstddef>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "agent/config/config.h"
#include "agent/core/alert.h"
#include "agent/core/result.h"
#include "agent/engine/event_broadcaster.h"
#include "agent/engine/input_log.h"
#include "agent/engine/report.h"
#include "agent/engine/rule_set.h"
#include "profiles/decisions.h"
#include "profiles/profile.h"

namespace plimsoll {

class Engine;

/// What a command answers that has nothing to tell.
struct Done {};

/// Containers, totals and what `status` and the metrics show.
struct ReportQuery {
  using Answer = EngineReport;
};

/// The configuration in effect.
struct ConfigQuery {
  using Answer = Config;
};

struct RulesQuery {
  using Answer = std::vector<ActiveRule>;
};

/// The one container whose id, beginning of the id, or name this is. An error when it is none or several.
struct ContainerQuery {
  using Answer = ContainerPtr;
  std::string wanted;
};

/// The latest alerts, oldest first.
struct AlertsQuery {
  using Answer = std::vector<Alert>;
  std::size_t most = 0;
};

/// An error when no such alert is remembered.
struct AlertQuery {
  using Answer = Alert;
  std::string id;
};

/// What a list shows of a profile, without its behaviours.
struct ProfileSummary {
  Lineage lineage;
  std::string image_id;  ///< of the newest image; empty: none
  std::set<std::string> tags;
  std::size_t images = 0, behaviours = 0, hosts = 0;
  std::uint64_t minutes = 0, lost = 0;
  Assessment assessment;
  Startup startup;
};
ProfileSummary summary_of(const ProfileReport&);

struct ProfileListQuery {
  using Answer = std::vector<ProfileSummary>;
};

/// One profile, by its repository, repository:tag, image id or the beginning of that; `role` narrows. An
/// error when it is none or several.
struct ProfileQuery {
  struct Answer {
    ProfileReport report;
    std::string image;  ///< the id of the image that was named; empty when the repository was
  };
  std::string wanted, role;
};

/// How many behaviours the lineage would lose by this.
struct ForgettableQuery {
  using Answer = std::size_t;
  Lineage lineage;
  Forgotten forgotten;
};

/// What a release has on trial.
struct ReleaseQuery {
  using Answer = std::set<Behaviour>;
  Lineage lineage;
  std::string image;
};

/// From now on events go to the subscription, until its last owner lets go of it.
struct SubscribeCommand {
  using Answer = Done;
  std::shared_ptr<Subscription> subscription;
};

/// An error while another recording runs.
struct RecordCommand {
  using Answer = Done;
  std::shared_ptr<InputLog> log;
  WallNs now = 0;
};

struct DecideCommand {
  using Answer = Done;
  Decisions decisions;
};

struct PauseLearningCommand {
  using Answer = Done;
  bool paused = false;
};

/// One profile of another host.
struct JoinCommand {
  using Answer = Done;
  Profile profile;
};

/// Profiles of other agents: all of them or none. How many behaviours of each were new.
struct ImportCommand {
  using Answer = std::vector<std::size_t>;
  std::vector<Profile> profiles;
};

// They run on the loop thread.
Result<EngineReport> answer(Engine&, ReportQuery);
Result<Config> answer(Engine&, ConfigQuery);
Result<std::vector<ActiveRule>> answer(Engine&, RulesQuery);
Result<ContainerPtr> answer(Engine&, const ContainerQuery&);
Result<std::vector<Alert>> answer(Engine&, AlertsQuery);
Result<Alert> answer(Engine&, const AlertQuery&);
Result<std::vector<ProfileSummary>> answer(Engine&, ProfileListQuery);
Result<ProfileQuery::Answer> answer(Engine&, const ProfileQuery&);
Result<std::size_t> answer(Engine&, const ForgettableQuery&);
Result<std::set<Behaviour>> answer(Engine&, const ReleaseQuery&);
Result<Done> answer(Engine&, const SubscribeCommand&);
Result<Done> answer(Engine&, const RecordCommand&);
Result<Done> answer(Engine&, DecideCommand);
Result<Done> answer(Engine&, PauseLearningCommand);
Result<Done> answer(Engine&, JoinCommand);
Result<std::vector<std::size_t>> answer(Engine&, const ImportCommand&);

/// A question on its way to the loop, and where its answer goes, whether somebody still waits for it or not.
template <typename Q>
struct Asked {
  Q question;
  std::promise<Result<typename Q::Answer>> reply;
};

template <typename... Q>
struct QuestionList {
  using Message = std::variant<Asked<Q>...>;
  template <typename T>
  static constexpr bool kHas = (std::is_same_v<T, Q> || ...);
};

using Questions =
    QuestionList<ReportQuery, ConfigQuery, RulesQuery, ContainerQuery, AlertsQuery, AlertQuery,
                 ProfileListQuery, ProfileQuery, ForgettableQuery, ReleaseQuery, SubscribeCommand,
                 RecordCommand, DecideCommand, PauseLearningCommand, JoinCommand, ImportCommand>;

/// One of the list: anything else, a lambda above all, does not compile.
template <typename T>
concept Question = Questions::kHas<T>;

/// The loop's part: answers, and tells the caller if there still is one.
void answer(Engine&, Questions::Message);

}  // namespace plimsoll
