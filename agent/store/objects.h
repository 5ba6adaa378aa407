// What a fleet shares its profiles through: objects by key, with conditional writing.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/core/result.h"

namespace plimsoll {

struct StoredObject {
  std::string body;
  std::string etag;  ///< changes whenever the body does; means something to this store only
};
struct NotModified {};
struct NotThere {};
using Got = std::variant<StoredObject, NotModified, NotThere>;

struct Written {
  std::string etag;
};
struct PreconditionFailed {};
/// Nothing can be written there, ever: a mounted ConfigMap.
struct ReadOnly {};
using Put = std::variant<Written, PreconditionFailed, ReadOnly>;

/// When a put() takes effect.
struct Condition {
  std::string etag;     ///< not empty: only over the object with this etag
  bool absent = false;  ///< only where there is none
  static Condition matches(std::string etag) { return {.etag = std::move(etag)}; }
  static Condition not_there() { return {.absent = true}; }
};

/// Safe to call from several threads. Keys are "hosts/0123.../4567....toml": letters, digits and ". _ - /".
/// Errors say what could not be reached, and why; nothing secret stands in them. A body of more than
/// kMaxProfileText is an error, read or written.
class ObjectStore {
 public:
  ObjectStore() = default;
  ObjectStore(const ObjectStore&) = delete;
  ObjectStore& operator=(const ObjectStore&) = delete;
  virtual ~ObjectStore() = default;

  /// `unless_etag`: NotModified when that is still the object's; empty: always the object.
  virtual Result<Got> get(const std::string& key, const std::string& unless_etag) = 0;
  virtual Result<Put> put(const std::string& key, std::string_view body, const Condition&) = 0;
  /// The keys that begin with `prefix`, which ends in '/', sorted.
  virtual Result<std::vector<std::string>> list(const std::string& prefix) = 0;
  /// What is under way, and all that follows, fails soon: the agent ends.
  virtual void cancel() {}
  /// For messages.
  [[nodiscard]] virtual std::string where() const = 0;
};

/// A directory, shared by mounting it on each host: NFS, EFS, a ConfigMap (read only). Objects are files,
/// written whole; links that lead out of it are refused. Errors when it is not there.
Result<std::unique_ptr<ObjectStore>> open_object_directory(const std::string& path);

}  // namespace plimsoll
