// Random profiles of one image, with much in common and with hostile bytes in every string.
#pragma once

#include <random>

#include "profiles/profile.h"

namespace plimsoll {

Behaviour random_behaviour(std::mt19937& random);
Profile random_profile(std::mt19937& random);

}  // namespace plimsoll
