// What every subcommand is given: where to ask, where to print, and how.
#pragma once

#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "agent/cli/palette.h"
#include "agent/config/config.h"
#include "agent/core/clock.h"
#include "agent/core/result.h"

namespace plimsoll {

constexpr std::string_view kDefaultConfig = "/etc/plimsoll/plimsoll.toml";

enum class Output { table, json, toml };

struct Context {
  std::string config_path{kDefaultConfig};
  bool config_named = false;  ///< by the caller: a missing file is then an error
  std::string socket;         ///< empty: as the configuration says
  Output output = Output::table;
  Palette palette;
  const Clock& clock;
  std::ostream& out;
  std::ostream& err;
};

/// The configuration file as it stands, or the defaults.
Result<Config> read_config(const Context&);

/// The socket to ask on: the one that was named, else the configuration's.
Result<std::string> agent_socket(const Context&);

/// The agent's one answer. Errors as control_request() gives them.
Result<nlohmann::json> ask_agent(const Context&, const std::string& command, const nlohmann::json& args);

/// Prints "plimsoll: MESSAGE" and gives the exit code for it.
int report(const Context&, const Error&, int exit_code = 1);

/// Prints JSON: indented for one document, in one line for a stream. Only ASCII, so that no terminal is
/// harmed.
void print_json(const Context&, const nlohmann::json&, bool stream = false);

}  // namespace plimsoll
