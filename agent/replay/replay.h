// A capture, played to an engine of its own: the same inputs, the same alerts.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "agent/capture/file.h"
#include "agent/core/alert.h"
#include "detectors/detector.h"
#include "profiles/profile.h"

namespace plimsoll {

class Engine;

struct ReplayOptions {
  std::span<const Detector> detectors;
  /// Instead of the capture's profile of that lineage and what was decided about it; nothing is learned then,
  /// and what is new is active.
  std::optional<Profile> profile;
  /// After each second of the capture; not called when empty.
  std::function<void(const Engine&, WallNs now)> watch;
};

struct Replayed {
  std::uint64_t events = 0;   ///< that were evaluated one by one
  std::uint64_t counted = 0;  ///< that the kernel side only counted
  std::uint64_t containers = 0;
  std::uint64_t alerts = 0;  ///< updates included
  WallNs from = 0, to = 0;
  std::string broken;  ///< why the recording did not go on; empty: it was ended
};

/// Plays all that is left of `capture`. Alerts are passed on as they are raised. Errors begin with the file
/// and its line.
Result<Replayed> replay(capture::Reader& capture, const ReplayOptions&,
                        const std::function<void(const Alert&)>& alert);

}  // namespace plimsoll
