// The configuration file: defaults, every key, every error, and that what is written reads back to the same.
#include "agent/config/config.h"

#include <gmock/gmock.h>
#include <sys/fsuid.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "detectors/detector.h"

namespace plimsoll {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string error_of(const std::string& text) {
  const auto config = parse_config(text, "p.toml");
  return config ? "(none)" : config.error().message;
}

std::string a_rule() {
  return std::string(all_detectors().front().rule.id);
}

TEST(Config, AnEmptyFileGivesTheDefaults) {
  const auto config = parse_config("", "p.toml");
  ASSERT_TRUE(config);
  EXPECT_EQ(to_toml(*config), to_toml(default_config()));
  EXPECT_EQ(config->agent.state_dir, "/var/lib/plimsoll");
  EXPECT_FALSE(config->learning.startup_phase_ns) << "it is learned for each image";
  EXPECT_NE(to_toml(*config).find("\nstartup_phase = \"\"\n"), std::string::npos);
  EXPECT_EQ(parse_config("[learning]\nstartup_phase = \"0s\"", "p.toml")->learning.startup_phase_ns, 0);
  EXPECT_EQ(config->metrics.listen, "127.0.0.1:9477");
  EXPECT_FALSE(config->alerts.redact.empty());
}

TEST(Config, EveryKeyIsReadAndWrittenBackTheSame) {
  const std::string rule = a_rule();
  const std::string text = R"(
[agent]
state_dir = "/s"
socket = "/s/a.sock"
cluster = "prod \"eu\"\u0007"
labels = { team = "shop", "a b" = "c" }
[learning]
mode = "detect"
max_new_behaviours_per_day = 0.5
stable_after = "15s"
startup_phase = "1h30m"
retire_after = ""
exclude = ["registry.example/build-*"]
[alerts]
file = "/s/alerts.jsonl"
stdout = false
redact = ['secret-(\d+)']
[metrics]
listen = "[::1]:9000"
[sensor]
events_per_second = 0
behaviours_per_container = 100
ring_kib = 256
latency = "50ms"
self_test = "30s"
pin_path = "/sys/fs/bpf/plimsoll"
attach = "raw"
[fleet]
store = "s3://shop-profiles/prod/eu"
endpoint = "http://127.0.0.1:9000"
region = "eu-west-1"
poll = "10s"
format = "1.0"
[identity]
cgroup_patterns = ['/mine/([0-9a-f]{64})$']
host_root = "/host"
resolvers = ["127.0.0.11", "fd00::2"]
runtimes = [{ kind = "runc", state = "/run/x" }, { kind = "docker", root = "/a", state = "/b", socket = "/c" }]
[rules.")" + rule + R"("]
enabled = false
severity = "critical"
exclude = [{ image = "a*", namespace = "n" }, { role = "r" }]
)";
  const auto config = parse_config(text, "p.toml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->agent.cluster, "prod \"eu\"\a");
  EXPECT_EQ(config->agent.labels.at("a b"), "c");
  EXPECT_EQ(config->learning.mode, LearningMode::detect);
  EXPECT_EQ(config->learning.max_new_behaviours_per_day, 0.5);
  EXPECT_EQ(config->learning.stable_after_ns, 15'000'000'000);
  EXPECT_EQ(config->learning.startup_phase_ns, 5'400'000'000'000);
  EXPECT_EQ(config->learning.retire_after_ns, 0);
  EXPECT_THAT(config->learning.exclude, ElementsAre("registry.example/build-*"));
  EXPECT_FALSE(config->alerts.to_stdout);
  EXPECT_THAT(config->alerts.redact, ElementsAre("secret-(\\d+)"));
  EXPECT_EQ(config->sensor.events_per_second, 0U);
  EXPECT_EQ(config->sensor.behaviours_per_container, 100U);
  EXPECT_EQ(config->sensor.ring_kib, 256U);
  EXPECT_EQ(config->sensor.latency_ns, 50'000'000);
  EXPECT_EQ(config->sensor.self_test_ns, 30'000'000'000);
  EXPECT_EQ(config->sensor.pin_path, "/sys/fs/bpf/plimsoll");
  EXPECT_EQ(config->sensor.attach, "raw");
  EXPECT_EQ(config->fleet.store, "s3://shop-profiles/prod/eu");
  EXPECT_EQ(config->fleet.endpoint, "http://127.0.0.1:9000");
  EXPECT_EQ(config->fleet.region, "eu-west-1");
  EXPECT_EQ(config->fleet.poll_ns, 10'000'000'000);
  EXPECT_EQ(config->fleet.format, "1.0");
  EXPECT_EQ(config->identity.host_root, "/host");
  EXPECT_THAT(config->identity.resolvers, ElementsAre(*address_from("127.0.0.11"), *address_from("fd00::2")));
  ASSERT_EQ(config->identity.runtimes.size(), 2U);
  EXPECT_EQ(config->identity.runtimes[0].state, "/run/x");
  EXPECT_EQ(config->identity.runtimes[1].socket, "/c");
  const auto& found = config->rules.at(rule);
  EXPECT_FALSE(found.enabled);
  EXPECT_EQ(found.severity, Severity::critical);
  EXPECT_EQ(found.exclude.at(0).name_space, "n");
  EXPECT_EQ(found.exclude.at(1).role, "r");

  const auto again = parse_config(to_toml(*config), "p.toml");
  ASSERT_TRUE(again) << again.error().message << "\n" << to_toml(*config);
  EXPECT_EQ(to_toml(*again), to_toml(*config));
  EXPECT_EQ(again->agent.labels, config->agent.labels);
  EXPECT_EQ(again->rules.at(rule).exclude.at(0).image, "a*");
}

struct Case {
  std::string text, error;
};

TEST(Config, EachErrorSaysWhereWhatAndWhatIsAccepted) {
  const std::string rule = "[rules.\"" + a_rule() + "\"]\n";
  const std::string key = "p.toml:2: rules.\"" + a_rule() + "\"";
  const std::vector<Case> cases = {
      {"\n[agnet]\n",
       "p.toml:2: agnet: unknown key (did you mean \"agent\"?); accepted: agent, learning, alerts, metrics, "
       "sensor, fleet, "
       "identity, rules"},
      {"[agent]\nstatedir = \"/x\"",
       "p.toml:2: agent.statedir: unknown key (did you mean \"state_dir\"?); accepted: state_dir, socket, "
       "cluster, labels"},
      {"agent = 3", "p.toml:1: agent: is of type integer; accepted: a table"},
      {"[agent]\nstate_dir = \"var\"",
       "p.toml:2: agent.state_dir: \"var\" is not an absolute path; accepted: an absolute path"},
      {"[agent]\nsocket = 7",
       "p.toml:2: agent.socket: is of type integer; accepted: an absolute path of at most 107 bytes"},
      {"[agent]\nsocket = \"/" + std::string(107, 'x') + "\"", "p.toml:2: agent.socket: "},
      {"[agent]\nlabels = { a = 1 }", "p.toml:2: agent.labels.a: is of type integer; accepted: a string"},
      {"[learning]\nmode = \"fast\"",
       "p.toml:2: learning.mode: \"fast\" is not a known value; accepted: \"auto\", \"learn\" or \"detect\""},
      {"[learning]\nmax_new_behaviours_per_day = 0",
       "p.toml:2: learning.max_new_behaviours_per_day: is 0; accepted: a number from 0.01 to 1000000"},
      {"[learning]\nmax_new_behaviours_per_day = nan",
       "p.toml:2: learning.max_new_behaviours_per_day: is nan"},
      {"[learning]\nmax_new_behaviours_per_day = 5e-324",
       "p.toml:2: learning.max_new_behaviours_per_day: is 5e-324; accepted: "},
      {"[learning]\nmax_new_behaviours_per_day = 1e308",
       "p.toml:2: learning.max_new_behaviours_per_day: is 1e+308; accepted: "},
      {"[learning]\nmode = \"a\\u001b\"", "p.toml:2: learning.mode: \"a\\x1b\" is not a known value; "},
      {"[learning]\nmax_new_behaviours_per_day = \"3\"",
       "p.toml:2: learning.max_new_behaviours_per_day: is of type string"},
      {"[learning]\n\nstable_after = \"soon\"",
       "p.toml:3: learning.stable_after: \"soon\" is not a duration"},
      {"[learning]\nretire_after = \"5h\"", "p.toml:2: learning.retire_after: \"5h\" is out of range"},
      {"[learning]\nstable_after = \"0s\"", "p.toml:2: learning.stable_after: \"0s\" is out of range"},
      {"[learning]\nstartup_phase = \"soon\"",
       "p.toml:2: learning.startup_phase: \"soon\" is not a duration"},
      {"[learning]\nstartup_phase = \"25h\"", "p.toml:2: learning.startup_phase: \"25h\" is out of range"},
      {"[learning]\nexclude = \"a\"", "p.toml:2: learning.exclude: is of type string; accepted: an array"},
      {"[learning]\nexclude = [\"a\",\n \"\"]", "p.toml:3: learning.exclude[1]: \"\" is empty"},
      {"[alerts]\nfile = \"a.jsonl\"", "p.toml:2: alerts.file: "},
      {"[alerts]\nstdout = 1", "p.toml:2: alerts.stdout: is of type integer; accepted: true or false"},
      {"[alerts]\nredact = [\"(\"]", "p.toml:2: alerts.redact[0]: \"(\" does not compile"},
      {"[metrics]\nlisten = \"localhost:80\"",
       "p.toml:2: metrics.listen: \"localhost:80\" is not an address"},
      {"[metrics]\nlisten = \"127.0.0.1:0\"", "p.toml:2: metrics.listen: "},
      {"[metrics]\nlisten = \"127.0.0.1:65536\"", "p.toml:2: metrics.listen: "},
      {"[metrics]\nlisten = \"::1:80\"", "p.toml:2: metrics.listen: "},
      {"[metrics]\nlisten = \"9477\"", "p.toml:2: metrics.listen: "},
      {"[sensor]\nevents_per_second = -1",
       "p.toml:2: sensor.events_per_second: is -1; accepted: a whole number from 0 to 10000000"},
      {"[sensor]\nevents_per_second = 1.5", "p.toml:2: sensor.events_per_second: is of type floating-point"},
      {"[sensor]\nring_kib = 100", "p.toml:2: sensor.ring_kib: is 100; accepted: a power of two from 64"},
      {"[sensor]\npin_path = \"bpf/plimsoll\"",
       "p.toml:2: sensor.pin_path: \"bpf/plimsoll\" is not an absolute path"},
      {"[sensor]\nlatency = \"2s\"", "p.toml:2: sensor.latency: \"2s\" is out of range"},
      {"[sensor]\nattach = \"ptrace\"",
       "p.toml:2: sensor.attach: \"ptrace\" is not a known value; accepted: "},
      {"[fleet]\nstore = \"profiles\"",
       "p.toml:2: fleet.store: \"profiles\" is not a place for profiles; accepted: an absolute path, "
       "\"s3://BUCKET\""},
      {"[fleet]\nstore = \"s3://\"", "p.toml:2: fleet.store: "},
      {"[fleet]\nstore = \"s3://bucket/a b\"", "p.toml:2: fleet.store: "},
      {"[fleet]\nstore = \"s3://bucket//a\"", "p.toml:2: fleet.store: "},
      {"[fleet]\nendpoint = \"127.0.0.1:9000\"", "p.toml:2: fleet.endpoint: "},
      {"[fleet]\nendpoint = \"http://host/path\"", "p.toml:2: fleet.endpoint: "},
      {"[fleet]\nregion = \"eu west\"", "p.toml:2: fleet.region: \"eu west\" is not a region's name"},
      {"[fleet]\nformat = \"1.2\"", "p.toml:2: fleet.format: \"1.2\" is not a known value; accepted: "},
      {"[fleet]\nstore = \"s3://bucket\"\npoll = \"1m\"",
       "p.toml:3: fleet.poll: \"1m\" is out of range for this store; accepted: a duration such as "
       "\"90s\", \"5m\", \"1h30m\" or \"7d\", from \"1s\" to \"1d\" (from \"5m\" for S3, unless its endpoint "
       "is "
       "on this host)"},
      {"[fleet]\nstore = \"s3://bucket\"\nendpoint = \"http://127.0.0.1.example.com\"\npoll = \"1m\"",
       "p.toml:4: fleet.poll: "},
      {"[fleet]\nstore = \"/mnt/fleet\"\npoll = \"500ms\"", "p.toml:3: fleet.poll: "},
      {"[identity]\ncgroup_patterns = [\"/x/.*\"]",
       "p.toml:2: identity.cgroup_patterns[0]: \"/x/.*\" has 0 groups; accepted: an ECMAScript regular "
       "expression "
       "with one group"},
      {"[identity]\nhost_root = \"host\"", "p.toml:2: identity.host_root: "},
      {"[identity]\nresolvers = [\"10.0.0.2\", \"dns.example\"]",
       "p.toml:2: identity.resolvers[1]: \"dns.example\" is not an address; accepted: an IPv4 or IPv6 "
       "address"},
      {"[identity]\nruntimes = [\"runc\"]",
       "p.toml:2: identity.runtimes[0]: is of type string; accepted: a table with kind, root, state, socket"},
      {"[identity]\nruntimes = [{ root = \"/a\" }]", "p.toml:2: identity.runtimes[0].kind: is missing"},
      {"[identity]\nruntimes = [{ kind = \"rkt\" }]",
       "p.toml:2: identity.runtimes[0].kind: \"rkt\" is not a known value; accepted: "},
      {"[identity]\nruntimes = [{ kind = \"runc\", state = \"x\" }]",
       "p.toml:2: identity.runtimes[0].state: "},
      {"[identity]\nruntimes = [{ kind = \"runc\", sate = \"/x\" }]",
       "p.toml:2: identity.runtimes[0].sate: unknown key (did you mean \"state\"?); accepted: kind, root, "
       "state, socket"},
      {"\n[rules.\"drift.nothing\"]", "p.toml:2: rules.\"drift.nothing\": unknown rule; accepted: "},
      {"[rules]\n\"" + a_rule() + "\" = true",
       "p.toml:2: rules.\"" + a_rule() + "\": is of type boolean; accepted: a table with enabled"},
      {rule + "severity = \"urgent\"", key + ".severity: \"urgent\" is not a known value; accepted: \"low\", "
                                             "\"medium\", \"high\" or \"critical\""},
      {rule + "exclude = [{}]", key + ".exclude[0]: would exclude everything"},
      {rule + "exclude = [{ images = \"a\" }]",
       key + ".exclude[0].images: unknown key (did you mean \"image\"?); accepted: image, namespace, role"},
      {"[agent\nx", "p.toml:1: syntax: "},
      {"[agent]\ncluster = \"a\"\ncluster = \"b\"", "p.toml:3: syntax: "},
  };
  for (const auto& wrong : cases) {
    EXPECT_THAT(error_of(wrong.text), StartsWith(wrong.error)) << wrong.text;
    EXPECT_THAT(error_of(wrong.text), HasSubstr("; accepted: ")) << wrong.text;
  }
}

TEST(Config, AnUnknownNameComesWithTheNearestKnownOneWhenItIsClose) {
  const std::string nearly = a_rule().substr(1);
  EXPECT_THAT(error_of("[rules.\"" + nearly + "\"]"),
              HasSubstr("unknown rule (did you mean \"" + a_rule() + "\"?); accepted: "));
  EXPECT_THAT(error_of("[metrics]\naddress_of = 1"), HasSubstr("unknown key; accepted: listen")) << "too far";
}

TEST(Config, FormerNamesAreUnknownKeysLikeAnyOther) {
  EXPECT_THAT(error_of("[sensor]\ncanary = \"1m\""), StartsWith("p.toml:2: sensor.canary: unknown key; "));
  EXPECT_THAT(error_of("[sensor]\nway = \"raw\""), StartsWith("p.toml:2: sensor.way: unknown key; "));
  EXPECT_THAT(error_of("[learning]\nmax_news_per_day = 3.0"),
              StartsWith("p.toml:2: learning.max_news_per_day: unknown key; "));
}

TEST(Config, AnErrorShowsHostileBytesEscaped) {
  EXPECT_THAT(error_of("[agent]\n\"\\u001b[2J\" = 1"), StartsWith("p.toml:2: agent.\\x1b[2J: unknown key"));
}

class ConfigFile : public testing::Test {
 public:
  ConfigFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "config_test.XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
  }
  ~ConfigFile() override { std::filesystem::remove_all(directory_); }

 protected:
  std::string directory_;
};

TEST_F(ConfigFile, IsReadAndNamedInErrors) {
  const std::string path = directory_ + "/p.toml";
  std::ofstream(path) << "[agent]\ncluster = \"c\"\n";
  EXPECT_EQ(load_config(path, true)->agent.cluster, "c");
  std::ofstream(path) << "[agent]\ncluster = 1\n";
  EXPECT_THAT(load_config(path, true).error().message, StartsWith(path + ":2: agent.cluster: "));
}

TEST_F(ConfigFile, MissingIsAnErrorOnlyWhenItWasNamed) {
  const std::string path = directory_ + "/none.toml";
  EXPECT_TRUE(load_config(path, false));
  EXPECT_THAT(load_config(path, true).error().message, StartsWith(path + ": no such file"));
}

TEST_F(ConfigFile, UnreadableIsAnErrorEvenForTheDefault) {
  EXPECT_THAT(load_config(directory_, false).error().message, HasSubstr("is a directory"));
  std::filesystem::permissions(directory_, std::filesystem::perms::all);
  const std::string path = directory_ + "/p.toml";
  std::ofstream(path) << std::string(1024 * 1024 + 1, '#');
  EXPECT_THAT(load_config(path, false).error().message, HasSubstr("too large"));

  std::filesystem::permissions(path, std::filesystem::perms::none);
  // Root reads everything: look as another user, from a thread whose file-system uid is its own.
  std::string error;
  std::thread([&] {
    if (geteuid() == 0) setfsuid(65534);
    error = load_config(path, false).error().message;
  }).join();
  EXPECT_THAT(error, HasSubstr("cannot be read: Permission denied"));
}

}  // namespace
}  // namespace plimsoll
