// Where the startup of a lineage's containers ends, as its profile tells; and what is known on both sides of
// it.
//
// Formula and reasons: profiles/README.md, "Phases". It follows from the joined profile alone, so that hosts
// that have merged the same come to the same end.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/core/names.h"
#include "profiles/generalise.h"
#include "profiles/profile.h"
#include "profiles/release.h"

namespace plimsoll {

/// Until a profile tells; after the container's first exec, as all times here.
constexpr WallNs kStartupUntilLearned = 60 * kNsPerSecond;
/// What is learned is one of these, in seconds: so it does not move with each second.
constexpr std::array<std::uint64_t, 8> kStartupEnds = {5, 10, 20, 30, 60, 120, 300, 600};

struct Startup {
  enum class By : std::uint8_t { nothing, profile, setting };
  WallNs end = kStartupUntilLearned;
  By by = By::nothing;
  std::uint64_t behaviours = 0;  ///< that containers show when they start, and never later
  std::uint64_t latest = 0;      ///< when the latest of these is shown, at the soonest: seconds
  std::uint64_t containers = 0;  ///< begun, about
  std::uint64_t watched = 0;     ///< each for so long on average, at least: seconds
  std::string missing;           ///< what the profile lacks, where it does not tell
};
template <>
inline constexpr auto kNamesOf<Startup::By> = names({"nothing", "profile", "setting"});

/// `setting`: what an operator has set for all images; else the profile tells, or nothing does.
Startup startup_of(const Profile&, std::optional<WallNs> setting);

/// One line: "ends after 20 s (learned: 14 behaviours of 9 containers, the last 5 s after start)".
std::string describe(const Startup&);

/// Startup or steady: between them only time decides.
bool of_a_run(Phase);

/// When something is done, and where startup ends in that container.
struct Moment {
  std::uint64_t since_start = 0;  ///< seconds
  WallNs end = kStartupUntilLearned;
};

/// The same behaviour in the other one of startup and steady; none for what is of another phase.
std::optional<Behaviour> in_other_phase(const Behaviour&);

/// It is known under `other`, itself or by the pattern that covers that (null: none), because it was seen
/// there at a time that lies beyond the end: what was learned while startup ended later or earlier. What
/// startup did so late is known in steady state for so long only, so that for a steady behaviour the answer
/// holds now and not for ever. False for what was removed, or is not believed.
bool known_across(const Profile&, const Behaviour&, const Behaviour& other, const Moment&, const Expecting&,
                  const Covering* covering_other);

/// What detectors ask, at that moment: a profile, and what is known across the end of startup.
class AcrossStartup final : public Baseline {
 public:
  /// The profile outlives this.
  AcrossStartup(const Profile& profile, const Moment& moment) : profile_(&profile), moment_(moment) {}
  [[nodiscard]] bool contains(const Behaviour&) const override;
  [[nodiscard]] bool executes(std::string_view path) const override { return profile_->executes(path); }
  [[nodiscard]] bool covers(Action action) const override { return profile_->covers(action); }
  /// Something that it said does not hold for ever.
  [[nodiscard]] bool passing() const { return passing_; }

 private:
  const Profile* profile_;
  Moment moment_;
  mutable bool passing_ = false;
};

/// Seconds since the container's start, for the profile. The kernel side decides by its own clock, some
/// milliseconds beside that of the agent: what was startup there lies before the end here, too, and what was
/// steady does not. Only a second at the end is ever moved.
std::uint64_t second_of(Phase, std::uint64_t since_start, WallNs end);

}  // namespace plimsoll
