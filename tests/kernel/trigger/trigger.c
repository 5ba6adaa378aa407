/* Does one watched thing and ends: `trigger NAME`. Static, so that it runs alone in a root file system of its
 * own. */
#define _GNU_SOURCE
#include "acts.h"

#include <grp.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

/* Threads that all wait in one call, until the process ends. */
int crowd(void* (*wait_in_a_call)(void*), void* argument) {
  for (int i = 0; i < 64; i++) {
    pthread_t t;
    if (pthread_create(&t, NULL, wait_in_a_call, argument)) return 2;
  }
  usleep(500000);
  return 0;
}

int do_capset(unsigned long long effective, unsigned long long permitted) {
  struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct d[2] = {{(unsigned)effective, (unsigned)permitted, 0},
                                        {(unsigned)(effective >> 32), (unsigned)(permitted >> 32), 0}};
  return (int)syscall(SYS_capset, &h, d);
}

unsigned long long permitted_now(void) {
  struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct d[2];
  syscall(SYS_capget, &h, d);
  return d[0].permitted | (unsigned long long)d[1].permitted << 32;
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
  DO("dns", ask_resolver("127.0.0.1", 53, 1))
  DO("dns6", ask_resolver("::1", 53, 1))
  DO("dns-again", ask_resolver("127.0.0.1", 53, 10))
  DO("dns-unconnected", ask_unconnected())
  DO("dns-long", ask_for_much())
  DO("dns-other-port", ask_resolver("127.0.0.1", 5353, 1))
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
