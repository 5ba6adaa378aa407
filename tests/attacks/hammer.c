// Does one thing as fast as two processes can, or so often a second, and prints how often it did. Usage:
// hammer known|new|paths|exec SECONDS [RATE]
//   known  the same UDP connect over and over    new  one to another port and address each time
//   paths  tries to mount what is called by another name each time, such as would harm a terminal
//   exec   starts /app/hammer itself, which ends at once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PRODUCERS = 2, BATCH = 64 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void connect_to(int fd, unsigned address, unsigned port) {
  struct sockaddr_in to = {.sin_family = AF_INET,
                           .sin_port = htons((unsigned short)port),
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK + address)};
  connect(fd, (struct sockaddr*)&to, sizeof(to));
}

static void mount_from(unsigned producer, unsigned long number) {
  char source[160];
  snprintf(source, sizeof(source), "/\033]0;owned\007\n%u/%lu/%0120lu", producer, number, number);
  mount(source, "/tmp", "tmpfs", 0, NULL);
}

static void exec_once(void) {
  char* const argv[] = {"/app/hammer", NULL};
  char* const environment[] = {NULL};
  pid_t pid = 0;
  if (posix_spawn(&pid, argv[0], NULL, NULL, argv, environment) == 0) {
    waitpid(pid, NULL, 0);
  }
}

static void wait_until(double when) {
  const struct timespec t = {.tv_sec = (time_t)when, .tv_nsec = (long)((when - (double)(time_t)when) * 1e9)};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

// `rate`: a second, of this producer; 0: as fast as it can.
static unsigned long produce(const char* what, double seconds, unsigned producer, double rate) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  const double begun = now(), end = begun + seconds;
  unsigned long done = 0;
  while (now() < end) {
    if (rate > 0) {
      wait_until(begun + (double)done / rate);
    }
    if (strcmp(what, "exec") == 0) {
      exec_once();
      done++;
      continue;
    }
    for (unsigned i = 0; i < BATCH; i++, done++) {
      if (strcmp(what, "new") == 0) {
        connect_to(fd, producer << 16 | (unsigned)(done / 60000), 1 + (unsigned)(done % 60000));
      } else if (strcmp(what, "paths") == 0) {
        mount_from(producer, done);
      } else {
        connect_to(fd, 0, 9);
      }
    }
  }
  return done;
}

int main(int argc, char** argv) {
  if (argc < 3) {
    return 0;  // as the program that `exec` starts
  }
  const double seconds = atof(argv[2]), rate = argc > 3 ? atof(argv[3]) : 0;
  unsigned long* done =
      mmap(NULL, sizeof(*done) * PRODUCERS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (done == MAP_FAILED) {
    return 1;
  }
  for (unsigned i = 0; i < PRODUCERS; i++) {
    if (fork() == 0) {
      done[i] = produce(argv[1], seconds, i, rate / PRODUCERS);
      _exit(0);
    }
  }
  unsigned long sum = 0;
  for (unsigned i = 0; i < PRODUCERS; i++) {
    wait(NULL);
  }
  for (unsigned i = 0; i < PRODUCERS; i++) {
    sum += done[i];
  }
  printf("%.0f\n", (double)sum / seconds);
  return 0;
}
