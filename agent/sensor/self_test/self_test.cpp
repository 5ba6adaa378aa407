// The process of the self-test: its orders, and what it does.
#include "agent/sensor/self_test/self_test.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "agent/sensor/wire.h"

namespace plimsoll {
namespace {

constexpr uid_t kNobody = 65534;
constexpr std::uint16_t kDiscardPort = 9;
constexpr int kNotExecuted = 127;

/// Join `slot`; 0: run once.
struct Order {
  std::uint32_t slot = 0;
};

constexpr HookSet bit(pl_hook hook) {
  return HookSet{1} << hook;
}

bool give_up_everything() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const std::array<__user_cap_data_struct, 2> nothing{};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_capset, &header, nothing.data()) == 0;
}

bool want_capabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, 2> more{};
  more[0].permitted = 1U << CAP_SYS_ADMIN;
  return syscall(SYS_capset, &header, more.data()) != 0 && errno == EPERM;
}

bool connect_nowhere() {
  const Fd udp(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(kDiscardPort);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return udp && connect(udp.get(), reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0;
}

// The error of the first call shows that no seccomp filter refuses it. Only the second gets as far as asking
// for the capability, where some hooks see it.
bool change_namespace() {
  const bool allowed = setns(-1, 0) != 0 && errno == EBADF;
  const Fd own(open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC));
  return own && setns(own.get(), 0) != 0 && errno == EPERM && allowed;
}

// No hook can see what a seccomp filter refuses (systemd may set one for the agent, and this process inherits
// it). Such a call fails with another error than the kernel's own, and is not expected to be reported.
HookSet act() {
  HookSet did = 0;
  if (syscall(SYS_setresuid, kNobody, kNobody, kNobody) != 0 && errno == EPERM) did |= bit(PL_HOOK_SETID);
  if (want_capabilities()) did |= bit(PL_HOOK_CAPSET);
  if (mount(SelfTest::kSelfTestName, "/", SelfTest::kSelfTestName, 0, nullptr) != 0 && errno == EPERM)
    did |= bit(PL_HOOK_MOUNT);
  if (change_namespace()) did |= bit(PL_HOOK_NS);
  if (connect_nowhere()) did |= bit(PL_HOOK_CONNECT);
  const Fd packets(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (!packets && errno == EPERM) did |= bit(PL_HOOK_SOCKET);
  return did;
}

// The exec happens in a child process.
HookSet run_once(const std::string& program) {
  HookSet did = act();
  const pid_t pid = fork();
  if (pid == 0) {
    std::string name(SelfTest::kSelfTestName);
    std::array<char*, 2> argv{name.data(), nullptr};
    char* const environment[] = {nullptr};
    execve(program.c_str(), argv.data(), environment);
    _exit(kNotExecuted);
  }
  int status = 0;
  const bool ended = pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status);
  if (ended && WEXITSTATUS(status) != kNotExecuted) did |= bit(PL_HOOK_EXEC);
  return did;
}

bool take_slot(int program, Slot slot) {
  pl_naming in{slot, 0};
  bpf_test_run_opts options{};
  options.sz = sizeof(options);
  options.ctx_in = &in;
  options.ctx_size_in = sizeof(in);
  return bpf_prog_test_run_opts(program, &options) == 0 && options.retval == 0;
}

/// An order, and a descriptor beside it.
struct Message {
  Message() {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
  }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;
  ~Message() = default;

  Order order;
  iovec part{&order, sizeof(order)};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
};

/// False at the end of the socket. `fd`: what came with it, or none.
bool receive(int socket, Order& order, Fd& fd) {
  Message message;
  fd = Fd();
  if (recvmsg(socket, &message.header, MSG_CMSG_CLOEXEC) != static_cast<ssize_t>(sizeof(order))) return false;
  order = message.order;
  const cmsghdr* attached = CMSG_FIRSTHDR(&message.header);
  int received = -1;
  if (attached != nullptr && attached->cmsg_type == SCM_RIGHTS)
    std::memcpy(&received, CMSG_DATA(attached), sizeof(received));
  fd = Fd(received);
  return true;
}

[[noreturn]] void serve(int socket, pid_t parent, const std::string& program) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NAME, SelfTest::kSelfTestName);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (getppid() != parent || !give_up_everything()) _exit(1);
  Order order;
  for (Fd fd; receive(socket, order, fd);) {
    HookSet answer = 0;
    if (order.slot == 0) {
      answer = run_once(program);
    } else {
      answer = take_slot(fd.get(), order.slot) ? 1 : 0;
      fd = Fd();
    }
    if (send(socket, &answer, sizeof(answer), MSG_NOSIGNAL) < 0) break;
  }
  _exit(0);
}

}  // namespace

Result<std::unique_ptr<SelfTest>> SelfTest::start(const std::string& program) {
  std::array<int, 2> sockets{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets.data()) != 0)
    return fail(std::string("no socket for the self-test: ") + std::strerror(errno));
  Fd ours(sockets[0]), its(sockets[1]);
  const pid_t parent = getpid(), pid = fork();
  if (pid < 0) return fail(std::string("no process for the self-test: ") + std::strerror(errno));
  if (pid == 0) {
    ours = Fd();
    serve(its.get(), parent, program);
  }
  return std::unique_ptr<SelfTest>(new SelfTest(pid, std::move(ours)));
}

SelfTest::~SelfTest() {
  socket_ = Fd();
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

Result<void> SelfTest::join(int program_fd, Slot slot) const {
  Message message;
  message.order.slot = slot;
  cmsghdr* attached = CMSG_FIRSTHDR(&message.header);
  attached->cmsg_level = SOL_SOCKET;
  attached->cmsg_type = SCM_RIGHTS;
  attached->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(attached), &program_fd, sizeof(program_fd));
  HookSet answer = 0;
  if (sendmsg(socket_.get(), &message.header, MSG_NOSIGNAL) < 0 ||
      recv(socket_.get(), &answer, sizeof(answer), 0) != static_cast<ssize_t>(sizeof(answer)))
    return fail(std::string("the self-test is gone: ") + std::strerror(errno));
  if (answer == 0) return fail("the self-test cannot be told apart from the host's tasks");
  return {};
}

Result<void> SelfTest::run() const {
  const Order order;
  if (send(socket_.get(), &order, sizeof(order), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
    return fail(std::string("the self-test is gone: ") + std::strerror(errno));
  return {};
}

Result<std::optional<HookSet>> SelfTest::result() const {
  HookSet did = 0;
  const ssize_t bytes = recv(socket_.get(), &did, sizeof(did), MSG_DONTWAIT);
  if (bytes == static_cast<ssize_t>(sizeof(did))) return did;
  if (bytes < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  return fail("the self-test is gone");
}

}  // namespace plimsoll
