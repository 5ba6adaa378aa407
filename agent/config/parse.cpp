// The configuration from a TOML text, by the table of keys.
#include <algorithm>

#include "agent/config/keys.h"

namespace plimsoll {
namespace {

constexpr std::string_view kSyntax = "TOML 1.0; a rule's id is quoted: [rules.\"drift.new_executable\"]";

std::vector<std::string_view> sections() {
  std::vector<std::string_view> names;
  for (const auto& row : config_keys()) {
    if (std::ranges::find(names, row.section) == names.end()) names.push_back(row.section);
  }
  return names;
}

void read_value(const ConfigKey& row, const Place& place, Config& config) {
  row.key.field->read(place, config);
  if (row.agrees == nullptr) return;
  if (const auto complaint = row.agrees(config)) {
    place.wrong(row.key.field->write(config) + " " + *complaint, row.key.field->accepted());
  }
}

void read_section(std::string_view section, const Place& place, Config& config) {
  if (place.value.as<TomlValue::Table>() == nullptr) return place.wrong_type("a table");
  std::vector<std::string_view> known;
  for (const auto& row : config_keys()) {
    if (row.section != section) continue;
    if (row.key.name.empty()) return read_value(row, place, config);
    known.push_back(row.key.name);
    if (const auto* found = place.value.find(row.key.name)) read_value(row, place.member(*found), config);
  }
  place.refuse_others(known);
}

}  // namespace

Result<Config> parse_config(std::string_view text, std::string_view source) {
  Problems problems(source);
  const auto file = read_toml(text);
  if (!file) {
    problems.add(file.error().line, "syntax", file.error().what, kSyntax);
    return fail(problems.first().value_or(Error{}));
  }
  Config config = default_config();
  const Place root{*file, "", problems};
  const auto known = sections();
  for (const auto section : known) {
    if (const auto* found = file->find(section)) read_section(section, root.member(*found), config);
  }
  root.refuse_others(known);
  if (const auto& first = problems.first()) return fail(*first);
  return config;
}

}  // namespace plimsoll
