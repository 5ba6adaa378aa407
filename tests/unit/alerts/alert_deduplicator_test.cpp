// Series of alerts: identity, repeats, updates, bounds.
#include <gtest/gtest.h>

#include <set>

#include "agent/alerts/alerts.h"
#include "tests/unit/alerts/sample.h"

namespace plimsoll::test {
namespace {

constexpr WallNs kMinute = 60 * kNsPerSecond;
const WallNs kStart = sample_alert().time;

Alert at(WallNs time, std::string container = "c1", std::string path = "/tmp/x") {
  Alert a = sample_alert(std::move(container), std::move(path));
  a.time = time;
  return a;
}

TEST(AlertDeduplicator, TheFirstIsDueAtOnceAndRepeatsOnlyCount) {
  AlertDeduplicator book;
  Alert first = at(kStart), second = at(kStart + 1);
  EXPECT_TRUE(book.admit(first));
  EXPECT_FALSE(first.update);
  EXPECT_EQ(first.count, 1U);
  EXPECT_EQ(first.id.size(), 16U);
  EXPECT_FALSE(book.admit(second));
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.count, 2U);
  EXPECT_TRUE(second.update);
}

TEST(AlertDeduplicator, FingerprintIsTheSameNewBehaviourAnywhereAndIdThisSeries) {
  AlertDeduplicator book;
  Alert a = at(kStart), other_container = at(kStart, "c2"), other_path = at(kStart, "c1", "/tmp/y");
  Alert other_host = at(kStart);
  other_host.host.name = "elsewhere";
  Alert other_rule = at(kStart);
  other_rule.rule.id = "drift.fileless";
  Alert other_outcome = at(kStart);
  other_outcome.behaviour.outcome = Outcome::attempt;
  std::set<std::string> ids, fingerprints;
  for (Alert* alert : {&a, &other_container, &other_path, &other_host, &other_rule, &other_outcome}) {
    EXPECT_TRUE(book.admit(*alert));
    ids.insert(alert->id);
    fingerprints.insert(alert->fingerprint);
  }
  EXPECT_EQ(ids.size(), 6U);
  EXPECT_EQ(fingerprints.size(), 4U);
  EXPECT_EQ(a.fingerprint, other_container.fingerprint);
  EXPECT_EQ(a.fingerprint, other_host.fingerprint);
}

TEST(AlertDeduplicator, FingerprintNeverChanges) {
  AlertDeduplicator book;
  Alert a = at(kStart);
  book.admit(a);
  EXPECT_EQ(a.fingerprint, "60c36376fa045185");
  EXPECT_EQ(a.id, "f56ddf88cd78985e");
}

TEST(AlertDeduplicator, UpdatesAfterAMinuteTenMinutesAndEveryHour) {
  AlertDeduplicator book;
  Alert a = at(kStart);
  book.admit(a);
  std::vector<WallNs> minutes_of_updates;
  for (WallNs minute = 0; minute <= 190; ++minute) {
    const WallNs now = kStart + minute * kMinute;
    if (minute > 0) book.repeat(a.id, 2, now);
    for (const Alert& update : book.due(now)) {
      EXPECT_TRUE(update.update);
      EXPECT_EQ(update.id, a.id);
      EXPECT_EQ(update.count, 1U + 2U * static_cast<std::uint64_t>(minute));
      EXPECT_EQ(update.time, now);
      minutes_of_updates.push_back(minute);
    }
  }
  EXPECT_EQ(minutes_of_updates, (std::vector<WallNs>{1, 10, 60, 120, 180}));
}

TEST(AlertDeduplicator, NoUpdateWithoutARepeat) {
  AlertDeduplicator book;
  Alert a = at(kStart);
  book.admit(a);
  EXPECT_TRUE(book.due(kStart + 2 * kMinute).empty());
  book.repeat(a.id, 1, kStart + 3 * kMinute);
  EXPECT_TRUE(book.due(kStart + 9 * kMinute).empty());
  EXPECT_EQ(book.due(kStart + 10 * kMinute).size(), 1U);
  EXPECT_TRUE(book.due(kStart + 60 * kMinute).empty());
  book.repeat("0000000000000000", 1, kStart);
}

TEST(AlertDeduplicator, ActiveAfterShadowIsNew) {
  AlertDeduplicator book;
  Alert learning = at(kStart), active = at(kStart + 1), again = at(kStart + 2);
  learning.mode = AlertMode::shadow;
  EXPECT_TRUE(book.admit(learning));
  EXPECT_TRUE(book.admit(active));
  EXPECT_EQ(active.id, learning.id);
  EXPECT_FALSE(active.update);
  EXPECT_EQ(active.count, 1U);
  EXPECT_FALSE(book.admit(again));
  EXPECT_EQ(book.recent(10).size(), 1U);
}

TEST(AlertDeduplicator, OneStandsForAllOfItsRuleAndContainer) {
  AlertDeduplicator book;
  Alert one = at(kStart), other = at(kStart, "c1", "/tmp/y"), elsewhere = at(kStart, "c2");
  for (Alert* alert : {&one, &other, &elsewhere}) alert->stands_for = StandsFor::many;
  EXPECT_TRUE(book.admit(one));
  EXPECT_FALSE(book.admit(other));
  EXPECT_TRUE(book.admit(elsewhere));
  EXPECT_EQ(one.id, other.id);
  EXPECT_EQ(one.id, series_of("ip-10-0-1-7", *one.container, "drift.not_from_image", StandsFor::many).id);
  Alert single = at(kStart);
  EXPECT_TRUE(book.admit(single));
  EXPECT_NE(single.id, one.id);
}

TEST(AlertDeduplicator, OneStandsForAProfileOrAReleaseInAllItsContainers) {
  for (const auto what : {StandsFor::profile, StandsFor::release}) {
    AlertDeduplicator book;
    Alert one = at(kStart), other = at(kStart, "c2", "/tmp/y");
    for (Alert* alert : {&one, &other}) alert->stands_for = what;
    EXPECT_TRUE(book.admit(one));
    EXPECT_FALSE(book.admit(other));
    Container next = *one.container;
    next.image_id = "sha256:another";
    EXPECT_EQ(series_of("ip-10-0-1-7", next, "drift.not_from_image", what).id == one.id,
              what == StandsFor::profile);
  }
}

TEST(AlertDeduplicator, KnowsByABriefWhatItCannotHave) {
  AlertDeduplicator book;
  Alert a = at(kStart), other_path = at(kStart, "c1", "/tmp/y"), other_container = at(kStart, "c2");
  const auto may_have = [&book](const Alert& alert) {
    return book.may_have(brief_of(*alert.container, alert.rule.id, alert.behaviour));
  };
  EXPECT_FALSE(may_have(a));
  a.mode = AlertMode::shadow;
  book.admit(a);
  EXPECT_TRUE(may_have(a));
  EXPECT_FALSE(may_have(other_path));
  EXPECT_FALSE(may_have(other_container));
  a.mode = AlertMode::active;  // a series of its own, in the other's place
  book.admit(a);
  EXPECT_TRUE(may_have(a));
  for (int i = 0; i < 10'000; i++) {
    Alert more = at(kStart + 1 + i, "c1", "/tmp/" + std::to_string(i));
    book.admit(more);
  }
  EXPECT_FALSE(may_have(a)) << "it went for want of room";
}

TEST(AlertDeduplicator, RecentInTheOrderOfTheLastOccurrence) {
  AlertDeduplicator book;
  Alert a = at(kStart, "c1"), b = at(kStart + 1, "c2"), c = at(kStart + 2, "c3");
  book.admit(a), book.admit(b), book.admit(c);
  book.repeat(a.id, 5, kStart + 3);
  const auto all = book.recent(10);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].id, b.id);
  EXPECT_EQ(all[2].id, a.id);
  EXPECT_EQ(all[2].count, 6U);
  const auto last = book.recent(1);
  ASSERT_EQ(last.size(), 1U);
  EXPECT_EQ(last[0].id, a.id);
  EXPECT_TRUE(book.recent(0).empty());
}

TEST(AlertDeduplicator, BoundedAndTheQuietestSeriesGoes) {
  AlertDeduplicator book;
  for (int i = 0; i < 10'000; ++i) {
    Alert a = at(kStart + i, "c" + std::to_string(i));
    book.admit(a);
  }
  Alert oldest = at(kStart + 20'000, "c0");  // the oldest repeats, and has an update to come
  EXPECT_FALSE(book.admit(oldest));
  Alert one_more = at(kStart + 20'001, "new");
  EXPECT_TRUE(book.admit(one_more));
  EXPECT_EQ(book.recent(20'000).size(), 10'000U);
  Alert kept = at(kStart + 20'002, "c0"), gone = at(kStart + 20'003, "c1");
  EXPECT_FALSE(book.admit(kept));
  EXPECT_TRUE(book.admit(gone));
}

}  // namespace
}  // namespace plimsoll::test
