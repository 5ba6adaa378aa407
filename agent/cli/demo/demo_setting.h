// What the demo needs around it: a host that can do it, a directory, and time that a signal can end.
#pragma once

#include <chrono>
#include <csignal>
#include <string>

#include "agent/core/result.h"

namespace plimsoll {

/// Root, runc, and a busybox without libraries.
Result<void> check_demo_needs();

/// Ctrl-C and the like, held back so that everything is put away before the end.
class Interruption {
 public:
  Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;
  ~Interruption();
  /// Lets time pass; an error when a signal came.
  [[nodiscard]] Result<void> pause(std::chrono::milliseconds time) const;

 private:
  sigset_t signals_{}, before_{};
};

/// A private directory, removed with everything in it unless it is to be kept.
class Workspace {
 public:
  explicit Workspace(bool keep);
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  ~Workspace();
  /// Empty when none could be made.
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  bool keep_;
  std::string path_;
};

}  // namespace plimsoll
