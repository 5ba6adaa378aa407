// Objects in S3, or in a store with the same API.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "agent/core/clock.h"
#include "agent/store/credentials.h"
#include "agent/store/objects.h"

namespace plimsoll {

struct S3Place {
  std::string bucket;
  std::string prefix;  ///< of every key: empty, or "some/where/"
  std::string
      endpoint;  ///< "http://127.0.0.1:9000": asked as ENDPOINT/BUCKET/KEY; empty: AWS's own, by region
  std::string region;
};

/// What it works with; all of it outlives the store.
struct S3Parts {
  HttpClient& http;
  AwsCredentials& credentials;
  const Clock& clock;
  std::function<void(std::chrono::milliseconds)> pause;  ///< before a request is tried again
};

/// Each request is signed, and tried three times where the server is busy or broken (429, 5xx).
std::unique_ptr<ObjectStore> make_s3(S3Place, S3Parts);

}  // namespace plimsoll
