// What a reload of the configuration changes, and what it cannot.
#include "agent/config/reload.h"

#include "agent/config/keys.h"

namespace plimsoll {

std::vector<const ConfigKey*> changed_keys(const Config& before, const Config& after) {
  std::vector<const ConfigKey*> changed;
  for (const auto& row : config_keys()) {
    if (!row.key.field->same(before, after)) changed.push_back(&row);
  }
  return changed;
}

std::string changed_until_start(const Config& running, const Config& read) {
  std::string out;
  for (const auto* row : changed_keys(running, read)) {
    if (row->takes_effect == TakesEffect::at_start) out += (out.empty() ? "" : ", ") + row->path();
  }
  return out;
}

void take_reloaded(const Config& read, Config& running) {
  for (const auto& row : config_keys()) {
    if (row.takes_effect == TakesEffect::at_reload) row.key.field->copy(read, running);
  }
}

}  // namespace plimsoll
