// The entry point; everything is a subcommand.
#include "agent/cli/cli.h"

int main(int argc, char** argv) {
  return plimsoll::run_command_line(argc, argv);
}
