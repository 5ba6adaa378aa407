#include "profiles/key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plimsoll {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::MatchesRegex;

Container container() {
  Container c;
  c.image = "registry.example:5000/shop/web:1.42.0";
  c.repository = "registry.example:5000/shop/web";
  c.role = "web";
  c.image_id = "sha256:3f1c";
  c.manifest = "sha256:9a0b";
  return c;
}

constexpr WallNs kNow = 1'780'000'000 * kNsPerSecond;

Generation noted(const Container& c) {
  Profile p = profile_for(c);
  note_image(p, c, kNow + 7);
  return p.generations.at(image_of(c));
}

TEST(Key, AProfileIsForTheContainersLineage) {
  const Profile p = profile_for(container());
  EXPECT_EQ(p.lineage, (Lineage{"registry.example:5000/shop/web", "web"}));
  EXPECT_EQ(p.lineage, lineage_of(container()));
  EXPECT_THAT(p.generations, IsEmpty());
  const Generation image = noted(container());
  EXPECT_THAT(image.tags, ElementsAre("1.42.0"));
  EXPECT_THAT(image.manifests, ElementsAre("sha256:9a0b"));
  EXPECT_EQ(image.began, kNow);
}

TEST(Key, AnImageDescendsFromTheOneThatWasTheNewest) {
  Profile p = profile_for(container());
  Container next = container(), last = container();
  next.image_id = "sha256:1111";
  last.image_id = "sha256:2222";
  note_image(p, container(), kNow);
  note_image(p, next, kNow + 60 * kNsPerSecond);
  note_image(p, container(), kNow + 90 * kNsPerSecond);
  note_image(p, last, kNow + 120 * kNsPerSecond);
  EXPECT_EQ(p.generations.at("sha256:3f1c").parent, "");
  EXPECT_EQ(p.generations.at("sha256:1111").parent, "sha256:3f1c");
  EXPECT_EQ(p.generations.at("sha256:2222").parent, "sha256:1111");
}

TEST(Key, WithoutADigestTheImageIsWhatItIsCalled) {
  Container c = container();
  c.image_id.clear();
  EXPECT_EQ(image_of(c), c.image);
}

TEST(Key, TagsAreNoPortsAndNoDigests) {
  Container c = container();
  c.image = "registry.example:5000/shop/web";
  EXPECT_THAT(noted(c).tags, IsEmpty());
  c.image = "registry.example:5000/shop/web@sha256:abc";
  EXPECT_THAT(noted(c).tags, IsEmpty());
  c.image = "web:2@sha256:abc";
  EXPECT_THAT(noted(c).tags, ElementsAre("2"));
  c.image = "sha256:3f1c";
  EXPECT_THAT(noted(c).tags, IsEmpty());
}

TEST(Key, FileNamesAreHashesAndTellLineagesApart) {
  Container evil = container();
  evil.repository = "../../etc/passwd";
  EXPECT_THAT(file_name(lineage_of(evil)), MatchesRegex("[0-9a-f]{16}\\.toml"));
  Container other = container();
  other.role = "sidecar";
  EXPECT_NE(file_name(lineage_of(other)), file_name(lineage_of(container())));
  // Moving a byte from one part to the next is another lineage.
  EXPECT_NE(file_name(Lineage{"ab", "c"}), file_name(Lineage{"a", "bc"}));
}

}  // namespace
}  // namespace plimsoll
