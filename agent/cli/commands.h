// The subcommands. Each prints to its context and returns an exit code of cli.h.
#pragma once

#include <cstddef>
#include <string>

#include "agent/cli/context.h"

namespace plimsoll {

/// The agent and its containers; with a container (id, prefix of it, or name) that one in full.
int command_status(const Context&, const std::string& container);

struct EventsOptions {
  std::string container;  ///< empty: of all
  std::string action;     ///< empty: of all
  bool follow = false;    ///< until interrupted
  std::size_t most = 20;  ///< else end after so many
};
int command_events(const Context&, const EventsOptions&);

struct AlertsOptions {
  std::string id;  ///< one alert, in full
  std::string container;
  std::size_t most = 100;
};
int command_alerts(const Context&, const AlertsOptions&);

int command_profile_list(const Context&);
/// `profile`: repository, image with tag, or image id (or a prefix); `role` narrows.
int command_profile_show(const Context&, const std::string& profile, const std::string& role);

/// All rules as the running agent has them, else as the configuration says; one in full when it is named.
int command_rules(const Context&, const std::string& rule);

int command_config_check(const Context&);
/// The configuration with every key; `running`: of the running agent.
int command_config_show(const Context&, bool running);

int command_doctor(const Context&);

/// Ends the programs that an agent has left at work (sensor.pin_path).
int command_unload(const Context&);

struct DemoOptions {
  bool keep = false;  ///< leave the directory with profile and alerts for a look
};
int command_demo(const Context&, const DemoOptions&);

int command_version(const Context&);

}  // namespace plimsoll
