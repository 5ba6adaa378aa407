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

TEST(Key, AProfileIsForTheContainersLineageAndImage) {
  const Profile p = profile_for(container());
  EXPECT_EQ(p.lineage, (Lineage{"registry.example:5000/shop/web", "web"}));
  EXPECT_EQ(p.image_id, "sha256:3f1c");
  EXPECT_THAT(p.tags, ElementsAre("1.42.0"));
  EXPECT_THAT(p.manifests, ElementsAre("sha256:9a0b"));
  EXPECT_EQ(key_of(p), key_of(container()));
}

TEST(Key, WithoutADigestTheImageIsWhatItIsCalled) {
  Container c = container();
  c.image_id.clear();
  EXPECT_EQ(profile_for(c).image_id, c.image);
  Container next = c;
  next.image = "registry.example:5000/shop/web:1.43.0";
  EXPECT_NE(file_name(key_of(c)), file_name(key_of(next)));
}

TEST(Key, TagsAreNoPortsAndNoDigests) {
  Container c = container();
  c.image = "registry.example:5000/shop/web";
  EXPECT_THAT(profile_for(c).tags, IsEmpty());
  c.image = "registry.example:5000/shop/web@sha256:abc";
  EXPECT_THAT(profile_for(c).tags, IsEmpty());
  c.image = "web:2@sha256:abc";
  EXPECT_THAT(profile_for(c).tags, ElementsAre("2"));
  c.image = "sha256:3f1c";
  EXPECT_THAT(profile_for(c).tags, IsEmpty());
}

TEST(Key, FileNamesAreHashesAndTellKeysApart) {
  Container evil = container();
  evil.repository = "../../etc/passwd";
  EXPECT_THAT(file_name(key_of(evil)), MatchesRegex("[0-9a-f]{16}\\.toml"));
  Container other = container();
  other.role = "sidecar";
  EXPECT_NE(file_name(key_of(other)), file_name(key_of(container())));
  EXPECT_EQ(file_name(profile_for(other)), file_name(key_of(other)));
  // Moving a byte from one part to the next is another key.
  EXPECT_NE(file_name(ProfileKey{{"ab", "c"}, "d"}), file_name(ProfileKey{{"a", "bc"}, "d"}));
}

}  // namespace
}  // namespace plimsoll
