// For each hook the programs that make it up and the way they attach: one table.
#pragma once

#include <span>
#include <string_view>

namespace plimsoll {

enum class AttachKind : unsigned char { tracepoint, cgroup2 };

struct PlannedProgram {
  std::string_view program;  ///< the BPF program's name
  std::string_view hooks;    ///< the hooks it serves, separated by blanks
  std::string_view way;      ///< as doctor and plimsoll_hook_attached show it
  AttachKind kind;
  std::string_view blind_to;  ///< what this way cannot see; empty if nothing is known
};

std::span<const PlannedProgram> attach_plan();

}  // namespace plimsoll
