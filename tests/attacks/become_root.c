// Gain of user id 0: meant to be installed set-uid root and run by another user. Prints the ids that it got.
#define _GNU_SOURCE
#include <stdio.h>
#include <unistd.h>

int main(void) {
  if (setresuid(0, 0, 0) != 0) {
    perror("setresuid");
    return 1;
  }
  printf("uid %d euid %d\n", (int)getuid(), (int)geteuid());
  return 0;
}
