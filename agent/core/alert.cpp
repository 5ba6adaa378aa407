// Names of severities and alert modes.
#include "agent/core/alert.h"

#include <array>

namespace plimsoll {
namespace {
constexpr std::array<std::string_view, 4> kSeverities = {"low", "medium", "high", "critical"};
}  // namespace

std::string_view name(Severity severity) {
  return kSeverities.at(static_cast<std::size_t>(severity));
}

std::optional<Severity> severity_from(std::string_view text) {
  for (std::size_t i = 0; i < kSeverities.size(); ++i) {
    if (kSeverities.at(i) == text) return static_cast<Severity>(i);
  }
  return std::nullopt;
}

std::string_view name(AlertMode mode) {
  return mode == AlertMode::active ? "active" : "shadow";
}

}  // namespace plimsoll
