// What people decide: that it holds, and its file.
#include "profiles/decisions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plimsoll {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

constexpr WallNs kNow = 1772356500 * kNsPerSecond;

Behaviour runs(const std::string& path) {
  return {Phase::steady, "/app", ExecObject{path, "x", "", Origin::image, ""}, Outcome::ok};
}

Profile learned() {
  Profile p;
  for (const auto& [path, host, seen] :
       {std::tuple{"/a", "h1", kNow - 100}, {"/b", "h1", kNow}, {"/c", "h2", kNow}}) {
    Entry& e = p.behaviours[runs(path)];
    e.first_host = host;
    e.first_seen = seen;
  }
  return p;
}

TEST(Decisions, WhatIsAllowedIsKnownAndWhatIsRemovedIsNot) {
  Profile p = learned();
  p.tombstones.insert(runs("/once-removed"));
  Decisions d;
  d.behaviours[runs("/new")] = {true, kNow, "9c41"};
  d.behaviours[runs("/once-removed")] = {true, kNow, ""};
  d.behaviours[runs("/a")] = {false, kNow, ""};
  const Applied applied = apply(d, p);
  EXPECT_EQ(applied.added, 2U);
  EXPECT_EQ(applied.taken_out, 1U);
  EXPECT_TRUE(p.contains(runs("/new")));
  EXPECT_TRUE(p.contains(runs("/once-removed")));
  EXPECT_FALSE(p.contains(runs("/a")));
  EXPECT_EQ(p.tombstones, (std::set{runs("/a")}));
  const Profile once = p;
  EXPECT_EQ(apply(d, p).added + apply(d, p).taken_out, 0U);
  EXPECT_EQ(p, once);
}

TEST(Decisions, AnAllowedBehaviourStandsAboveATombstoneThatAnotherHostMergesIn) {
  Profile p = learned(), other;
  other.tombstones.insert(runs("/a"));
  Decisions d;
  d.behaviours[runs("/a")] = {true, kNow, ""};
  merge(p, other);
  EXPECT_FALSE(p.contains(runs("/a")));
  apply(d, p);
  EXPECT_TRUE(p.contains(runs("/a")));
}

TEST(Decisions, WhatIsAllowedLeavesQuarantine) {
  Profile p = learned();
  Entry& alone = p.behaviours[runs("/a")];
  alone.seen_by.add("c1");
  alone.peers = 5;
  EXPECT_FALSE(p.contains(runs("/a")));
  Decisions d;
  d.behaviours[runs("/a")] = {true, kNow, ""};
  EXPECT_EQ(apply(d, p).added, 1U);
  EXPECT_TRUE(p.contains(runs("/a")));
}

TEST(Decisions, ForgottenIsWhatWasFirstSeenThenAndThere) {
  const auto after = [](const Forgotten& f, bool allow_b = false) {
    Profile p = learned();
    Decisions d;
    d.forgotten.insert(f);
    if (allow_b) d.behaviours[runs("/b")] = {true, kNow, ""};
    apply(d, p);
    std::string left;
    for (const auto& [behaviour, entry] : p.behaviours) left += std::get<ExecObject>(behaviour.object).path;
    return left;
  };
  EXPECT_EQ(after({kNow, kNow + 1, ""}), "/a");
  EXPECT_EQ(after({kNow, kNow + 1, "h2"}), "/a/b");
  EXPECT_EQ(after({kNow - 100, kNow, ""}), "/b/c");
  EXPECT_EQ(after({kNow - 200, kNow + 1, ""}), "");
  EXPECT_EQ(after({kNow, kNow + 1, ""}, true), "/a/b");
}

TEST(Decisions, WhatIsForgottenMayBeLearnedAgain) {
  Profile p = learned();
  p.stable_since = kNow - kNsPerSecond;
  Decisions d;
  d.forgotten.insert({kNow, kNow + kNsPerSecond, ""});
  EXPECT_EQ(forgotten_at(d), kNow + kNsPerSecond);
  apply(d, p);
  EXPECT_EQ(p.stable_since, 0);
  p.behaviours[runs("/b")].first_seen = kNow + kNsPerSecond;
  EXPECT_EQ(apply(d, p).taken_out, 0U);
  EXPECT_TRUE(p.contains(runs("/b")));
  EXPECT_TRUE(p.tombstones.empty());
}

TEST(Decisions, IdsTellBehavioursApart) {
  Behaviour failed = runs("/a");
  failed.outcome = Outcome::failed;
  EXPECT_THAT(id_of(runs("/a")), SizeIs(16));
  EXPECT_EQ(id_of(runs("/a")), id_of(runs("/a")));
  EXPECT_NE(id_of(runs("/a")), id_of(runs("/b")));
  EXPECT_NE(id_of(runs("/a")), id_of(failed));
}

Decisions example() {
  Decisions d;
  d.lineage = {"registry.example/shop/web", "web"};
  d.locked = true;
  d.locked_at = kNow;
  d.forgotten.insert({kNow - 3600 * kNsPerSecond, kNow, "i-0abc"});
  d.behaviours[runs("/bin/ne\nw")] = {true, kNow, "9c41"};
  d.behaviours[runs("/bin/old")] = {false, 0, ""};
  return d;
}

TEST(DecisionsFile, IsReadableAndReadBackToTheSame) {
  const std::string text = to_toml(example());
  EXPECT_THAT(text, EndsWith(R"(format = "1.0"

[image]
repository = "registry.example/shop/web"
role = "web"

[lock]
time = 2026-03-01T09:15:00Z

[[forgotten]]
from = 2026-03-01T08:15:00Z
until = 2026-03-01T09:15:00Z
host = "i-0abc"

[[allowed]]
phase = "steady"
actor = "/app"
action = "exec"
object = { path = '/bin/ne\x0aw', as = "x", origin = "image" }
time = 2026-03-01T09:15:00Z
alert = "9c41"

[[removed]]
phase = "steady"
actor = "/app"
action = "exec"
object = { path = "/bin/old", as = "x", origin = "image" }
)"));
  const auto read = decisions_from_toml(text, "x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, example());
  EXPECT_EQ(to_toml(*read), text);
  Decisions bare;
  bare.lineage = example().lineage;
  EXPECT_EQ(*decisions_from_toml(to_toml(bare), "x"), bare);
}

TEST(DecisionsFile, WhateverIsWrongIsOneError) {
  const std::string good = to_toml(example());
  const auto wrong = [&good](const std::string& replace, const std::string& with) {
    std::string text = good;
    text.replace(text.find(replace), replace.size(), with);
    const auto read = decisions_from_toml(text, "web.operator.toml");
    return read ? "accepted" : read.error().message;
  };
  EXPECT_THAT(wrong("\"1.0\"", "\"2.0\""),
              AllOf(StartsWith("web.operator.toml:3: format: "), HasSubstr("; accepted: \"1.0\"")));
  EXPECT_THAT(wrong("[lock]", "[locked]"), HasSubstr("locked: unknown key; accepted: format, image, lock,"));
  EXPECT_THAT(wrong("alert =", "alerts ="), HasSubstr("unknown key; accepted: phase, actor,"));
  EXPECT_THAT(wrong("until = 2026", "until = 2025"), HasSubstr("forgotten.until: is before \"from\""));
  EXPECT_THAT(wrong("/bin/old", "/bin/ne\\\\x0aw"), HasSubstr("the same behaviour stands there twice"));
  EXPECT_THAT(wrong("role = \"web\"", "role = 1"), HasSubstr("image.role: is of type integer"));
  EXPECT_THAT(wrong("[image]", "[image"), HasSubstr("not TOML"));
  EXPECT_THAT(decisions_from_toml("format = \"1.0\"\n", "x").error().message, HasSubstr("image: missing"));
}

}  // namespace
}  // namespace plimsoll
