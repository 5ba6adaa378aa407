// What a started agent may still do: hardly any capability, and none of the calls that only somebody who has
// taken it over would make.
#pragma once

#include <cstdint>
#include <functional>
#include <thread>

#include "agent/core/mutex.h"
#include "agent/core/result.h"
#include "agent/host/capabilities.h"

namespace plimsoll {

/// Takes from the calling thread, and from those that it starts later, all capabilities but `keep` (of which
/// it gets none that it does not have), and the right to gain any by executing. Errors name what the kernel
/// refused; what could be taken is gone all the same.
Result<void> keep_capabilities(std::uint64_t keep);

/// Refuses the calling thread, and those that it starts later, the system calls of confine's table: they fail
/// with EPERM. An error names what could not be done; then nothing is refused.
Result<void> refuse_calls();

/// The one thread that keeps the privileges that the agent was started with: it does what takes them, and
/// ends before the agent is up. All others are made without.
class PrivilegedThread {
 public:
  PrivilegedThread();
  PrivilegedThread(const PrivilegedThread&) = delete;
  PrivilegedThread& operator=(const PrivilegedThread&) = delete;
  ~PrivilegedThread();  ///< the thread, and with it the privileges, have ended

  /// Waits until `work` is done; throws what it throws.
  void run(const std::function<void()>& work);

 private:
  void serve();

  Mutex mutex_;
  ConditionVariable changed_;
  std::function<void()> work_ GUARDED_BY(mutex_);
  bool ending_ GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace plimsoll
