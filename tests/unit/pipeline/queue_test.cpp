// The queue between the threads.
#include "agent/pipeline/queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace plimsoll {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

TEST(Queue, KeepsOrderAndTakesAll) {
  Queue<int> queue(10);
  queue.push(1);
  queue.post(2);
  std::vector<int> out;
  EXPECT_TRUE(queue.take(out, std::chrono::steady_clock::now()));
  EXPECT_THAT(out, ElementsAre(1, 2));
  EXPECT_EQ(queue.depth(), 0U);
}

TEST(Queue, AFullQueueMakesTheSenderWaitButNotPosts) {
  Queue<int> queue(1);
  queue.push(1);
  std::thread sender([&] { queue.push(2); });
  EXPECT_TRUE(queue.post(3));
  std::vector<int> all, out;
  while (all.size() < 3) {
    queue.take(out, std::chrono::steady_clock::now() + std::chrono::seconds(5));
    all.insert(all.end(), out.begin(), out.end());
  }
  sender.join();
  EXPECT_THAT(all, ElementsAre(1, 3, 2));
}

TEST(Queue, WhatWeighsMoreFillsItSooner) {
  Queue<int> queue(10);
  queue.push(1, 7);
  queue.push(2, 7);
  queue.post(3);
  EXPECT_EQ(queue.depth(), 14U);
  std::thread sender([&] { queue.push(4, 7); });
  std::vector<int> all, out;
  while (all.size() < 4) {
    queue.take(out, std::chrono::steady_clock::now() + std::chrono::seconds(5));
    all.insert(all.end(), out.begin(), out.end());
  }
  sender.join();
  EXPECT_THAT(all, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(queue.depth(), 0U);
}

TEST(Queue, AClosedQueueIsEmptiedAndThenEnds) {
  Queue<int> queue(1);
  queue.push(1);
  queue.close();
  EXPECT_FALSE(queue.post(2));
  queue.push(3);
  std::vector<int> out;
  EXPECT_TRUE(queue.take(out, std::chrono::steady_clock::now()));
  EXPECT_THAT(out, ElementsAre(1));
  EXPECT_FALSE(queue.take(out, std::chrono::steady_clock::now()));
}

}  // namespace
}  // namespace plimsoll
