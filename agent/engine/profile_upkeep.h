// What time does to profiles: they are assessed, written, pruned, and retired when nothing runs of them.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "agent/config/config.h"
#include "agent/core/log.h"
#include "agent/engine/containers.h"
#include "agent/engine/periodic.h"
#include "agent/engine/profile_registry.h"
#include "agent/engine/verdict_cache.h"

namespace plimsoll {

/// Where a profile's doings go. Functions may be empty, but for `save`.
struct ProfileOutputs {
  std::function<void(Profile)> save;
  std::function<void(const Lineage&)> remove;         ///< the profile's file
  std::function<void(const Lineage&, bool)> running;  ///< containers of it run now, or none does any more
};

class ProfileUpkeep {
 public:
  struct Parts {
    ProfileRegistry& registry;
    Containers& containers;
    VerdictCache& verdicts;
    const Config::Learning& learning;  ///< as configured at the time
    std::string host;
    ProfileOutputs out;
    std::function<void(Slot, std::int64_t lasts_ns)> set_startup;
    Log log;
  };
  explicit ProfileUpkeep(Parts parts) : parts_(std::move(parts)) {}

  /// Once a second.
  void tick(WallNs now);
  /// Everything that is not written goes to the store.
  void save_all(WallNs now) { save(now, now); }
  /// What state the profile is in. Verdicts that depend on it are void when it is another.
  void assess(ProfileRecord&, WallNs now);
  /// All profiles are assessed at the next tick.
  void assess_soon() { assess_all_.soon(); }
  /// As a new agent would begin at `now`: what a replay cannot know is forgotten.
  void restart(WallNs now);

 private:
  void note_running();
  void retire(WallNs now);
  void prune(ProfileRecord&, WallNs now);
  void move_startup(const ProfileRecord&);
  void save(WallNs now, WallNs handed_before);

  static constexpr WallNs kSecond = kNsPerSecond, kHour = 3600 * kSecond;

  Parts parts_;
  Periodic assess_all_{10 * kSecond};
  Periodic retire_{kHour};
  WallNs started_ = 0;  ///< the first tick; 0: not yet
};

}  // namespace plimsoll
