#include "tests/bench/operations.h"

#include <arpa/inet.h>
#include <linux/capability.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <ctime>
#include <vector>

namespace plimsoll::bench {
namespace {

bool act_getppid(std::uint32_t /*round*/, bool /*fresh*/) {
  return syscall(SYS_getppid) >= 0;
}

// Saved ids change without changing what the task may do.
bool act_setresuid(std::uint32_t round, bool fresh) {
  return syscall(SYS_setresuid, 0, 0, fresh ? 100'000 + round : 0) == 0;
}

bool act_capset(std::uint32_t /*round*/, bool /*fresh*/) {
  static __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  static std::array<__user_cap_data_struct, 2> now = [] {
    std::array<__user_cap_data_struct, 2> data{};
    syscall(SYS_capget, &header, data.data());
    return data;
  }();
  return syscall(SYS_capset, &header, now.data()) == 0;
}

// Changes how "/" propagates, in a mount namespace of our own: to what it is already.
bool act_mount(std::uint32_t /*round*/, bool /*fresh*/) {
  return mount(nullptr, "/", nullptr, MS_PRIVATE, nullptr) == 0;
}

bool act_connect(std::uint32_t round, bool fresh) {
  static const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(static_cast<std::uint16_t>(fresh ? 10'000 + round : 9));
  return connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0;
}

/// Somebody with that port and somebody who asks there, on an address of the loopback that is this process's.
class Neighbours {
 public:
  explicit Neighbours(std::uint16_t port) {
    at_.sin_family = AF_INET;
    at_.sin_addr.s_addr = htonl(INADDR_LOOPBACK + ((static_cast<std::uint32_t>(getpid()) & 0xffff) << 8));
    at_.sin_port = htons(port);
    works_ = bind(answers_, reinterpret_cast<const sockaddr*>(&at_), sizeof(at_)) == 0;
  }
  /// One datagram there and `answer` back, each read.
  bool ask(const void* answer, std::size_t bytes) const {
    std::array<char, 512> read{};
    sockaddr_in from{};
    socklen_t size = sizeof(from);
    return works_ && sendto(asks_, "?", 1, 0, reinterpret_cast<const sockaddr*>(&at_), sizeof(at_)) == 1 &&
           recvfrom(answers_, read.data(), read.size(), 0, reinterpret_cast<sockaddr*>(&from), &size) == 1 &&
           sendto(answers_, answer, bytes, 0, reinterpret_cast<const sockaddr*>(&from), size) ==
               static_cast<ssize_t>(bytes) &&
           recv(asks_, read.data(), read.size(), 0) == static_cast<ssize_t>(bytes);
  }

 private:
  int answers_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int asks_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in at_{};
  bool works_ = false;
};

// What a resolver says of "a.bc": one address.
std::array<std::uint8_t, 38> dns_answer(std::uint32_t address) {
  std::array<std::uint8_t, 38> message{0, 1, 0x81, 0x80, 0,    1,  0, 1, 0, 0, 0, 0, 1, 'a', 2, 'b', 'c', 0,
                                       0, 1, 0,    1,    0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60,  0, 4,   10};
  message[35] = static_cast<std::uint8_t>(address >> 16);
  message[36] = static_cast<std::uint8_t>(address >> 8);
  message[37] = static_cast<std::uint8_t>(address);
  return message;
}

// No resolver's: nobody is to be told.
bool act_datagrams(std::uint32_t /*round*/, bool /*fresh*/) {
  static const Neighbours two(7);
  static const auto message = dns_answer(1);
  return two.ask(message.data(), message.size());
}

bool act_resolve(std::uint32_t round, bool fresh) {
  static const Neighbours two(53);
  const auto message = dns_answer(fresh ? 2 + round : 1);
  return two.ask(message.data(), message.size());
}

bool act_exec(std::uint32_t /*round*/, bool /*fresh*/) {
  static char program[] = "/bin/true";
  char* const argv[] = {program, nullptr};
  char* const environment[] = {nullptr};
  pid_t pid = 0;
  int status = -1;
  return posix_spawn(&pid, program, nullptr, nullptr, argv, environment) == 0 &&
         waitpid(pid, &status, 0) == pid && status == 0;
}

double now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

}  // namespace

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all{
      {"getppid", 200, 100, act_getppid, false},
      {"setresuid", 50, 100, act_setresuid, true},
      {"capset", 5'000, 1, act_capset, false},
      {"mount", 5'000, 1, act_mount, false},
      // Connects draw random numbers, of which the kernel makes 24 or 48 at a time.
      {"connect", 20, 480, act_connect, true},
      // Two datagrams each, there and back.
      {"datagrams", 50, 100, act_datagrams, false},
      {"resolve", 50, 100, act_resolve, true},
      {"exec", 11, 20, act_exec, false},
  };
  return all;
}

double measure(const Operation& operation, bool fresh) {
  for (std::uint32_t i = 0; i < operation.acts; i++)
    if (!operation.act(i, false)) return -1;
  const std::uint32_t batches = fresh ? 1'000 / operation.acts : operation.batches;
  std::vector<double> took;
  std::uint32_t round = 0;
  for (std::uint32_t batch = 0; batch < batches; batch++) {
    const double begin = now_ns();
    for (std::uint32_t i = 0; i < operation.acts; i++)
      if (!operation.act(round++, fresh)) return -1;
    took.push_back((now_ns() - begin) / operation.acts);
  }
  const auto middle = took.begin() + static_cast<std::ptrdiff_t>(took.size() / 2);
  std::nth_element(took.begin(), middle, took.end());
  return *middle;
}

}  // namespace plimsoll::bench
