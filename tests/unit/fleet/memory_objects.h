// A store in memory: honest about conditions, counted, and away when a test says so.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/store/objects.h"

namespace plimsoll::testing {

class MemoryObjects final : public ObjectStore {
 public:
  struct Counts {
    std::uint64_t gets = 0, not_modified = 0, puts = 0, conflicts = 0, lists = 0;
    std::uint64_t bytes_in = 0, bytes_out = 0;  ///< of bodies, as a host sees them
  };

  Result<Got> get(const std::string& key, const std::string& unless_etag) override {
    const std::lock_guard lock(mutex);
    if (away) return fail("no route to host");
    ++counts.gets;
    const auto at = objects.find(key);
    if (at == objects.end()) return NotThere{};
    if (at->second.etag == unless_etag) {
      ++counts.not_modified;
      return NotModified{};
    }
    counts.bytes_in += at->second.body.size();
    return at->second;
  }
  Result<Put> put(const std::string& key, std::string_view body, const Condition& condition) override {
    const std::lock_guard lock(mutex);
    if (away) return fail("no route to host");
    if (read_only) return ReadOnly{};
    ++counts.puts;
    counts.bytes_out += body.size();
    const auto at = objects.find(key);
    const bool there = at != objects.end();
    if ((condition.absent && there) ||
        (!condition.etag.empty() && (!there || at->second.etag != condition.etag))) {
      ++counts.conflicts;
      return PreconditionFailed{};
    }
    if (before_next_put && (condition.absent || !condition.etag.empty())) {
      objects[key] = std::exchange(before_next_put, std::nullopt).value();
      ++counts.conflicts;
      return PreconditionFailed{};
    }
    auto& object = objects[key];
    object = {std::string(body), "e" + std::to_string(++etags)};
    return Written{object.etag};
  }
  Result<std::vector<std::string>> list(const std::string& prefix) override {
    const std::lock_guard lock(mutex);
    if (away) return fail("no route to host");
    ++counts.lists;
    std::vector<std::string> keys;
    for (const auto& [key, object] : objects) {
      if (key.starts_with(prefix)) keys.push_back(key);
    }
    return keys;
  }
  [[nodiscard]] std::string where() const override { return "memory"; }
  void place(const std::string& key, std::string body) {
    const std::lock_guard lock(mutex);
    objects[key] = {std::move(body), "e" + std::to_string(++etags)};
  }

  std::mutex mutex;
  std::map<std::string, StoredObject> objects;
  Counts counts;
  bool away = false, read_only = false;
  std::optional<StoredObject> before_next_put;  ///< another host is faster, once
  std::uint64_t etags = 0;
};

}  // namespace plimsoll::testing
