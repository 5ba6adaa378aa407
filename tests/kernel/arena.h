// A small container of the tests' own: a cgroup, an overlay root file system with the trigger program, and a
// sensor that watches. Nothing outside that cgroup is recorded.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/sensor/sensor.h"

namespace plimsoll::kernel_test {

/// What one run left behind.
struct Recording {
  int status = -1;  ///< as wait(2) gives it
  std::vector<Activity> activities;
  std::vector<KernelEvent> others;
};

/// The sensor under test, opened once for all tests; ends the test program with its error when it cannot be.
Sensor& sensor();

/// Is one of that hook's ways attached this one?
bool attached_by(const std::string& hook, const std::string& way);

/// Lets the sensor's pending events through `each`.
void drain(const std::function<void(KernelEvent)>& each);

class Arena {
 public:
  Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();  ///< kills what still runs in it, unmounts, removes the cgroup and the directory

  [[nodiscard]] Slot slot() const { return slot_; }
  [[nodiscard]] const CgroupMade& made() const { return made_; }
  [[nodiscard]] const std::string& cgroup() const { return cgroup_; }
  [[nodiscard]] const std::string& root() const { return root_; }

  /// Runs `/trigger what` as a container's runtime would: a host task moves into the cgroup, takes new mount
  /// and network namespaces and the root, and executes. Waits for its end.
  Recording trigger(const std::string& what);
  /// Any program of the root file system.
  Recording run(const std::vector<std::string>& argv);
  /// Likewise, and leaves its events where they are; its status.
  int leave(const std::string& what);
  /// Replaces a file of the root by one of the same content that was written now.
  void rewrite(const std::string& path) const;

 private:
  int run_to_its_end(const std::vector<std::string>& argv);
  void make_root();
  void clean_up() const;
  void make_cgroup();
  [[noreturn]] void child(const std::vector<std::string>& argv) const;

  std::string directory_, root_, cgroup_;
  CgroupMade made_;
  Slot slot_ = 0;
};

}  // namespace plimsoll::kernel_test
