// Containers without a runtime, one after the other: a cgroup is made, a task in it changes its root and
// executes a program, and the cgroup is removed. Usage: short_lived CGROUPS PREFIX COUNT PROGRAM, standing in
// a bundle with the root file system "rootfs". Prints how many milliseconds the longest, and half of them,
// lived.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void fail(const char* what) {
  perror(what);
  _exit(1);
}

static void enter(const char* cgroup, char* program) {
  char procs[512];
  snprintf(procs, sizeof(procs), "%s/cgroup.procs", cgroup);
  const int fd = open(procs, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, "0", 1) != 1) fail(procs);
  if (chroot("rootfs") != 0 || chdir("/") != 0) fail("chroot");
  char* const argv[] = {program, NULL};
  char* const environment[] = {NULL};
  execve(program, argv, environment);
  fail(program);
}

static void live_once(const char* cgroup, char* program) {
  if (mkdir(cgroup, 0755) != 0) fail(cgroup);
  const pid_t pid = fork();
  if (pid == 0) enter(cgroup, program);
  int status = -1;
  if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) fail("the task in it");
  while (rmdir(cgroup) != 0) {  // its task may be on its way out still
    if (errno != EBUSY) fail("rmdir");
  }
}

static int by_size(const void* a, const void* b) {
  const double x = *(const double*)a;
  const double y = *(const double*)b;
  return (x > y) - (x < y);
}

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const size_t count = (size_t)atoi(argv[3]);
  double* lives = calloc(count + 1, sizeof(*lives));
  for (size_t i = 0; i < count; i++) {
    char cgroup[400];
    snprintf(cgroup, sizeof(cgroup), "%s/%s-%zu", argv[1], argv[2], i);
    const double began = now_ms();
    live_once(cgroup, argv[4]);
    lives[i] = now_ms() - began;
  }
  qsort(lives, count, sizeof(*lives), by_size);
  printf("%.1f %.1f\n", count ? lives[count - 1] : 0, lives[count / 2]);
  return 0;
}
