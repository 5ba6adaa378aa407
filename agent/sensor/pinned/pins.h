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
  /// Makes the folder when it is not there, for its owner only, and holds it for as long as a copy of this
  /// lives. Fails when it is not in a BPF file system, and when another process holds it: two that read the
  /// same rings would each see half.
  static Result<Pins> at(const std::string& folder);

  /// Pins what a descriptor of a map, a program or a link is of, in place of what had that name.
  [[nodiscard]] Result<void> put(const std::string& name, int fd) const;
  /// A new descriptor of what has that name; none, and errno, when nothing has.
  [[nodiscard]] Fd get(const std::string& name) const;
  /// The names that begin so.
  [[nodiscard]] std::vector<std::string> names(const std::string& beginning) const;
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }
  [[nodiscard]] const std::string& folder() const { return folder_; }

  /// Unpins everything: what nobody else holds ends. The folder stays.
  [[nodiscard]] Result<void> clear() const;
  /// Everything is pinned in the other folder from now on, and ends no moment in between.
  [[nodiscard]] Result<void> move_to(const Pins& other) const;

 private:
  Pins(std::string folder, Fd held)
      : folder_(std::move(folder)), held_(std::make_shared<Fd>(std::move(held))) {}

  std::string folder_;
  std::shared_ptr<Fd> held_;
};

}  // namespace plimsoll
