/* 32-bit system calls. */
#define _GNU_SOURCE
#include "acts.h"

#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#if defined(__x86_64__)
/* A 32-bit system call from a 64-bit program. */
long call32(long number, long a, long b, long c) {
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

int mount32(void) {
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

int connect32(void) {
  struct sockaddr_un* a = low_memory();
  a->sun_family = AF_UNIX;
  strcpy(a->sun_path, "/run/nobody-listens.sock");
  call32(362, socket(AF_UNIX, SOCK_STREAM, 0), (long)a, sizeof(*a));
  return 0;
}

int socketcall_connect(void) {
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
long call32(long number, long a, long b, long c) {
  return syscall(number, a, b, c);
}

int mount32(void) {
  return mount("none32", "/mnt", "tmpfs", 0, NULL);
}

int connect32(void) {
  struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "/run/nobody-listens.sock"};
  connect(socket(AF_UNIX, SOCK_STREAM, 0), (void*)&a, sizeof(a));
  return 0;
}
#endif
