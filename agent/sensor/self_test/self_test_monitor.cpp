#include "agent/sensor/self_test/self_test_monitor.h"

#include <utility>

#include "agent/sensor/decode/decode.h"

namespace plimsoll {

void SelfTestMonitor::start(const Result<Slot>& slot, int join) {
  if (self_test_ == nullptr) return;
  if (!slot) return set_problem(slot.error().message);
  if (auto joined = self_test_->join(join, *slot); !joined) return set_problem(joined.error().message);
  slot_ = *slot;
}

bool SelfTestMonitor::check(const Losses& lost, const std::function<Result<void>(std::uint32_t)>& renew) {
  if (slot_ == 0) return false;
  const auto now = std::chrono::steady_clock::now();
  const auto result = self_test_->result();
  if (!result) {
    set_problem(result.error().message);
    return false;
  }
  if (const auto& performed = *result) schedule_.performed(*performed);
  // A loss is counted by the hook that saw the event: a run with losses shows no hook to be blind.
  schedule_.reported(lost == lost_before_ ? reported_.load() | skipped_ : ~HookSet{0});
  const bool changed = schedule_.evaluate(now);
  silent_ = schedule_.silent();
  set_problem(schedule_.stuck() ? "the self-test does not answer" : "");
  if (!schedule_.due(now)) return changed;
  reported_ = 0;
  lost_before_ = lost;
  // What it did in earlier runs must be new behaviour again.
  if (renew(++epoch_) && self_test_->run()) schedule_.begin(now);
  return changed;
}

void SelfTestMonitor::mark(std::vector<HookStatus>& hooks) const {
  const HookSet silent = silent_;
  for (std::uint32_t hook = 0; hook < PL_HOOKS; hook++) {
    if ((silent >> hook & 1U) == 0) continue;
    for (HookStatus& status : hooks) status.silent = status.silent || status.hook == hook_name(hook);
  }
}

std::string SelfTestMonitor::problem() const {
  const MutexLock lock(mutex_);
  return problem_;
}

void SelfTestMonitor::set_problem(std::string problem) {
  const MutexLock lock(mutex_);
  problem_ = std::move(problem);
}

}  // namespace plimsoll
