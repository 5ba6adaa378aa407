// Shells on sockets.
#include <gtest/gtest.h>

#include "tests/unit/detectors/acts.h"

namespace plimsoll::test {
namespace {

constexpr const char* kRule = "escalation.reverse_shell";

Activity shell(std::string path, StdinKind stdin_kind = StdinKind::socket) {
  Activity a = exec(std::move(path));
  a.evidence.stdin_kind = stdin_kind;
  return a;
}

TEST(ReverseShell, ByPathAndByTheNameItWasCalled) {
  EXPECT_EQ(message(kRule, shell("/bin/bash")),
            "nginx started the shell /bin/bash with a network socket as its standard input");
  for (const char* path : {"/bin/sh", "/bin/dash", "/usr/bin/zsh", "/bin/ksh", "/bin/ash"}) {
    EXPECT_NE(message(kRule, shell(path)), "") << path;
  }
  Activity applet = shell("/bin/busybox");
  EXPECT_EQ(message(kRule, applet), "");
  std::get<ExecObject>(applet.behaviour.object).as = "sh";
  EXPECT_NE(message(kRule, applet), "");
  Activity renamed = shell("/bin/bash");
  std::get<ExecObject>(renamed.behaviour.object).as = "update";
  EXPECT_NE(message(kRule, renamed), "");
}

TEST(ReverseShell, OnlyWithASocketAsInput) {
  for (const StdinKind kind :
       {StdinKind::unknown, StdinKind::file, StdinKind::tty, StdinKind::pipe, StdinKind::null}) {
    EXPECT_EQ(message(kRule, shell("/bin/sh", kind)), "");
  }
  EXPECT_EQ(message(kRule, shell("/usr/bin/python3")), "");
}

TEST(ReverseShell, AScriptReadsItsFile) {
  Activity cgi = shell("/bin/sh");
  std::get<ExecObject>(cgi.behaviour.object).script = "/usr/lib/cgi-bin/status";
  EXPECT_EQ(message(kRule, cgi), "");
}

TEST(ReverseShell, AppliesWhateverTheProfileKnowsButNotInSetup) {
  const Activity a = shell("/bin/sh");
  EXPECT_NE(message(kRule, a, knowing(a)), "");
  EXPECT_EQ(message(kRule, in_phase(Phase::setup, a)), "");
}

}  // namespace
}  // namespace plimsoll::test
