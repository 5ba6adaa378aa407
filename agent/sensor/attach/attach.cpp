#include "agent/sensor/attach/attach.h"

#include <bpf/libbpf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

#include "agent/sensor/wire.h"
#include "bpf/include/call_functions.h"
#include "plimsoll.skel.h"

namespace plimsoll {
namespace {

// A kernel function at which a program stands.
struct Place {
  const char* function;
  std::string_view call;  ///< as the fexit program at it is called
  std::uint64_t cookie;   ///< enum pl_call
};

#define PL_PLACE(program, function, callers, call) Place{function, "call_" #program, call},
constexpr std::array kCalls{PL_CALL_FUNCTIONS(PL_PLACE) PL_SOCKET_FUNCTIONS(PL_PLACE)};
#undef PL_PLACE
constexpr std::array kUnixConnects{Place{"unix_stream_connect", "call_unix_stream", PL_CALL_CONNECT},
                                   Place{"unix_dgram_connect", "call_unix_dgram", PL_CALL_CONNECT}};

constexpr std::array kAnswers{Place{"skb_consume_udp", "call_udp_answer", PL_CALL_NONE}};

std::span<const Place> places_of(const bpf_program* program) {
  const std::string_view name = bpf_program__name(program);
  if (name == "probe_answer_taken") return kAnswers;
  return name.starts_with("probe_unix") ? std::span<const Place>(kUnixConnects)
                                        : std::span<const Place>(kCalls);
}

bool at_end(const bpf_program* program) {
  return std::string_view(bpf_program__section_name(program)) == "kretprobe";
}

Link attach_at(bpf_program* program, const Place& place) {
  bpf_kprobe_opts options{};
  options.sz = sizeof(options);
  options.bpf_cookie = place.cookie;
  options.retprobe = at_end(program);
  return Link(bpf_program__attach_kprobe_opts(program, place.function, &options));
}

std::string failed_at(const std::string& place) {
  return "attaching " + place + " failed: " + error_text(errno);
}

std::string attach_kprobes(bpf_program* program, std::vector<Link>& links) {
  std::string first_error;
  for (const Place& place : places_of(program)) {
    Link link = attach_at(program, place);
    if (link) {
      links.push_back(std::move(link));
    } else if (first_error.empty() && !(errno == ENOENT && may_lack_target(place.call))) {
      first_error = failed_at(std::string(bpf_program__section_name(program)) + "/" + place.function);
    }
  }
  return first_error;
}

// Attached they are in any case, but asked only if the kernel was booted with BPF among its security modules.
std::string missing_for(const PlannedProgram& row) {
  if (row.kind != AttachKind::lsm) return {};
  const std::string path = "/sys/kernel/security/lsm";
  std::ifstream file(path);
  std::string all;
  if (!(file >> all)) {
    return path +
           " cannot be read: it says whether BPF is among the kernel's security modules (mount -t securityfs "
           "securityfs /sys/kernel/security)";
  }
  const bool there = ("," + all + ",").contains(",bpf,");
  return there ? "" : "BPF is not among the kernel's security modules (" + all + "): lsm=...,bpf at boot";
}

// Empty, or the error.
std::string attach_program(bpf_program* program, AttachKind kind, int cgroup_fd, std::vector<Link>& links) {
  if (bpf_program__fd(program) < 0) {  // left out: this kernel has nothing to attach it to
    if (may_lack_target(bpf_program__name(program))) return {};
    return std::string("this kernel does not have ") + bpf_program__section_name(program);
  }
  if (kind == AttachKind::kprobe) return attach_kprobes(program, links);
  Link link(kind == AttachKind::cgroup2 ? bpf_program__attach_cgroup(program, cgroup_fd)
                                        : bpf_program__attach(program));
  if (!link) return failed_at(bpf_program__section_name(program));
  links.push_back(std::move(link));
  return {};
}

}  // namespace

void LinkDeleter::operator()(bpf_link* l) const {
  bpf_link__destroy(l);
}

std::string error_text(int error) {
  constexpr int kNotSupported = 524;  // the kernel's own ENOTSUPP, which no C library knows
  const int positive = error < 0 ? -error : error;
  return positive == kNotSupported ? "not supported by this kernel (524)" : std::strerror(positive);
}

std::string attach_row(plimsoll_bpf& skeleton, const PlannedProgram& row, int cgroup_fd,
                       std::vector<Link>& links) {
  if (row.kind == AttachKind::cgroup2 && cgroup_fd < 0)
    return "no cgroup2 file system is mounted to attach to";
  if (auto error = missing_for(row); !error.empty()) return error;
  std::vector<bpf_program*> programs;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton.obj) {
    if (belongs(bpf_program__name(program), row)) programs.push_back(program);
  }
  // A function's end first: an entry without its end would be taken for a call whose end was missed.
  std::ranges::stable_partition(programs, at_end);
  std::string first_error;
  for (bpf_program* each : programs) {
    const std::string error = attach_program(each, row.kind, cgroup_fd, links);
    if (first_error.empty()) first_error = error;
  }
  return first_error;
}

std::string try_attaching(bpf_program* program, const PlannedProgram& row) {
  if (auto error = missing_for(row); !error.empty()) return error;
  const Link link =
      row.kind == AttachKind::kprobe ? attach_at(program, kCalls[0]) : Link(bpf_program__attach(program));
  if (link) return {};
  if (row.kind == AttachKind::kprobe && errno == ENOENT) return "this kernel has no kprobes (CONFIG_KPROBES)";
  return "attaching failed: " + error_text(errno);
}

}  // namespace plimsoll
