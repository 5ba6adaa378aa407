// What the engine shows of itself: copies, made on the loop thread.
#include <algorithm>

#include "agent/engine/engine.h"

namespace plimsoll {

EngineReport Engine::report() const {
  EngineReport out;
  out.totals = totals_;
  static_cast<AlertTotals&>(out.totals) = raiser_.totals();
  out.pending = containers_.pending();
  out.held = containers_.held();
  out.learning_paused = config_.learning.paused;
  out.lost = containers_.lost();
  out.host = containers_.host();
  out.names = dns_cache_.counts();
  for (const auto& watched : containers_.all()) {
    const auto& record = *watched->profile;
    out.containers.push_back({watched->container, watched->started, watched->ended == 0, record.assessment,
                              record.profile.behaviours.size(), watched->evaluated, watched->alerts,
                              losses(*watched)});
  }
  for (const auto& [lineage, record] : registry_.all()) {
    if (!record->kept) {
      continue;
    }
    ++out.profiles_by_state[std::string(name(record->assessment.state))];
    out.quarantined += record->assessment.all.quarantined;
    if (const auto fresh = record->assessment.predicted_new_behaviours_per_day) {
      auto& most = out.new_behaviours_per_day[(raiser_.label(lineage.repository))];
      most = std::max(most, *fresh);
    }
  }
  return out;
}

std::vector<ProfileReport> Engine::profiles() const {
  std::vector<ProfileReport> out;
  for (const auto& [lineage, record] : registry_.all()) {
    if (!record->kept) {
      continue;
    }
    ProfileReport one{record->profile, record->assessment, record->startup,
                      total(record->profile.shares).minutes, 0};
    for (const auto& [host, lost] : record->profile.lost) {
      one.lost += lost;
    }
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace plimsoll
