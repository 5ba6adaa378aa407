// A capture: everything that the loop was given while it was recorded, so that it can be given again.
//
// Only containers are in it: what turns out to be the host's is never recorded. It begins with the profiles,
// decisions and containers as they are. Cached verdicts are dropped at that point, so every behaviour that
// occurs while recording is in it at least once; what the kernel side only counted is in it as counts.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/core/alert.h"
#include "agent/core/event.h"
#include "agent/core/losses.h"
#include "agent/core/result.h"

namespace plimsoll::capture {

constexpr std::uint64_t kVersion = 2;

/// Stands for an Activity::kind: the same number, the same kind. 0: none.
using Kind = std::uint64_t;

/// The first record of each capture.
struct Begin {
  static constexpr std::string_view kName = "begin";
  std::uint64_t version = 0;  ///< kVersion
  WallNs time = 0;
  Host host;
  std::string config;        ///< TOML, as `config show` prints it
  bool paused = false;       ///< `learning pause`
  std::set<Action> classes;  ///< what the hooks could see
  bool operator==(const Begin&) const = default;
};

/// A profile, or a person's decisions about it, as at the beginning; TOML.
struct Baseline {
  static constexpr std::string_view kName = "baseline";
  std::string toml;
  bool operator==(const Baseline&) const = default;
};
struct Decided {
  static constexpr std::string_view kName = "decided";
  std::string toml;  ///< after the beginning: what a person has decided meanwhile
  bool operator==(const Decided&) const = default;
};

/// What the fleet knew of a lineage was joined into its profile; TOML.
struct Joined {
  static constexpr std::string_view kName = "joined";
  std::string toml;
  bool operator==(const Joined&) const = default;
};

/// A slot is a container's from now on.
struct Appeared {
  static constexpr std::string_view kName = "appeared";
  Slot slot = 0;
  WallNs started = 0, now = 0;
  bool before = false;              ///< it was there when the recording began
  std::uint64_t lost_reported = 0;  ///< losses that its profile already knew of then
  Container container;
  bool operator==(const Appeared&) const = default;
};

/// A slot's cgroup was removed, or one of its tasks has left for a cgroup that is no container's.
struct Removed {
  static constexpr std::string_view kName = "removed";
  Slot slot = 0;
  WallNs time = 0;
  bool operator==(const Removed&) const = default;
};
struct Departed {
  static constexpr std::string_view kName = "departed";
  Slot slot = 0;
  bool operator==(const Departed&) const = default;
};

/// A container did something. The arguments are redacted as the configuration says.
struct Acted {
  static constexpr std::string_view kName = "acted";
  Activity activity;  ///< without `key` and `kind`
  Kind kind = 0;
  bool operator==(const Acted&) const = default;
};

/// Once a second; the reading of the kernel's counts; the end of the agent.
struct Tick {
  static constexpr std::string_view kName = "tick";
  WallNs now = 0;
  bool operator==(const Tick&) const = default;
};
struct Drain {
  static constexpr std::string_view kName = "drain";
  WallNs now = 0;
  bool operator==(const Drain&) const = default;
};
struct Finish {
  static constexpr std::string_view kName = "finish";
  WallNs now = 0;
  bool operator==(const Finish&) const = default;
};
/// Under a flood: repeats were handed on before the next tick.
struct Flushed {
  static constexpr std::string_view kName = "flushed";
  bool operator==(const Flushed&) const = default;
};

/// What the kernel side has counted. Stands before the record during which it was read.
struct Count {
  Kind kind = 0;
  Slot slot = 0;
  std::uint64_t more = 0;
  WallNs last_seen = 0;
  bool operator==(const Count&) const = default;
};
struct Counts {
  static constexpr std::string_view kName = "counts";
  std::vector<Count> counts;
  bool operator==(const Counts&) const = default;
};
/// The events that a container has lost so far; likewise.
struct Lost {
  static constexpr std::string_view kName = "lost";
  std::string container;  ///< id
  Losses losses;
  bool operator==(const Lost&) const = default;
};

/// The configuration has changed; learning was paused or goes on.
struct Configured {
  static constexpr std::string_view kName = "configured";
  std::string config;
  bool operator==(const Configured&) const = default;
};
struct Paused {
  static constexpr std::string_view kName = "paused";
  bool paused = false;
  bool operator==(const Paused&) const = default;
};

/// Whoever recorded has had enough.
struct Ended {
  static constexpr std::string_view kName = "ended";
  bool operator==(const Ended&) const = default;
};
/// Why nothing follows, where the recording did not end by itself.
struct Broken {
  static constexpr std::string_view kName = "broken";
  std::string reason;
  bool operator==(const Broken&) const = default;
};

/// The line of a record begins with its kName.
using Record = std::variant<Begin, Baseline, Decided, Appeared, Removed, Departed, Acted, Tick, Drain, Finish,
                            Flushed, Counts, Lost, Configured, Paused, Ended, Broken, Joined>;

/// One line of JSON without its end. Bytes of a string are code points below 256, so that any are kept.
std::string to_line(const Record&);
/// Errors say which field is wrong, and what is accepted.
Result<Record> from_line(std::string_view line);

/// The number that stands for a key.
Kind kind_of(const Key&);
/// A key for that number: the same for the same, all zero for 0.
Key key_of(Kind);

}  // namespace plimsoll::capture
