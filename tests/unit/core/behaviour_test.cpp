// Names, one-line texts and short names of behaviours.
#include "agent/core/behaviour.h"

#include <gtest/gtest.h>

#include <string>

namespace plimsoll {
namespace {

template <Named Enum>
void reads_back() {
  for (std::size_t i = 0; i < kNamesOf<Enum>.size(); ++i) {
    const auto value = static_cast<Enum>(i);
    EXPECT_EQ(from_name<Enum>(name(value)), value);
  }
}

TEST(Behaviour, EveryNameReadsBack) {
  reads_back<Phase>();
  reads_back<Action>();
  reads_back<Outcome>();
  reads_back<Origin>();
  EXPECT_EQ(name(Phase::entered), "entered");
  EXPECT_EQ(name(Outcome::attempt), "attempt");
  EXPECT_EQ(name(Origin::upper_copy), "upper_copy");
  EXPECT_EQ(name(Origin::outside), "outside");
  EXPECT_FALSE(phase_from("Steady"));
  EXPECT_FALSE(action_from(""));
  EXPECT_FALSE(outcome_from("okay"));
  EXPECT_FALSE(origin_from("upper"));
}

TEST(Behaviour, ParsersCanSayAllThatTheyAccept) {
  EXPECT_EQ(all_names<Phase>(), "setup, startup, steady, entered");
  EXPECT_EQ(all_names<Action>(), "exec, setid, capset, mount, connect, socket, ns");
}

// Profiles, decisions, captures and alerts hold these words: none of them may change, nor their order.
TEST(Behaviour, ActionsAndFieldsAreNamedAsInFiles) {
  std::string all;
  for (std::size_t i = 0; i < kNamesOf<Action>.size(); ++i) {
    const auto action = static_cast<Action>(i);
    all += std::string{name(action)} + ':';
    const Object object = make_object(action);
    for_each_field(object, [&all](std::string_view key, const auto&) { all += ' ' + std::string{key}; });
    all += '\n';
  }
  EXPECT_EQ(all,
            "exec: path as script origin gains\n"
            "setid: kind from to\n"
            "capset: gained dropped inheritable\n"
            "mount: op fs source target\n"
            "connect: proto dest port\n"
            "socket: family type\n"
            "ns: op types\n");
}

TEST(Behaviour, MakeObjectGivesTheActionsType) {
  EXPECT_TRUE(std::holds_alternative<ExecObject>(make_object(Action::exec)));
  EXPECT_TRUE(std::holds_alternative<ConnectObject>(make_object(Action::connect)));
  for (std::size_t i = 0; i < kNamesOf<Action>.size(); ++i) {
    EXPECT_EQ(make_object(static_cast<Action>(i)).index(), i);
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
