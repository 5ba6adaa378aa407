/* Does one watched thing and ends: `trigger NAME`. Static, so that it runs alone in a root file system of its
 * own. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int loopback_up(void) {
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

static int connect4(int type, const char* address, int port) {
  struct sockaddr_in a = ip4(address, port);
  connect(socket(AF_INET, type, 0), (void*)&a, sizeof(a));
  return 0;
}

static int connect6(int type, const char* address, int port) {
  struct sockaddr_in6 a = ip6(address, port);
  connect(socket(AF_INET6, type, 0), (void*)&a, sizeof(a));
  return 0;
}

static int send4(const char* address, int port) {
  struct sockaddr_in a = ip4(address, port);
  sendto(socket(AF_INET, SOCK_DGRAM, 0), "x", 1, 0, (void*)&a, sizeof(a));
  return 0;
}

static int send6(const char* address, int port) {
  struct sockaddr_in6 a = ip6(address, port);
  sendto(socket(AF_INET6, SOCK_DGRAM, 0), "x", 1, 0, (void*)&a, sizeof(a));
  return 0;
}

static int fast_open(void) {
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

static int uring_connect(void) {
  struct sockaddr_in a = ip4("127.0.0.1", 4107);
  struct io_uring_sqe r = {.opcode = IORING_OP_CONNECT,
                           .fd = socket(AF_INET, SOCK_STREAM, 0),
                           .addr = (unsigned long)&a,
                           .off = sizeof(a)};
  return uring(r);
}

static int uring_unix(void) {
  struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "/run/by-uring.sock"};
  struct io_uring_sqe r = {.opcode = IORING_OP_CONNECT,
                           .fd = socket(AF_UNIX, SOCK_STREAM, 0),
                           .addr = (unsigned long)&a,
                           .off = sizeof(a)};
  return uring(r);
}

static int uring_sendmsg(void) {
  struct sockaddr_in a = ip4("127.0.0.1", 4108);
  struct iovec v = {"x", 1};
  struct msghdr m = {.msg_name = &a, .msg_namelen = sizeof(a), .msg_iov = &v, .msg_iovlen = 1};
  struct io_uring_sqe r = {
      .opcode = IORING_OP_SENDMSG, .fd = socket(AF_INET, SOCK_DGRAM, 0), .addr = (unsigned long)&m, .len = 1};
  return uring(r);
}

/* A listener under one name, reached by another: the listener's own name must be seen. */
static int connect_unix(const char* listen_as, const char* reach_as) {
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

static int connect_abstract(void) {
  struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "\0plimsoll-test"};
  connect(socket(AF_UNIX, SOCK_STREAM, 0), (void*)&a,
          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 14));
  return 0;
}

/* Threads that all wait in one call, until the process ends. */
static int crowd(void* (*wait_in_a_call)(void*), void* argument) {
  for (int i = 0; i < 64; i++) {
    pthread_t t;
    if (pthread_create(&t, NULL, wait_in_a_call, argument)) return 2;
  }
  usleep(500000);
  return 0;
}

static void* wait_in_connect(void* address) {
  return (void*)(long)connect(socket(AF_UNIX, SOCK_STREAM, 0), address, sizeof(struct sockaddr_un));
}

/* The listener's queue is full after the first. */
static int crowd_in_connect(void) {
  static struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "/run/crowded.sock"};
  int server = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(server, (void*)&a, sizeof(a)) || listen(server, 0)) return 1;
  return crowd(wait_in_connect, &a);
}

static void* wait_in_mount(void* source) {
  return (void*)(long)mount(source, "/mnt", "tmpfs", 0, "");
}

/* The source's name lies in memory that nobody ever provides. */
static int crowd_in_mount(void) {
  struct uffdio_api api = {.api = UFFD_API};
  char* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct uffdio_register range = {{(unsigned long)page, 4096}, UFFDIO_REGISTER_MODE_MISSING, 0};
  int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
  if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range)) return 1;
  return crowd(wait_in_mount, page);
}

#if defined(__x86_64__)
/* A 32-bit system call from a 64-bit program. */
static long call32(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"(number), "b"(a), "c"(b), "d"(c)
                   : "memory", "r8", "r9", "r10", "r11");
  return result;
}

static void* low_memory(void) {
  return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
}

static int mount32(void) {
  char* low = low_memory();
  strcpy(low, "none32");
  strcpy(low + 100, "/mnt");
  strcpy(low + 200, "tmpfs");
  long result;
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"(21L), "b"((long)low), "c"((long)(low + 100)), "d"((long)(low + 200)), "S"(0L),
                     "D"(0L)
                   : "memory", "r8", "r9", "r10", "r11");
  return result ? 1 : 0;
}

static int connect32(void) {
  struct sockaddr_un* a = low_memory();
  a->sun_family = AF_UNIX;
  strcpy(a->sun_path, "/run/nobody-listens.sock");
  call32(362, socket(AF_UNIX, SOCK_STREAM, 0), (long)a, sizeof(*a));
  return 0;
}

static int socketcall_connect(void) {
  unsigned* low = low_memory();
  struct sockaddr_un* a = (void*)(low + 16);
  a->sun_family = AF_UNIX;
  strcpy(a->sun_path, "/run/nobody-listens.sock");
  low[0] = (unsigned)socket(AF_UNIX, SOCK_STREAM, 0);
  low[1] = (unsigned)(unsigned long)a;
  low[2] = sizeof(*a);
  call32(102, 3, (long)low, 0);
  return 0;
}
#elif defined(__arm__)
/* There a 32-bit call takes a 32-bit program, which this then is. */
static long call32(long number, long a, long b, long c) {
  return syscall(number, a, b, c);
}

static int mount32(void) {
  return mount("none32", "/mnt", "tmpfs", 0, NULL);
}

static int connect32(void) {
  struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "/run/nobody-listens.sock"};
  connect(socket(AF_UNIX, SOCK_STREAM, 0), (void*)&a, sizeof(a));
  return 0;
}
#endif

static int do_capset(unsigned long long effective, unsigned long long permitted) {
  struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct d[2] = {{(unsigned)effective, (unsigned)permitted, 0},
                                        {(unsigned)(effective >> 32), (unsigned)(permitted >> 32), 0}};
  return (int)syscall(SYS_capset, &h, d);
}

static unsigned long long permitted_now(void) {
  struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct d[2];
  syscall(SYS_capget, &h, d);
  return d[0].permitted | (unsigned long long)d[1].permitted << 32;
}

static int new_mount_api(void) {
  int fs = (int)syscall(SYS_fsopen, "tmpfs", 0);
  if (fs < 0) return 1;
  if (syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "source", "plimsoll-src", 0)) return 2;
  if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0)) return 3;
  int mnt = (int)syscall(SYS_fsmount, fs, 0, MOUNT_ATTR_NOSUID);
  if (mnt < 0) return 4;
  if (syscall(SYS_move_mount, mnt, "", AT_FDCWD, "/mnt", MOVE_MOUNT_F_EMPTY_PATH)) return 5;
  int tree = (int)syscall(SYS_open_tree, AT_FDCWD, "/mnt", OPEN_TREE_CLONE);
  if (tree < 0) return 6;
  struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
  return syscall(SYS_mount_setattr, AT_FDCWD, "/mnt", 0, &attr, sizeof(attr)) ? 7 : 0;
}

static int copy_to(int out) {
  char buffer[65536];
  int in = open("/proc/self/exe", O_RDONLY);
  if (in < 0) in = open("/trigger", O_RDONLY);
  for (ssize_t n; (n = read(in, buffer, sizeof(buffer))) > 0;)
    if (write(out, buffer, (size_t)n) != n) return 1;
  close(in);
  return 0;
}

static char* const kNothing[] = {"trigger", "nothing", NULL};
static char* const kNoEnv[] = {NULL};

static int exec_memfd(void) {
  int fd = (int)syscall(SYS_memfd_create, "hidden", 0);
  copy_to(fd);
  return (int)syscall(SYS_execveat, fd, "", kNothing, kNoEnv, AT_EMPTY_PATH);
}

static int drop_file(const char* path) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
  int failed = copy_to(fd);
  close(fd);
  return failed;
}

static int exec_dropped(void) {
  if (drop_file("/tmp/dropped")) return 1;
  return execve("/tmp/dropped", kNothing, kNoEnv);
}

static int exec_deleted(void) {
  if (drop_file("/tmp/gone")) return 1;
  int fd = open("/tmp/gone", O_RDONLY);
  unlink("/tmp/gone");
  return (int)syscall(SYS_execveat, fd, "", kNothing, kNoEnv, AT_EMPTY_PATH);
}

static int exec_modified(const char* path) {
  int fd = open(path, O_WRONLY | O_APPEND);
  if (fd < 0 || write(fd, "x", 1) != 1) return 1;
  close(fd);
  return execve(path, kNothing, kNoEnv);
}

static int exec_chowned(const char* path) {
  if (chown(path, 7, 7)) return 1;
  return execve(path, kNothing, kNoEnv);
}

static int exec_volume(void) {
  if (mount("none", "/mnt", "tmpfs", 0, "") || drop_file("/mnt/on-volume")) return 1;
  return execve("/mnt/on-volume", kNothing, kNoEnv);
}

static int exec_with_stdin(int fd) {
  dup2(fd, 0);
  dup2(fd, 1);
  return execve("/trigger", kNothing, kNoEnv);
}

static int exec_pair_stdin(void) {
  int pair[2];
  return socketpair(AF_UNIX, SOCK_STREAM, 0, pair) ? 1 : exec_with_stdin(pair[0]);
}

/* With more descriptors open than a process's first table has room for. */
static int exec_crowded_stdin(void) {
  if (dup2(0, 200) != 200) return 1;
  return exec_with_stdin(socket(AF_INET, SOCK_STREAM, 0));
}

/* A child's table has room for what is open, and no more. */
static int exec_forked_stdin(void) {
  syscall(SYS_close_range, 3, ~0U, 0);
  pid_t child = fork();
  if (child == 0) _exit(exec_with_stdin(socket(AF_INET, SOCK_STREAM, 0)));
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

/* By another name in /tmp; what is executed says by its setuid who it is. */
static int exec_called(const char* name) {
  if (chdir("/tmp") || symlink("/trigger", name)) return 1;
  return execve(name, (char* const[]){"trigger", "setuid", NULL}, kNoEnv);
}

static int exec_called_long(void) {
  static char name[251];
  memset(name, 'n', sizeof(name) - 1);
  return exec_called(name);
}

static int exec_relative_script(void) {
  if (chdir("/tmp") || symlink("/script.sh", "/tmp/relative.sh")) return 1;
  return execve("./relative.sh", (char* const[]){"relative.sh", "nothing", NULL}, kNoEnv);
}

static int exec_preload(void) {
  char* const env[] = {"HOME=/", "LD_PRELOAD=/tmp/evil.so", NULL};
  return execve("/trigger", kNothing, env);
}

static int exec_setuid_file(void) {
  if (setresuid(1000, 1000, 1000)) return 1;
  return execve("/setuid-root", kNothing, kNoEnv);
}

static int exec_long_argv(void) {
  static char big[4096];
  memset(big, 'a', sizeof(big) - 1);
  char* const argv[] = {"trigger", "nothing", big, NULL};
  return execve("/trigger", argv, kNoEnv);
}

static int fork_then_setuid(void) {
  pid_t child = fork();
  if (child == 0) _exit(setuid(1234) ? 1 : 0);
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

static void* thread_setuid(void* unused) {
  (void)unused;
  return (void*)syscall(SYS_setresuid, -1, 1235, -1); /* this thread only */
}

static int raw_thread_setresuid(void) {
  pthread_t t;
  void* result = NULL;
  if (pthread_create(&t, NULL, thread_setuid, NULL)) return 1;
  pthread_join(t, &result);
  return result ? 1 : 0;
}

static void* thread_execs(void* unused) {
  (void)unused;
  execve("/other-name", (char* const[]){"other-name", "setuid", NULL}, NULL);
  return NULL;
}

/* The thread takes over the process, and its id. */
static int exec_by_a_thread(void) {
  pthread_t t;
  if (!pthread_create(&t, NULL, thread_execs, NULL)) pthread_join(t, NULL);
  return 1;
}

static int do_pivot_root(void) {
  if (mount("none", "/mnt", "tmpfs", 0, "")) return 1;
  if (mkdir("/mnt/old", 0755) || chdir("/mnt")) return 2;
  if (syscall(SYS_pivot_root, ".", "old")) return 3;
  return 0;
}

static int repeat_connect(int times) {
  struct sockaddr_in a = ip4("127.0.0.1", 4120);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  for (int i = 0; i < times; i++) connect(fd, (void*)&a, sizeof(a));
  return 0;
}

/* Every connect is another behaviour. */
static int flood(int first, int last) {
  struct sockaddr_in a = ip4("127.0.0.1", 0);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  for (int port = first; port <= last; port++) {
    a.sin_port = htons((unsigned short)port);
    connect(fd, (void*)&a, sizeof(a));
  }
  return 0;
}

/* The same by two processes at once: forty behaviours, over and over. */
static int spread(int times) {
  const pid_t other = fork();
  for (int i = 0; i < times; i++) flood(31001, 31040);
  int status = 0;
  if (other == 0) _exit(0);
  return waitpid(other, &status, 0) != other || status;
}

static int setns_own(void) {
  int fd = open("/proc/self/ns/uts", O_RDONLY);
  if (fd < 0) return 1;
  return setns(fd, CLONE_NEWUTS) ? 2 : 0;
}

static int failed_calls(void) {
  if (setresuid(1000, 1000, 1000)) return 1;
  setuid(0);
  mount("none", "/mnt", "tmpfs", 0, "");
  do_capset(1ULL << CAP_SYS_ADMIN, 1ULL << CAP_SYS_ADMIN);
  unshare(CLONE_NEWNET);
  socket(AF_PACKET, SOCK_RAW, 0);
  return 0;
}

/* What a container's default seccomp profile does to mount(2): it is refused before anything else sees it. */
static int seccomp_mount(void) {
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mount, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
    return 1;
  return mount("refused", "/mnt", "tmpfs", 0, "") && errno == EPERM ? 0 : 2;
}

static int exec_moved(void) {
  if (rename("/image-file", "/moved")) return 1;
  return execve("/moved", kNothing, kNoEnv);
}

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "nothing";
#define DO(name, expression) \
  if (!strcmp(what, name)) return (expression);
  DO("nothing", 0)
  DO("setuid", setuid(1001))
  DO("flood", flood(1, 30000))
  DO("small-flood", flood(30001, 31000))
  DO("setgid", setgid(1002))
  DO("setreuid", setreuid(1003, 1004))
  DO("setregid", setregid(1005, 1006))
  DO("setresuid", setresuid(1007, 1008, 1009))
  DO("setresgid", setresgid(1010, 1011, 1012))
  DO("setfsuid", (setfsuid(1013), 0))
  DO("setfsgid", (setfsgid(1014), 0))
  DO("setgroups", setgroups(3, (gid_t[]){1017, 1015, 1016}))
  DO("swap-saved", setresuid(1000, 1000, 0) || syscall(SYS_setresuid, -1, 0, -1))
  DO("swap-groups", setresgid(1000, 1000, 0) || syscall(SYS_setresgid, -1, 0, -1))
  DO("swap-undone",
     setresuid(1000, 1000, 0) || syscall(SYS_setresuid, -1, 0, -1) || syscall(SYS_setresuid, -1, 1000, -1))
  DO("capset", do_capset(1ULL << CAP_NET_RAW, permitted_now()))
  DO("mount", mount("plimsoll-dev", "/mnt", "tmpfs", MS_NOSUID, ""))
  DO("bind", mount("/tmp", "/mnt", NULL, MS_BIND, NULL))
  DO("umount", mount("none", "/mnt", "tmpfs", 0, "") || umount2("/mnt", MNT_DETACH))
  DO("new-mount-api", new_mount_api())
  DO("look-at-tree", syscall(SYS_open_tree, AT_FDCWD, "/proc", 0) < 0)
  DO("pivot_root", do_pivot_root())
  DO("unshare", unshare(CLONE_NEWUTS | CLONE_NEWIPC))
  DO("unshare-user", unshare(CLONE_NEWUSER))
  DO("setns", setns_own())
  DO("tcp4", connect4(SOCK_STREAM, "127.0.0.1", 4101))
  DO("tcp6", connect6(SOCK_STREAM, "::1", 4102))
  DO("tcp-mapped", connect6(SOCK_STREAM, "::ffff:10.1.2.3", 4103))
  DO("udp4", connect4(SOCK_DGRAM, "169.254.169.254", 80))
  DO("udp6", connect6(SOCK_DGRAM, "fd00:ec2::254", 80))
  DO("sendto4", send4("192.0.2.1", 4104))
  DO("sendto6", send6("2001:db8::1", 4105))
  DO("sendto-mapped", send6("::ffff:10.1.2.4", 4109))
  DO("fast-open", (loopback_up(), fast_open()))
  DO("uring-connect", uring_connect())
  DO("uring-unix", uring_unix())
  DO("uring-sendmsg", (loopback_up(), uring_sendmsg()))
  DO("unix", connect_unix("/run/docker.sock", "/run/docker.sock"))
  DO("unix-renamed", connect_unix("/run/docker.sock", "/tmp/harmless"))
  DO("unix-abstract", connect_abstract())
  DO("crowd-connect", crowd_in_connect())
  DO("crowd-mount", crowd_in_mount())
  DO("packet", socket(AF_PACKET, SOCK_RAW, 0) < 0)
  DO("vsock", (socket(AF_VSOCK, SOCK_STREAM, 0), 0))
  DO("raw", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) < 0)
#if defined(__x86_64__) || defined(__arm__)
  DO("setuid32", call32(213, 1020, 0, 0) != 0)
  DO("setuid16", call32(23, 1021, 0, 0) != 0)
  DO("setresuid32", call32(208, 1022, 1023, 1024) != 0)
  DO("mount32", mount32())
  DO("connect32", connect32())
#endif
#if defined(__x86_64__)
  DO("connect-socketcall", socketcall_connect())
#endif
  DO("memfd", exec_memfd())
  DO("dropped", exec_dropped())
  DO("deleted", exec_deleted())
  DO("modified", exec_modified("/image-file"))
  DO("chowned", exec_chowned("/image-file"))
  DO("volume", exec_volume())
  DO("socket-stdin", exec_with_stdin(socket(AF_INET, SOCK_STREAM, 0)))
  DO("pair-stdin", exec_pair_stdin())
  DO("crowded-stdin", exec_crowded_stdin())
  DO("forked-stdin", exec_forked_stdin())
  DO("called-the-same", exec_called("/tmp/trigger"))
  DO("called-like-it", exec_called("./triggex"))
  DO("called-long", exec_called_long())
  DO("relative-script", exec_relative_script())
  DO("preload", exec_preload())
  DO("setuid-file", exec_setuid_file())
  DO("long-argv", exec_long_argv())
  DO("renamed", execve("/other-name", kNothing, kNoEnv))
  DO("script", execve("/script.sh", (char* const[]){"script.sh", "nothing", NULL}, kNoEnv))
  DO("fork", fork_then_setuid())
  DO("thread", raw_thread_setresuid())
  DO("thread-exec", exec_by_a_thread())
  DO("repeat", repeat_connect(1000))
  DO("spread", spread(500))
  DO("failed", failed_calls())
  DO("seccomp", seccomp_mount())
  DO("moved", exec_moved())
  fprintf(stderr, "trigger: unknown: %s\n", what);
  return 2;
}
