// Names, one-line texts and short names of behaviours.
#include "agent/core/behaviour.h"

#include <gtest/gtest.h>

#include <string>

namespace plimsoll {
namespace {

TEST(Behaviour, EveryNameReadsBack) {
  for (int i = 0; i <= static_cast<int>(Phase::entered); ++i) {
    EXPECT_EQ(phase_from(name(static_cast<Phase>(i))), static_cast<Phase>(i));
  }
  for (int i = 0; i <= static_cast<int>(Action::ns); ++i) {
    EXPECT_EQ(action_from(name(static_cast<Action>(i))), static_cast<Action>(i));
  }
  for (int i = 0; i <= static_cast<int>(Outcome::attempt); ++i) {
    EXPECT_EQ(outcome_from(name(static_cast<Outcome>(i))), static_cast<Outcome>(i));
  }
  for (int i = 0; i <= static_cast<int>(Origin::outside); ++i) {
    EXPECT_EQ(origin_from(name(static_cast<Origin>(i))), static_cast<Origin>(i));
  }
  EXPECT_EQ(name(Origin::upper_copy), "upper_copy");
  EXPECT_FALSE(phase_from("Steady"));
  EXPECT_FALSE(action_from(""));
  EXPECT_FALSE(outcome_from("okay"));
  EXPECT_FALSE(origin_from("upper"));
}

TEST(Behaviour, MakeObjectGivesTheActionsType) {
  for (int i = 0; i <= static_cast<int>(Action::ns); ++i) {
    EXPECT_EQ(make_object(static_cast<Action>(i)).index(), static_cast<std::size_t>(i));
  }
}

TEST(Describe, ShowsTheFieldsThatAreSet) {
  Behaviour b{Phase::steady, "/usr/sbin/nginx", ExecObject{"/bin/sh", "sh", "", Origin::image, ""},
              Outcome::ok};
  EXPECT_EQ(describe(b), "steady /usr/sbin/nginx exec path=/bin/sh as=sh origin=image");
  b.object = ConnectObject{"tcp", "private", 5432};
  b.outcome = Outcome::attempt;
  EXPECT_EQ(describe(b), "steady /usr/sbin/nginx connect proto=tcp dest=private port=5432");
  b.object = SetidObject{"uid", "101", "0"};
  EXPECT_EQ(describe(b), "steady /usr/sbin/nginx setid kind=uid from=101 to=0 outcome=attempt");
  b.outcome = Outcome::failed;
  EXPECT_EQ(describe(b), "steady /usr/sbin/nginx setid kind=uid from=101 to=0 outcome=failed");
  b.actor.clear();
  b.object = ConnectObject{"unix", "/run/docker.sock", 0};
  b.outcome = Outcome::attempt;
  EXPECT_EQ(describe(b), "steady ? connect proto=unix dest=/run/docker.sock");
}

TEST(Describe, HostileNamesCannotForgeFieldsLinesOrOrder) {
  const std::string bidi = "\xe2\x80\xae";
  const Behaviour b{Phase::startup, "/a b\n",
                    ExecObject{"/x origin=image\x1b[2J" + bidi, "\\x", "", Origin::upper_new, ""},
                    Outcome::ok};
  EXPECT_EQ(describe(b),
            "startup /a\\x20b\\x0a exec path=/x\\x20origin=image\\x1b[2J\\xe2\\x80\\xae as=\\x5cx "
            "origin=upper_new");
}

TEST(ShortName, TakesTheNamePeopleKnow) {
  EXPECT_EQ(short_name("/bin/busybox:sh"), "sh");
  EXPECT_EQ(short_name("/usr/sbin/nginx"), "nginx");
  EXPECT_EQ(short_name("/opt/a:b/nginx"), "nginx");
  EXPECT_EQ(short_name("/bin/busybox:"), "busybox");
  EXPECT_EQ(short_name("runtime"), "runtime");
  EXPECT_EQ(short_name("memfd:a/nginx"), "memfd:a/nginx");
  EXPECT_EQ(short_name("/"), "/");
  EXPECT_EQ(short_name(""), "");
}

}  // namespace
}  // namespace plimsoll
