// The operations whose cost is measured, each as a loop of the same act.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace plimsoll::bench {

struct Operation {
  std::string name;
  std::uint32_t batches, acts;  ///< of one measurement: as many batches of as many acts
  /// Does the act once; `round` makes it different from the last, when `fresh`. False: it failed.
  bool (*act)(std::uint32_t round, bool fresh);
  bool can_be_fresh;  ///< a new behaviour each time is possible without changing what is measured
};

const std::vector<Operation>& operations();

/// Nanoseconds of one act, in the median batch: what the kernel does now and then, such as freeing and
/// getting pages, and the timer's interrupt, falls into a few batches, or into each alike. A negative number:
/// one failed.
double measure(const Operation&, bool fresh);

}  // namespace plimsoll::bench
