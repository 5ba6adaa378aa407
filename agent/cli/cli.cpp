// The command line: which subcommands there are, and what they take.
#include "agent/cli/cli.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>

#include "agent/cli/commands.h"
#include "agent/cli/help.h"
#include "agent/core/behaviour.h"
#include "agent/core/suggest.h"
#include "agent/core/text.h"
#include "agent/daemon/run.h"
#include "agent/sensor/self_test/self_test.h"

namespace plimsoll {
namespace {

class SystemClock final : public Clock {
 public:
  [[nodiscard]] WallNs now() const override {
    return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
  }
};

/// What the options were set to.
struct Arguments {
  std::string config{kDefaultConfig}, socket, output = "table";
  RunOptions run;
  std::string container, rule;
  ProfileChoice choice;
  std::string behaviour, alert, since, host, before, after;
  std::vector<std::string> files;
  std::string page;
  ExportChoice exported;
  bool running_config = false;
  EventsOptions events;
  RecordOptions record;
  ReplayChoice replay;
  AlertsOptions alerts;
  DemoOptions demo;
};

class CommandLine {
 public:
  explicit CommandLine(Context& context);
  int run(int argc, char** argv);

 private:
  using Action = std::function<int()>;

  [[nodiscard]] std::string unknown_command(int argc, char** argv) const;
  CLI::App* command(CLI::App& parent, const std::string& name, const std::string& summary, Action action);
  CLI::Option* with_profile(CLI::App& app);
  void with_output(CLI::App& app, const std::vector<std::string>& forms = {"table", "json"});
  void add_service_commands();
  void add_viewing_commands();
  void add_profile_commands();
  void add_learning_commands();
  void add_decision_commands(CLI::App& profile);
  void add_profile_file_commands(CLI::App& profile);
  void add_profile_exchange_commands(CLI::App& profile);
  void add_config_commands();

  Context& context_;
  Arguments arguments_;
  CLI::App app_{std::string(help_description()), "plimsoll"};
  CLI::Option* config_option_ = nullptr;
  Action chosen_;
};

CommandLine::CommandLine(Context& context) : context_(context) {
  app_.require_subcommand(1);
  app_.fallthrough();
  app_.footer(std::string(help_footer()));
  app_.get_formatter()->column_width(34);
  app_.set_help_flag("-h,--help", "Print this help; after a command, the help of that command");
  config_option_ = app_.add_option("--config", arguments_.config, "Configuration file")
                       ->type_name("FILE")
                       ->envname("PLIMSOLL_CONFIG")
                       ->capture_default_str();
  app_.add_option("--socket", arguments_.socket,
                  "Socket of the running agent; default: from the configuration")
      ->type_name("PATH")
      ->envname("PLIMSOLL_SOCKET");
  add_service_commands();
  add_viewing_commands();
  add_profile_commands();
  add_learning_commands();
  add_config_commands();
}

CLI::App* CommandLine::command(CLI::App& parent, const std::string& name, const std::string& summary,
                               Action action) {
  auto* const added = parent.add_subcommand(name, summary);
  added->footer(
      "\n--config FILE and --socket PATH may be given too; plimsoll --help has examples, exit codes and "
      "files.");
  if (action) added->final_callback([this, action = std::move(action)] { chosen_ = action; });
  return added;
}

void CommandLine::with_output(CLI::App& app, const std::vector<std::string>& forms) {
  std::string listed;
  for (const auto& form : forms) listed += (listed.empty() ? "" : "|") + form;
  app.add_option("-o,--output", arguments_.output, "Output format: " + listed)
      ->type_name("FORM")
      ->check(CLI::IsMember(forms).description(""))
      ->capture_default_str();
}

void CommandLine::add_service_commands() {
  auto* const run =
      command(app_, "run", "Monitor this host until SIGTERM; SIGHUP reloads the configuration", [this] {
        arguments_.run.config_path = context_.config_path;
        arguments_.run.config_required = context_.config_named;
        return run_agent(arguments_.run);
      });
  run->add_option("--btf", arguments_.run.btf_path,
                  "Kernel type information (BTF) to use instead of the running kernel's")
      ->type_name("FILE");
  run->add_option("--log-level", arguments_.run.log_level,
                  "trace, debug, info, warn or error; logs go to stderr")
      ->type_name("LEVEL")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}).description(""))
      ->capture_default_str();
  with_output(*command(app_, "doctor", "Check this host: what works, what the agent cannot see, what to fix",
                       [this] { return command_doctor(context_); }));
  command(app_, "unload", "Detach the BPF programs that an agent left pinned (sensor.pin_path)",
          [this] { return command_unload(context_); });
  auto* const demo = command(app_, "demo", "Learn a real container, attack it, show the alerts, and clean up",
                             [this] { return command_demo(context_, arguments_.demo); });
  demo->add_flag("--keep", arguments_.demo.keep,
                 "Keep the directory with the learned profile and the alerts");
  with_output(*command(app_, "version", "Print the version", [this] { return command_version(context_); }));
}

void CommandLine::add_viewing_commands() {
  auto* const status = command(app_, "status", "Show the agent and the containers that it monitors",
                               [this] { return command_status(context_, arguments_.container); });
  status->add_option("CONTAINER", arguments_.container,
                     "Show this container in full: its id, the first digits of it, or its name");
  with_output(*status);

  auto* const events =
      command(app_, "events",
              "Stream events as they are evaluated; behaviour that the kernel already knows is only counted",
              [this] { return command_events(context_, arguments_.events); });
  events->add_flag("-f,--follow", arguments_.events.follow, "Keep printing until interrupted");
  events->add_option("-n,--most", arguments_.events.most, "Without -f: stop after this many events")
      ->capture_default_str();
  events->add_option("--container", arguments_.events.container,
                     "Only events of this container: its id, the first digits of it, or its name");
  events->add_option("--action", arguments_.events.action, "Only one of " + all_names<plimsoll::Action>())
      ->check(CLI::IsMember(std::vector<std::string>(kNamesOf<plimsoll::Action>.begin(),
                                                     kNamesOf<plimsoll::Action>.end()))
                  .description(""));
  with_output(*events);

  auto* const alerts = command(app_, "alerts", "Show the latest alerts, or one in full",
                               [this] { return command_alerts(context_, arguments_.alerts); });
  alerts->add_option("ID", arguments_.alerts.id, "Show this alert in full");
  alerts->add_option("--container", arguments_.alerts.container,
                     "Only alerts of this container: its id, the first digits of it, or its name");
  alerts->add_option("-n,--most", arguments_.alerts.most, "Show at most this many")->capture_default_str();
  with_output(*alerts);

  auto* const record =
      command(app_, "record", "Record what containers do, for a later replay; only root can read the file",
              [this] { return command_record(context_, arguments_.record); });
  record->add_option("FILE", arguments_.record.file, "File to create; it must not exist")->required();
  record->add_option("--for", arguments_.record.most, "How long, such as 10m; default: until interrupted")
      ->type_name("DURATION");
  auto* const replay = command(app_, "replay", "Replay a recording and print the alerts",
                               [this] { return command_replay(context_, arguments_.replay); });
  replay->add_option("FILE", arguments_.replay.file, "A file written by `plimsoll record`")->required();
  replay
      ->add_option("--profile", arguments_.replay.profile,
                   "Use this profile instead of what was learned of its image")
      ->type_name("NEW");
  replay
      ->add_option("--against", arguments_.replay.against,
                   "Print only the alerts that differ between NEW and this profile")
      ->type_name("OLD");
  with_output(*replay);

  auto* const rules = command(app_, "rules", "List the rules, or explain one",
                              [this] { return command_rules(context_, arguments_.rule); });
  rules->add_option("RULE", arguments_.rule, "Explain this rule, such as drift.new_executable");
  with_output(*rules);
}

void CommandLine::add_profile_commands() {
  auto* const profile = command(app_, "profile", "Show, change, exchange and check profiles", nullptr);
  profile->require_subcommand(1);
  with_output(*command(*profile, "list", "List the profiles, and how complete each is",
                       [this] { return command_profile_list(context_); }));
  auto* const show = command(*profile, "show", "Show one profile; -o toml prints the profile file", [this] {
    return command_profile_show(context_, arguments_.choice.profile, arguments_.choice.role);
  });
  with_profile(*show)->required();
  with_output(*show, {"table", "json", "toml"});
  add_decision_commands(*profile);
  add_profile_file_commands(*profile);
  add_profile_exchange_commands(*profile);
}

CLI::Option* CommandLine::with_profile(CLI::App& app) {
  app.add_option("--role", arguments_.choice.role, "Role of the container, if the image has several");
  return app.add_option("IMAGE", arguments_.choice.profile,
                        "Repository, image with tag, image id, or the first digits of the id");
}

void CommandLine::add_decision_commands(CLI::App& profile) {
  for (const bool locked : {true, false}) {
    auto* const lock = command(
        profile, locked ? "lock" : "unlock",
        locked ? "Lock a profile: learn nothing more, raise alerts for everything else" : "Undo a lock",
        [this, locked] { return command_profile_lock(context_, arguments_.choice, locked); });
    with_profile(*lock)->required();
    with_output(*lock);
  }
  auto* const allow = command(
      profile, "allow", "Allow behaviour that was reported by an alert, quarantined, or removed", [this] {
        return command_profile_allow(context_, arguments_.choice, arguments_.behaviour, arguments_.alert);
      });
  allow->add_option("--from-alert", arguments_.alert, "Allow the behaviour reported by this alert")
      ->type_name("ID");
  with_profile(*allow);
  allow->add_option("BEHAVIOUR", arguments_.behaviour,
                    "Id of the behaviour, or the first digits of it; profile show lists them");
  with_output(*allow);
  auto* const remove =
      command(profile, "remove", "Remove a behaviour from a profile; it is never learned again",
              [this] { return command_profile_remove(context_, arguments_.choice, arguments_.behaviour); });
  with_profile(*remove)->required();
  remove
      ->add_option("BEHAVIOUR", arguments_.behaviour,
                   "Id of the behaviour, or the first digits of it; profile show lists them")
      ->required();
  with_output(*remove);
  auto* const forget =
      command(profile, "forget", "Forget what was learned in a period; it can be learned again", [this] {
        return command_profile_forget(context_, arguments_.choice, arguments_.since, arguments_.host);
      });
  with_profile(*forget)->description(
      "Repository, image with tag, image id, or the first digits of the id; default: all");
  forget->add_option("--since", arguments_.since, "2026-03-01T09:00:00Z, or how long ago: 2h")->required();
  forget->add_option("--host", arguments_.host, "Only what this host was the first to see");
  with_output(*forget);
}

void CommandLine::add_learning_commands() {
  auto* const learning = command(app_, "learning", "Pause or resume learning", nullptr);
  learning->require_subcommand(1);
  with_output(*command(*learning, "pause",
                       "Freeze all profiles until learning is resumed, also across restarts",
                       [this] { return command_learning(context_, true); }));
  with_output(
      *command(*learning, "resume", "Resume learning", [this] { return command_learning(context_, false); }));
}

void CommandLine::add_profile_file_commands(CLI::App& profile) {
  auto* const diff = command(profile, "diff", "Compare two profiles; each is a file or an image", [this] {
    return command_profile_diff(context_, arguments_.before, arguments_.after);
  });
  diff->add_option("BEFORE", arguments_.before, "A profile file, or an image that the agent knows")
      ->required();
  diff->add_option("AFTER", arguments_.after, "A profile file, or an image that the agent knows")->required();
  with_output(*diff);
  auto* const merge = command(
      profile, "merge", "Merge profiles of one image, such as those of several hosts, and print the result",
      [this] { return command_profile_merge(context_, arguments_.files); });
  merge->add_option("FILE", arguments_.files, "Profiles")->required();
  auto* const lint = command(
      profile, "lint", "Check profile and decision files; errors name file, line, key and accepted values",
      [this] { return command_profile_lint(context_, arguments_.files); });
  lint->add_option("FILE", arguments_.files, "Profiles, or NAME.operator.toml")->required();
}

void CommandLine::add_profile_exchange_commands(CLI::App& profile) {
  auto* const page =
      command(profile, "report", "Write an HTML page: what an image does, and how well that is known",
              [this] { return command_profile_report(context_, arguments_.choice, arguments_.page); });
  with_profile(*page)->required()->description("A profile file, or an image that the agent knows");
  page->add_option("FILE", arguments_.page, "File to write, such as web.html; - for standard output")
      ->required();
  auto* const send = command(profile, "export", "Export profiles to files that other agents can import",
                             [this] { return command_profile_export(context_, arguments_.exported); });
  send->add_option("IMAGE", arguments_.exported.images,
                   "Repository, image with tag, image id, or the first digits of the id; default: all");
  send->add_option("--role", arguments_.exported.role, "Role of the container, if the image has several");
  send->add_option("--to", arguments_.exported.to,
                   "A file for one profile, - for standard output, or a directory")
      ->type_name("PATH")
      ->capture_default_str();
  auto* const take =
      command(profile, "import", "Merge profiles of other agents into those of the running agent",
              [this] { return command_profile_import(context_, arguments_.files); });
  take->add_option("FILE", arguments_.files, "Profiles; all are imported, or none")->required();
  with_output(*take);
}

void CommandLine::add_config_commands() {
  auto* const config = command(app_, "config", "Check or show the configuration", nullptr);
  config->require_subcommand(1);
  with_output(*command(*config, "check",
                       "Check the configuration file; errors name file, line, key and accepted values",
                       [this] { return command_config_check(context_); }));
  auto* const show = command(*config, "show", "Print every key and its value as TOML",
                             [this] { return command_config_show(context_, arguments_.running_config); });
  show->add_flag("--running", arguments_.running_config,
                 "Show the configuration of the running agent instead of the file");
  with_output(*show);
}

/// `unknown command "stats"; did you mean "status"?`; empty when the commands that were given are known.
std::string CommandLine::unknown_command(int argc, char** argv) const {
  const CLI::App* app = &app_;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--config" || word == "--socket") {
      ++i;  // its value
    }
    if (word.starts_with("-")) {
      continue;
    }
    std::vector<std::string_view> names;
    const CLI::App* chosen = nullptr;
    for (const auto* one : app->get_subcommands([](const CLI::App*) { return true; })) {
      names.push_back(one->get_name());
      if (names.back() == word) {
        chosen = one;
      }
    }
    if (names.empty()) {
      return "";
    }
    if (chosen == nullptr) {
      const auto path = app == &app_ ? "" : app->get_name() + " ";
      const auto meant = nearest_name(word, names);
      return "unknown command \"" + path + escape(word) + "\"" +
             (meant.empty() ? "" : "; did you mean \"" + std::string(meant) + "\"?");
    }
    app = chosen;
  }
  return "";
}

int CommandLine::run(int argc, char** argv) {
  try {
    app_.parse(argc, argv);
  } catch (const CLI::Success& wanted) {  // --help
    app_.exit(wanted, context_.out, context_.err);
    return kExitOk;
  } catch (const CLI::ParseError& wrong) {
    const auto unknown = unknown_command(argc, argv);
    context_.err << "plimsoll: "
                 << (unknown.empty() ? wrong.what() + std::string("; see plimsoll --help") : unknown) << '\n';
    return kExitUsage;
  }
  context_.config_path = arguments_.config;
  context_.config_named = config_option_->count() > 0;
  context_.socket = arguments_.socket;
  context_.output = arguments_.output == "json"   ? Output::json
                    : arguments_.output == "toml" ? Output::toml
                                                  : Output::table;
  return chosen_();
}

}  // namespace

int run_command_line(int argc, char** argv) {
  // The self-test's program: that it was run is all that it is for.
  if (argc > 0 && std::string_view(argv[0]) == SelfTest::kSelfTestName) return kExitOk;
  const SystemClock clock;
  Context context{.socket = {},
                  .palette = Palette(wants_colour(STDOUT_FILENO)),
                  .clock = clock,
                  .out = std::cout,
                  .err = std::cerr};
  return CommandLine(context).run(argc, argv);
}

}  // namespace plimsoll
