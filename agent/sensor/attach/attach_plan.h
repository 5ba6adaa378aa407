// For each hook the programs that make it up and the ways they attach, in order of preference: one table.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace plimsoll {

enum class AttachKind : std::uint8_t { tracing, cgroup2, kprobe, lsm };

/// Rows of one family are alternatives: the first that the kernel takes is used, the others are left out.
enum class Family : std::uint8_t { none, system_calls };

/// What a way cannot see.
struct Limit {
  std::string_view hook;  ///< of this hook; empty: of each that the row serves
  std::string_view text;
};

struct PlannedProgram {
  std::string_view program;  ///< the BPF program's name; "x_*": all whose names begin so
  std::string_view hooks;    ///< the hooks it serves, separated by blanks
  std::string_view way;      ///< as doctor and plimsoll_hook_attached show it
  AttachKind kind = AttachKind::tracing;
  std::array<Limit, 6> limits{};
  Family family = Family::none;
  std::string_view probe;  ///< the program that is tried to see whether the kernel takes this alternative
  std::string_view alternative;  ///< its short name, by which a test or an operator asks for it
  std::string_view unless;       ///< alternatives that make this row unnecessary, separated by blanks
  std::string_view only_with;    ///< the alternative that this row completes
  bool only_if_asked = false;    ///< an alternative that is never used unless it is asked for
};

std::span<const PlannedProgram> attach_plan();

/// What that row cannot see of that hook; empty if nothing is known.
std::string blind_to(const PlannedProgram&, std::string_view hook);

/// Is this BPF program one of that row's?
bool belongs(std::string_view program, const PlannedProgram&);

/// The hook that a program's missed runs would have been events of; empty for a program that is in no row, or
/// that counts what it missed itself.
std::string_view hook_of(std::string_view program);

/// May a kernel lack the function that this program is for? Without 32-bit calls, or before a newer call, it
/// does.
bool may_lack_target(std::string_view program);

}  // namespace plimsoll
