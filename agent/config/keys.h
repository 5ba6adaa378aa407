// The table of keys: what the parser, the writer, the reload report and the reference page are made from.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/config/config.h"
#include "agent/config/key.h"
#include "agent/config/kinds.h"

namespace plimsoll {

enum class TakesEffect : std::uint8_t { at_reload, at_start };

struct ConfigKey {
  std::string_view section;
  KeyOf<Config> key;  ///< a name that is empty: the section itself is the value
  TakesEffect takes_effect;
  /// What is wrong with its value beside those of the rows above; null: it depends on none.
  Complaint (*agrees)(const Config&) = nullptr;

  /// "learning.mode"
  [[nodiscard]] std::string path() const;
};

/// Every key, in the order of `config show`; the keys of a section stand together.
const std::vector<ConfigKey>& config_keys();

/// Those whose values differ.
std::vector<const ConfigKey*> changed_keys(const Config& before, const Config& after);

/// Of `[rules."ID"]`.
const std::vector<KeyOf<RuleConfig>>& rule_keys();
/// Of `[identity] runtimes` and of a rule's `exclude`.
Record<RuntimeConfig> runtime_record();
Record<RuleExclusion> exclusion_record();

/// The tables `[rules."ID"]`, by id.
struct Rules {
  using Map = std::map<std::string, RuleConfig>;
  bool read(const Place&, Map& into) const;
  [[nodiscard]] std::string write(const Map&) const;
  [[nodiscard]] bool same(const Map&, const Map&) const;
  [[nodiscard]] std::string type() const { return "table"; }
  [[nodiscard]] std::string accepted() const;
  [[nodiscard]] std::vector<MemberText> members() const { return member_texts(rule_keys()); }
};

}  // namespace plimsoll
