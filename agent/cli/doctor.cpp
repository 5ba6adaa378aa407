// `plimsoll doctor`: what works on this host, what does not, and what to do about it.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>

#include "agent/cli/cli.h"
#include "agent/cli/commands.h"
#include "agent/cli/format.h"
#include "agent/host/checks.h"
#include "agent/identity/resolver.h"
#include "agent/store/open_objects.h"

namespace plimsoll {
namespace {

using nlohmann::json;

Check config_check(const Context& context, const Result<Config>& config) {
  if (!config) return {"config", CheckState::failed, config.error().message};
  if (const auto resolver = make_resolver(config->identity); !resolver) {
    return {"config", CheckState::failed, context.config_path + ": identity: " + resolver.error().message};
  }
  const bool there = std::filesystem::exists(context.config_path);
  return {"config", CheckState::ok,
          context.config_path + (there ? "" : ": no such file; the defaults apply")};
}

std::vector<HookStatus> hooks_of(const json& answer) {
  std::vector<HookStatus> hooks;
  for (const auto& one : answer.value("hooks", json::array())) {
    hooks.push_back({.hook = one.value("hook", ""),
                     .way = one.value("way", ""),
                     .attached = one.value("attached", false),
                     .error = one.value("error", ""),
                     .blind_to = one.value("blind_to", ""),
                     .passed_over = one.value("passed_over", ""),
                     .detached = one.value("detached", std::uint64_t{0}),
                     .silent = one.value("silent", false)});
  }
  return hooks;
}

/// Whether this host may ask the fleet's store.
void check_fleet(const Result<Config>& config, const Clock& clock, std::vector<Check>& checks) {
  if (!config || config->fleet.store.empty()) return;
  const auto store = open_objects({config->fleet.store, config->fleet.endpoint, config->fleet.region}, clock);
  if (!store) {
    checks.push_back({"fleet", CheckState::failed, store.error().message});
    return;
  }
  const auto asked = (*store)->get("merged/none.toml", "");
  checks.push_back({"fleet", asked ? CheckState::ok : CheckState::warning,
                    asked ? (*store)->where() + " answers" : asked.error().message});
}

/// What the running agent may still do.
Check confinement_check(const json& status) {
  const auto found = status.value("confinement", json::object());
  const bool no_gain = found.value("no_new_privs", false), filtered = found.value("calls_refused", false);
  const auto unneeded = found.value("unneeded", "");
  const auto held = found.value("capabilities", "");
  std::string text = "keeps " + (held.empty() ? "no capability" : held);
  text += no_gain ? ", cannot gain any" : "; can gain others: no_new_privs is not set";
  text += filtered ? ", system calls are filtered" : "; system calls are not filtered: no seccomp filter";
  if (!unneeded.empty()) text += "; does not need " + unneeded;
  const bool confined = no_gain && filtered && unneeded.empty();
  return {"confinement", confined ? CheckState::ok : CheckState::warning, text};
}

void append(std::vector<Check>& checks, std::vector<Check> more) {
  checks.insert(checks.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

/// The hooks as the running agent has them; without one, they are attached here, and detached again.
void check_hooks(const Context& context, std::vector<Check>& checks) {
  if (const auto answer = ask_agent(context, "hooks", json::object())) {
    checks.push_back({"agent", CheckState::ok, "running, and answers"});
    if (const auto status = ask_agent(context, "status", json::object())) {
      checks.push_back(confinement_check(*status));
    }
    append(checks, hook_checks(hooks_of(*answer)));
    return;
  }
  const bool hopeless = std::ranges::any_of(checks, [](const Check& check) {
    return check.state == CheckState::failed && (check.what == "kernel" || check.what == "capabilities");
  });
  if (hopeless) {
    checks.push_back({"agent", CheckState::warning, "not running; hooks not tried, for the reasons above"});
    return;
  }
  const auto config = read_config(context);
  const auto sensor = open_sensor({.alternative = config ? config->sensor.attach : ""});
  if (!sensor) {
    checks.push_back({"hooks", CheckState::failed, sensor.error().message});
    return;
  }
  checks.push_back({"agent", CheckState::warning, "not running; hooks tried by this command instead"});
  append(checks, hook_checks((*sensor)->hooks()));
}

std::string mark(const Palette& palette, CheckState state) {
  const auto text = padded(std::string(name(state)), 8);
  if (state == CheckState::ok) return palette.good(text);
  return state == CheckState::warning ? palette.warn(text) : palette.bad(text);
}

}  // namespace

int command_doctor(const Context& context) {
  auto checks = host_checks(read_host_facts(""));
  const auto config = read_config(context);
  checks.push_back(config_check(context, config));
  check_fleet(config, context.clock, checks);
  check_hooks(context, checks);
  const bool failed =
      std::ranges::any_of(checks, [](const Check& check) { return check.state == CheckState::failed; });
  if (context.output == Output::json) {
    json rows = json::array();
    for (const auto& check : checks) {
      rows.push_back({{"check", check.what}, {"state", name(check.state)}, {"detail", check.detail}});
    }
    print_json(context, {{"ok", !failed}, {"checks", rows}});
  } else {
    std::size_t width = 0;
    for (const auto& check : checks) width = std::max(width, check.what.size());
    for (const auto& check : checks) {
      context.out << mark(context.palette, check.state) << padded(check.what, width + 2)
                  << wrapped(safe(check.detail), 96, std::string(width + 10, ' ')) << '\n';
    }
    context.out << (failed ? "\nPlimsoll cannot work on this host: see the failed checks above.\n"
                           : "\nPlimsoll can work on this host.\n");
  }
  return failed ? kExitCheckFailed : kExitOk;
}

}  // namespace plimsoll
