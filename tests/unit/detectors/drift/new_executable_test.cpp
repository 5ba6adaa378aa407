// Programs of the image that the profile does not know.
#include <gtest/gtest.h>

#include "tests/unit/detectors/acts.h"

namespace plimsoll::test {
namespace {

constexpr const char* kRule = "drift.new_executable";

Activity by_runtime(Phase phase) {
  Activity a = in_phase(phase, exec("/bin/busybox"));
  std::get<ExecObject>(a.behaviour.object).as = "sh";
  a.behaviour.actor = kRuntimeActor;
  return a;
}

TEST(NewExecutable, SaysHowNewItIs) {
  const Activity a = exec("/usr/bin/id");
  EXPECT_EQ(message(kRule, a), "nginx started /usr/bin/id, which this image has never run");
  Learned profile;
  profile.paths.insert("/usr/bin/id");
  EXPECT_EQ(message(kRule, a, profile), "nginx started /usr/bin/id for the first time");
  profile.behaviours.insert(in_phase(Phase::startup, a).behaviour);
  EXPECT_EQ(message(kRule, a, profile),
            "nginx started /usr/bin/id; until now this was seen only during startup");
  EXPECT_EQ(message(kRule, a, knowing(a)), "");
}

TEST(NewExecutable, OtherActorOrOtherNameIsNew) {
  const Learned profile = knowing(exec("/bin/busybox"));
  Activity other = exec("/bin/busybox");
  other.behaviour.actor = "/bin/busybox:ash";
  EXPECT_EQ(message(kRule, other, profile), "ash started /bin/busybox, which this image has never run");
  Activity renamed = exec("/bin/busybox");
  std::get<ExecObject>(renamed.behaviour.object).as = "wget";
  EXPECT_EQ(message(kRule, renamed, profile),
            "nginx started /bin/busybox as wget, which this image has never run");
}

TEST(NewExecutable, NamesTheScript) {
  Activity a = exec("/bin/dash");
  std::get<ExecObject>(a.behaviour.object).script = "/opt/job.sh";
  EXPECT_EQ(message(kRule, a),
            "nginx started the script /opt/job.sh (run by /bin/dash), which this image has never run");
}

TEST(NewExecutable, TheLoaderByHand) {
  for (const char* path : {"/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-aarch64.so.1", "/lib/ld-2.31.so"}) {
    const auto all = findings(kRule, exec(path));
    ASSERT_EQ(all.size(), 1U) << path;
    EXPECT_TRUE(all[0].evidence.contains("loader")) << path;
  }
  EXPECT_FALSE(findings(kRule, exec("/usr/bin/ld")).at(0).evidence.contains("loader"));
}

TEST(NewExecutable, LoaderVariablesAreEvidence) {
  Activity a = exec("/usr/bin/id");
  a.evidence.loader_variables = true;
  EXPECT_TRUE(findings(kRule, a).at(0).evidence.contains("loader_variables"));
}

TEST(NewExecutable, ACommandFromOutsideIsMilder) {
  const auto all = findings(kRule, by_runtime(Phase::entered));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].severity, Severity::medium);
  EXPECT_EQ(all[0].message,
            "an exec or probe from outside the container started /bin/busybox as sh, which this image has "
            "never run");
  EXPECT_EQ(findings(kRule, by_runtime(Phase::startup)).at(0).severity, std::nullopt);
  EXPECT_EQ(message(kRule, by_runtime(Phase::startup)),
            "the container runtime started /bin/busybox as sh, which this image has never run");
}

TEST(NewExecutable, LeavesWhatIsNotTheImagesToItsOwnRules) {
  for (const Origin o : {Origin::upper_new, Origin::modified, Origin::volume, Origin::outside, Origin::memfd,
                         Origin::deleted}) {
    EXPECT_EQ(message(kRule, exec("/x", o)), "") << name(o);
  }
  EXPECT_NE(message(kRule, exec("/x", Origin::unknown)), "");
}

}  // namespace
}  // namespace plimsoll::test
