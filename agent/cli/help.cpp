// The texts of --help.
#include "agent/cli/help.h"

namespace plimsoll {

std::string_view help_description() {
  return "Plimsoll learns what every container image normally does, by eBPF and without a change to the "
         "container,\n"
         "and speaks up the moment a container does anything else.";
}

std::string_view help_footer() {
  return R"(Examples:
  sudo plimsoll demo                      see it learn, detect and alert on a real container, in a minute
  sudo plimsoll doctor                    can it do its work on this host, and what is it blind to
  sudo plimsoll run                       watch; `systemctl start plimsoll` does the same
  sudo plimsoll status                    what is watched, and how far each image is learned
  sudo plimsoll events -f --container web what one container does that was not judged yet
  sudo plimsoll alerts                    what was out of the ordinary
  sudo plimsoll alerts ID                 one alert in full: seen, expected, by whom
  sudo plimsoll profile show IMAGE        what an image was learned to do
  plimsoll rules drift.new_executable     what a rule means, and what to do first when it speaks

Environment:
  NO_COLOR          no colours when set (there are none either when the output is not a terminal)
  PLIMSOLL_CONFIG   as --config
  PLIMSOLL_SOCKET   as --socket

Exit codes:
  0  ok        1  error        2  wrong usage        3  a check failed (doctor, config check, demo)

Files:
  /etc/plimsoll/plimsoll.toml       configuration; without it the defaults apply (plimsoll config show)
  /var/lib/plimsoll/                profiles: one readable TOML file an image
  /var/log/plimsoll/alerts.jsonl    alerts: one JSON object a line
  /run/plimsoll/agent.sock          where the running agent answers, for root only
)";
}

}  // namespace plimsoll
