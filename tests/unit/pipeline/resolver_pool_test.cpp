// Naming at once, with patience, and without an end that hangs.
#include "agent/pipeline/resolver_pool.h"

#include <gtest/gtest.h>

#include <future>
#include <mutex>

#include "tests/unit/engine/fakes.h"

namespace plimsoll {
namespace {

using namespace plimsoll::testing;
using std::chrono::milliseconds;

Containers::ResolveRequest of(Slot slot, const std::string& path) {
  Containers::ResolveRequest ask;
  ask.slot = slot;
  ask.hint.path = path;
  return ask;
}

class ResolverPoolTest : public ::testing::Test {
 protected:
  ResolverPool::Done done() {
    return [this](Slot slot, ContainerPtr found) {
      const std::lock_guard lock(mutex);
      answers[slot] = std::move(found);
    };
  }
  FakeResolver resolver;
  std::mutex mutex;
  std::map<Slot, ContainerPtr> answers;
};

TEST_F(ResolverPoolTest, AnswersEveryRequest) {
  resolver.known["/a"] = container("a");
  ResolverPool pool(resolver, done());
  pool.ask(of(1, "/a"));
  pool.ask(of(2, "/host"));
  pool.finish();
  EXPECT_EQ(answers.at(1)->id, "a");
  EXPECT_EQ(answers.at(2), nullptr);
}

TEST_F(ResolverPoolTest, AsksAgainWhileTheRuntimeIsLate) {
  resolver.known["/a"] = container("a");
  resolver.late["/a"] = 3;
  std::promise<ContainerPtr> named;
  ResolverPool pool(
      resolver, [&](Slot, ContainerPtr found) { named.set_value(std::move(found)); }, 2,
      ResolverPool::Delays(3, milliseconds(0)));
  pool.ask(of(1, "/a"));
  EXPECT_FALSE(named.get_future().get()->unnamed);
}

TEST_F(ResolverPoolTest, TakesTheGuessWhenPatienceEnds) {
  resolver.known["/a"] = container("a");
  resolver.late["/a"] = 100;
  std::promise<ContainerPtr> named;
  ResolverPool pool(
      resolver, [&](Slot, ContainerPtr found) { named.set_value(std::move(found)); }, 2,
      ResolverPool::Delays(3, milliseconds(0)));
  pool.ask(of(1, "/a"));
  EXPECT_TRUE(named.get_future().get()->unnamed);
}

TEST_F(ResolverPoolTest, FinishDoesNotWaitForTheDelays) {
  resolver.known["/a"] = container("a");
  resolver.late["/a"] = 100;
  ResolverPool pool(resolver, done(), 2, ResolverPool::Delays(10, std::chrono::hours(1)));
  pool.ask(of(1, "/a"));
  pool.finish();
  ASSERT_TRUE(answers.contains(1));
  EXPECT_TRUE(answers.at(1)->unnamed);
}

}  // namespace
}  // namespace plimsoll
