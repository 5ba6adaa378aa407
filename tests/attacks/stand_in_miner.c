// A miner's outside without its inside: connects to HOST:PORT of the pool on its command line, sends a
// stratum login and mines nothing. Usage: stand_in_miner -o stratum+tcp://127.0.0.1:PORT ...
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char kLogin[] =
    "{\"id\":1,\"method\":\"login\",\"params\":{\"login\":\"x\",\"agent\":\"stand-in\"}}\n";

int main(int argc, char** argv) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  const char* colon = argc > 2 ? strrchr(argv[2], ':') : NULL;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (colon == NULL || fd < 0) {
    return 2;
  }
  address.sin_port = htons((unsigned short)atoi(colon + 1));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // Whether a pool listens is of no interest: for connect the attempt is the behaviour.
  if (connect(fd, (struct sockaddr*)&address, sizeof(address)) == 0 &&
      write(fd, kLogin, sizeof(kLogin) - 1) < 0) {
    perror("write");
  }
  return 0;
}
