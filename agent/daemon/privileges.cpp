// Giving up capabilities, and the thread that may keep them for a while.
#include "agent/daemon/privileges.h"

#include <sys/capability.h>
#include <sys/prctl.h>

#include <cerrno>
#include <cstring>
#include <future>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace plimsoll {
namespace {

// What the agent keeps is in agent/host/capabilities.cpp; what it only starts with is PrivilegedThread's. So
// it is under systemd, in Kubernetes and on ECS alike, whichever of these were given.
using Capabilities = std::unique_ptr<std::remove_pointer_t<cap_t>, decltype(&cap_free)>;

bool has(std::uint64_t mask, unsigned number) {
  return (mask >> number & 1U) != 0;
}

Result<void> set_capabilities(std::uint64_t keep) {
  const Capabilities now(cap_get_proc(), &cap_free), wanted(cap_init(), &cap_free);
  if (!now || !wanted) return fail(std::string("capabilities cannot be read: ") + std::strerror(errno));
  for (int number = 0; number < cap_max_bits(); ++number) {
    cap_flag_value_t permitted = CAP_CLEAR;
    const cap_value_t one = number;
    if (!has(keep, static_cast<unsigned>(number)) ||
        cap_get_flag(now.get(), one, CAP_PERMITTED, &permitted) != 0 || permitted == CAP_CLEAR) {
      continue;
    }
    cap_set_flag(wanted.get(), CAP_PERMITTED, 1, &one, CAP_SET);
    cap_set_flag(wanted.get(), CAP_EFFECTIVE, 1, &one, CAP_SET);
  }
  if (cap_set_proc(wanted.get()) != 0) {
    return fail(std::string("capabilities cannot be dropped: ") + std::strerror(errno));
  }
  return {};
}

}  // namespace

Result<void> keep_capabilities(std::uint64_t keep) {
  // Taking from the bounding set wants CAP_SETPCAP, which containers are often not given. Nothing is lost
  // then: the set matters at execve(2) only, which no_new_privs robs of its gains and refuse_calls() refuses.
  for (int number = 0; number < cap_max_bits(); ++number) {
    if (!has(keep, static_cast<unsigned>(number)) && cap_get_bound(number) > 0) cap_drop_bound(number);
  }
  std::string problem;
  if (cap_reset_ambient() != 0 && errno != EINVAL) problem = "ambient capabilities cannot be dropped";
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) problem = "no_new_privs cannot be set";
  if (!problem.empty()) problem += std::string(": ") + std::strerror(errno);
  if (auto set = set_capabilities(keep); !set) problem = set.error().message;
  if (!problem.empty()) return fail(problem);
  return {};
}

PrivilegedThread::PrivilegedThread() : thread_([this] { serve(); }) {}

PrivilegedThread::~PrivilegedThread() {
  {
    const MutexLock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void PrivilegedThread::serve() {
  MutexLock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this]() REQUIRES(mutex_) { return ending_ || work_; });
    if (!work_) return;
    std::exchange(work_, nullptr)();
  }
}

void PrivilegedThread::run(const std::function<void()>& work) {
  std::packaged_task<void()> task(work);
  auto done = task.get_future();
  {
    const MutexLock lock(mutex_);
    work_ = [&task] { task(); };
  }
  changed_.notify_one();
  done.get();
}

}  // namespace plimsoll
