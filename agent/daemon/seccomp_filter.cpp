// The system calls that a started agent is refused, by libseccomp.
//
// It is a list of what is refused, not of what is allowed. What the agent and its libraries call on their
// rare ways (an error, a full disk, another libc) no test has seen all of; an allow-list would turn one such
// call into an agent that is blind on the day it matters. What somebody who runs code in the agent is after
// is known: another program, another process's memory, another namespace, the kernel itself. That is refused
// with EPERM, the agent goes on, and the kernel's log (or audit) names the call: SECCOMP in
// `journalctl -k`, type=1326.
#include <linux/bpf.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>

#include "agent/daemon/privileges.h"

namespace plimsoll {
namespace {

constexpr std::array kRefused{
    // Other programs. (fork and its like: see below.)
    "execve", "execveat", "fork", "vfork", "uselib",
    // Other processes.
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease", "pidfd_open",
    "pidfd_getfd", "pidfd_send_signal", "kcmp", "kill", "tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo",
    // Mounts, namespaces, roots; files by handle, which CAP_DAC_READ_SEARCH opens in any of them.
    "mount", "umount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount", "fsopen", "fsconfig",
    "fsmount", "fspick", "mount_setattr", "setns", "unshare", "open_by_handle_at", "swapon", "swapoff",
    "quotactl", "quotactl_fd", "acct", "mknod", "mknodat",
    // The kernel.
    "init_module", "finit_module", "create_module", "delete_module", "kexec_load", "kexec_file_load",
    "reboot", "iopl", "ioperm", "modify_ldt", "syslog", "perf_event_open", "userfaultfd", "fanotify_init",
    "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "stime", "sethostname", "setdomainname",
    "personality",
    // Keys. And io_uring, which does what this filter does not see.
    "add_key", "request_key", "keyctl", "io_uring_setup", "io_uring_enter", "io_uring_register"};

// What of bpf(2) is left: maps, running our own programs, looking at links, attaching again. No loading.
constexpr std::array kBpfCommands{BPF_MAP_LOOKUP_ELEM,
                                  BPF_MAP_UPDATE_ELEM,
                                  BPF_MAP_DELETE_ELEM,
                                  BPF_MAP_GET_NEXT_KEY,
                                  BPF_MAP_LOOKUP_AND_DELETE_ELEM,
                                  BPF_MAP_LOOKUP_BATCH,
                                  BPF_MAP_LOOKUP_AND_DELETE_BATCH,
                                  BPF_MAP_UPDATE_BATCH,
                                  BPF_MAP_DELETE_BATCH,
                                  BPF_PROG_TEST_RUN,
                                  BPF_OBJ_GET_INFO_BY_FD,
                                  BPF_LINK_CREATE,
                                  BPF_OBJ_PIN,  // what is attached again is kept, as the rest
                                  BPF_OBJ_GET};
constexpr std::array kSocketDomains{AF_UNIX, AF_INET, AF_INET6};

// The kernel reads these arguments as 32 bits: so must we, or the upper half would lead past the filter.
constexpr scmp_datum_t kInt = 0xffff'ffff;
constexpr scmp_datum_t kSocketType = 0xf;

class Filter {
 public:
  explicit Filter(std::uint32_t action)
      : context_(seccomp_init(SCMP_ACT_ALLOW), &seccomp_release), action_(action) {
    note(
        context_ ? seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM)) : -ENOMEM,
        "calls of another architecture");
  }

  /// Has the kernel log what is refused, where it can.
  void log() { seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_LOG, 1); }
  template <typename... Conditions>
  void refuse(const char* call, Conditions... conditions) {
    const int number = seccomp_syscall_resolve_name(call);
    if (number == __NR_SCMP_ERROR || !context_) return;  // newer than this libseccomp
    note(seccomp_rule_add(context_.get(), action_, number, sizeof...(conditions), conditions...), call);
  }
  /// All values of the argument but the allowed, which are small.
  template <typename Allowed>
  void refuse_but(const char* call, unsigned argument, const Allowed& allowed) {
    scmp_datum_t highest = 0;
    for (const auto one : allowed) highest = std::max(highest, static_cast<scmp_datum_t>(one));
    for (scmp_datum_t value = 0; value < highest; ++value) {
      if (std::ranges::none_of(allowed, [&](auto one) { return static_cast<scmp_datum_t>(one) == value; }))
        refuse(call, scmp_arg_cmp{argument, SCMP_CMP_MASKED_EQ, kInt, value});
    }
    refuse(call, scmp_arg_cmp{argument, SCMP_CMP_GT, highest, 0});
  }
  Result<void> load() {
    if (error_.empty()) note(seccomp_load(context_.get()), "loading it");
    if (!error_.empty()) return fail("the seccomp filter cannot be installed: " + error_);
    return {};
  }

 private:
  void note(int result, const char* what) {
    if (result < 0 && error_.empty()) error_ = std::string(what) + ": " + std::strerror(-result);
  }

  std::unique_ptr<std::remove_pointer_t<scmp_filter_ctx>, decltype(&seccomp_release)> context_;
  std::uint32_t action_;
  std::string error_;
};

}  // namespace

Result<void> refuse_calls() {
  // What clone3(2) is to do stands in memory, where no filter looks. libc takes clone(2) where the kernel has
  // no clone3; that happens at every thread, so it is a filter of its own, which logs nothing.
  Filter without_clone3(SCMP_ACT_ERRNO(ENOSYS));
  without_clone3.refuse("clone3");

  Filter filter(SCMP_ACT_ERRNO(EPERM));
  filter.log();
  for (const char* call : kRefused) filter.refuse(call);
  filter.refuse("clone", scmp_arg_cmp{0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0});  // threads only
  filter.refuse("tgkill", scmp_arg_cmp{0, SCMP_CMP_NE, static_cast<scmp_datum_t>(getpid()), 0});
  filter.refuse_but("bpf", 0, kBpfCommands);
  filter.refuse_but("socket", 0, kSocketDomains);
  for (const scmp_datum_t type : {SOCK_RAW, SOCK_PACKET}) {
    filter.refuse("socket", scmp_arg_cmp{1, SCMP_CMP_MASKED_EQ, kSocketType, type});
  }
  if (auto loaded = without_clone3.load(); !loaded) return loaded;
  return filter.load();
}

}  // namespace plimsoll
