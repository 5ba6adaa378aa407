// Mounts a tmpfs by the new mount API (fsopen, fsconfig, fsmount, move_mount). Usage: fsopen_mount TARGET
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char** argv) {
  long context = syscall(SYS_fsopen, "tmpfs", 0);
  if (argc < 2 || context < 0) {
    perror("fsopen");
    return 1;
  }
  syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "source", "dropped", 0);
  syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
  long mount = syscall(SYS_fsmount, context, 0, 0);
  if (mount < 0 || syscall(SYS_move_mount, mount, "", AT_FDCWD, argv[1], MOVE_MOUNT_F_EMPTY_PATH) != 0) {
    perror("fsmount");
    return 1;
  }
  return 0;
}
