// `plimsoll run`: the agent itself, assembled and run until a signal ends it.
#pragma once

#include <string>

namespace plimsoll {

struct RunOptions {
  std::string config_path;
  bool config_required = false;    ///< the file was named by the caller: a missing one is an error
  std::string btf_path;            ///< `--btf`; empty: the running kernel's own
  std::string log_level = "info";  ///< trace debug info warn error
};

/// Watches until SIGTERM or SIGINT, then flushes alerts and profiles. Returns EXIT_SUCCESS, or EXIT_FAILURE
/// when it could not start or not write everything; why is on standard error by then.
int run_agent(const RunOptions&);

}  // namespace plimsoll
