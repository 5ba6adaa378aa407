// The README's tables hold: the table of rules is what the registry says, and each act raises exactly the
// rules that its row names.
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include "tests/unit/detectors/acts.h"
#include "tests/unit/generated_docs.h"

namespace plimsoll::test {
namespace {

const std::string kReadme = PLIMSOLL_ROOT "/detectors/README.md";

struct Case {
  Activity activity;
  Learned profile;
};

Activity with_socket_input(Activity a) {
  a.evidence.stdin_kind = StdinKind::socket;
  return a;
}

Activity with_capability(Activity a) {
  a.process.creds.effective = a.process.creds.permitted = 1ULL << 13U;  // cap_net_raw
  return a;
}

const std::vector<std::string> kMinerArgv = {"./w", "-o", "stratum+tcp://127.0.0.1:3333", "-u", "x"};

std::map<std::string, Case> cases() {
  Activity script = exec("/bin/busybox");
  std::get<ExecObject>(script.behaviour.object).script = "/opt/job.sh";
  return {
      {"a dropped binary runs", {exec("/tmp/x", Origin::upper_new), {}}},
      {"a changed image binary runs", {exec("/usr/bin/id", Origin::modified), {}}},
      {"an image binary runs after a chown copied it up, from a known parent",
       {exec("/usr/bin/id", Origin::upper_copy), knowing(exec("/usr/bin/id"))}},
      {"a memfd runs", {exec("memfd:x", Origin::memfd), {}}},
      {"an image binary runs from a new parent", {exec("/usr/bin/id"), {}}},
      {"a script in the image runs from a new parent", {script, {}}},
      {"the dynamic loader is started by hand", {exec("/lib64/ld-linux-x86-64.so.2"), {}}},
      {"setuid(0) succeeds", {as_root(setid("101", "0")), {}}},
      {"setuid(0) is denied", {setid("101", "0", Outcome::failed), {}}},
      {"setuid to another user than root", {setid("101", "102"), {}}},
      {"su of the image runs and gains root", {as_root(exec("/bin/su")), {}}},
      {"a dropped set-uid binary runs and gains root", {as_root(exec("/tmp/x", Origin::upper_new)), {}}},
      {"a binary with file capabilities runs from a new parent", {with_capability(exec("/bin/ping")), {}}},
      {"capset raises cap_net_raw", {act(CapsetObject{"cap_net_raw", "", ""}), {}}},
      {"mount of proc", {mount("mount", "proc", "proc"), {}}},
      {"mount of ext4", {mount("mount", "ext4", "/dev/vda1"), {}}},
      {"mount of proc is denied", {mount("mount", "proc", "proc", "/mnt", Outcome::failed), {}}},
      {"mount of tmpfs", {mount("mount", "tmpfs", "tmpfs"), {}}},
      {"bind mount", {mount("bind", "", "/etc"), {}}},
      {"fsopen of ext4", {mount("fsopen", "ext4", "", ""), {}}},
      {"fsopen of tmpfs", {mount("fsopen", "tmpfs", "", ""), {}}},
      {"move_mount", {mount("move_mount", ""), {}}},
      {"unshare of a user namespace", {act(NsObject{"unshare", "user"}), {}}},
      {"connect to docker.sock", {connect("unix", "/var/run/docker.sock"), {}}},
      {"connect to instance metadata", {connect("tcp", "imds", 80), {}}},
      {"connect to a kubelet", {connect("tcp", "private", 10250), {}}},
      {"connect to a public web server", {connect("tcp", "public", 443), {}}},
      {"connect to a pool port on loopback", {connect("tcp", "loopback", 3333), {}}},
      {"a packet socket is opened", {act(SocketObject{"packet", "raw"}), {}}},
      {"a miner of the image runs from a new parent", {exec("/usr/bin/w", Origin::image, kMinerArgv), {}}},
      {"a dropped miner runs", {exec("/tmp/w", Origin::upper_new, kMinerArgv), {}}},
      {"a miner runs from a memfd", {exec("memfd:w", Origin::memfd, kMinerArgv), {}}},
      {"a reverse shell from a new parent", {with_socket_input(exec("/bin/sh")), {}}},
      {"a reverse shell where shells are known",
       {with_socket_input(exec("/bin/sh")), knowing(exec("/bin/sh"))}},
  };
}

/// The rows of the table with that heading: first cell and second cell.
std::map<std::string, std::string> table(const std::string& heading) {
  std::ifstream readme(kReadme);
  std::map<std::string, std::string> rows;
  bool inside = false;
  for (std::string line; std::getline(readme, line);) {
    if (line.starts_with("| " + heading + " |")) {
      inside = true;
    } else if (inside && line.starts_with("| ")) {
      const std::size_t end = line.find(" |", 2);
      rows[line.substr(2, end - 2)] = line.substr(end + 3, line.find(" |", end + 3) - end - 3);
    } else if (inside && !line.starts_with("|")) {
      break;
    }
  }
  return rows;
}

std::set<std::string> rules_in(std::string cell) {
  std::set<std::string> rules;
  std::erase(cell, '`');
  std::istringstream words(cell);
  for (std::string word; words >> word;) {
    if (word != "none") rules.insert(word);
  }
  return rules;
}

TEST(Table, EachActRaisesExactlyItsRules) {
  auto acts = cases();
  for (const auto& [name, rules] : table("act")) {
    const auto found = acts.find(name);
    ASSERT_NE(found, acts.end()) << "no test for the act: " << name;
    EXPECT_EQ(rules_of(found->second.activity, found->second.profile), rules_in(rules)) << name;
    acts.erase(found);
  }
  for (const auto& [name, unused] : acts) ADD_FAILURE() << "not in the README: " << name;
}

TEST(Table, NoRuleAppliesInSetup) {
  for (const auto& [name, c] : cases()) {
    EXPECT_EQ(rules_of(in_phase(Phase::setup, c.activity), c.profile), std::set<std::string>{}) << name;
  }
}

TEST(Table, WhatTheProfileKnowsRaisesHardRulesOnly) {
  for (const auto& [name, c] : cases()) {
    for (const std::string& rule : rules_of(c.activity, knowing(c.activity))) {
      EXPECT_EQ(find_rule(rule)->kind, RuleKind::hard) << name << ": " << rule;
    }
  }
}

TEST(Table, WhatTheLearnersCouldNotSeeRaisesHardRulesOnly) {
  for (auto [name, c] : cases()) {
    c.profile.unseen = {c.activity.behaviour.action()};
    for (const std::string& rule : rules_of(c.activity, c.profile)) {
      EXPECT_EQ(find_rule(rule)->kind, RuleKind::hard) << name << ": " << rule;
    }
  }
}

/// The first sentence of a rule's description: when it raises an alert.
std::string first_sentence(std::string_view description) {
  return std::string(description.substr(0, description.find(". "))) + (description.contains(". ") ? "." : "");
}

TEST(Table, OfRulesIsGeneratedFromTheRegistry) {
  std::string rows = "| rule | kind | severity | when it raises an alert |\n|---|---|---|---|\n";
  for (const Detector& d : all_detectors()) {
    rows += "| `" + std::string(d.rule.id) + "` | " + (d.rule.kind == RuleKind::hard ? "hard" : "profile") +
            " | " + std::string(name(d.rule.severity)) + " | " + first_sentence(d.rule.description) + " |\n";
  }
  expect_generated_part(kReadme, "rules", rows);
}

}  // namespace
}  // namespace plimsoll::test
