// Containers that were there before the agent, in a directory tree that stands for a hierarchy.
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "agent/identity/resolver.h"
#include "tests/unit/identity/temporary.h"

namespace plimsoll {
namespace {

const std::string kId(64, 'a');

TEST(Running, FindsContainersButNotWhatIsNestedInThem) {
  const TemporaryDirectory cgroups;
  cgroups.make("/docker/" + kId + "/docker/" + std::string(64, 'b'));
  cgroups.make("/system.slice/ssh.service");
  cgroups.make("/lab3");
  cgroups.make("/plimlab/a/b/nested");
  IdentityConfig config;
  config.host_root = std::string(PLIMSOLL_FIXTURES) + "/identity/host";
  config.runtimes = {{.kind = "runc", .root = {}, .state = {}, .socket = {}}};
  const auto resolver = make_resolver(config);
  ASSERT_TRUE(resolver);
  std::vector<std::string> paths;
  for (const auto& found : find_container_cgroups(**resolver, cgroups.path(), 8)) {
    paths.push_back(found.hint.path);
    struct stat status{};
    ASSERT_EQ(stat((cgroups.path() + found.hint.path).c_str(), &status), 0);
    EXPECT_EQ(found.hint.cgroup, (CgroupId{8, status.st_ino}));
  }
  EXPECT_THAT(paths, testing::ElementsAre("/docker/" + kId, "/lab3", "/plimlab/a/b"));
}

TEST(Running, AContainerIsAsOldAsItsOldestProcess) {
  const TemporaryDirectory cgroups;
  cgroups.write("/docker/" + kId + "/cgroup.procs", std::to_string(getpid()) + "\n1\n");
  cgroups.make("/docker/" + std::string(64, 'b'));
  const auto resolver = make_resolver({});
  ASSERT_TRUE(resolver);
  const auto found = find_container_cgroups(**resolver, cgroups.path(), 0);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_LT(found[0].started, found[1].started)
      << "process 1 is older than a directory that was made just now";
  EXPECT_GT(found[0].started, 0);
}

TEST(Running, AMissingHierarchyHasNone) {
  const auto resolver = make_resolver({});
  ASSERT_TRUE(resolver);
  EXPECT_TRUE(find_container_cgroups(**resolver, "/no/such/place", 0).empty());
}

}  // namespace
}  // namespace plimsoll
