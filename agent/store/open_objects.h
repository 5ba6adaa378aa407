// The object store that the configuration names.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/core/clock.h"
#include "agent/store/objects.h"

namespace plimsoll {

struct ObjectPlace {
  std::string store;     ///< an absolute path, or "s3://BUCKET" or "s3://BUCKET/PREFIX"
  std::string endpoint;  ///< of S3; empty: AWS's own
  std::string region;    ///< of S3; empty: AWS_REGION, then AWS_DEFAULT_REGION
};

/// Asks nothing yet of S3. Call it where no other thread runs.
Result<std::unique_ptr<ObjectStore>> open_objects(const ObjectPlace&, const Clock&);

}  // namespace plimsoll
