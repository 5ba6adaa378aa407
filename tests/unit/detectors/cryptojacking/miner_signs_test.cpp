// Command lines of miners, and of others.
#include <gtest/gtest.h>

#include "detectors/cryptojacking/miner_signs.h"
#include "tests/unit/detectors/acts.h"

namespace plimsoll::test {
namespace {

using detectors::miner_sign;
using Argv = std::vector<std::string>;

const std::string kWallet = "4" + std::string(94, 'A');

std::string what(const Argv& argv, std::string_view path = "/tmp/w") {
  const auto sign = miner_sign({path}, argv);
  return sign ? std::string(sign->what) + (sign->pool.empty() ? "" : " " + sign->pool) : "";
}

TEST(MinerSign, StratumAddresses) {
  EXPECT_EQ(what({"w", "-o", "stratum+tcp://pool.example:3333"}), "stratum address pool.example:3333");
  EXPECT_EQ(what({"w", "--url=STRATUM+SSL://pool.example:443"}), "stratum address pool.example:443");
  EXPECT_EQ(what({"w", "stratum2+tcp://wallet.rig:secret@p.example:1/x"}), "stratum address p.example:1");
  EXPECT_EQ(what({"sh", "-c", "nice ./w -o stratum+tcp://p.example:1 &"}), "stratum address p.example:1");
  EXPECT_EQ(what({"w", "ethproxy+tcp://p.example:1"}), "stratum address p.example:1");
}

TEST(MinerSign, PoolNamesWithAPort) {
  EXPECT_EQ(what({"w", "-o", "xmr-eu1.nanopool.org:14433"}),
            "mining pool address xmr-eu1.nanopool.org:14433");
  EXPECT_EQ(what({"w", "-o", "Pool.SupportXMR.com:443"}), "mining pool address pool.supportxmr.com:443");
  EXPECT_EQ(what({"curl", "https://nanopool.org/api"}), "");
  EXPECT_EQ(what({"w", "-o", "notnanopool.org:14433"}), "");
  EXPECT_EQ(what({"w", "nanopool.org.example:1"}), "");
}

TEST(MinerSign, OptionsAndAlgorithms) {
  EXPECT_EQ(what({"w", "--donate-level=1"}), "miner option");
  EXPECT_EQ(what({"w", "--donate-level", "1", "-o", "10.0.0.9:8080"}), "miner option 10.0.0.9:8080");
  EXPECT_EQ(what({"w", "--randomx-1gb-pages"}), "miner option");
  EXPECT_EQ(what({"w", "--algo=rx/0"}), "mining algorithm");
  EXPECT_EQ(what({"w", "-a", "cn/r"}), "mining algorithm");
  EXPECT_EQ(what({"w", "--coin", "monero"}), "mining algorithm");
}

TEST(MinerSign, AWalletBesideAServer) {
  EXPECT_EQ(what({"w", "-o", "198.51.100.7:80", "-u", kWallet}), "wallet and server 198.51.100.7:80");
  EXPECT_EQ(what({"w", "-o", "198.51.100.7:80", "-u", kWallet + ".rig1"}),
            "wallet and server 198.51.100.7:80");
  EXPECT_EQ(what({"w", "-u", kWallet}), "");
  EXPECT_EQ(what({"w", "-o", "198.51.100.7:80", "-u", kWallet + "A"}), "");
}

TEST(MinerSign, Names) {
  EXPECT_EQ(what({"x"}, "/usr/local/bin/xmrig"), "miner name");
  EXPECT_EQ(what({"x"}, "/tmp/XMRig-6.21.0"), "miner name");
  EXPECT_EQ(what({"x"}, "/tmp/kdevtmpfsi"), "miner name");
  EXPECT_EQ(what({"./minerd"}), "miner name");
  EXPECT_EQ(what({}, "/opt/xmrig/bin/tool"), "");
}

TEST(MinerSign, OrdinaryCommandLinesAreNot) {
  for (const Argv& argv : std::vector<Argv>{{},
                                            {""},
                                            {"nginx", "-g", "daemon off;"},
                                            {"redis-server", "127.0.0.1:6379"},
                                            {"curl", "-o", "out", "-u", "user:pass", "http://a.example:80/x"},
                                            {"python3", "-m", "http.server", "--bind", "0.0.0.0", "3333"},
                                            {"gcc", "-O2", "-o", "miner.o", "miner.c"},
                                            {"java", "-Dalgo=rx", "-jar", "a.jar"},
                                            {"tar", "-a", "-cf", "x.tar.gz"},
                                            {"jwt", "--algo", "HS256"},
                                            {"sh", "-c", "stratum://"},
                                            {"psql", "postgres://u:p@db.example:5432/x"}}) {
    EXPECT_EQ(what(argv), "") << (argv.empty() ? "" : argv[0]);
  }
}

}  // namespace
}  // namespace plimsoll::test
