// A folder of a BPF file system: what is pinned there outlives the process that made it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/core/fd.h"
#include "agent/core/result.h"

namespace plimsoll {

class Pins {
 public:
  /// Makes the folder if it is missing, for its owner only, and locks it for as long as a copy of this lives.
  /// Fails when it is not in a BPF file system, and when another process has locked it: two readers of the
  /// same rings would each see half.
  static Result<Pins> at(const std::string& folder);

  /// Pins the map, program or link of that descriptor, in place of what had that name.
  [[nodiscard]] Result<void> pin(const std::string& name, int fd) const;
  /// Opens what is pinned under that name; none, and errno, when nothing is.
  [[nodiscard]] Fd open(const std::string& name) const;
  /// The names that begin with that, sorted.
  [[nodiscard]] std::vector<std::string> names(const std::string& beginning) const;
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }
  [[nodiscard]] const std::string& folder() const { return folder_; }

  /// Unpins everything; what no process holds ends. The folder stays.
  [[nodiscard]] Result<void> clear() const;
  /// Moves everything to the other folder; nothing ends meanwhile.
  [[nodiscard]] Result<void> move_to(const Pins& other) const;

 private:
  Pins(std::string folder, Fd held)
      : folder_(std::move(folder)), held_(std::make_shared<Fd>(std::move(held))) {}

  std::string folder_;
  std::shared_ptr<Fd> held_;
};

}  // namespace plimsoll
