// From a loaded program to its links: a cgroup, a tracepoint, or one kernel function after another.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/sensor/attach/attach_plan.h"

struct bpf_link;
struct bpf_program;
struct plimsoll_bpf;

namespace plimsoll {

struct LinkDeleter {
  void operator()(bpf_link*) const;
};
using Link = std::unique_ptr<bpf_link, LinkDeleter>;

/// An errno, or a negative one, in words.
std::string error_text(int error);

/// Attaches every program of the row that was loaded. Empty, or the first error; what this kernel may well
/// lack is none.
std::string attach_row(plimsoll_bpf&, const PlannedProgram& row, int cgroup_fd, std::vector<Link>&);

/// Attaches the row's program for trials at one place and detaches it again. Empty, or the error.
std::string try_attaching(bpf_program*, const PlannedProgram& row);

}  // namespace plimsoll
