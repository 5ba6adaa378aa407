#include "agent/sensor/self_test_listener.h"

#include <utility>

#include "agent/sensor/decode.h"

namespace plimsoll {

void SelfTestListener::begin(const Result<Slot>& slot, int join) {
  if (self_test_ == nullptr) return;
  if (!slot) return set_problem(slot.error().message);
  if (auto joined = self_test_->join(join, *slot); !joined) return set_problem(joined.error().message);
  slot_ = *slot;
}

bool SelfTestListener::listen(const Losses& lost, const std::function<Result<void>(std::uint32_t)>& renew) {
  if (slot_ == 0) return false;
  const auto now = std::chrono::steady_clock::now();
  const auto did = self_test_->result();
  if (!did) {
    set_problem(did.error().message);
    return false;
  }
  if (const auto& song = *did) watch_.did(*song);
  // What was lost was seen, and is accounted for: it names no blind hook.
  watch_.heard(lost == lost_before_ ? heard_.load() | spared_ : ~HookSet{0});
  const bool changed = watch_.judge(now);
  silent_ = watch_.silent();
  set_problem(watch_.stuck() ? "the self-test does not answer" : "");
  if (!watch_.due(now)) return changed;
  heard_ = 0;
  lost_before_ = lost;
  // What it did before is to be new again.
  if (renew(++epoch_) && self_test_->run()) watch_.begin(now);
  return changed;
}

void SelfTestListener::mark(std::vector<HookStatus>& hooks) const {
  const HookSet silent = silent_;
  for (std::uint32_t hook = 0; hook < PL_HOOKS; hook++) {
    if ((silent >> hook & 1U) == 0) continue;
    for (HookStatus& status : hooks) status.silent = status.silent || status.hook == hook_name(hook);
  }
}

std::string SelfTestListener::problem() const {
  const MutexLock lock(mutex_);
  return problem_;
}

void SelfTestListener::set_problem(std::string problem) {
  const MutexLock lock(mutex_);
  problem_ = std::move(problem);
}

}  // namespace plimsoll
