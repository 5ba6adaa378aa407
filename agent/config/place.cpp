// Where a value stands in the file, and the first thing that is wrong there.
#include "agent/config/place.h"

#include <algorithm>

#include "agent/core/suggest.h"
#include "agent/core/text.h"

namespace plimsoll {

void Problems::add(std::size_t line, std::string_view key, std::string_view what, std::string_view accepted) {
  if (first_) return;
  first_ = Error{source_ + ":" + std::to_string(line) + ": " + escape(key) + ": " + escape(what) +
                 "; accepted: " + std::string(accepted)};
}

void Place::refuse_others(const std::vector<std::string_view>& known) const {
  const auto* table = value.as<TomlValue::Table>();
  if (table == nullptr) return;
  for (const auto& member : *table) {
    if (std::ranges::find(known, member.name) != known.end()) continue;
    problems.add(member.line, path_of(member.name), "unknown key" + suggestion(member.name, known),
                 joined(known));
  }
}

std::string suggestion(std::string_view name, const std::vector<std::string_view>& known) {
  const auto nearest = nearest_name(name, known);
  return nearest.empty() ? "" : " (did you mean \"" + std::string(nearest) + "\"?)";
}

std::string joined(const std::vector<std::string_view>& names) {
  std::string out;
  for (const auto name : names) out += (out.empty() ? "" : ", ") + std::string(name);
  return out;
}

}  // namespace plimsoll
