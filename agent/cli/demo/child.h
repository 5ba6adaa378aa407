// Programs that the command line starts: in a process group of their own, gone when this process is gone.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/result.h"

namespace plimsoll {

/// A running program. Its end is waited for: SIGTERM, then after a grace SIGKILL.
class Child {
 public:
  /// `argv[0]` is looked up in PATH. Standard output and error go to `log` (created), input comes from
  /// /dev/null. `directory` is where it starts; empty: here.
  static Result<Child> start(const std::vector<std::string>& argv, const std::string& log,
                             const std::string& directory = "");
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  /// The exit code (128 + N for signal N) when it has ended within `time`.
  std::optional<int> wait(std::chrono::milliseconds time);
  void stop(std::chrono::milliseconds grace);

 private:
  explicit Child(pid_t pid) : pid_(pid) {}
  pid_t pid_ = -1;
  std::optional<int> code_;
};

/// Runs a program to its end, at most 30 s. An exit code other than 0 is an error with what the program said.
Result<void> run_program(const std::vector<std::string>& argv, const std::string& log,
                         const std::string& directory = "");

/// The last `most` bytes of a file, without the newline at the end.
std::string tail_of(const std::string& path, std::size_t most = 2000);

/// Finds an executable in PATH and the usual sbin directories; empty when there is none.
std::string find_program(const std::string& name);

}  // namespace plimsoll
