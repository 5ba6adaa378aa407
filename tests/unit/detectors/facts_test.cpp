// What is new for a rule, and how rules name things.
#include <gtest/gtest.h>

#include "detectors/facts.h"
#include "tests/unit/detectors/acts.h"

namespace plimsoll::test {
namespace {

using detectors::is_new;

bool fresh(const Activity& a, const Baseline& baseline) {
  const Container container;
  return is_new({a, container, baseline, baseline.contains(a.behaviour)});
}

TEST(IsNew, HarmlessOriginsAreOneProgram) {
  const Learned profile = knowing(exec("/bin/id", Origin::image));
  EXPECT_FALSE(fresh(exec("/bin/id", Origin::image), profile));
  EXPECT_FALSE(fresh(exec("/bin/id", Origin::upper_copy), profile));
  EXPECT_FALSE(fresh(exec("/bin/id", Origin::unknown), profile));
  EXPECT_TRUE(fresh(exec("/bin/id", Origin::modified), profile));
  EXPECT_TRUE(fresh(exec("/bin/other", Origin::image), profile));
  EXPECT_TRUE(fresh(exec("/bin/id", Origin::image), knowing(exec("/bin/id", Origin::upper_new))));
}

TEST(IsNew, NotInSetupNorWhereTheLearnersWereBlind) {
  Learned profile;
  EXPECT_TRUE(fresh(setid("1", "2"), profile));
  EXPECT_FALSE(fresh(in_phase(Phase::setup, setid("1", "2")), profile));
  EXPECT_TRUE(fresh(in_phase(Phase::entered, setid("1", "2")), profile));
  profile.unseen = {Action::setid};
  EXPECT_FALSE(fresh(setid("1", "2"), profile));
  EXPECT_TRUE(fresh(exec("/bin/id"), profile));
}

TEST(Shown, EscapesAndLeavesOutTheMiddle) {
  EXPECT_EQ(detectors::shown("/tmp/a\nb"), "/tmp/a\\x0ab");
  const std::string path = "/tmp/" + std::string(500, 'a') + "/evil";
  EXPECT_EQ(detectors::shown(path), "/tmp/" + std::string(55, 'a') + "..." + std::string(55, 'a') + "/evil");
}

TEST(Found, EvidenceIsEscapedAndCarriesWhatConcernsAnyAct) {
  Activity a = exec("/tmp/x", Origin::upper_new);
  a.evidence.filename = "./x\x1b[2J";
  a.evidence.compat = true;
  a.evidence.syscall = "setuid32";
  a.evidence.actor_not_from_image = true;
  const auto all = findings("drift.not_from_image", a);
  ASSERT_EQ(all.size(), 1U);
  const std::map<std::string, std::string> expected = {{"called_as", "./x\\x1b[2J"},
                                                       {"abi", "32-bit call"},
                                                       {"syscall", "setuid32"},
                                                       {"actor_origin", "not from the image"}};
  EXPECT_EQ(all[0].evidence, expected);
}

TEST(Found, NoRuleLetsHostileBytesThrough) {
  const std::string evil = "/\x1b]0;x\x07\n\xe2\x80\xae\xff";
  const std::vector<Activity> acts = {
      exec(evil, Origin::upper_new),
      exec(evil, Origin::memfd),
      exec(evil, Origin::image, {"stratum+tcp://" + evil + ":1"}),
      as_root(exec(evil)),
      mount("mount", "proc", evil, evil),
      mount("bind", evil, evil, evil),
      mount("fsopen", evil, evil, evil),
      mount("mount", evil, evil, evil, Outcome::failed),
      connect("unix", evil),
      connect("unix", evil + "/docker.sock"),
      act(SocketObject{"packet", evil}),
      act(NsObject{"setns", evil}),
      act(CapsetObject{evil, "", evil}),
      setid("1:" + evil, "0:" + evil),
  };
  for (Activity a : acts) {
    a.behaviour.actor = "/usr/bin/" + evil.substr(1);
    a.evidence.filename = a.evidence.syscall = evil;
    for (const Detector& d : all_detectors()) {
      for (const Finding& f : findings(d.rule.id, a)) {
        std::string text = f.message;
        for (const auto& [key, value] : f.evidence) text += value;
        EXPECT_EQ(text.find_first_of("\x1b\x07\n\xe2\xff"), std::string::npos) << f.rule << ": " << text;
      }
    }
  }
}

}  // namespace
}  // namespace plimsoll::test
