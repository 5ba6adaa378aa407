// The operations whose cost is measured, each as a loop of the same act.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace plimsoll::bench {

struct Operation {
  std::string name;
  std::uint32_t rounds;  ///< for one measurement
  /// Does the act once; `round` makes it different from the last, when `fresh`. False: it failed.
  bool (*act)(std::uint32_t round, bool fresh);
  bool can_be_fresh;  ///< a new behaviour each time is possible without changing what is measured
};

const std::vector<Operation>& operations();

/// Mean nanoseconds of one act, or a negative number when one failed.
double measure(const Operation&, bool fresh);

}  // namespace plimsoll::bench
