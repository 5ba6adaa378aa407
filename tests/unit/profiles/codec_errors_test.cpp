// Whatever is wrong with a file is one error that says where, what, and what is accepted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "profiles/toml_codec.h"

namespace plimsoll {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kGood = R"(format = "1.0"
[image]
repository = "web"
role = "web"
id = "sha256:3f1c"
tags = ["1"]
[evidence]
classes = ["exec"]
lost_events = { "h" = 1 }
units = "00000000000000aa"
[evidence.shares]
"h" = { minutes = 1, lifetimes = 1, last_seen = 2026-03-01T09:00:12Z }
[[behaviour]]
phase = "steady"
since_start = [1, 2]
actor = "/usr/sbin/nginx"
action = "exec"
object = { path = "/bin/sh", as = "sh", origin = "image" }
first_seen = 2026-03-01T09:00:12Z
seen_by = "00000000000000aa"
shares = { "h" = { minutes = 1, count = 2 } }
)";

struct Case {
  const char* what;
  std::string_view replace, with;
  int line;
  const char *key, *message, *accepted;
};

class CodecError : public testing::TestWithParam<Case> {};

TEST_P(CodecError, SaysWhereWhatAndWhatIsAccepted) {
  const Case& c = GetParam();
  std::string text{kGood};
  ASSERT_TRUE(profile_from_toml(text, "web.toml"));
  const std::size_t at = text.find(c.replace);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, c.replace.size(), c.with);
  const auto read = profile_from_toml(text, "web.toml");
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message,
              AllOf(StartsWith("web.toml:" + std::to_string(c.line) + ": " + c.key), HasSubstr(c.message),
                    HasSubstr(std::string("; accepted: ") + c.accepted)));
  EXPECT_EQ(read.error().message.find('\n'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    All, CodecError,
    testing::Values(
        Case{"not_toml", "[image]", "[image", 2, "not TOML", "", "a profile of format 1.0"},
        Case{"key_twice", "role =", "repository =", 4, "not TOML", "", "a profile"},
        Case{"not_utf8", "\"web\"", "\"\xff\"", 3, "not TOML", "", "a profile"},
        Case{"format_missing", "format = \"1.0\"", "", 1, "format: ", "missing", "a string"},
        Case{"format_unknown", "\"1.0\"", "\"2.0\"", 1, "format: ", "unknown format \"2.0\"", "\"1.0\""},
        Case{"format_type", "\"1.0\"", "1.0", 1, "format: ", "floating-point", "a string"},
        Case{"unknown_table", "[evidence.shares]", "[evidences.shares]", 11, "evidences: ", "unknown key",
             "format, image"},
        Case{"unknown_image_key", "role =", "rolle =", 4, "image.rolle: ", "unknown key", "repository, role"},
        Case{"repository_missing", "repository = \"web\"", "", 2, "image.repository: ", "missing",
             "a string"},
        Case{"repository_type", "\"web\"", "7", 3, "image.repository: ", "is of type integer", "a string"},
        Case{"image_type", "[image]", "[[image]]", 2, "image: ", "is of type array", "a table"},
        Case{"tags_type", "[\"1\"]", "\"1\"", 6, "image.tags: ", "is of type string", "a list of strings"},
        Case{"tags_element", "[\"1\"]", "[1]", 6, "image.tags: ", "is of type integer", "a string"},
        Case{"class_unknown", "[\"exec\"]", "[\"exec\", \"fly\"]", 8, "evidence.classes: ", "\"fly\"",
             "exec, setid"},
        Case{"lost_type", "{ \"h\" = 1 }", "0", 9, "evidence.lost_events: ", "is of type integer", "a table"},
        Case{"lost_negative", "{ \"h\" = 1 }", "{ \"h\" = -1 }", 9,
             "evidence.lost_events.h: ", "out of range", "a whole number"},
        Case{"host_twice", "{ \"h\" = 1 }", "{ \"h\" = 1, '\\x68' = 2 }", 9, "evidence.lost_events.", "twice",
             "each name once"},
        Case{"units", "units = \"00000000000000aa\"", "units = \"aa\"", 10,
             "evidence.units: ", "\"aa\" is no hash", "at most 32"},
        Case{"share_key", "lifetimes", "count", 12, "evidence.shares.h.count: ", "unknown key",
             "minutes, five_minutes, lifetimes, last_seen"},
        Case{"share_type", "{ minutes = 1, lifetimes = 1, last_seen = 2026-03-01T09:00:12Z }", "1", 12,
             "evidence.shares.h: ", "is of type integer", "a table"},
        Case{"phase_unknown", "\"steady\"", "\"later\"", 14, "behaviour.phase: ", "\"later\"",
             "setup, startup, steady, entered"},
        Case{"phase_missing", "phase = \"steady\"", "", 13, "behaviour.phase: ", "missing", "a string"},
        Case{"range_size", "[1, 2]", "[1]", 15, "behaviour.since_start: ", "no range", "two ascending"},
        Case{"range_descending", "[1, 2]", "[2, 1]", 15, "behaviour.since_start: ", "descending",
             "two ascending"},
        Case{"range_type", "[1, 2]", "[1, \"2\"]", 15, "behaviour.since_start: ", "is of type string",
             "a whole number"},
        Case{"action_unknown", "\"exec\"\nobject", "\"run\"\nobject", 17, "behaviour.action: ", "\"run\"",
             "exec, setid"},
        Case{"object_missing", "object = { path = \"/bin/sh\", as = \"sh\", origin = \"image\" }", "", 13,
             "behaviour.object: ", "missing", "a table"},
        Case{"object_key", "as =", "port =", 18, "behaviour.object.port: ", "unknown key for exec",
             "path, as, script, origin, gains"},
        Case{"origin_unknown", "\"image\"", "\"web\"", 18, "behaviour.object.origin: ", "\"web\"",
             "unknown, image"},
        Case{"port_range", "\"exec\"\nobject = { path = \"/bin/sh\", as = \"sh\", origin = \"image\" }",
             "\"connect\"\nobject = { port = 65536 }", 18, "behaviour.object.port: ", "out of range",
             "a whole number from 0 to 65535"},
        Case{"time_type", "first_seen = 2026-03-01T09:00:12Z", "first_seen = \"yesterday\"", 19,
             "behaviour.first_seen: ", "is of type string", "a time"},
        Case{"time_local", "first_seen = 2026-03-01T09:00:12Z", "first_seen = 2026-03-01T09:00:12", 19,
             "behaviour.first_seen: ", "bad time", "a time"},
        Case{"time_fraction", "first_seen = 2026-03-01T09:00:12Z", "first_seen = 2026-03-01T09:00:12.5Z", 19,
             "behaviour.first_seen: ", "bad time", "a time"},
        Case{"time_early", "first_seen = 2026-03-01T09:00:12Z", "first_seen = 1970-01-01T00:00:12+01:00", 19,
             "behaviour.first_seen: ", "bad time", "a time"},
        Case{"time_late", "first_seen = 2026-03-01T09:00:12Z", "first_seen = 9999-01-01T00:00:00Z", 19,
             "behaviour.first_seen: ", "bad time", "a time"},
        Case{"seen_by", "seen_by = \"00000000000000aa\"", "seen_by = \"x\"", 20,
             "behaviour.seen_by: ", "\"x\" is no hash", "at most 32"},
        Case{"count_large", "count = 2", "count = 1000000000000001", 21,
             "behaviour.shares.h.count: ", "out of range", "a whole number"},
        Case{"outcome_unknown", "first_seen", "outcome = \"maybe\"\nfirst_seen", 19,
             "behaviour.outcome: ", "\"maybe\"", "ok, failed, attempt"},
        Case{"behaviour_type", "[[behaviour]]", "[behaviour]", 13, "behaviour: ", "is of type table",
             "blocks that begin with [[behaviour]]"},
        Case{"hostile_key", "role =", "\"ro\\u001b[2Jle\" =", 4, "image.ro\\x1b[2Jle: ", "unknown key",
             "repository"}),
    [](const auto& param_info) { return param_info.param.what; });

std::string block(std::string_view table) {
  const std::size_t at = kGood.find("[[behaviour]]");
  return "[[" + std::string{table} + "]]" + std::string{kGood.substr(at + 13)};
}

TEST(CodecErrors, TheSameBehaviourTwice) {
  for (const char* table : {"behaviour", "removed"}) {
    const auto read = profile_from_toml(std::string{kGood} + block(table), "web.toml");
    ASSERT_FALSE(read) << table;
    EXPECT_THAT(read.error().message, AllOf(StartsWith("web.toml:22: "), HasSubstr("stands there twice"),
                                            HasSubstr("; accepted: each behaviour once")));
  }
}

TEST(CodecErrors, TooLarge) {
  const std::string text = std::string{kGood} + "#" + std::string(kMaxProfileText, 'x');
  const auto read = profile_from_toml(text, "web.toml");
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message,
              AllOf(StartsWith("web.toml:1: "), HasSubstr("accepted: at most 16777216")));
}

TEST(CodecErrors, DeeplyNested) {
  const auto read = profile_from_toml("a = " + std::string(100'000, '['), "web.toml");
  ASSERT_FALSE(read);
  EXPECT_LT(read.error().message.size(), 500);
}

TEST(CodecErrors, NoPrefixOfAFileIsTakenForTheWhole) {
  // A file cut off inside a block never passes; one cut between blocks is a smaller profile, which is why
  // files are written atomically.
  const std::size_t block_at = kGood.find("[[behaviour]]");
  for (std::size_t size = block_at + 1; size < kGood.find("first_seen", block_at) - 1; ++size)
    EXPECT_FALSE(profile_from_toml(kGood.substr(0, size), "x")) << kGood.substr(0, size);
}

TEST(CodecErrors, FlippedBitsNeverCrash) {
  for (std::size_t at = 0; at < kGood.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string text{kGood};
      text[at] = static_cast<char>(static_cast<unsigned char>(text[at]) ^ (1U << bit));
      const auto read = profile_from_toml(text, "x");
      if (read) {
        EXPECT_TRUE(profile_from_toml(to_toml(*read), "x"));
      } else {
        EXPECT_THAT(read.error().message, AllOf(StartsWith("x:"), HasSubstr("; accepted: ")));
      }
    }
  }
}

}  // namespace
}  // namespace plimsoll
