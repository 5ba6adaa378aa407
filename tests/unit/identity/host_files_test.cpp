// Files on the host: bounded, plain, and below the root.
#include "agent/identity/host_files.h"

#include <sys/stat.h>

#include <gmock/gmock.h>

#include "tests/unit/identity/temporary.h"

namespace plimsoll {
namespace {

TEST(HostFiles, ReadsPlainFilesBelowItsRoot) {
  const TemporaryDirectory host;
  host.write("/etc/a.json", "{}");
  const HostFiles files(host.path());
  ASSERT_TRUE(files.read("/etc/a.json"));
  EXPECT_EQ(*files.read("/etc/a.json"), "{}");
  EXPECT_TRUE(files.is_directory("/etc"));
  EXPECT_FALSE(files.is_directory("/etc/a.json"));
  EXPECT_FALSE(files.read("/etc/b.json"));
}

TEST(HostFiles, NeverLeavesItsRoot) {
  const TemporaryDirectory outside, host;
  outside.write("/secret", "outside");
  host.write("/inside", "inside");
  std::filesystem::create_symlink(outside.path() + "/secret", host.path() + "/absolute");
  std::filesystem::create_symlink("../../../../../../.." + outside.path() + "/secret",
                                  host.path() + "/relative");
  std::filesystem::create_symlink("/inside", host.path() + "/rooted");
  std::filesystem::create_symlink("loop", host.path() + "/loop");
  const HostFiles files(host.path());
  EXPECT_FALSE(files.read("/absolute"));
  EXPECT_FALSE(files.read("/relative"));
  EXPECT_FALSE(files.read("/../../../../../../.." + outside.path() + "/secret"));
  EXPECT_FALSE(files.read("/loop"));
  ASSERT_TRUE(files.read("/rooted")) << "an absolute link starts at the host's root";
  EXPECT_EQ(*files.read("/rooted"), "inside");
}

TEST(HostFiles, RefusesWhatIsHugeOrNoPlainFile) {
  const TemporaryDirectory host;
  host.write("/most", std::string(kMaxFileBytes, 'x'));
  host.write("/huge", std::string(kMaxFileBytes + 1, 'x'));
  host.write("/empty", "");
  ASSERT_EQ(mkfifo((host.path() + "/fifo").c_str(), 0600), 0);
  const HostFiles files(host.path());
  EXPECT_TRUE(files.read("/most"));
  EXPECT_THAT(files.read("/huge").error().message, testing::HasSubstr("larger than 4 MiB"));
  EXPECT_FALSE(files.read("/fifo")) << "and does not wait for a writer";
  EXPECT_FALSE(files.read("/empty"));
  EXPECT_FALSE(files.read("/"));
}

TEST(HostFiles, ListsDirectoriesThatCouldBeIds) {
  const TemporaryDirectory host;
  host.make("/state/web");
  host.make("/state/not an id");
  host.write("/state/file", "x");
  const auto names = HostFiles(host.path()).subdirectories("/state");
  ASSERT_TRUE(names);
  EXPECT_THAT(*names, testing::ElementsAre("web"));
}

}  // namespace
}  // namespace plimsoll
