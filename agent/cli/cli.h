// The command line: one file a subcommand.
#pragma once

namespace plimsoll {

// Exit codes of every command.
constexpr int kExitOk = 0;
constexpr int kExitError = 1;
constexpr int kExitUsage = 2;
constexpr int kExitCheckFailed = 3;

int run_command_line(int argc, char** argv);

}  // namespace plimsoll
