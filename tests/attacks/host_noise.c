// Does every watched thing once, with a token in its arguments; run outside any container it must leave no
// trace in the agent's output. Everything happens in a mount namespace of its own. Usage: host_noise TOKEN
// DIRECTORY
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int g_failed = 0;

static void check(const char* step, int ok) {
  if (!ok) {
    perror(step);
    g_failed = 1;
  }
}

static void mounts(const char* token, const char* directory) {
  check("unshare", unshare(CLONE_NEWNS) == 0);
  check("private", mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
  check("mount", mount(token, directory, "tmpfs", 0, NULL) == 0);
  check("bind", mount(directory, directory, NULL, MS_BIND, NULL) == 0);
  long context = syscall(SYS_fsopen, "tmpfs", 0);
  check("fsopen", context >= 0);
  check("fsconfig", syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "source", token, 0) == 0);
  check("create", syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0);
  long made = syscall(SYS_fsmount, context, 0, 0);
  check("move_mount", syscall(SYS_move_mount, made, "", AT_FDCWD, directory, MOVE_MOUNT_F_EMPTY_PATH) == 0);
  long tree = syscall(SYS_open_tree, AT_FDCWD, directory, OPEN_TREE_CLONE);
  struct mount_attr attributes = {.attr_set = MOUNT_ATTR_NOSUID};
  check("mount_setattr",
        syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)) == 0);
  check("umount", umount2(directory, MNT_DETACH) == 0);
  int own = open("/proc/self/ns/mnt", O_RDONLY);
  check("setns", setns(own, CLONE_NEWNS) == 0);
}

static void sockets(const char* token) {
  struct sockaddr_in inet = {.sin_family = AF_INET, .sin_port = htons(3333)};
  inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int tcp = socket(AF_INET, SOCK_STREAM, 0);
  (void)connect(tcp, (struct sockaddr*)&inet,
                sizeof(inet));  // nobody listens: the attempt is what is watched
  int udp = socket(AF_INET, SOCK_DGRAM, 0);
  check("sendto", sendto(udp, token, strlen(token), 0, (struct sockaddr*)&inet, sizeof(inet)) > 0);
  struct sockaddr_in6 inet6 = {
      .sin6_family = AF_INET6, .sin6_port = htons(3333), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  int tcp6 = socket(AF_INET6, SOCK_STREAM, 0);
  (void)connect(tcp6, (struct sockaddr*)&inet6, sizeof(inet6));
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  snprintf(name.sun_path, sizeof(name.sun_path), "/%s/docker.sock", token);
  (void)connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr*)&name, sizeof(name));
  check("packet", socket(AF_PACKET, SOCK_RAW, 0) >= 0);
}

static void child(const char* token, int as_user) {
  if (as_user) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{.effective = 0, .permitted = 1U << CAP_NET_RAW}, {0}};
    check("setgroups", syscall(SYS_setgroups, 0, NULL) == 0);
    check("setresgid", syscall(SYS_setresgid, 65534, 65534, 65534) == 0);
    check("capset", syscall(SYS_capset, &header, data) == 0);
  }
  int memory = memfd_create(token, MFD_CLOEXEC);
  int program = open("/bin/busybox", O_RDONLY);
  while (sendfile(memory, program, NULL, 1 << 20) > 0) {
  }
  char* arguments[] = {"echo", (char*)token, "-o", "stratum+tcp://pool", NULL};
  fexecve(memory, arguments, (char*[]){NULL});
  _exit(1);
}

int main(int argc, char** argv) {
  if (argc < 3) {
    return 2;
  }
  for (int as_user = 0; as_user < 2; ++as_user) {
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
      child(argv[1], as_user);
    }
    waitpid(pid, &status, 0);
    check("child", status == 0);
  }
  sockets(argv[1]);
  mounts(argv[1], argv[2]);
  check("setresuid", syscall(SYS_setresuid, 65534, 65534, 65534) == 0);
  return g_failed;
}
