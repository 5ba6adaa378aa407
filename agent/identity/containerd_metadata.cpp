// What only containerd itself knows, by its API (api/services/{containers,images,events}/v1 in its source).
#include "agent/identity/containerd_metadata.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "agent/core/mutex.h"
#include "agent/identity/grpc_channel.h"
#include "agent/identity/image_name.h"
#include "agent/identity/json.h"
#include "agent/identity/protobuf.h"

namespace plimsoll {
namespace {

constexpr std::chrono::milliseconds kDeadline{300};
constexpr std::chrono::seconds kRetry{1};

StringMap read_map(std::string_view message, std::uint32_t field) {
  constexpr std::size_t kMost = 1024;
  StringMap map;
  for (ProtoReader reader(message); map.size() < kMost && reader.next();) {
    if (reader.field() != field) continue;
    map.emplace(bounded(proto_field(reader.bytes(), 1)), bounded(proto_field(reader.bytes(), 2)));
  }
  return map;
}

/// The CRI plugin keeps its own record of a container as JSON inside an extension.
std::string cri_image_ref(std::string_view container) {
  constexpr std::uint32_t kExtensions = 10, kKey = 1, kValue = 2, kAnyValue = 2;
  for (ProtoReader reader(container); reader.next();) {
    if (reader.field() != kExtensions) continue;
    if (proto_field(reader.bytes(), kKey) != "io.cri-containerd.container.metadata") continue;
    const auto record = Json::parse(proto_field(proto_field(reader.bytes(), kValue), kAnyValue));
    if (record) return record->text({"Metadata", "ImageRef"});
  }
  return {};
}

/// Images of the containers that were made lately, oldest forgotten first.
class Memory {
 public:
  void add(const std::string& key, std::string image) {
    constexpr std::size_t kMost = 8192;
    const MutexLock lock(mutex_);
    if (images_.insert_or_assign(key, std::move(image)).second) order_.push_back(key);
    if (order_.size() <= kMost) return;
    images_.erase(order_.front());
    order_.pop_front();
  }

  [[nodiscard]] std::string find(const std::string& key) const {
    const MutexLock lock(mutex_);
    const auto found = images_.find(key);
    return found == images_.end() ? std::string() : found->second;
  }

 private:
  mutable Mutex mutex_;
  StringMap images_ GUARDED_BY(mutex_);
  std::deque<std::string> order_ GUARDED_BY(mutex_);
};

class Client final : public ContainerdMetadata {
 public:
  explicit Client(const std::string& socket)
      : channel_(socket, kDeadline), follower_([this](const std::stop_token& stop) { follow(stop); }) {}

  [[nodiscard]] Answer<ContainerdContainer> container(const std::string& name_space,
                                                      const std::string& id) const override {
    std::string request;
    put_field(request, 1, id);
    const auto reply = ask("containerd.services.containers.v1.Containers/Get", request, name_space);
    if (!reply) return std::unexpected(reply.error());
    const auto record = proto_field(*reply, 1);
    if (record.empty()) return std::unexpected(NoAnswer::unavailable);
    return ContainerdContainer{.image = bounded(proto_field(record, 3)),
                               .image_ref = cri_image_ref(record),
                               .labels = read_map(record, 2)};
  }

  [[nodiscard]] Answer<std::string> image_digest(const std::string& name_space,
                                                 const std::string& image) const override {
    std::string request;
    put_field(request, 1, image);
    const auto reply = ask("containerd.services.images.v1.Images/Get", request, name_space);
    if (!reply) return std::unexpected(reply.error());
    return target_digest(proto_field(*reply, 1));
  }

  [[nodiscard]] Answer<std::string> image_name(const std::string& name_space,
                                               const std::string& image) const override {
    const auto target = image_digest(name_space, image);
    if (!target) return target;
    if (!is_digest(*target)) return std::unexpected(NoAnswer::unknown);
    std::string request;
    put_field(request, 1, "target.digest==\"" + *target + '"');
    const auto reply = ask("containerd.services.images.v1.Images/List", request, name_space);
    if (!reply) return std::unexpected(reply.error());
    for (ProtoReader reader(*reply); reader.next();) {
      const auto name = proto_field(reader.bytes(), 1);
      if (reader.field() == 1 && !name.empty() && !is_digest(name) && digest_of(name).empty())
        return bounded(name);
    }
    return std::unexpected(NoAnswer::unknown);
  }

  [[nodiscard]] std::string remembered_image(const std::string& name_space,
                                             const std::string& id) const override {
    return memory_.find(name_space + "/" + id);
  }

 private:
  [[nodiscard]] Answer<std::string> ask(const std::string& method, const std::string& request,
                                        const std::string& name_space) const {
    auto reply = channel_.call(method, request, {"containerd-namespace: " + name_space});
    if (!reply) return std::unexpected(NoAnswer::unavailable);
    if (reply->status == kGrpcNotFound) return std::unexpected(NoAnswer::unknown);
    if (reply->status != kGrpcOk) return std::unexpected(NoAnswer::unavailable);
    return std::move(reply->message);
  }

  static std::string target_digest(std::string_view image) {
    constexpr std::uint32_t kTarget = 3, kDigest = 2;
    return bounded(proto_field(proto_field(image, kTarget), kDigest));
  }

  void follow(const std::stop_token& stop) {
    std::string request;
    put_field(request, 1, R"(topic=="/containers/create")");
    const auto remember = [this](std::string_view envelope) {
      const auto created = proto_field(proto_field(envelope, 4), 2);
      const auto name_space = proto_field(envelope, 2), id = proto_field(created, 1);
      if (!valid_id(name_space) || !valid_id(id)) return;
      memory_.add(std::string(name_space) + "/" + std::string(id), bounded(proto_field(created, 2)));
    };
    for (;;) {
      if (channel_.stream("containerd.services.events.v1.Events/Subscribe", request, {}, remember, stop))
        return;
      // Why it broke does not matter here: the next call to the daemon tells whoever needs it.
      std::unique_lock lock(retry_mutex_);
      if (retry_.wait_for(lock, stop, kRetry, [&stop] { return stop.stop_requested(); })) return;
    }
  }

  GrpcChannel channel_;
  Memory memory_;
  std::mutex retry_mutex_;
  std::condition_variable_any retry_;
  std::jthread follower_;  // last: it uses all the others
};

}  // namespace

std::unique_ptr<ContainerdMetadata> connect_containerd(const std::string& socket) {
  return std::make_unique<Client>(socket);
}

}  // namespace plimsoll
