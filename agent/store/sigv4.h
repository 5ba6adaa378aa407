// AWS Signature Version 4, for requests to S3 whose body is signed as one piece.
// The format: docs.aws.amazon.com, "Authenticating Requests: Using the Authorization Header".
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "agent/core/clock.h"

namespace plimsoll {

struct AwsKeys {
  std::string access_key, secret_key;
  std::string session_token;  ///< empty for keys that do not expire
};

/// What is signed.
struct AwsRequest {
  std::string method;  ///< "GET"
  std::string host;    ///< "examplebucket.s3.amazonaws.com", with a port that is not the usual
  std::string path;    ///< "/a b.txt": not encoded
  std::map<std::string, std::string> query;    ///< not encoded
  std::map<std::string, std::string> headers;  ///< names in lower case; host and x-amz-... come by themselves
  std::string_view body;
};

/// The headers to be sent beside those of the request: authorization, x-amz-date, x-amz-content-sha256, and
/// x-amz-security-token where there is one.
std::map<std::string, std::string> sign(const AwsRequest&, const AwsKeys&, const std::string& region,
                                        WallNs now);

/// As the signature and the URL have it: every byte but letters, digits and "-._~" as %XX; `keep_slash` for
/// paths.
std::string uri_encode(std::string_view, bool keep_slash);
/// "a=b&c=", sorted.
std::string query_text(const std::map<std::string, std::string>&);

}  // namespace plimsoll
