// `plimsoll demo`: a container is learned, then attacked, and Plimsoll's alerts are shown.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>

#include "agent/cli/alert_text.h"
#include "agent/cli/cli.h"
#include "agent/cli/commands.h"
#include "agent/cli/demo/demo_agent.h"
#include "agent/cli/demo/demo_container.h"
#include "agent/cli/demo/demo_setting.h"
#include "agent/cli/format.h"
#include "profiles/toml_codec.h"

namespace plimsoll {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr milliseconds kTick{250};
constexpr int kMostLearningTicks = 240;  // a minute
constexpr int kMostAlertTicks = 48;      // twelve seconds
constexpr int kQuietTicks = 6;           // alerts that belong together have come by then
constexpr const char* kRepository = "plimsoll.example/demo/shop";

struct Attack {
  std::string_view title;
  std::string_view script;              ///< run by the service's own shell
  std::vector<std::string_view> rules;  ///< what must be reported
};

const std::array<Attack, 3> kAttacks{{
    {"a program is dropped, and runs under a kernel thread's name",
     "/bin/cp /bin/busybox /tmp/kworker; (exec -a sleep /tmp/kworker 1)",
     {"drift.not_from_image"}},
    {"it becomes root by a set-uid su and an empty password, and mounts",
     "/bin/su root -c '/bin/mount -t proc proc /mnt'",
     {"escalation.uid0", "escalation.escape_mount"}},
    {"a stand-in for a miner asks a pool for work (it mines nothing, and nobody answers)",
     "/bin/cp /app/serve.sh /tmp/xmrig; echo '/bin/nc -w 1 127.0.0.1 3333 </dev/null' >/tmp/xmrig; "
     "/tmp/xmrig -o stratum+tcp://127.0.0.1:3333 -u demo --donate-level=1",
     {"cryptojacking.miner_command_line", "cryptojacking.pool_connection"}},
}};

class Demo {
 public:
  Demo(const Context& context, const std::string& directory)
      : context_(context),
        terminal_(isatty(STDOUT_FILENO) == 1),
        directory_(directory),
        agent_(context, directory, directory + "/runc"),
        container_(directory, "plimsoll-demo-" + std::to_string(getpid())) {}

  /// True when every expected rule raised an alert.
  Result<bool> show();

 private:
  void say(const std::string& text) { context_.out << text << std::endl; }
  Result<void> start();
  Result<void> learn();
  Result<void> print_learned();
  Result<bool> attack(std::size_t number);
  Result<std::vector<json>> collect(const std::vector<std::string_view>& wanted);
  void progress(int tick, const json& row);
  void where_next();

  const Context& context_;
  const bool terminal_;
  const std::string directory_;
  const Interruption interruption_;
  DemoAgent agent_;
  DemoContainer container_;
  std::set<std::string> shown_;  ///< ids of alerts
};

Result<void> Demo::start() {
  say(context_.palette.bold("Plimsoll demo: a container is learned, then attacked") + "\n");
  if (auto up = agent_.start(); !up) return up;
  say("  agent      runs with its own state directory, " + directory_);
  if (auto up = container_.start(); !up) return up;
  say(std::string("  container  ") + DemoContainer::kImage +
      ", by runc: a web server and its client, as user 1000");
  if (!container_.overlay())
    say("  no overlay file system here: added files cannot be distinguished from the image's");
  return {};
}

void Demo::progress(int tick, const json& row) {
  const auto seconds = static_cast<int>(tick * kTick / milliseconds(1000));
  const std::string text = "  " + std::to_string(seconds) + " s  " +
                           (row.is_null() ? "waiting for the container to be identified"
                                          : field(row, "behaviours") + " behaviours, " + field(row, "state"));
  if (terminal_) {
    context_.out << "\r\x1b[K" << text << std::flush;
  } else if (tick % 20 == 0) {
    say(text);
  }
}

Result<void> Demo::learn() {
  say("\n" + context_.palette.bold("Learning") +
      " what it does, for a fixed time here; by evidence in real use");
  for (int tick = 0; tick < kMostLearningTicks; ++tick) {
    if (auto going = agent_.alive(); !going) return going;
    const auto row = agent_.container(container_.id());
    if (!row) return std::unexpected(row.error());
    progress(tick, *row);
    if (!row->is_null() && field(*row, "state") == "stable") return print_learned();
    if (row->is_null() && tick % 8 == 7) {
      if (auto running = container_.alive(); !running) return running;
    }
    if (auto going = interruption_.pause(kTick); !going) return going;
  }
  return fail("the profile did not become stable in a minute; see " + directory_ +
              "/agent.log (with --keep)");
}

Result<void> Demo::print_learned() {
  if (terminal_) context_.out << "\r\x1b[K";
  const auto text = agent_.profile(kRepository);
  if (!text) return std::unexpected(text.error());
  const auto profile = profile_from_toml(*text, "the profile");
  if (!profile) return std::unexpected(profile.error());
  say("  learned " + std::to_string(profile->behaviours.size()) + " behaviours; those of its steady state:");
  for (const auto& [behaviour, entry] : profile->behaviours) {
    if (behaviour.phase == Phase::steady) say("    " + context_.palette.faint(describe(behaviour)));
  }
  const auto early = agent_.alerts(container_.id());
  if (!early) return std::unexpected(early.error());
  std::size_t shadow = 0;
  for (const auto& alert : *early) {
    shown_.insert(field(alert, "id"));
    if (field(alert, "mode") == "shadow") {
      ++shadow;
    } else {
      say("  already while learning: " + field(alert, "rule") + ": " + field(alert, "message"));
    }
  }
  say("  " + context_.palette.faint(std::to_string(shadow) +
                                    " shadow alerts while it was learning; they page nobody"));
  return {};
}

/// Waits until every wanted rule has raised an alert and no more come, or time is up. Returns what is new.
Result<std::vector<json>> Demo::collect(const std::vector<std::string_view>& wanted) {
  std::vector<json> fresh;
  for (int tick = 0, quiet = 0; tick < kMostAlertTicks && quiet < kQuietTicks; ++tick) {
    if (auto going = agent_.alive(); !going) return std::unexpected(going.error());
    const auto all = agent_.alerts(container_.id());
    if (!all) return std::unexpected(all.error());
    const auto before = fresh.size();
    for (const auto& alert : *all) {
      if (shown_.insert(field(alert, "id")).second) fresh.push_back(alert);
    }
    const bool complete = std::ranges::all_of(wanted, [&](std::string_view rule) {
      return std::ranges::any_of(fresh, [&](const json& alert) { return field(alert, "rule") == rule; });
    });
    quiet = complete && fresh.size() == before ? quiet + 1 : 0;
    if (auto going = interruption_.pause(kTick); !going) return std::unexpected(going.error());
  }
  return fresh;
}

Result<bool> Demo::attack(std::size_t number) {
  const auto& attack = kAttacks.at(number);
  say("\n" + context_.palette.bold("Attack " + std::to_string(number + 1)) + ": " +
      std::string(attack.title));
  say("  $ " + wrapped(attack.script, 100, "    ") + "\n");
  if (auto done = container_.intrude(std::string(attack.script)); !done) return std::unexpected(done.error());
  auto rules = attack.rules;
  if (!container_.overlay()) std::ranges::replace(rules, "drift.not_from_image", "drift.new_executable");
  const auto alerts = collect(rules);
  if (!alerts) return std::unexpected(alerts.error());

  std::set<std::string> spoken;
  std::string others;
  for (const auto& alert : *alerts) {
    const auto rule = field(alert, "rule");
    if (std::ranges::find(rules, rule) != rules.end() && spoken.insert(rule).second) {
      say(alert_text(alert, context_.palette));
    } else {
      others += "    " + padded(rule, 30) + field(alert, "message") + "\n";
    }
  }
  if (!others.empty())
    context_.out << "  " << context_.palette.faint("and alerts on the way there") << '\n' << others;
  for (const auto rule : rules) {
    if (!spoken.contains(std::string(rule)))
      say("  " + context_.palette.bad("missing: " + std::string(rule)));
  }
  return spoken.size() == rules.size();
}

void Demo::where_next() {
  say("\n" + context_.palette.bold("Where to look next"));
  say("  On a host that runs Plimsoll permanently (sudo plimsoll run, or deploy/ for systemd, Kubernetes, "
      "ECS):");
  say("    plimsoll status                             what is monitored, and how far it is learned");
  say("    plimsoll alerts, plimsoll alerts ID         all alerts, or one as above");
  say("    plimsoll profile show IMAGE                 what an image was learned to do");
  say("    plimsoll rules escalation.escape_mount      what a rule means, and what to do first");
  say("    /var/log/plimsoll/alerts.jsonl              alerts for machines: one JSON object a line");
  say("    /var/lib/plimsoll                           profiles, which you can read and edit: "
      "profiles/README.md");
}

Result<bool> Demo::show() {
  if (auto done = start(); !done) return std::unexpected(done.error());
  if (auto done = learn(); !done) return std::unexpected(done.error());
  bool complete = true;
  for (std::size_t number = 0; number < kAttacks.size(); ++number) {
    const auto seen = attack(number);
    if (!seen) return seen;
    complete = complete && *seen;
  }
  where_next();
  return complete;
}

}  // namespace

int command_demo(const Context& context, const DemoOptions& options) {
  if (auto can = check_demo_needs(); !can) return report(context, can.error());
  const Workspace workspace(options.keep);
  if (workspace.path().empty()) return report(context, {"a temporary directory cannot be created"});
  const auto complete = Demo(context, workspace.path()).show();
  if (options.keep) {
    context.out << "\nKept: " << workspace.path() << " (plimsoll.toml, alerts.jsonl, state/, agent.log)\n";
  }
  if (!complete) return report(context, complete.error());
  if (!*complete) {
    return report(context, {"not all expected alerts were raised; see what is missing above"},
                  kExitCheckFailed);
  }
  context.out << "\nAll three attacks were detected.\n";
  return kExitOk;
}

}  // namespace plimsoll
