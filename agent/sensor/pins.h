// A folder of a BPF file system: what is pinned there outlives the process that made it.
#pragma once

#include <string>
#include <vector>

#include "agent/core/result.h"

namespace plimsoll {

class Pins {
 public:
  /// Makes the folder when it is not there, for its owner only. Fails when it is not in a BPF file system.
  static Result<Pins> at(const std::string& folder);

  /// Pins what a descriptor of a map, a program or a link is of, in place of what had that name.
  [[nodiscard]] Result<void> put(const std::string& name, int fd) const;
  /// A new descriptor of what has that name; -1 and errno when nothing has.
  [[nodiscard]] int get(const std::string& name) const;
  /// The names that begin so.
  [[nodiscard]] std::vector<std::string> names(const std::string& beginning) const;
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }
  [[nodiscard]] const std::string& folder() const { return folder_; }

  /// Unpins everything: what nobody else holds ends. The folder stays.
  [[nodiscard]] Result<void> clear() const;

 private:
  explicit Pins(std::string folder) : folder_(std::move(folder)) {}

  std::string folder_;
};

}  // namespace plimsoll
