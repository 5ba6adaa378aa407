// The file's form, and that it is read back to the same, byte for byte, whatever the strings hold.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "profiles/toml_codec.h"
#include "tests/unit/profiles/random_profile.h"

namespace plimsoll {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

Profile example() {
  Profile p;
  p.lineage = {"registry.example/shop/web", "web"};
  p.generations["sha256:3f1c"] = {"sha256:77e0",
                                  {"sha256:9a0b"},
                                  {"1.42.0", "latest"},
                                  1772355600 * kNsPerSecond,
                                  1772356500 * kNsPerSecond};
  p.generations["sha256:77e0"] = {"", {}, {"1.41.0"}, 1772355000 * kNsPerSecond, 0};
  p.classes = {Action::exec, Action::connect};
  p.shares["i-0abc"] = {812, 170, 3, 1772356500 * kNsPerSecond};
  p.lost["i-0abc"] = 4;
  p.stable_since = 1772356500 * kNsPerSecond;
  p.gone_before = 1772334000 * kNsPerSecond;
  Entry e;
  e.since_start_min = 61;
  e.since_start_max = 86400;
  e.first_seen = 1772355612 * kNsPerSecond;
  e.first_host = "i-0abc";
  e.first_container = "3e5f";
  e.first_image = "sha256:77e0";
  e.with_release = true;
  e.newest = {1772355600 * kNsPerSecond, "sha256:3f1c"};
  e.shares["i-0abc"] = {12, 4, 340, 1772356500 * kNsPerSecond};
  p.behaviours[{Phase::steady, "/usr/sbin/nginx", ConnectObject{"tcp", "private", 5432}, Outcome::attempt}] =
      e;
  p.tombstones.insert({Phase::startup, "/entrypoint.sh",
                       ExecObject{"/bin/busybox", "sh", "", Origin::image, ""}, Outcome::failed});
  return p;
}

TEST(Codec, WritesTheFormThatPeopleRead) {
  const std::string text = to_toml(example());
  EXPECT_THAT(text, EndsWith(R"(format = "1.1"

[image]
repository = "registry.example/shop/web"
role = "web"
id = "sha256:3f1c"
manifests = ["sha256:9a0b"]
tags = ["1.42.0", "latest"]
parent = "sha256:77e0"
began = 2026-03-01T09:00:00Z
last_seen = 2026-03-01T09:15:00Z

[evidence]
classes = ["exec", "connect"]
lost_events = { "i-0abc" = 4 }
units = ""
lives = ""
stable_since = 2026-03-01T09:15:00Z
gone_before = 2026-03-01T03:00:00Z

[evidence.shares]
"i-0abc" = { minutes = 812, five_minutes = 170, lifetimes = 3, last_seen = 2026-03-01T09:15:00Z }

[[earlier_image]]
id = "sha256:77e0"
manifests = []
tags = ["1.41.0"]
began = 2026-03-01T08:50:00Z

[[behaviour]]
phase = "steady"
since_start = [61, 86400]
actor = "/usr/sbin/nginx"
action = "connect"
object = { proto = "tcp", dest = "private", port = 5432 }
first_seen = 2026-03-01T09:00:12Z
first_host = "i-0abc"
first_container = "3e5f"
first_image = "sha256:77e0"
with_release = true
newest_image = "sha256:3f1c"
newest_began = 2026-03-01T09:00:00Z
shares = { "i-0abc" = { minutes = 12, five_minutes = 4, count = 340, last_seen = 2026-03-01T09:15:00Z } }

[[removed]]
phase = "startup"
actor = "/entrypoint.sh"
action = "exec"
object = { path = "/bin/busybox", as = "sh", origin = "image" }
outcome = "failed"
)"));
  const auto read = profile_from_toml(text, "x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, example());
}

// An agent of the version before this one reads it, and no behaviour of a release passes for learned.
TEST(Codec, WritesTheFormatBeforeThisOneToo) {
  Profile p = example();
  const Behaviour tried = p.behaviours.begin()->first;
  Behaviour known = tried;
  known.actor = "/usr/bin/known";
  p.behaviours[known] = p.behaviours.at(tried);
  p.behaviours[known].with_release = false;
  const std::string text = to_toml(p, ProfileFormat::v1_0);
  EXPECT_THAT(text, HasSubstr("format = \"1.0\""));
  for (const auto* later : {"gone_before", "with_release", "newest"})
    EXPECT_THAT(text, Not(HasSubstr(later)));
  const auto read = profile_from_toml(text, "x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(read->behaviours.contains(known));
  EXPECT_FALSE(read->behaviours.contains(tried));
  merge(p, *read);
  EXPECT_EQ(p.behaviours.at(tried).newest.image, "sha256:3f1c") << "what the other cannot say is kept";
  EXPECT_EQ(profile_format_from("1.0"), ProfileFormat::v1_0);
  EXPECT_EQ(profile_format_from("1.2"), std::nullopt);
}

TEST(Codec, RandomProfilesAreReadBackToTheByte) {
  for (unsigned seed = 1000; seed < 1600; ++seed) {
    std::mt19937 random(seed);
    const Profile p = random_profile(random);
    const std::string text = to_toml(p);
    const auto read = profile_from_toml(text, "x");
    ASSERT_TRUE(read) << "seed " << seed << ": " << read.error().message << "\n" << text;
    ASSERT_EQ(*read, p) << "seed " << seed;
    ASSERT_EQ(to_toml(*read), text) << "seed " << seed;
  }
}

TEST(Codec, EveryByteSurvivesBeforeEveryKindOfByte) {
  for (int first = 0; first < 256; ++first) {
    Profile p;
    for (const int second :
         {0, 9, 10, 13, 31, 32, 34, 39, 48, 65, 92, 97, 120, 127, 128, 160, 191, 194, 226, 255}) {
      const std::string bytes = {static_cast<char>(first), static_cast<char>(second)};
      p.behaviours[{Phase::steady, bytes, ExecObject{"/" + bytes, bytes, bytes + bytes, Origin::unknown, ""},
                    Outcome::ok}];
    }
    const auto read = profile_from_toml(to_toml(p), "x");
    ASSERT_TRUE(read) << first << ": " << read.error().message;
    ASSERT_EQ(*read, p) << first;
  }
}

TEST(Codec, NoStringBreaksOutOfItsLine) {
  Profile p;
  p.lineage.repository = "x\"\n[[behaviour]]\nphase = \"steady\"";
  p.behaviours[{Phase::steady, "'\n[[removed]]\n", SocketObject{}, Outcome::ok}];
  const std::string text = to_toml(p);
  EXPECT_THAT(text, Not(HasSubstr("\n[[removed]]")));
  std::size_t blocks = 0;
  for (std::size_t at = text.find("\n[[behaviour]]"); at != std::string::npos;
       at = text.find("\n[[behaviour]]", at + 1))
    ++blocks;
  EXPECT_EQ(blocks, 1);
}

TEST(Codec, ShortFilesByHandAreEnough) {
  const auto read = profile_from_toml(R"(
format = "1.0"
[image]
repository = "web"
[[behaviour]]
phase = "steady"
actor = "/usr/sbin/nginx"
action = "connect"
object = { proto = "tcp", dest = "public", port = 443 }
[[behaviour]]
phase = "startup"
actor = "/entrypoint.sh"
action = "exec"
object = { path = "/bin/sh", as = "sh", origin = "image" }
)",
                                      "x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->lineage, (Lineage{"web", "default"}));
  // The usual outcome need not be written: of a connect the attempt, else success.
  EXPECT_TRUE(read->contains(
      {Phase::steady, "/usr/sbin/nginx", ConnectObject{"tcp", "public", 443}, Outcome::attempt}));
  EXPECT_TRUE(read->contains(
      {Phase::startup, "/entrypoint.sh", ExecObject{"/bin/sh", "sh", "", Origin::image, ""}, Outcome::ok}));
}

TEST(Codec, RenamingABlockRemovesItForGood) {
  std::string text = to_toml(example());
  text.replace(text.find("[[behaviour]]"), 13, "[[removed]]");
  const auto read = profile_from_toml(text, "x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(read->behaviours.empty());
  EXPECT_EQ(read->tombstones.size(), 2);
}

TEST(Codec, TimesWithAnotherOffsetAreTheSameInstant) {
  std::string text = to_toml(example());
  text.replace(text.find("2026-03-01T09:00:12Z"), 20, "2026-03-01T10:30:12+01:30");
  const auto read = profile_from_toml(text, "x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, example());
}

TEST(Codec, TenThousandBehavioursFitTheFile) {
  Profile p;
  Sketch seen_by;
  for (int i = 0; i < 100; ++i) seen_by.add(std::to_string(i));
  const std::string worst(100, '\n');  // five bytes each in the file
  for (int i = 0; i < 10'000; ++i) {
    Entry& e = p.behaviours[{Phase::steady, worst, SocketObject{std::to_string(i), ""}, Outcome::failed}];
    e.seen_by = seen_by;
    e.first_seen = kNsPerSecond;
    e.first_host = e.first_container = std::string(64, 'x');
    e.first_image = std::string(71, 'x');
    e.peers = kMaxCount;
    e.since_start_min = e.since_start_max = 1'000'000;
    e.shares[e.first_host] = {kMaxCount, kMaxCount, kMaxCount, kNsPerSecond};
  }
  ASSERT_TRUE(full(p));
  const std::string text = to_toml(p);
  EXPECT_LT(text.size(), kMaxProfileText);
  const auto read = profile_from_toml(text, "x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, p);
}

}  // namespace
}  // namespace plimsoll
