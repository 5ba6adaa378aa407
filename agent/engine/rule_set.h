// The rules as the operator configured them: which speak, how loudly, and where they don't apply.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "agent/config/config.h"
#include "detectors/detector.h"

namespace plimsoll {

struct ActiveRule {
  const Detector* detector = nullptr;
  RuleConfig config;

  [[nodiscard]] Severity severity() const { return config.severity.value_or(detector->rule.severity); }
};

class RuleSet {
 public:
  RuleSet(std::span<const Detector> detectors, const std::map<std::string, RuleConfig>& configured);

  /// Every rule, disabled ones too, in the detectors' order.
  [[nodiscard]] const std::vector<ActiveRule>& rules() const { return rules_; }
  [[nodiscard]] static bool applies(const ActiveRule&, const Container&);

 private:
  std::vector<ActiveRule> rules_;
};

}  // namespace plimsoll
