#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "profiles/profile.h"

namespace plimsoll {
namespace {

using testing::ElementsAre;

Behaviour runs(Phase phase, std::string actor, std::string path, std::string as) {
  return {phase, std::move(actor), ExecObject{std::move(path), std::move(as), "", Origin::image, ""},
          Outcome::ok};
}

TEST(Nearest, IsTheOneThatDiffersInTheFewestFields) {
  Profile p;
  p.behaviours[runs(Phase::startup, "/entrypoint.sh", "/bin/sh", "sh")];
  p.behaviours[runs(Phase::steady, "/usr/sbin/nginx", "/usr/bin/convert", "convert")];
  const auto found = nearest(p, runs(Phase::startup, "/usr/sbin/nginx", "/bin/sh", "sh"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->behaviour, runs(Phase::startup, "/entrypoint.sh", "/bin/sh", "sh"));
  EXPECT_THAT(found->differs, ElementsAre("actor"));
}

TEST(Nearest, NamesEveryFieldThatDiffers) {
  Profile p;
  p.behaviours[{Phase::startup, "/app", ConnectObject{"tcp", "private", 5432}, Outcome::attempt}];
  const auto found = nearest(p, {Phase::steady, "/app", ConnectObject{"udp", "public", 53}, Outcome::ok});
  ASSERT_TRUE(found);
  EXPECT_THAT(found->differs, ElementsAre("phase", "proto", "dest", "port", "outcome"));
}

TEST(Nearest, TiesGoToTheFirstInOrder) {
  Profile p;
  p.behaviours[runs(Phase::steady, "/app", "/bin/b", "x")];
  p.behaviours[runs(Phase::steady, "/app", "/bin/a", "x")];
  const auto found = nearest(p, runs(Phase::steady, "/app", "/bin/c", "x"));
  ASSERT_TRUE(found);
  EXPECT_EQ(std::get<ExecObject>(found->behaviour.object).path, "/bin/a");
}

TEST(Nearest, IsNeverTheSame) {
  Profile p;
  p.behaviours[runs(Phase::steady, "/app", "/bin/a", "x")];
  EXPECT_FALSE(nearest(p, runs(Phase::steady, "/app", "/bin/a", "x")));
  p.behaviours[runs(Phase::startup, "/app", "/bin/a", "x")];
  const auto found = nearest(p, runs(Phase::steady, "/app", "/bin/a", "x"));
  ASSERT_TRUE(found);
  EXPECT_THAT(found->differs, ElementsAre("phase"));
}

TEST(Nearest, IsNothingWhenNothingIsAlike) {
  Profile p;
  EXPECT_FALSE(nearest(p, runs(Phase::steady, "/app", "/bin/sh", "sh")));
  p.behaviours[{Phase::steady, "/app", SocketObject{"packet", "raw"}, Outcome::ok}];
  EXPECT_FALSE(nearest(p, runs(Phase::steady, "/app", "/bin/sh", "sh")));  // another action
  p.behaviours[runs(Phase::steady, "/other", "/bin/ls", "ls")];
  EXPECT_FALSE(
      nearest(p, runs(Phase::steady, "/app", "/bin/sh", "sh")));  // the phase alone makes nothing alike
}

}  // namespace
}  // namespace plimsoll
