// The BPF programs that are loaded: by this agent, or by an earlier one that pinned them.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/fd.h"

struct bpf_object;
struct bpf_program;

namespace plimsoll {

struct LoadedProgram {
  bpf_program* program = nullptr;  ///< what it was made of; libbpf need not know that it is loaded
  Fd fd;
  std::string name;
};

class Programs {
 public:
  /// Those that libbpf has loaded. The object outlives them.
  explicit Programs(const bpf_object*);
  /// Those of the object, which is not loaded, that `descriptor` has: it gives one by a program's name,
  /// or none.
  Programs(const bpf_object*, const std::function<Fd(const std::string&)>& descriptor);

  [[nodiscard]] const std::vector<LoadedProgram>& all() const { return all_; }
  /// A descriptor that these own; -1 when it is not loaded.
  [[nodiscard]] int fd(std::string_view name) const;

 private:
  std::vector<LoadedProgram> all_;
};

}  // namespace plimsoll
