// What a detector is: a declaration and a pure function, in one file, listed in registry.cpp.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "agent/core/alert.h"
#include "agent/core/event.h"

namespace plimsoll {

/// What a detector may ask of the learned profile. Implemented by profiles/.
class Baseline {
 public:
  Baseline() = default;
  virtual ~Baseline() = default;
  /// The very same behaviour has been learned or allowed; not merely one like it.
  [[nodiscard]] virtual bool contains(const Behaviour&) const = 0;
  /// Some learned behaviour of any phase or actor executes this path.
  [[nodiscard]] virtual bool executes(std::string_view path) const = 0;
  /// The learners of the profile could see this class of action; if not, its absence is not new.
  [[nodiscard]] virtual bool covers(Action) const = 0;
  bool operator==(const Baseline&) const = default;  // it has no data of its own

 protected:  // a profile is a value; a Baseline alone is not, lest it be sliced
  Baseline(const Baseline&) = default;
  Baseline& operator=(const Baseline&) = default;
};

/// One thing to evaluate. Grows other kinds (CPU samples, flows, DNS answers) beside `activity` as they come.
struct Input {
  const Activity& activity;
  const Container& container;
  const Baseline& baseline;
  bool known = false;  ///< the behaviour is part of what is expected, itself or by a pattern of the profile's
  bool full = false;   ///< the profile is at its limits: what it does not know it cannot learn
  /// What a rule of Rule::of_release found, in a release that is being rolled out; else null.
  const Finding* brought = nullptr;
};

using Detect = std::vector<Finding> (*)(const Input&);

struct Detector {
  Rule rule;
  Detect detect;
};

/// Every detector there is, in the order in which alerts of one event are raised.
std::span<const Detector> all_detectors();

/// The rule of that id, or nullptr.
const Rule* find_rule(std::string_view id);

}  // namespace plimsoll
