// The command line as a whole: help, exit codes, and what works without an agent.
#include "agent/cli/cli.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "agent/control/control.h"
#include "detectors/detector.h"
#include "profiles/toml_codec.h"

namespace plimsoll {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

struct Outcome {
  int code = 0;
  std::string out, err;
};

Outcome plimsoll(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "plimsoll");
  std::vector<char*> argv;
  argv.reserve(arguments.size());
  for (auto& argument : arguments) argv.push_back(argument.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int code = run_command_line(static_cast<int>(argv.size()), argv.data());
  return {code, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

class CommandLineTest : public testing::Test {
 public:
  CommandLineTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cli_test.XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    socket_ = directory_ + "/agent.sock";
    unsetenv("PLIMSOLL_CONFIG");
    unsetenv("PLIMSOLL_SOCKET");
  }
  ~CommandLineTest() override { std::filesystem::remove_all(directory_); }

 protected:
  std::string file(const std::string& text) const {
    std::string path = directory_ + "/p.toml";
    std::ofstream(path) << text;
    return path;
  }

  std::string directory_, socket_;
};

TEST_F(CommandLineTest, HelpNeedsNoManual) {
  const auto help = plimsoll({"--help"});
  EXPECT_EQ(help.code, kExitOk);
  EXPECT_EQ(help.err, "");
  for (const auto* word : {"run", "doctor", "demo", "status", "events", "alerts", "profile", "rules",
                           "config", "version", "Examples:", "Environment:", "NO_COLOR",
                           "Exit codes:", "Files:", "/etc/plimsoll/plimsoll.toml", "--socket"}) {
    EXPECT_THAT(help.out, HasSubstr(word));
  }
  EXPECT_THAT(help.out, testing::Not(HasSubstr("\x1b")));
}

TEST_F(CommandLineTest, EveryCommandHasHelp) {
  for (const std::vector<std::string>& command : {std::vector<std::string>{"run"},
                                                  {"doctor"},
                                                  {"demo"},
                                                  {"status"},
                                                  {"events"},
                                                  {"alerts"},
                                                  {"profile", "list"},
                                                  {"profile", "show"},
                                                  {"rules"},
                                                  {"config", "check"},
                                                  {"config", "show"},
                                                  {"version"}}) {
    auto arguments = command;
    arguments.emplace_back("--help");
    const auto help = plimsoll(arguments);
    EXPECT_EQ(help.code, kExitOk) << command.back();
    EXPECT_THAT(help.out, HasSubstr(command.back()));
  }
}

TEST_F(CommandLineTest, WrongUsageIsTwoAndSaysWhy) {
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{},
                                                {"sail"},
                                                {"status", "--fast"},
                                                {"status", "-o", "xml"},
                                                {"profile"},
                                                {"profile", "show"},
                                                {"status", "-o", "toml"},
                                                {"run", "--log-level", "loud"}}) {
    const auto outcome = plimsoll(wrong);
    EXPECT_EQ(outcome.code, kExitUsage);
    EXPECT_THAT(outcome.err, StartsWith("plimsoll: "));
    EXPECT_EQ(outcome.out, "");
  }
}

TEST_F(CommandLineTest, AnUnknownCommandIsNamedWithTheNearestOne) {
  const auto stats = plimsoll({"stats"});
  EXPECT_EQ(stats.code, kExitUsage);
  EXPECT_EQ(stats.err, "plimsoll: unknown command \"stats\"; did you mean \"status\"?\n");
  EXPECT_EQ(plimsoll({"profile", "lst"}).err,
            "plimsoll: unknown command \"profile lst\"; did you mean \"list\"?\n");
  EXPECT_EQ(plimsoll({"--socket", socket_, "alert"}).err,
            "plimsoll: unknown command \"alert\"; did you mean \"alerts\"?\n");
  EXPECT_EQ(plimsoll({"xyzzy"}).err, "plimsoll: unknown command \"xyzzy\"\n");
}

TEST_F(CommandLineTest, Version) {
  EXPECT_THAT(plimsoll({"version"}).out, testing::MatchesRegex("plimsoll [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  EXPECT_TRUE(json::parse(plimsoll({"version", "-o", "json"}).out).contains("version"));
}

TEST_F(CommandLineTest, WithoutAnAgentItSaysWhereItLooked) {
  for (const auto* command : {"status", "alerts", "events"}) {
    const auto outcome = plimsoll({command, "--socket", socket_});
    EXPECT_EQ(outcome.code, kExitError) << command;
    EXPECT_THAT(outcome.err, HasSubstr("no agent answers on " + socket_));
  }
}

TEST_F(CommandLineTest, ConfigCheck) {
  const auto good = plimsoll({"config", "check", "--config", file("[agent]\ncluster = \"c\"\n")});
  EXPECT_EQ(good.code, kExitOk);
  EXPECT_THAT(good.out, HasSubstr("p.toml: ok"));

  const auto path = file("[agent]\ncluster = 1\n");
  const auto bad = plimsoll({"config", "check", "--config", path});
  EXPECT_EQ(bad.code, kExitCheckFailed);
  EXPECT_EQ(bad.err, "plimsoll: " + path + ":2: agent.cluster: is of type integer; accepted: a string\n");
  const auto as_json = plimsoll({"config", "check", "--config", path, "-o", "json"});
  EXPECT_EQ(as_json.code, kExitCheckFailed);
  EXPECT_EQ(json::parse(as_json.out).at("ok"), false);

  EXPECT_EQ(plimsoll({"config", "check", "--config", directory_ + "/none"}).code, kExitCheckFailed);
}

TEST_F(CommandLineTest, ConfigShowIsAConfiguration) {
  const auto shown = plimsoll({"config", "show", "--config", file("[agent]\ncluster = \"c\"\n")});
  EXPECT_THAT(shown.out, HasSubstr("cluster = \"c\""));
  EXPECT_EQ(plimsoll({"config", "show", "--config", file(shown.out)}).out, shown.out);
}

TEST_F(CommandLineTest, TheEnvironmentNamesTheFile) {
  setenv("PLIMSOLL_CONFIG", file("[agent]\ncluster = 1\n").c_str(), 1);
  EXPECT_EQ(plimsoll({"config", "check"}).code, kExitCheckFailed);
  unsetenv("PLIMSOLL_CONFIG");
}

TEST_F(CommandLineTest, RulesFromTheConfigurationWhenNoAgentRuns) {
  const std::string id(all_detectors().front().rule.id);
  const auto path =
      file("[agent]\nsocket = \"" + socket_ + "\"\n[rules.\"" + id + "\"]\nseverity = \"low\"\n");
  const auto table = plimsoll({"rules", "--config", path});
  EXPECT_EQ(table.code, kExitOk) << table.err;
  for (const auto& detector : all_detectors())
    EXPECT_THAT(table.out, HasSubstr(std::string(detector.rule.id)));
  const auto one = json::parse(plimsoll({"rules", id, "--config", path, "-o", "json"}).out);
  EXPECT_EQ(one.at("severity"), "low");
  EXPECT_THAT(plimsoll({"rules", id, "--config", path}).out, HasSubstr("Do first"));
  EXPECT_EQ(plimsoll({"rules", "no.rule", "--config", path}).code, kExitError);
}

TEST_F(CommandLineTest, AnswersOfAnAgentAreShown) {
  const auto server = make_control_server(socket_);
  server->handle("status", [](const json& args, const ControlServer::Reply& reply) -> Result<void> {
    if (args.value("container", "") == "web") {
      const json lost = {{"quota", 3}, {"ring_full", 12}};
      reply({{"containers", {{{"id", "abc"}, {"name", "web"}, {"lost_events", 15}, {"lost", lost}}}}});
      return {};
    }
    if (args.contains("container")) return fail("no container is called so");
    reply({{"version", "1.2.3"},
           {"pid", 7},
           {"mode", "auto"},
           {"events", {{"seen", 1234}, {"known", 1000}, {"emitted", 230}, {"lost", 4}}},
           {"blind", {"mount"}},
           {"containers",
            {{{"id", "abc"}, {"name", "w\x1b[2Jeb"}, {"image", "shop/web:1"}, {"state", "stable"}}}}});
    return {};
  });
  server->handle("alerts", [](const json&, const ControlServer::Reply&) -> Result<void> { return {}; });
  server->handle("profile.list", [](const json&, const ControlServer::Reply& reply) -> Result<void> {
    reply({{"profiles",
            {{{"repository", "shop/web"},
              {"role", "web"},
              {"image_id", "sha256:3f1c0a9b8c7d6e5f"},
              {"state", "stable"},
              {"behaviours", 12},
              {"minutes", 99},
              {"predicted_new_behaviours_per_day", 0.44},
              {"lost_events", 0}}}}});
    return {};
  });
  Profile profile;
  profile.lineage = {"shop/web", "web"};
  for (int i = 1; i < 6; ++i) {
    const auto path = "/run/app/worker-" + std::to_string(i) + ".sock";
    profile.behaviours[{Phase::steady, "/app", ConnectObject{"unix", path, 0}, plimsoll::Outcome::attempt}];
  }
  server->handle("profile.show", [&profile](const json&, const ControlServer::Reply& reply) -> Result<void> {
    reply({{"toml", to_toml(profile)}, {"path", "x.toml"}, {"profile", json::object()}});
    return {};
  });
  ASSERT_TRUE(server->start());

  const auto status = plimsoll({"status", "--socket", socket_});
  EXPECT_EQ(status.code, kExitOk) << status.err;
  EXPECT_THAT(status.out, HasSubstr("1,234 seen = 1,000 known + 230 new + 4 lost"));
  EXPECT_THAT(status.out, HasSubstr("w\\x1b[2Jeb"));
  EXPECT_THAT(status.out, HasSubstr("Blind      mount"));
  EXPECT_EQ(json::parse(plimsoll({"status", "--socket", socket_, "-o", "json"}).out).at("pid"), 7);
  EXPECT_THAT(plimsoll({"status", "web", "--socket", socket_}).out,
              HasSubstr("15 lost (ring_full 12, quota 3)"));
  EXPECT_THAT(plimsoll({"status", "x", "--socket", socket_}).err, HasSubstr("no container is called so"));

  EXPECT_EQ(plimsoll({"alerts", "--socket", socket_}).out, "No alerts.\n");
  EXPECT_EQ(plimsoll({"alerts", "--socket", socket_, "-o", "json"}).out, "[]\n");

  const auto shown = plimsoll({"profile", "show", "shop/web", "--socket", socket_}).out;
  EXPECT_THAT(shown,
              HasSubstr("dest=/run/app/worker-<n>.sock  (a pattern: 5 different examples seen)\n      "));
  EXPECT_THAT(shown, HasSubstr("dest=/run/app/worker-3.sock\n"));

  EXPECT_EQ(plimsoll({"profile", "list", "--socket", socket_}).out,
            "REPOSITORY   ROLE   IMAGE ID       STATE    BEHAVIOURS   CONTAINER-MINUTES   NEW/DAY   LOST\n"
            "shop/web     web    3f1c0a9b8c7d   stable   12           99                  0.4       0\n");
}

// Of two profiles the patterns are compared, not the names that either happens to have seen.
TEST_F(CommandLineTest, DiffComparesPatterns) {
  const auto written = [this](const std::string& name, int from, int to, const std::string& place) {
    Profile profile;
    profile.lineage = {"shop/web", "web"};
    for (int i = from; i < to; ++i) {
      const auto path = place + std::to_string(i);
      profile.behaviours[{Phase::steady, "/app", ConnectObject{"unix", path, 0}, plimsoll::Outcome::attempt}];
    }
    std::ofstream(directory_ + name) << to_toml(profile);
    return directory_ + name;
  };
  const auto one = written("/1.toml", 0, 5, "/run/w-"), other = written("/2.toml", 5, 10, "/run/w-");
  EXPECT_EQ(plimsoll({"profile", "diff", one, other}).out, "");
  const auto elsewhere = plimsoll({"profile", "diff", one, written("/3.toml", 0, 7, "/run/x-")});
  EXPECT_EQ(elsewhere.code, kExitCheckFailed);
  EXPECT_THAT(elsewhere.out, HasSubstr("dest=/run/w-<n> pattern\n"));
  EXPECT_THAT(elsewhere.out, HasSubstr("dest=/run/x-<n> pattern\n"));
  EXPECT_EQ(std::ranges::count(elsewhere.out, '\n'), 2);
}

}  // namespace
}  // namespace plimsoll
