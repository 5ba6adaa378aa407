// The configuration as TOML, by the table of keys.
#include "agent/config/keys.h"

namespace plimsoll {

std::string to_toml(const Config& config) {
  std::string out;
  std::string_view section;
  for (const auto& row : config_keys()) {
    if (row.key.name.empty()) {
      out += row.key.field->write(config);
      continue;
    }
    if (row.section != section) {
      out += (out.empty() ? "[" : "\n[") + std::string(row.section) + "]\n";
      section = row.section;
    }
    out += std::string(row.key.name) + " = " + row.key.field->write(config) + "\n";
  }
  return out;
}

}  // namespace plimsoll
