// Connects to a unix socket, such as a container runtime's control socket. Usage: unix_connect PATH
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int argc, char** argv) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (argc < 2 || fd < 0) {
    return 2;
  }
  strncpy(address.sun_path, argv[1], sizeof(address.sun_path) - 1);
  if (connect(fd, (struct sockaddr*)&address, sizeof(address)) != 0) {
    perror("connect");
    return 1;
  }
  return 0;
}
