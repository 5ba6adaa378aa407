#include "profiles/profile.h"

#include <gtest/gtest.h>

namespace plimsoll {
namespace {

Behaviour runs(std::string path, Outcome outcome = Outcome::ok) {
  return {Phase::startup, "/entrypoint.sh", ExecObject{std::move(path), "x", "", Origin::image, ""}, outcome};
}

TEST(Profile, ContainsIsExact) {
  Profile p;
  p.behaviours[runs("/bin/sh")];
  EXPECT_TRUE(p.contains(runs("/bin/sh")));
  Behaviour other = runs("/bin/sh");
  other.phase = Phase::steady;
  EXPECT_FALSE(p.contains(other));
  EXPECT_FALSE(p.contains(runs("/bin/sh", Outcome::failed)));
}

TEST(Profile, ExecutesAsksForThePathWhateverPhaseOrActor) {
  Profile p;
  p.behaviours[runs("/bin/sh")];
  p.behaviours[runs("/bin/refused", Outcome::failed)];
  p.behaviours[{Phase::steady, "/x", MountObject{"mount", "ext4", "/bin/source", "/bin/target"},
                Outcome::ok}];
  EXPECT_TRUE(p.executes("/bin/sh"));
  EXPECT_FALSE(p.executes("/bin/s"));
  EXPECT_FALSE(p.executes("/bin/refused"));
  EXPECT_FALSE(p.executes("/bin/source"));
}

TEST(Profile, CoversTheClassesItsLearnersCouldSee) {
  Profile p;
  p.classes = {Action::exec};
  EXPECT_TRUE(p.covers(Action::exec));
  EXPECT_FALSE(p.covers(Action::connect));
}

TEST(Profile, FirstSeenIsTheEarliestThatIsKnown) {
  Profile p;
  EXPECT_EQ(first_seen(p), 0);
  p.behaviours[runs("/a")].first_seen = 0;
  p.behaviours[runs("/b")].first_seen = 7 * kNsPerSecond;
  p.behaviours[runs("/c")].first_seen = 5 * kNsPerSecond;
  EXPECT_EQ(first_seen(p), 5 * kNsPerSecond);
}

TEST(Profile, IsFullByEntriesOrByText) {
  Profile p;
  p.behaviours[runs("/a")];
  EXPECT_FALSE(full(p, {.entries = 2, .bytes = 1000}));
  p.behaviours[runs(std::string(500, 'b'))];
  EXPECT_TRUE(full(p, {.entries = 2, .bytes = 1000}));
  EXPECT_FALSE(full(p, {.entries = 3, .bytes = 1000}));
  EXPECT_TRUE(full(p, {.entries = 3, .bytes = 500}));
}

TEST(Quarantine, OneContainerAmongManyVouchesForNothing) {
  Profile p;
  const Behaviour b{Phase::steady, "/app", ExecObject{"/bin/id", "id", "", Origin::image, ""}, Outcome::ok};
  Entry& e = p.behaviours[b];
  e.seen_by.add("c1");
  e.peers = 3;
  EXPECT_TRUE(p.contains(b)) << "three are not many";
  e.peers = 4;
  EXPECT_FALSE(p.contains(b));
  EXPECT_FALSE(p.executes("/bin/id"));
  Profile other = p;
  other.behaviours[b].seen_by.add("c2");
  merge(p, other);
  EXPECT_TRUE(p.contains(b)) << "another host's container has shown it";
  EXPECT_TRUE(p.executes("/bin/id"));
}

}  // namespace
}  // namespace plimsoll
