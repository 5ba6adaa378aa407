// Which capabilities the agent needs, when, and on which kernels: one table (capabilities.cpp) for the checks
// at start, for `plimsoll doctor`, and for what a started agent keeps. Sets are masks: bit n is capability n.
#pragma once

#include <cstdint>
#include <string>

#include "agent/host/host_facts.h"

namespace plimsoll {

/// Names as in "cap_bpf, cap_perfmon"; empty when none is missing.
struct MissingCapabilities {
  std::string essential;  ///< without these no program can be loaded
  std::string others;     ///< without these the agent sees less
};
MissingCapabilities missing_capabilities(std::uint64_t held);

/// What the agent needs on that kernel once its programs are attached, of those that it holds.
std::uint64_t needed_capabilities(KernelVersion, std::uint64_t held);

}  // namespace plimsoll
