// Image references, ids and texts from runtimes.
#include <gtest/gtest.h>

#include "agent/identity/host_files.h"
#include "agent/identity/image_name.h"

namespace plimsoll {
namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');

TEST(ImageName, RepositoryHasNeitherTagNorDigest) {
  EXPECT_EQ(repository_of("nginx"), "nginx");
  EXPECT_EQ(repository_of("nginx:1.25"), "nginx");
  EXPECT_EQ(repository_of("reg.example:5000/shop/web"), "reg.example:5000/shop/web");
  EXPECT_EQ(repository_of("reg.example:5000/shop/web:1.2@" + kDigest), "reg.example:5000/shop/web");
  EXPECT_EQ(repository_of("reg.example/web@" + kDigest), "reg.example/web");
  EXPECT_EQ(repository_of(kDigest), kDigest);
  EXPECT_EQ(repository_of("/srv/images/web:1"), "/srv/images/web:1") << "a path is no reference";
  EXPECT_EQ(repository_of(":1"), ":1") << "never empty";
  EXPECT_EQ(repository_of("@x"), "@x") << "never empty";
}

TEST(ImageName, DigestsAreWhole) {
  EXPECT_TRUE(is_digest(kDigest));
  EXPECT_FALSE(is_digest("sha256:" + std::string(63, 'a')));
  EXPECT_FALSE(is_digest("sha256:" + std::string(64, 'A')));
  EXPECT_FALSE(is_digest("sha256:../" + std::string(61, 'a')));
  EXPECT_EQ(digest_of("web@" + kDigest), kDigest);
  EXPECT_EQ(digest_of("web@sha256:1"), "");
}

TEST(Ids, AreOnePathComponent) {
  EXPECT_TRUE(valid_id("web-1.2_b+c"));
  for (const std::string bad : {"", ".", "..", "a/b", "../x", "a b", "a\n", "\xC3\xA9"})
    EXPECT_FALSE(valid_id(bad)) << bad;
  EXPECT_TRUE(valid_id(std::string(128, 'a')));
  EXPECT_FALSE(valid_id(std::string(129, 'a')));
}

TEST(Texts, AreCutBetweenCharacters) {
  EXPECT_EQ(bounded("abc", 3), "abc");
  EXPECT_EQ(bounded("abcd", 3), "abc");
  EXPECT_EQ(bounded("ab\xC3\xA9", 3), "ab");
  EXPECT_EQ(bounded(std::string(2000, 'x')).size(), kMaxTextBytes);
}

TEST(Paths, LieUnderADirectoryByComponents) {
  EXPECT_TRUE(lies_under("/a/b", "/a"));
  EXPECT_TRUE(lies_under("/a", "/a/"));
  EXPECT_FALSE(lies_under("/ab", "/a"));
  EXPECT_EQ(last_component("/a/b/"), "b");
  EXPECT_EQ(last_component("/"), "");
}

}  // namespace
}  // namespace plimsoll
