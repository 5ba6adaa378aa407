// The join laws, to the byte, over random profiles and real ones; and what a join does field by field.
#include <gtest/gtest.h>

#include <algorithm>

#include "profiles/toml_codec.h"
#include "tests/unit/profiles/random_profile.h"
#include "tests/unit/profiles/real_profiles.h"

namespace plimsoll {
namespace {

Profile joined(Profile a, const Profile& b) {
  merge(a, b);
  return a;
}

class MergeLaws : public testing::Test {
 protected:
  template <typename Law>
  void for_any(Law&& law) {
    for_random(law);
    for_real(law);
  }

 private:
  template <typename Law>
  void for_random(Law& law) {
    for (unsigned seed = 0; seed < 200; ++seed) {
      std::mt19937 random(seed);
      SCOPED_TRACE("seed " + std::to_string(seed));
      law(random_profile(random), random_profile(random), random_profile(random));
      if (HasFailure()) return;
    }
  }
  /// Any three shares of a lineage, in any order, the same ones too.
  template <typename Law>
  void for_real(Law& law) {
    for (const auto& [lineage, shares] : real_profiles()) {
      for (std::size_t i = 0; i < shares.size() * shares.size() * shares.size(); ++i) {
        const std::size_t a = i % shares.size(), b = i / shares.size() % shares.size(),
                          c = i / shares.size() / shares.size();
        SCOPED_TRACE(shares[a].name + ", " + shares[b].name + ", " + shares[c].name);
        law(shares[a].profile, shares[b].profile, shares[c].profile);
        if (HasFailure()) return;
      }
    }
  }
};

TEST_F(MergeLaws, Commutative) {
  for_any([](const Profile& a, const Profile& b, const Profile&) {
    EXPECT_EQ(to_toml(joined(a, b)), to_toml(joined(b, a)));
  });
}

TEST_F(MergeLaws, Associative) {
  for_any([](const Profile& a, const Profile& b, const Profile& c) {
    EXPECT_EQ(to_toml(joined(joined(a, b), c)), to_toml(joined(a, joined(b, c))));
  });
}

TEST_F(MergeLaws, Idempotent) {
  for_any([](const Profile& a, const Profile& b, const Profile&) {
    EXPECT_EQ(to_toml(joined(a, a)), to_toml(a));
    EXPECT_EQ(to_toml(joined(joined(a, b), b)), to_toml(joined(a, b)));
  });
}

TEST_F(MergeLaws, AnEmptyProfileChangesNothing) {
  for_any([](const Profile& a, const Profile&, const Profile&) {
    Profile empty;
    empty.lineage = a.lineage;
    EXPECT_EQ(to_toml(joined(a, empty)), to_toml(a));
    EXPECT_EQ(to_toml(joined(empty, a)), to_toml(a));
  });
}

TEST_F(MergeLaws, MergingSurvivesTheFile) {
  for_any([](const Profile& a, const Profile& b, const Profile&) {
    const auto read_a = profile_from_toml(to_toml(a), "a");
    const auto read_b = profile_from_toml(to_toml(b), "b");
    ASSERT_TRUE(read_a && read_b);
    EXPECT_EQ(to_toml(joined(*read_a, *read_b)), to_toml(joined(a, b)));
  });
}

// Else the laws would say little of them.
TEST(RealProfiles, AreOfSeveralLineagesAndOverlap) {
  const auto lineages = real_profiles();
  EXPECT_EQ(lineages.size(), 5U);
  for (const auto& [lineage, shares] : lineages) {
    SCOPED_TRACE(lineage.repository);
    ASSERT_GE(shares.size(), 3U);
    const auto all = joined(joined(shares[0].profile, shares[1].profile), shares[2].profile);
    for (const auto& [name, text, one] : shares) {
      EXPECT_NE(to_toml(all), text) << name;
      EXPECT_GT(one.behaviours.size(), all.behaviours.size() / 3) << name;
    }
    EXPECT_EQ(all.shares.size(), 2U) << "hosts";
    EXPECT_TRUE(
        std::ranges::any_of(all.behaviours, [](const auto& b) { return b.second.shares.size() == 2; }));
  }
}

TEST(RealProfiles, AreReadAsTheyWereWritten) {
  for (const auto& [lineage, shares] : real_profiles()) {
    for (const auto& [name, text, one] : shares) {
      EXPECT_EQ(to_toml(one), text) << name;
      const auto again = profile_from_toml(to_toml(one), name);
      ASSERT_TRUE(again) << again.error().message;
      EXPECT_EQ(*again, one) << name;
    }
  }
}

const Behaviour kShell{Phase::steady, "/usr/sbin/nginx", ExecObject{"/bin/sh", "sh", "", Origin::image, ""},
                       Outcome::ok};

TEST(Merge, TakesTheMaximumOfAHostsShareAndAddsNothingUp) {
  Profile a;
  a.behaviours[kShell].shares["h1"] = {5, 100, 3 * kNsPerSecond};
  Profile b;
  b.behaviours[kShell].shares["h1"] = {7, 90, 2 * kNsPerSecond};
  b.behaviours[kShell].shares["h2"] = {1, 1, 0};
  merge(a, b);
  const auto& shares = a.behaviours.at(kShell).shares;
  EXPECT_EQ(shares.at("h1"), (Share{7, 100, 3 * kNsPerSecond}));
  EXPECT_EQ(shares.at("h2"), (Share{1, 1, 0}));
  EXPECT_EQ(total(shares), (Share{8, 101, 3 * kNsPerSecond}));
}

TEST(Merge, KeepsTheFirstSightingWholeAndAnUnknownTimeLosesToAnyOther) {
  Profile a;
  a.behaviours[kShell] = Entry{.since_start_min = 10,
                               .since_start_max = 20,
                               .first_seen = 0,
                               .first_host = "hand",
                               .first_container = "",
                               .shares = {},
                               .seen_by = {}};
  Profile b;
  b.behaviours[kShell] = Entry{.since_start_min = 5,
                               .since_start_max = 12,
                               .first_seen = 9 * kNsPerSecond,
                               .first_host = "h2",
                               .first_container = "c2",
                               .shares = {},
                               .seen_by = {}};
  Profile c;
  c.behaviours[kShell] = Entry{.since_start_min = 7,
                               .since_start_max = 70,
                               .first_seen = 8 * kNsPerSecond,
                               .first_host = "h9",
                               .first_container = "c9",
                               .shares = {},
                               .seen_by = {}};
  merge(a, b);
  EXPECT_EQ(a.behaviours.at(kShell).first_host, "h2");
  merge(a, c);
  const Entry& entry = a.behaviours.at(kShell);
  EXPECT_EQ(entry.first_seen, 8 * kNsPerSecond);
  EXPECT_EQ(entry.first_host, "h9");
  EXPECT_EQ(entry.first_container, "c9");
  EXPECT_EQ(entry.since_start_min, 5);
  EXPECT_EQ(entry.since_start_max, 70);
}

TEST(Merge, WhatAPersonRemovedStaysRemoved) {
  Profile with;
  with.behaviours[kShell].shares["h1"] = {5, 5, 0};
  Profile without;
  without.tombstones.insert(kShell);
  EXPECT_FALSE(joined(with, without).contains(kShell));
  EXPECT_FALSE(joined(without, with).contains(kShell));
  EXPECT_EQ(joined(without, with).tombstones.size(), 1);
}

}  // namespace
}  // namespace plimsoll
