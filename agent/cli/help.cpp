// The texts of --help.
#include "agent/cli/help.h"

namespace plimsoll {

std::string_view help_description() {
  return "Plimsoll learns what every container image normally does, by eBPF and without changing the container,\n"
         "and raises an alert as soon as a container does anything else.";
}

std::string_view help_footer() {
  return R"(Examples:
  sudo plimsoll demo                      watch it learn and raise alerts on a real container, in a minute
  sudo plimsoll doctor                    check this host: what works, and what the agent cannot see
  sudo plimsoll run                       monitor this host; `systemctl start plimsoll` does the same
  sudo plimsoll status                    what is monitored, and how complete each profile is
  sudo plimsoll events -f --container web new behaviour of one container, live
  sudo plimsoll alerts                    the latest alerts
  sudo plimsoll alerts ID                 one alert in full: what was seen, and what is normal
  sudo plimsoll profile show IMAGE        what an image normally does
  plimsoll rules drift.new_executable     what a rule means, and what to do first when it fires

Environment:
  NO_COLOR          if set, no colours (nor when the output is not a terminal)
  PLIMSOLL_CONFIG   same as --config
  PLIMSOLL_SOCKET   same as --socket

Exit codes:
  0  ok        1  error        2  wrong usage        3  a check failed (doctor, config check, demo)

Files:
  /etc/plimsoll/plimsoll.toml       configuration; without it the defaults apply (plimsoll config show)
  /var/lib/plimsoll/                profiles: one TOML file per image repository and role
  /var/log/plimsoll/alerts.jsonl    alerts: one JSON object per line
  /run/plimsoll/agent.sock          control socket of the running agent, for root only
)";
}

}  // namespace plimsoll
