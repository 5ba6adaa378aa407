// The subcommands. Each prints to its context and returns an exit code of cli.h.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

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

struct RecordOptions {
  std::string file;
  std::string most;  ///< a duration; empty: until interrupted
};
/// Everything that changes the running agent from now on, to a capture.
int command_record(const Context&, const RecordOptions&);

struct ReplayChoice {
  std::string file;
  std::string profile;  ///< a file; empty: the capture's own
  std::string against;  ///< a file; empty: none
};
/// Prints the alerts of a capture, as they stand in the alerts' file. With `against`: those that only one of
/// both profiles raises; exit code 3 where there are any.
int command_replay(const Context&, const ReplayChoice&);

struct AlertsOptions {
  std::string id;  ///< one alert, in full
  std::string container;
  std::size_t most = 100;
};
int command_alerts(const Context&, const AlertsOptions&);

int command_profile_list(const Context&);
/// `profile`: repository, image with tag, or image id (or a prefix); `role` narrows.
int command_profile_show(const Context&, const std::string& profile, const std::string& role);

/// Which profile: repository, image with tag, or image id (or a prefix); `role` narrows. Empty: all, where
/// that makes sense.
struct ProfileChoice {
  std::string profile, role;
};
int command_profile_lock(const Context&, const ProfileChoice&, bool locked);
/// The behaviour that an alert reported; or one that is quarantined or was removed, by its id.
int command_profile_allow(const Context&, const ProfileChoice&, const std::string& behaviour,
                          const std::string& alert);
int command_profile_remove(const Context&, const ProfileChoice&, const std::string& behaviour);
/// What was first seen since then (RFC 3339, or a duration ago) on that host, or any if it is empty.
int command_profile_forget(const Context&, const ProfileChoice&, const std::string& since,
                           const std::string& host);
/// Of all profiles, until it is resumed.
int command_learning(const Context&, bool paused);
/// Each a file, or an image that the agent knows. Exit code 3 where they differ.
int command_profile_diff(const Context&, const std::string& before, const std::string& after);
struct ExportChoice {
  std::vector<std::string> images;  ///< none: all
  std::string role;
  std::string to = "-";  ///< a file for one profile, "-" for the output; a directory for any number
};
int command_profile_export(const Context&, const ExportChoice&);
/// Joins the files into what the running agent knows: all of them or none.
int command_profile_import(const Context&, const std::vector<std::string>& files);
/// One page for a browser, of a file or of an image that the agent knows.
int command_profile_report(const Context&, const ProfileChoice&, const std::string& file);
/// Prints the join of the files.
int command_profile_merge(const Context&, const std::vector<std::string>& files);
int command_profile_lint(const Context&, const std::vector<std::string>& files);

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
