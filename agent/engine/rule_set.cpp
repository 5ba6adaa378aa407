// Configured rules.
#include "agent/engine/rule_set.h"

#include <algorithm>

#include "agent/engine/glob.h"

namespace plimsoll {

RuleSet::RuleSet(std::span<const Detector> detectors, const std::map<std::string, RuleConfig>& configured) {
  rules_.reserve(detectors.size());
  for (const auto& detector : detectors) {
    const auto own = configured.find(std::string(detector.rule.id));
    rules_.push_back({&detector, own == configured.end() ? RuleConfig{} : own->second});
  }
}

bool RuleSet::applies(const ActiveRule& rule, const Container& container) {
  const auto fits = [](const std::string& pattern, std::string_view text) {
    return pattern.empty() || matches(pattern, text);
  };
  return rule.config.enabled &&
         std::ranges::none_of(rule.config.exclude, [&](const RuleExclusion& exclusion) {
           return (fits(exclusion.image, container.repository) || fits(exclusion.image, container.image)) &&
                  fits(exclusion.name_space, container.pod_namespace) && fits(exclusion.role, container.role);
         });
}

}  // namespace plimsoll
