/* Mounts and namespaces. */
#define _GNU_SOURCE
#include "acts.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void* wait_in_mount(void* source) {
  return (void*)(long)mount(source, "/mnt", "tmpfs", 0, "");
}

/* The source's name lies in memory that nobody ever provides. */
int crowd_in_mount(void) {
  struct uffdio_api api = {.api = UFFD_API};
  char* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct uffdio_register range = {{(unsigned long)page, 4096}, UFFDIO_REGISTER_MODE_MISSING, 0};
  int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
  if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range)) return 1;
  return crowd(wait_in_mount, page);
}

int new_mount_api(void) {
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

int do_pivot_root(void) {
  if (mount("none", "/mnt", "tmpfs", 0, "")) return 1;
  if (mkdir("/mnt/old", 0755) || chdir("/mnt")) return 2;
  if (syscall(SYS_pivot_root, ".", "old")) return 3;
  return 0;
}

int setns_own(void) {
  int fd = open("/proc/self/ns/uts", O_RDONLY);
  if (fd < 0) return 1;
  return setns(fd, CLONE_NEWUTS) ? 2 : 0;
}

/* What a container's default seccomp profile does to mount(2): it is refused before anything else sees it. */
int seccomp_mount(void) {
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
