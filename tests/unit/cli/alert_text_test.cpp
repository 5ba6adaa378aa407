// An alert for a person: seen against expected, and harmless whatever the container put into it.
#include "agent/cli/alert_text.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace plimsoll {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

json alert() {
  return json::parse(R"({
    "time":"2026-03-01T09:14:07.123456789Z","id":"9c41","rule":"drift.new_executable","severity":"high",
    "mode":"active","message":"nginx started /tmp/x","container":{"name":"web","image":"shop/web:1"},
    "process":{"pid":4711,"exe":"/tmp/x","argv":["./x","-v"],"uid":101,"ancestors":[{"pid":1,"exe":"/usr/sbin/nginx"}]},
    "behaviour":{"phase":"steady","actor":"/usr/sbin/nginx","action":"exec",
                 "object":{"path":"/tmp/x","as":"x","script":"","origin":"upper_new"}},
    "baseline":{"state":"stable","nearest":{"phase":"startup","actor":"/usr/sbin/nginx","action":"exec",
                "object":{"path":"/bin/sh"}},"differs":["phase","path"]},
    "evidence":{"called_as":"./x"},"attack":{"tactics":["TA0002"],"techniques":["T1059"]},"count":1})");
}

TEST(AlertText, SaysWhatWasSeenAndWhatWasExpected) {
  const auto text = alert_text(alert(), Palette(false));
  EXPECT_THAT(text, HasSubstr("high     drift.new_executable\n"));
  EXPECT_THAT(text, HasSubstr("    nginx started /tmp/x\n"));
  EXPECT_THAT(text, HasSubstr("container web, image shop/web:1\n"));
  EXPECT_THAT(text, HasSubstr("seen      steady  /usr/sbin/nginx  exec path=/tmp/x as=x origin=upper_new\n"));
  EXPECT_THAT(text, HasSubstr("expected  startup  /usr/sbin/nginx  exec path=/bin/sh"));
  EXPECT_THAT(text, HasSubstr("differs in phase, path"));
  EXPECT_THAT(text, HasSubstr("./x -v  (pid 4711, uid 101) < /usr/sbin/nginx"));
  EXPECT_THAT(text, HasSubstr("T1059"));
}

TEST(AlertText, WithoutANearestBehaviourItSaysSo) {
  auto one = alert();
  one["baseline"] = {{"state", "learning"}, {"nearest", nullptr}};
  one["mode"] = "shadow";
  one["count"] = 12;
  const auto text = alert_text(one, Palette(false));
  EXPECT_THAT(text, HasSubstr("no such action: the profile (learning)"));
  EXPECT_THAT(text, HasSubstr("drift.new_executable  (shadow)"));
  EXPECT_THAT(text, HasSubstr(", 12 times"));
}

TEST(AlertText, AKnownBehaviourIsNotCalledUnexpected) {
  auto one = alert();
  one["baseline"]["differs"] = json::array();
  EXPECT_THAT(alert_text(one, Palette(false)), HasSubstr("this behaviour is known"));
}

TEST(AlertText, HostileStringsDoNoHarm) {
  auto one = alert();
  one["message"] = "a\x1b]0;owned\a";
  one["process"]["argv"] = {"x\ncritical fake"};
  one["behaviour"]["object"]["path"] = "\xff\x1b[31m";
  const auto text = alert_text(one, Palette(false));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, HasSubstr("x\\x0acritical"));
}

TEST(AlertText, AnEmptyObjectIsNoCrash) {
  EXPECT_FALSE(alert_text(json::object(), Palette(false)).empty());
}

}  // namespace
}  // namespace plimsoll
