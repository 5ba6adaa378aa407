// Signatures, against the examples that AWS publishes for S3 ("Authenticating Requests: Using the
// Authorization Header").
#include "agent/store/sigv4.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plimsoll {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr WallNs kMay24 = WallNs{1'369'353'600} * kNsPerSecond;  // 2013-05-24T00:00:00Z
const AwsKeys kKeys{.access_key = "AKIAIOSFODNN7EXAMPLE",
                    .secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                    .session_token = ""};

AwsRequest example(const char* path) {
  return {.method = "GET",
          .host = "examplebucket.s3.amazonaws.com",
          .path = path,
          .query = {},
          .headers = {},
          .body = {}};
}

std::string authorization(const AwsRequest& request) {
  return sign(request, kKeys, "us-east-1", kMay24).at("authorization");
}

TEST(SigV4, GetObject) {
  auto request = example("/test.txt");
  request.headers["range"] = "bytes=0-9";
  EXPECT_EQ(authorization(request),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(SigV4, PutObject) {
  auto request = example("/test$file.text");
  request.method = "PUT";
  request.headers = {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                     {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
  request.body = "Welcome to Amazon S3.";
  EXPECT_THAT(authorization(request),
              EndsWith("SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,"
                       "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST(SigV4, BucketLifecycle) {
  auto request = example("/");
  request.query = {{"lifecycle", ""}};
  EXPECT_THAT(authorization(request),
              EndsWith("Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
}

TEST(SigV4, ListObjects) {
  auto request = example("/");
  request.query = {{"max-keys", "2"}, {"prefix", "J"}};
  EXPECT_THAT(authorization(request),
              EndsWith("Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

TEST(SigV4, ASessionTokenIsSentAndSigned) {
  auto keys = kKeys;
  keys.session_token = "token";
  const auto headers = sign(example("/x"), keys, "us-east-1", kMay24);
  EXPECT_EQ(headers.at("x-amz-security-token"), "token");
  EXPECT_EQ(headers.at("x-amz-date"), "20130524T000000Z");
  EXPECT_THAT(headers.at("authorization"), HasSubstr("x-amz-date;x-amz-security-token,"));
  EXPECT_THAT(headers.at("authorization"), Not(HasSubstr(keys.secret_key)));
}

TEST(SigV4, EncodesEveryByteThatIsNotPlain) {
  EXPECT_EQ(uri_encode("a b/c+\xc3\xa9~", true), "a%20b/c%2B%C3%A9~");
  EXPECT_EQ(uri_encode("a/b", false), "a%2Fb");
  EXPECT_EQ(query_text({{"b", "1 2"}, {"a", ""}}), "a=&b=1%202");
}

}  // namespace
}  // namespace plimsoll
