/* Connects, by every door, and what listens for them. */
#define _GNU_SOURCE
#include "acts.h"

#include <arpa/inet.h>
#include <linux/io_uring.h>
#include <net/if.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

int loopback_up(void) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct ifreq r = {.ifr_flags = IFF_UP};
  strcpy(r.ifr_name, "lo");
  int result = ioctl(fd, SIOCSIFFLAGS, &r);
  close(fd);
  return result;
}

static struct sockaddr_in ip4(const char* address, int port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  inet_pton(AF_INET, address, &a.sin_addr);
  return a;
}

static struct sockaddr_in6 ip6(const char* address, int port) {
  struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons((unsigned short)port)};
  inet_pton(AF_INET6, address, &a.sin6_addr);
  return a;
}

int connect4(int type, const char* address, int port) {
  struct sockaddr_in a = ip4(address, port);
  connect(socket(AF_INET, type, 0), (void*)&a, sizeof(a));
  return 0;
}

int connect6(int type, const char* address, int port) {
  struct sockaddr_in6 a = ip6(address, port);
  connect(socket(AF_INET6, type, 0), (void*)&a, sizeof(a));
  return 0;
}

int send4(const char* address, int port) {
  struct sockaddr_in a = ip4(address, port);
  sendto(socket(AF_INET, SOCK_DGRAM, 0), "x", 1, 0, (void*)&a, sizeof(a));
  return 0;
}

int send6(const char* address, int port) {
  struct sockaddr_in6 a = ip6(address, port);
  sendto(socket(AF_INET6, SOCK_DGRAM, 0), "x", 1, 0, (void*)&a, sizeof(a));
  return 0;
}

/* db.example.test is an alias of db-1.example.test: 10.9.8.7 and 10.9.8.8. */
static const unsigned char kAnswer[] =
    "\x12\x34\x81\x80\0\1\0\3\0\0\0\0"
    "\2db\7example\4test\0\0\1\0\1"
    "\xc0\x0c\0\5\0\1\0\0\0\x1e\0\7\4db-1\xc0\x0f"
    "\xc0\x2d\0\1\0\1\0\0\0\x14\0\4\x0a\x09\x08\x07"
    "\xc0\x2d\0\1\0\1\0\0\0\x14\0\4\x0a\x09\x08\x08";

/* Both sides: a resolver at that address and who asks it, by a socket that is connected or is not. */
static int ask(const char* address, int port, int times, size_t bytes, int connected) {
  static unsigned char answer[4096], taken[4096];
  int six = strchr(address, ':') != NULL;
  struct sockaddr_in a4 = ip4(address, port);
  struct sockaddr_in6 a6 = ip6(address, port);
  const struct sockaddr* to = six ? (void*)&a6 : (void*)&a4;
  socklen_t length = six ? sizeof(a6) : sizeof(a4);
  struct sockaddr_in6 from;
  int server = socket(to->sa_family, SOCK_DGRAM, 0), client = socket(to->sa_family, SOCK_DGRAM, 0);
  memcpy(answer, kAnswer, sizeof(kAnswer) - 1);
  if (loopback_up() || bind(server, to, length) || (connected && connect(client, to, length))) return 1;
  for (int i = 0; i < times; i++) {
    socklen_t room = sizeof(from);
    answer[0] = (unsigned char)i; /* the question's number */
    if (sendto(client, "?", 1, 0, connected ? NULL : to, connected ? 0 : length) != 1) return 2;
    if (recvfrom(server, taken, sizeof(taken), 0, (void*)&from, &room) != 1) return 3;
    if (sendto(server, answer, bytes, 0, (void*)&from, room) != (ssize_t)bytes) return 4;
    if (recv(client, taken, sizeof(taken), 0) != (ssize_t)bytes) return 5;
  }
  return 0;
}

int ask_resolver(const char* address, int port, int times) {
  return ask(address, port, times, sizeof(kAnswer) - 1, 1);
}

int ask_unconnected(void) {
  return ask("127.0.0.1", 53, 1, sizeof(kAnswer) - 1, 0);
}

int ask_for_much(void) {
  return ask("127.0.0.1", 53, 1, 4000, 1);
}

int fast_open(void) {
  struct sockaddr_in a = ip4("127.0.0.1", 4106);
  sendto(socket(AF_INET, SOCK_STREAM, 0), "x", 1, MSG_FASTOPEN, (void*)&a, sizeof(a));
  return 0;
}

/* One request through io_uring, without a library: the rings are mapped by hand. */
static int uring(struct io_uring_sqe request) {
  struct io_uring_params p = {0};
  int fd = (int)syscall(SYS_io_uring_setup, 2, &p);
  if (fd < 0) return 77;
  char* sq = mmap(NULL, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                  IORING_OFF_SQ_RING);
  struct io_uring_sqe* sqes =
      mmap(NULL, p.sq_entries * sizeof(*sqes), PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQES);
  if (sq == MAP_FAILED || sqes == MAP_FAILED) return 1;
  sqes[0] = request;
  ((unsigned*)(sq + p.sq_off.array))[0] = 0;
  __atomic_store_n((unsigned*)(sq + p.sq_off.tail), 1, __ATOMIC_RELEASE);
  return syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 1 ? 0 : 1;
}

int uring_connect(void) {
  struct sockaddr_in a = ip4("127.0.0.1", 4107);
  struct io_uring_sqe r = {.opcode = IORING_OP_CONNECT,
                           .fd = socket(AF_INET, SOCK_STREAM, 0),
                           .addr = (unsigned long)&a,
                           .off = sizeof(a)};
  return uring(r);
}

int uring_unix(void) {
  struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "/run/by-uring.sock"};
  struct io_uring_sqe r = {.opcode = IORING_OP_CONNECT,
                           .fd = socket(AF_UNIX, SOCK_STREAM, 0),
                           .addr = (unsigned long)&a,
                           .off = sizeof(a)};
  return uring(r);
}

int uring_sendmsg(void) {
  struct sockaddr_in a = ip4("127.0.0.1", 4108);
  struct iovec v = {"x", 1};
  struct msghdr m = {.msg_name = &a, .msg_namelen = sizeof(a), .msg_iov = &v, .msg_iovlen = 1};
  struct io_uring_sqe r = {
      .opcode = IORING_OP_SENDMSG, .fd = socket(AF_INET, SOCK_DGRAM, 0), .addr = (unsigned long)&m, .len = 1};
  return uring(r);
}

/* A listener under one name, reached by another: the listener's own name must be seen. */
int connect_unix(const char* listen_as, const char* reach_as) {
  struct sockaddr_un a = {.sun_family = AF_UNIX};
  int server = socket(AF_UNIX, SOCK_STREAM, 0);
  strcpy(a.sun_path, listen_as);
  unlink(listen_as);
  if (bind(server, (void*)&a, sizeof(a)) || listen(server, 1)) return 1;
  if (strcmp(listen_as, reach_as)) {
    unlink(reach_as);
    if (symlink(listen_as, reach_as)) return 1;
  }
  strcpy(a.sun_path, reach_as);
  return connect(socket(AF_UNIX, SOCK_STREAM, 0), (void*)&a, sizeof(a)) ? 1 : 0;
}

int connect_abstract(void) {
  struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "\0plimsoll-test"};
  connect(socket(AF_UNIX, SOCK_STREAM, 0), (void*)&a,
          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 14));
  return 0;
}

static void* wait_in_connect(void* address) {
  return (void*)(long)connect(socket(AF_UNIX, SOCK_STREAM, 0), address, sizeof(struct sockaddr_un));
}

/* The listener's queue is full after the first. */
int crowd_in_connect(void) {
  static struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "/run/crowded.sock"};
  int server = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(server, (void*)&a, sizeof(a)) || listen(server, 0)) return 1;
  return crowd(wait_in_connect, &a);
}

int repeat_connect(int times) {
  struct sockaddr_in a = ip4("127.0.0.1", 4120);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  for (int i = 0; i < times; i++) connect(fd, (void*)&a, sizeof(a));
  return 0;
}

/* Every connect is another behaviour. */
int flood(int first, int last) {
  struct sockaddr_in a = ip4("127.0.0.1", 0);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  for (int port = first; port <= last; port++) {
    a.sin_port = htons((unsigned short)port);
    connect(fd, (void*)&a, sizeof(a));
  }
  return 0;
}

/* The same by two processes at once: forty behaviours, over and over. */
int spread(int times) {
  const pid_t other = fork();
  for (int i = 0; i < times; i++) flood(31001, 31040);
  int status = 0;
  if (other == 0) _exit(0);
  return waitpid(other, &status, 0) != other || status;
}
