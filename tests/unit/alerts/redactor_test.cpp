// Secrets in argument vectors.
#include <gtest/gtest.h>

#include "agent/alerts/alerts.h"

namespace plimsoll::test {
namespace {

using Argv = std::vector<std::string>;

Argv redacted(const std::vector<std::string>& patterns, Argv argv) {
  auto redactor = Redactor::make(patterns);
  EXPECT_TRUE(redactor) << redactor.error().message;
  redactor->apply(argv);
  return argv;
}

const std::string kOption = R"((?:--password|--token|-p)[= ](\S+))";

TEST(Redactor, WithinAnArgument) {
  EXPECT_EQ(redacted({kOption}, {"mysql", "--password=hunter2", "--user=a"}),
            (Argv{"mysql", "--password=[redacted]", "--user=a"}));
  EXPECT_EQ(redacted({kOption}, {"sh", "-c", "x --token=t1 && y --token=t2 z"}),
            (Argv{"sh", "-c", "x --token=[redacted] && y --token=[redacted] z"}));
}

TEST(Redactor, AcrossTwoArguments) {
  EXPECT_EQ(redacted({kOption}, {"curl", "--token", "t1", "-p", "s3"}),
            (Argv{"curl", "--token", "[redacted]", "-p", "[redacted]"}));
  EXPECT_EQ(redacted({kOption}, {"--token", "a", "b"}), (Argv{"--token", "[redacted]", "b"}));
}

TEST(Redactor, WithoutAGroupTheWholeMatch) {
  EXPECT_EQ(redacted({"AKIA[0-9A-Z]{4}"}, {"x", "keyAKIA1234/AKIA5678"}),
            (Argv{"x", "key[redacted]/[redacted]"}));
  EXPECT_EQ(redacted({"one two"}, {"zone", "twofold"}), (Argv{"z[redacted]", "[redacted]fold"}));
  EXPECT_EQ(redacted({"secret(:x)?"}, {"asecretb", "asecret:xb"}),
            (Argv{"a[redacted]b", "asecret[redacted]b"}));
}

TEST(Redactor, AnchorsFitAnArgumentByItself) {
  EXPECT_EQ(redacted({R"(^key=(\S*)$)"}, {"x", "key=1", "monkey=2"}),
            (Argv{"x", "key=[redacted]", "monkey=2"}));
}

TEST(Redactor, SeveralPatternsOverlap) {
  EXPECT_EQ(redacted({"abc", "cde", ""}, {"xabcdex"}), (Argv{"x[redacted]x"}));
}

TEST(Redactor, NothingToHide) {
  EXPECT_EQ(redacted({}, {"--password=x"}), (Argv{"--password=x"}));
  EXPECT_EQ(redacted({kOption}, {}), Argv{});
  EXPECT_EQ(redacted({kOption}, {"", "ls", ""}), (Argv{"", "ls", ""}));
  Argv argv = {"--password=x"};
  Redactor().apply(argv);
  EXPECT_EQ(argv, Argv{"--password=x"});
}

TEST(Redactor, WhatIsTooLongToSearchIsHiddenWhole) {
  EXPECT_EQ(redacted({kOption}, {std::string(8193, 'a')}), Argv{"[redacted]"});
  EXPECT_EQ(redacted({kOption}, {std::string(8192, 'a')}), Argv{std::string(8192, 'a')});
  EXPECT_EQ(redacted({R"(--k=(\S+))"}, {"--k=" + std::string(8000, 'a')}), Argv{"--k=[redacted]"});
}

TEST(Redactor, ABadPatternSaysWhichAndWhatIsAccepted) {
  const auto redactor = Redactor::make({"fine", "(open"});
  ASSERT_FALSE(redactor);
  EXPECT_NE(redactor.error().message.find("alerts.redact: \"(open\""), std::string::npos)
      << redactor.error().message;
  EXPECT_NE(redactor.error().message.find("accepted: an ECMAScript"), std::string::npos);
}

}  // namespace
}  // namespace plimsoll::test
