// Fileless execution: copies a program into anonymous memory and runs it from there. Usage: memfd_exec
// PROGRAM ARG...
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

extern char** environ;

int main(int argc, char** argv) {
  int from = argc > 1 ? open(argv[1], O_RDONLY) : -1;
  int memory = memfd_create("payload", MFD_CLOEXEC);
  if (from < 0 || memory < 0) {
    perror("memfd_exec");
    return 1;
  }
  while (sendfile(memory, from, NULL, 1 << 20) > 0) {
  }
  fexecve(memory, argv + 1, environ);
  perror("fexecve");
  return 1;
}
