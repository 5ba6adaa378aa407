// Objects as files: conditions, concurrent writers, what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "agent/store/objects.h"
#include "profiles/toml_codec.h"
#include "tests/unit/store/temporary_directory.h"

namespace plimsoll {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ObjectDirectory : public TemporaryDirectory {
 protected:
  ObjectDirectory() : store(open()) {}
  std::unique_ptr<ObjectStore> open() {
    auto opened = open_object_directory(path);
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(opened).value_or(nullptr);
  }
  std::string put(const std::string& key, const std::string& body, const Condition& condition = {}) {
    const auto done = store->put(key, body, condition);
    EXPECT_TRUE(done) << done.error().message;
    if (const auto* written = done ? std::get_if<Written>(&*done) : nullptr) return written->etag;
    return "(not)";
  }
  std::string get(const std::string& key) {
    const auto got = store->get(key, "");
    if (!got) return got.error().message;
    const auto* object = std::get_if<StoredObject>(&*got);
    return object == nullptr ? "(none)" : object->body;
  }
  std::unique_ptr<ObjectStore> store;
};

TEST_F(ObjectDirectory, WhatIsPutIsThereAndTheSameBodyHasTheSameEtag) {
  EXPECT_EQ(get("merged/a.toml"), "(none)");
  const auto etag = put("merged/a.toml", "one");
  EXPECT_EQ(get("merged/a.toml"), "one");
  EXPECT_TRUE(std::holds_alternative<NotModified>(*store->get("merged/a.toml", etag)));
  EXPECT_NE(put("merged/a.toml", "two"), etag);
  EXPECT_TRUE(std::holds_alternative<StoredObject>(*store->get("merged/a.toml", etag)));
  EXPECT_EQ(put("merged/a.toml", "one"), etag);
}

TEST_F(ObjectDirectory, ConditionsHold) {
  const auto one = put("merged/a", "one", Condition::not_there());
  EXPECT_EQ(put("merged/a", "other", Condition::not_there()), "(not)");
  EXPECT_EQ(put("merged/a", "other", Condition::matches("nonsense")), "(not)");
  EXPECT_EQ(put("merged/b", "other", Condition::matches(one)), "(not)");
  EXPECT_EQ(get("merged/a"), "one");
  EXPECT_NE(put("merged/a", "two", Condition::matches(one)), "(not)");
  EXPECT_EQ(get("merged/a"), "two");
}

TEST_F(ObjectDirectory, OfManyWritersEachAddsItsOwn) {
  constexpr int kWriters = 4, kTimes = 8;
  put("merged/n", "");
  std::atomic<int> refused = 0;
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([&, own = open()] {
      for (int done = 0; done < kTimes;) {
        const auto got = own->get("merged/n", "");
        const auto& now = std::get<StoredObject>(*got);
        const auto put = own->put("merged/n", now.body + "x", Condition::matches(now.etag));
        ASSERT_TRUE(put) << put.error().message;
        std::holds_alternative<Written>(*put) ? ++done : ++refused;
      }
    });
  }
  for (auto& writer : writers) writer.join();
  EXPECT_EQ(get("merged/n"), std::string(kWriters * kTimes, 'x'));
}

TEST_F(ObjectDirectory, ListsAPrefixWithoutLocksAndTemporaries) {
  put("hosts/b/1.toml", "x");
  put("hosts/a/2.toml", "x");
  put("merged/1.toml", "x");
  const auto keys = store->list("hosts/");
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_THAT(*keys, ElementsAre("hosts/a/2.toml", "hosts/b/1.toml"));
  EXPECT_TRUE(store->list("nothing/")->empty());
}

TEST_F(ObjectDirectory, LinksStayInside) {
  std::filesystem::create_directory(at("..data"));
  std::filesystem::create_directory(at("..data/merged"));
  std::filesystem::create_directory_symlink("..data/merged", at("merged"));  // as a ConfigMap is mounted
  write("merged/a", "inside");
  EXPECT_EQ(get("merged/a"), "inside");
  std::filesystem::create_directory_symlink("/etc", at("hosts"));
  EXPECT_THAT(get("hosts/hostname"), HasSubstr("cannot be opened"));
  EXPECT_FALSE(store->put("hosts/x", "y", {}));
  std::filesystem::create_symlink("/etc/hostname", at("merged/b"));
  EXPECT_THAT(get("merged/b"), HasSubstr("symbolic link"));
}

TEST_F(ObjectDirectory, BodiesAreBounded) {
  EXPECT_FALSE(store->put("merged/a", std::string(kMaxProfileText + 1, 'x'), {}));
  write("large", std::string(kMaxProfileText + 1, 'x'));
  EXPECT_THAT(get("large"), HasSubstr("accepted: at most"));
}

TEST_F(ObjectDirectory, MustBeThere) {
  const auto none = open_object_directory(at("none"));
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("accepted: a directory that is mounted"));
}

}  // namespace
}  // namespace plimsoll
