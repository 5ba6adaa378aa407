// Whose keys requests to AWS are signed with: looked for where AWS's own tools look, in their order.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "agent/core/mutex.h"
#include "agent/store/http_client.h"
#include "agent/store/sigv4.h"

namespace plimsoll {

/// What the process is given from outside; tests give their own.
struct Surroundings {
  std::function<std::string(const char* name)> environment;  ///< empty for what is not set
  /// Nothing where there is no such file.
  std::function<Result<std::optional<std::string>>(const std::string& path)> file;
};
Surroundings real_surroundings();

/// In this order: the environment (AWS_ACCESS_KEY_ID); the credentials file (AWS_SHARED_CREDENTIALS_FILE or
/// ~/.aws/credentials, AWS_PROFILE); the container's endpoint (ECS, EKS Pod Identity); the instance's role
/// (IMDSv2). Not: web identity (IRSA), SSO, credential_process, role_arn. Keys stay in memory, and in no
/// error. Safe to call from several threads.
class AwsCredentials {
 public:
  AwsCredentials(Surroundings from, HttpClient& http) : from_(std::move(from)), http_(http) {}

  /// Keys that do not expire in the next minutes; when new ones cannot be had, the old ones until they do.
  Result<AwsKeys> keys(WallNs now);
  /// They were refused: the next keys() looks for them again.
  void forget();

 private:
  struct Found {
    AwsKeys keys;
    WallNs expires = 0;  ///< 0: never
  };
  using Finding = Result<std::optional<Found>>;  ///< nothing: not configured in this way

  [[nodiscard]] Result<Found> look() const;
  [[nodiscard]] Finding in_environment() const;
  [[nodiscard]] Finding in_file() const;
  [[nodiscard]] Finding of_container() const;
  [[nodiscard]] Finding of_instance() const;

  Surroundings from_;
  HttpClient& http_;
  Mutex mutex_;
  std::optional<Found> found_ GUARDED_BY(mutex_);
};

/// The keys of a profile in the text of a credentials file; nothing where the profile is not in it.
std::optional<AwsKeys> keys_of_profile(const std::string& text, const std::string& profile);

}  // namespace plimsoll
