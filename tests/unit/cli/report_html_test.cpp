// The page of a report: every part is there, nothing that a container chose is HTML, and the bytes are
// stable.
#include "agent/cli/report_html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plimsoll {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr WallNs kNow = WallNs{1'772'355'600} * kNsPerSecond;  // 2026-03-01T09:00:00Z

Behaviour exec(const std::string& path, const std::string& actor = "/entrypoint.sh") {
  return {Phase::startup, actor, ExecObject{path, "x", "", Origin::image, ""}, Outcome::ok};
}

Entry seen(std::uint64_t minutes) {
  Entry out;
  out.first_seen = kNow;
  out.first_host = "i-0abc";
  out.first_container = "3e5f0000000000000000";
  out.first_image = "sha256:3f1c0a9b8c7d6e5f";
  out.shares["i-0abc"] = {minutes, minutes, minutes * 10, kNow};
  out.seen_by.add("3e5f");
  return out;
}

Profile small() {
  Profile out;
  out.lineage = {"registry.example/shop/web", "web"};
  out.generations["sha256:3f1c0a9b8c7d6e5f"] = {"", {}, {"1.42.0"}, kNow, kNow};
  out.classes = {Action::exec, Action::connect};
  out.shares["i-0abc"] = {812, 170, 3, kNow};
  out.lost["i-0abc"] = 4;
  out.behaviours[exec("/bin/id")] = seen(12);
  return out;
}

std::string page_of(const Profile& profile) {
  return report_html(profile, assess(profile, {.now = kNow}), "ends after 20 s (<learned>)", 3.0, kNow);
}

std::size_t count_of(const std::string& text, std::string_view what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

TEST(ReportHtml, SaysWhatThereIsToSay) {
  Profile profile = small();
  profile.tombstones.insert(exec("/bin/busybox"));
  Entry alone = seen(1);
  alone.peers = 5;
  profile.behaviours[exec("/bin/alone")] = alone;
  Entry by_hand;
  by_hand.allowed = true;
  profile.behaviours[exec("/bin/allowed")] = by_hand;
  Behaviour refused{Phase::steady, "/app", SocketObject{"packet", "raw"}, Outcome::failed};
  profile.behaviours[refused] = seen(2);
  const std::string page = page_of(profile);
  for (const char* part :
       {"<h1>registry.example/shop/web</h1>", "<code>1.42.0</code>", "class=\"state learning\"",
        "/bin/busybox", "quarantined: one container only", "allowed by a person", "refused by the kernel",
        "written by hand", "120 times in 12 container-minutes of 1 container,",
        "first seen 2026-03-01T09:00:00Z on <code>i-0abc</code>", "by container <code>3e5f00000000</code>",
        "<h2>How complete it is</h2>", "<h2>Releases</h2>", "<h2>Hosts</h2>", "none seen",
        "<code>3f1c0a9b8c7d</code>", "prefers-color-scheme: dark"}) {
    EXPECT_THAT(page, HasSubstr(part));
  }
}

TEST(ReportHtml, WhatAContainerChoseIsNoHtml) {
  const std::string evil = "</code><script>alert(1)</script>\"'&\x1b[2J\xe2\x80\xae";
  Profile profile;
  profile.lineage = {evil, evil};
  profile.generations[evil] = {evil, {evil}, {evil}, kNow, kNow};
  profile.shares[evil] = {1, 1, 1, kNow};
  Entry entry = seen(1);
  entry.first_host = entry.first_container = entry.first_image = evil;
  profile.behaviours[exec(evil, evil)] = entry;
  profile.tombstones.insert(exec(evil + "2", evil));
  const std::string page = page_of(profile);
  EXPECT_THAT(
      page,
      HasSubstr("&lt;/code&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;\\x1b[2J\\xe2\\x80\\xae"));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_EQ(page.find('\x1b'), std::string::npos);
  EXPECT_EQ(count_of(page, "<code>") + count_of(page, "<code class=actor>"), count_of(page, "</code>"));
}

TEST(ReportHtml, NeedsNothingFromElsewhereAndForbidsIt) {
  const std::string page = page_of(small());
  EXPECT_THAT(
      page, HasSubstr("default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"));
  for (const char* outward : {"http:", "https:", "src=", "href=", "url(", "@import", "<script", "onload"}) {
    EXPECT_THAT(page, Not(HasSubstr(outward)));
  }
}

TEST(ReportHtml, TheSameProfileIsTheSameBytes) {
  EXPECT_EQ(page_of(small()), page_of(small()));
}

TEST(ReportHtml, LongGroupsAreFolded) {
  Profile profile = small();
  EXPECT_EQ(count_of(page_of(profile), "<details>"), 0U);
  for (int i = 0; i < 10'000; ++i) {
    std::string word = std::to_string(i);
    for (char& c : word) c = static_cast<char>(c - '0' + 'g');
    profile.behaviours[exec("/bin/" + word)] = seen(1);
  }
  const std::string page = page_of(profile);
  EXPECT_THAT(page, HasSubstr("<li><details><summary><code class=actor>/entrypoint.sh</code>"));
  EXPECT_THAT(page, HasSubstr("10,001"));
  EXPECT_EQ(count_of(page, "<li class=leaf>"), 10'001U);
  EXPECT_LT(page.size(), 8U * 1024 * 1024);
}

TEST(ReportHtml, APatternStandsForItsExamples) {
  Profile profile = small();
  for (int i = 0; i < 40; ++i) profile.behaviours[exec("/opt/app-1." + std::to_string(i))] = seen(1);
  const std::string page = page_of(profile);
  EXPECT_THAT(page, HasSubstr("<code>/opt/app-&lt;version&gt;</code>"));
  EXPECT_THAT(page, HasSubstr("a pattern: about "));
  EXPECT_EQ(count_of(page, "<li class=leaf>"), 2U);
  EXPECT_EQ(count_of(page, "<code>/opt/app-1."), 12U);
}

TEST(ReportHtml, AnEmptyProfileIsAPageToo) {
  Profile profile;
  profile.lineage = {"shop/new", "default"};
  EXPECT_THAT(page_of(profile), HasSubstr("Nothing has been learned yet."));
}

}  // namespace
}  // namespace plimsoll
