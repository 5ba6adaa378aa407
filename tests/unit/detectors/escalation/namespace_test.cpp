// Changes of namespaces.
#include <gtest/gtest.h>

#include "tests/unit/detectors/acts.h"

namespace plimsoll::test {
namespace {

constexpr const char* kRule = "escalation.namespace";

TEST(Namespace, SetnsAndUnshare) {
  EXPECT_EQ(message(kRule, act(NsObject{"setns", "mnt,pid"})), "nginx entered other namespaces: mnt,pid");
  EXPECT_EQ(message(kRule, act(NsObject{"unshare", "user"})), "nginx created new namespaces: user");
}

TEST(Namespace, QuietWhenKnownRefusedInSetupOrWithoutANamespace) {
  const Activity a = act(NsObject{"unshare", "user"});
  EXPECT_EQ(message(kRule, a, knowing(a)), "");
  EXPECT_EQ(message(kRule, in_phase(Phase::setup, a)), "");
  EXPECT_EQ(message(kRule, act(NsObject{"unshare", "user"}, Outcome::failed)), "");
  for (const char* types : {"", "none", "files", "fs", "files,fs,sysvsem"}) {
    EXPECT_EQ(message(kRule, act(NsObject{"unshare", types})), "") << types;
  }
  for (const char* types : {"any", "files,mnt", "user,uts", "cgroup", "time"}) {
    EXPECT_NE(message(kRule, act(NsObject{"setns", types})), "") << types;
  }
}

}  // namespace
}  // namespace plimsoll::test
