// Miners started.
#include <gtest/gtest.h>

#include "tests/unit/detectors/acts.h"

namespace plimsoll::test {
namespace {

constexpr const char* kRule = "cryptojacking.miner_command_line";

const Activity kMiner =
    exec("/tmp/w", Origin::upper_new, {"./w", "-o", "stratum+tcp://u:secret@p.example:3333"});

TEST(MinerCommandLine, SaysWhyAndNamesThePoolWithoutCredentials) {
  const auto all = findings(kRule, kMiner);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].message,
            "nginx started /tmp/w, which looks like a miner (stratum address p.example:3333)");
  EXPECT_EQ(all[0].evidence.at("pool"), "p.example:3333");
}

TEST(MinerCommandLine, ByEachNameOfTheProgram) {
  Activity a = exec("/bin/busybox");
  EXPECT_EQ(message(kRule, a), "");
  std::get<ExecObject>(a.behaviour.object).as = "xmrig";
  EXPECT_EQ(message(kRule, a), "nginx started /bin/busybox, which looks like a miner (miner name)");
  a = exec("/bin/sh");
  std::get<ExecObject>(a.behaviour.object).script = "/opt/xmrig";
  EXPECT_NE(message(kRule, a), "");
}

TEST(MinerCommandLine, AppliesWhateverTheProfileKnowsButNotInSetup) {
  EXPECT_NE(message(kRule, kMiner, knowing(kMiner)), "");
  EXPECT_EQ(message(kRule, in_phase(Phase::setup, kMiner)), "");
}

}  // namespace
}  // namespace plimsoll::test
