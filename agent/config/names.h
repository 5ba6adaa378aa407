// The learning mode's names, as the file has them.
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "agent/config/config.h"

namespace plimsoll {

constexpr std::array<std::pair<std::string_view, LearningMode>, 3> kLearningModes{
    {{"auto", LearningMode::automatic}, {"learn", LearningMode::learn}, {"detect", LearningMode::detect}}};

constexpr std::string_view name(LearningMode mode) {
  return kLearningModes[static_cast<std::size_t>(mode)].first;
}

}  // namespace plimsoll
