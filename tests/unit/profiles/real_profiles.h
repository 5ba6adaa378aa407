// Shares that real containers gave: tests/fixtures/profiles, made by tests/soak/shares.cpp.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "profiles/profile.h"

namespace plimsoll {

struct RealProfile {
  std::string name;  ///< of its file
  std::string text;  ///< as it was written
  Profile profile;
};

/// By lineage, in the order of their names. What cannot be read fails the test that asks.
std::map<Lineage, std::vector<RealProfile>> real_profiles();

}  // namespace plimsoll
