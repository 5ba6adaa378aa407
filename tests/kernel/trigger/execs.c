/* Execs of files of every origin, and by threads and children. */
#define _GNU_SOURCE
#include "acts.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

static int copy_to(int out) {
  char buffer[65536];
  int in = open("/proc/self/exe", O_RDONLY);
  if (in < 0) in = open("/trigger", O_RDONLY);
  for (ssize_t n; (n = read(in, buffer, sizeof(buffer))) > 0;)
    if (write(out, buffer, (size_t)n) != n) return 1;
  close(in);
  return 0;
}

char* const kNothing[] = {"trigger", "nothing", NULL};
char* const kNoEnv[] = {NULL};

int exec_memfd(void) {
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

int exec_dropped(void) {
  if (drop_file("/tmp/dropped")) return 1;
  return execve("/tmp/dropped", kNothing, kNoEnv);
}

int exec_deleted(void) {
  if (drop_file("/tmp/gone")) return 1;
  int fd = open("/tmp/gone", O_RDONLY);
  unlink("/tmp/gone");
  return (int)syscall(SYS_execveat, fd, "", kNothing, kNoEnv, AT_EMPTY_PATH);
}

int exec_modified(const char* path) {
  int fd = open(path, O_WRONLY | O_APPEND);
  if (fd < 0 || write(fd, "x", 1) != 1) return 1;
  close(fd);
  return execve(path, kNothing, kNoEnv);
}

int exec_chowned(const char* path) {
  if (chown(path, 7, 7)) return 1;
  return execve(path, kNothing, kNoEnv);
}

int exec_volume(void) {
  if (mount("none", "/mnt", "tmpfs", 0, "") || drop_file("/mnt/on-volume")) return 1;
  return execve("/mnt/on-volume", kNothing, kNoEnv);
}

int exec_with_stdin(int fd) {
  dup2(fd, 0);
  dup2(fd, 1);
  return execve("/trigger", kNothing, kNoEnv);
}

int exec_pair_stdin(void) {
  int pair[2];
  return socketpair(AF_UNIX, SOCK_STREAM, 0, pair) ? 1 : exec_with_stdin(pair[0]);
}

/* With more descriptors open than a process's first table has room for. */
int exec_crowded_stdin(void) {
  if (dup2(0, 200) != 200) return 1;
  return exec_with_stdin(socket(AF_INET, SOCK_STREAM, 0));
}

/* A child's table has room for what is open, and no more. */
int exec_forked_stdin(void) {
  syscall(SYS_close_range, 3, ~0U, 0);
  pid_t child = fork();
  if (child == 0) _exit(exec_with_stdin(socket(AF_INET, SOCK_STREAM, 0)));
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

/* By another name in /tmp; what is executed says by its setuid who it is. */
int exec_called(const char* name) {
  if (chdir("/tmp") || symlink("/trigger", name)) return 1;
  return execve(name, (char* const[]){"trigger", "setuid", NULL}, kNoEnv);
}

int exec_called_long(void) {
  static char name[251];
  memset(name, 'n', sizeof(name) - 1);
  return exec_called(name);
}

int exec_relative_script(void) {
  if (chdir("/tmp") || symlink("/script.sh", "/tmp/relative.sh")) return 1;
  return execve("./relative.sh", (char* const[]){"relative.sh", "nothing", NULL}, kNoEnv);
}

int exec_preload(void) {
  char* const env[] = {"HOME=/", "LD_PRELOAD=/tmp/evil.so", NULL};
  return execve("/trigger", kNothing, env);
}

int exec_setuid_file(void) {
  if (setresuid(1000, 1000, 1000)) return 1;
  return execve("/setuid-root", kNothing, kNoEnv);
}

int exec_long_argv(void) {
  static char big[4096];
  memset(big, 'a', sizeof(big) - 1);
  char* const argv[] = {"trigger", "nothing", big, NULL};
  return execve("/trigger", argv, kNoEnv);
}

int fork_then_setuid(void) {
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

int raw_thread_setresuid(void) {
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
int exec_by_a_thread(void) {
  pthread_t t;
  if (!pthread_create(&t, NULL, thread_execs, NULL)) pthread_join(t, NULL);
  return 1;
}

int exec_moved(void) {
  if (rename("/image-file", "/moved")) return 1;
  return execve("/moved", kNothing, kNoEnv);
}
