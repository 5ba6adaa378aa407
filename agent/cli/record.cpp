// `plimsoll record FILE`: the agent's input, saved to be replayed.
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "agent/capture/file.h"
#include "agent/cli/cli.h"
#include "agent/cli/commands.h"
#include "agent/cli/format.h"
#include "agent/config/duration.h"
#include "agent/control/control.h"

namespace plimsoll {
namespace {

using nlohmann::json;

volatile std::sig_atomic_t g_interrupted = 0;

/// SIGINT, SIGTERM and SIGHUP end the recording, not the program: the file is still to be closed.
void heed_signals() {
  struct sigaction action{};
  action.sa_handler = [](int) { g_interrupted = 1; };
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
}

/// Why there is no more, and what the file is to say of it where it does not yet.
struct End {
  std::string why;
  std::optional<capture::Record> mark;
};

End end_of(bool enough, const std::string& last) {
  if (enough) return {"", capture::Ended{}};
  if (last.starts_with("{\"finish\"")) return {"the agent was stopped", {}};
  if (last.starts_with("{\"broken\"")) {
    const auto record = capture::from_line(last);
    const auto* const broken = record ? std::get_if<capture::Broken>(&*record) : nullptr;
    return {broken != nullptr ? broken->reason : last, {}};
  }
  return {"the agent exited", capture::Broken{"the agent exited"}};
}

}  // namespace

int command_record(const Context& context, const RecordOptions& options) {
  WallNs most = 0;
  if (!options.most.empty()) {
    const auto parsed = parse_duration(options.most);
    if (!parsed || *parsed <= 0) {
      return report(context,
                    Error{"--for " + safe(options.most) + ": accepted: " + std::string{kDurationForm}},
                    kExitUsage);
    }
    most = *parsed;
  }
  const auto socket = agent_socket(context);
  if (!socket) return report(context, socket.error());
  auto file = capture::Writer::create(options.file);
  if (!file) return report(context, file.error());
  heed_signals();
  const WallNs begun = context.clock.now();
  std::size_t records = 0;
  bool enough = false;
  Result<void> written;
  std::string last;
  // There is a tick a second, so that an interruption is not waited for.
  const auto done = control_request(*socket, "record", json::object(), [&](const json& answer) {
    if (++records == 1) {
      context.err << "Recording to " << safe(options.file) << " until interrupted; arguments are redacted.\n";
    }
    last = answer.value("line", "");
    written = file->line(last);
    enough = g_interrupted != 0 || (most != 0 && context.clock.now() - begun >= most);
    return written && !enough;
  });
  const End end = end_of(enough, last);
  if (written && end.mark) written = file->line(to_line(*end.mark));
  if (written) written = file->close();
  if (records == 0) std::remove(options.file.c_str());  // it was made just now, and holds nothing
  if (!done) return report(context, done.error());
  if (!written) return report(context, written.error());
  if (!enough) {
    return report(context, Error{"the recording ended: " + safe(end.why) + "; " +
                                 (records == 0 ? "nothing was recorded"
                                               : safe(options.file) + " has everything up to then")});
  }
  context.out << "Recorded " << records << " records to " << safe(options.file) << ".\n";
  return kExitOk;
}

}  // namespace plimsoll
