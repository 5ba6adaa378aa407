// What is refused is refused, what the agent needs is not; and privileges are one thread's.
#include "agent/daemon/privileges.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/bpf.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace plimsoll {
namespace {

/// The errno of a system call; 0 when it succeeds. A descriptor that it gives is closed.
template <typename... Arguments>
int error_of(long number, Arguments... arguments) {
  errno = 0;
  const long result = syscall(number, arguments...);
  const int error = result < 0 ? errno : 0;
  const bool descriptor = number == SYS_socket || number == SYS_pidfd_open;
  if (result >= 0 && descriptor) close(static_cast<int>(result));
  return error;
}

/// Filters are a thread's own: the other tests keep theirs free of it.
template <typename Act>
void refused(Act act) {
  std::thread([&] {
    ASSERT_TRUE(keep_capabilities(0));
    const auto done = refuse_calls();
    ASSERT_TRUE(done) << done.error().message;
    act();
  }).join();
}

TEST(RefuseCalls, WhatAnIntruderWants) {
  refused([] {
    // Each would fail in another way, were it not refused.
    EXPECT_EQ(error_of(SYS_execve, "/nowhere", nullptr, nullptr), EPERM);
    EXPECT_EQ(error_of(SYS_execveat, AT_FDCWD, "/nowhere", nullptr, nullptr, 0), EPERM);
    EXPECT_EQ(error_of(SYS_clone, CLONE_SIGHAND, nullptr, nullptr, nullptr, nullptr), EPERM);
    EXPECT_EQ(error_of(SYS_ptrace, PTRACE_TRACEME, 0, nullptr, nullptr), EPERM);
    EXPECT_EQ(error_of(SYS_process_vm_writev, getpid(), nullptr, 0, nullptr, 0, 0), EPERM);
    EXPECT_EQ(error_of(SYS_pidfd_open, getpid(), 0), EPERM);
    EXPECT_EQ(error_of(SYS_kill, getpid(), 0), EPERM);
    EXPECT_EQ(error_of(SYS_tgkill, getppid(), getppid(), 0), EPERM);
    EXPECT_EQ(error_of(SYS_mount, nullptr, "/nowhere", nullptr, 0, nullptr), EPERM);
    EXPECT_EQ(error_of(SYS_fsopen, "tmpfs", 0), EPERM);
    EXPECT_EQ(error_of(SYS_unshare, 0), EPERM);
    EXPECT_EQ(error_of(SYS_setns, -1, 0), EPERM);
    EXPECT_EQ(error_of(SYS_open_by_handle_at, -1, nullptr, 0), EPERM);
    EXPECT_EQ(error_of(SYS_finit_module, -1, "", 0), EPERM);
    EXPECT_EQ(error_of(SYS_kexec_load, 0, 0, nullptr, 0), EPERM);
    EXPECT_EQ(error_of(SYS_keyctl, 0, 0, 0, 0, 0), EPERM);
    EXPECT_EQ(error_of(SYS_io_uring_setup, 1, nullptr), EPERM);
    EXPECT_EQ(error_of(SYS_perf_event_open, nullptr, 0, -1, -1, 0), EPERM);
  });
}

TEST(RefuseCalls, WhatTheAgentDoes) {
  refused([] {
    int ran = 0;
    std::thread([&] { ran = 1; }).join();
    EXPECT_EQ(ran, 1);
    EXPECT_EQ(error_of(SYS_tgkill, getpid(), gettid(), 0), 0);  // as abort() does
    for (const int domain : {AF_UNIX, AF_INET, AF_INET6})
      EXPECT_THAT(error_of(SYS_socket, domain, SOCK_STREAM | SOCK_CLOEXEC, 0),
                  testing::AnyOf(0, EAFNOSUPPORT));
    EXPECT_TRUE(std::ifstream("/proc/self/status").good());
  });
}

TEST(RefuseCalls, SocketsThatAreNoConnections) {
  refused([] {
    for (const int domain : {AF_PACKET, AF_NETLINK, AF_VSOCK, AF_ALG, AF_UNSPEC, AF_BLUETOOTH})
      EXPECT_EQ(error_of(SYS_socket, domain, SOCK_DGRAM, 0), EPERM) << domain;
    EXPECT_EQ(error_of(SYS_socket, AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP), EPERM);
    // The kernel looks at the lower half only.
    EXPECT_EQ(error_of(SYS_socket, AF_PACKET | 1UL << 32U, SOCK_DGRAM, 0), EPERM);
  });
}

TEST(RefuseCalls, BpfIsForWhatIsThereAlready) {
  refused([] {
    bpf_attr attributes{};
    const auto bpf = [&](unsigned long command) {
      return error_of(SYS_bpf, command, &attributes, sizeof(attributes));
    };
    const auto before = bpf(BPF_OBJ_GET_INFO_BY_FD);  // of descriptor 0, which is none of bpf's
    EXPECT_THAT(before, testing::AnyOf(EBADF, EINVAL));
    for (const unsigned long command :
         {BPF_PROG_LOAD, BPF_MAP_CREATE, BPF_BTF_LOAD, BPF_LINK_GET_FD_BY_ID, BPF_PROG_GET_FD_BY_ID,
          BPF_MAP_GET_FD_BY_ID, BPF_LINK_UPDATE, BPF_LINK_DETACH, BPF_RAW_TRACEPOINT_OPEN})
      EXPECT_EQ(bpf(command), EPERM) << command;
    EXPECT_EQ(bpf(1'000), EPERM);
    attributes.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
    EXPECT_EQ(bpf(BPF_PROG_LOAD | 1UL << 32U), EPERM);
  });
}

TEST(PrivilegedThread, DoesOneThingAfterTheOther) {
  std::thread::id first, second;
  {
    PrivilegedThread thread;
    thread.run([&] { first = std::this_thread::get_id(); });
    EXPECT_THROW(thread.run([] { throw std::runtime_error("no"); }), std::runtime_error);
    thread.run([&] { second = std::this_thread::get_id(); });
  }
  EXPECT_EQ(first, second);
  EXPECT_NE(first, std::this_thread::get_id());
}

class Threads : public testing::Test {
 protected:
  Threads() {
    std::string pattern = (std::filesystem::temp_directory_path() / "confine_test.XXXXXX").string();
    process_ = mkdtemp(pattern.data());
  }
  ~Threads() override { std::filesystem::remove_all(process_); }
  void put(const std::string& thread, const std::string& status) const {
    std::filesystem::create_directories(process_ + "/task/" + thread);
    if (!status.empty()) std::ofstream(process_ + "/task/" + thread + "/status") << status;
  }
  std::string process_;
};

TEST_F(Threads, AreConfinedWhenAllAre) {
  EXPECT_FALSE(read_confinement(process_).calls_refused);
  put("1", "CapPrm:\t0000000000000004\nNoNewPrivs:\t1\nSeccomp:\t2\n");
  put("2", "CapPrm:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n");
  put("3", "");  // has just ended
  EXPECT_EQ(read_confinement(process_).capabilities, 4U);
  EXPECT_TRUE(read_confinement(process_).no_new_privs);
  EXPECT_TRUE(read_confinement(process_).calls_refused);
  put("4", "CapPrm:\t0000000000000008\nNoNewPrivs:\t0\nSeccomp:\t0\n");
  EXPECT_EQ(read_confinement(process_).capabilities, 12U);
  EXPECT_FALSE(read_confinement(process_).no_new_privs);
  EXPECT_FALSE(read_confinement(process_).calls_refused);
}

}  // namespace
}  // namespace plimsoll
