// A directory, or S3 with all that it needs.
#include "agent/store/open_objects.h"

#include <thread>

#include "agent/store/s3.h"

namespace plimsoll {
namespace {

constexpr std::string_view kS3 = "s3://";

class OwnS3 final : public ObjectStore {
 public:
  OwnS3(S3Place place, Surroundings from, const Clock& clock)
      : http_(make_http_client()),
        credentials_(std::move(from), *http_),
        s3_(make_s3(std::move(place),
                    {*http_, credentials_, clock, [](auto time) { std::this_thread::sleep_for(time); }})) {}

  Result<Got> get(const std::string& key, const std::string& unless_etag) override {
    return s3_->get(key, unless_etag);
  }
  Result<Put> put(const std::string& key, std::string_view body, const Condition& condition) override {
    return s3_->put(key, body, condition);
  }
  Result<std::vector<std::string>> list(const std::string& prefix) override { return s3_->list(prefix); }
  void cancel() override { http_->cancel(); }
  [[nodiscard]] std::string where() const override { return s3_->where(); }

 private:
  std::unique_ptr<HttpClient> http_;
  AwsCredentials credentials_;
  std::unique_ptr<ObjectStore> s3_;
};

}  // namespace

Result<std::unique_ptr<ObjectStore>> open_objects(const ObjectPlace& place, const Clock& clock) {
  if (!place.store.starts_with(kS3)) return open_object_directory(place.store);
  auto from = real_surroundings();
  S3Place s3{.bucket = place.store.substr(kS3.size()),
             .prefix = "",
             .endpoint = place.endpoint,
             .region = place.region};
  if (const auto slash = s3.bucket.find('/'); slash != std::string::npos) {
    s3.prefix = s3.bucket.substr(slash + 1);
    s3.bucket.resize(slash);
  }
  if (!s3.prefix.empty() && !s3.prefix.ends_with('/')) s3.prefix += '/';
  if (s3.endpoint.ends_with('/')) s3.endpoint.pop_back();
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (s3.region.empty()) s3.region = from.environment(name);
  }
  if (s3.region.empty()) {
    return fail(place.store +
                ": of no known region; accepted: fleet.region in the configuration, AWS_REGION or "
                "AWS_DEFAULT_REGION");
  }
  return std::make_unique<OwnS3>(std::move(s3), std::move(from), clock);
}

}  // namespace plimsoll
