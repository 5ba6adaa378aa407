// S3 requests and answers, against a scripted server.
#include "agent/store/s3.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "profiles/toml_codec.h"
#include "tests/unit/store/scripted_http.h"

namespace plimsoll {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class FixedClock final : public Clock {
 public:
  [[nodiscard]] WallNs now() const override { return WallNs{1'772'323'200} * kNsPerSecond; }
};

class S3Test : public ::testing::Test {
 protected:
  S3Test() { use({"bucket", "fleet/", "http://127.0.0.1:9000", "eu-west-1"}); }
  void use(S3Place place) {
    store =
        make_s3(std::move(place), {http, credentials, clock, [this](auto time) { pauses.push_back(time); }});
  }
  std::string get_error() {
    const auto got = store->get("k", "");
    return got ? "(none)" : got.error().message;
  }
  Put put(const Condition& condition = {}) {
    const auto done = store->put("k", "body", condition);
    EXPECT_TRUE(done) << done.error().message;
    return done.value_or(ReadOnly{});
  }

  std::string access_key = "KEY";
  ScriptedHttp http;
  FixedClock clock;
  AwsCredentials credentials{
      {[this](const char* name) {
         return std::string(name) == "AWS_ACCESS_KEY_ID"       ? access_key
                : std::string(name) == "AWS_SECRET_ACCESS_KEY" ? "the-secret"
                                                               : "";
       },
       [](const std::string&) -> Result<std::optional<std::string>> { return std::nullopt; }},
      http};
  std::vector<std::chrono::milliseconds> pauses;
  std::unique_ptr<ObjectStore> store;
};

TEST_F(S3Test, AnEndpointIsAskedByPathAndSigned) {
  http.answer(200, "text", {{"etag", "\"1\""}});
  const auto got = store->get("merged/0.toml", "\"0\"");
  ASSERT_TRUE(got) << got.error().message;
  ASSERT_TRUE(std::holds_alternative<StoredObject>(*got));
  EXPECT_EQ(std::get<StoredObject>(*got).body, "text");
  EXPECT_EQ(std::get<StoredObject>(*got).etag, "\"1\"");
  const auto& request = http.asked.at(0).request;
  EXPECT_EQ(request.url, "http://127.0.0.1:9000/bucket/fleet/merged/0.toml");
  EXPECT_EQ(request.headers.at("if-none-match"), "\"0\"");
  EXPECT_THAT(request.headers.at("authorization"), HasSubstr("/eu-west-1/s3/"));
  EXPECT_THAT(request.headers.at("authorization"), HasSubstr("host;if-none-match;"));
}

TEST_F(S3Test, AwsIsAskedByTheBucketsNameUnlessThatHasADot) {
  for (const auto& [bucket, region, url] : std::vector<std::tuple<std::string, std::string, std::string>>{
           {"bucket", "eu-west-1", "https://bucket.s3.eu-west-1.amazonaws.com/k"},
           {"a.b", "eu-west-1", "https://s3.eu-west-1.amazonaws.com/a.b/k"},
           {"bucket", "cn-north-1", "https://bucket.s3.cn-north-1.amazonaws.com.cn/k"}}) {
    use({bucket, "", "", region});
    http.answer(404, "<Error><Code>NoSuchKey</Code></Error>");
    EXPECT_TRUE(store->get("k", ""));
    EXPECT_EQ(http.asked.back().request.url, url);
  }
}

TEST_F(S3Test, NotModifiedAndNotThereAreNoErrors) {
  http.answer(304);
  EXPECT_TRUE(std::holds_alternative<NotModified>(*store->get("k", "e")));
  http.answer(404, "<Error><Code>NoSuchKey</Code></Error>");
  EXPECT_TRUE(std::holds_alternative<NotThere>(*store->get("k", "e")));
  http.answer(404, "<Error><Code>NoSuchBucket</Code><Message>The bucket is not there</Message></Error>");
  EXPECT_THAT(get_error(), HasSubstr("NoSuchBucket: The bucket is not there"));
}

TEST_F(S3Test, PutsOnCondition) {
  http.answer(200, "", {{"etag", "\"2\""}});
  EXPECT_EQ(std::get<Written>(put(Condition::matches("\"1\""))).etag, "\"2\"");
  EXPECT_EQ(http.asked.back().request.headers.at("if-match"), "\"1\"");
  EXPECT_EQ(http.asked.back().body, "body");
  for (const int status : {412, 409}) {
    http.answer(status);
    EXPECT_TRUE(std::holds_alternative<PreconditionFailed>(put(Condition::not_there())));
    EXPECT_EQ(http.asked.back().request.headers.at("if-none-match"), "*");
  }
  http.answer(412);
  http.answer(412);
  EXPECT_TRUE(std::holds_alternative<PreconditionFailed>(put(Condition::matches("\"1\""))));
  http.answer(404, "<Error><Code>NoSuchKey</Code></Error>");
  EXPECT_TRUE(std::holds_alternative<PreconditionFailed>(put(Condition::matches("\"1\""))));
  http.answer(412);
  EXPECT_FALSE(store->put("k", "body", {}));
}

TEST_F(S3Test, AServerThatComparesBareEtagsIsFoundOut) {
  http.answer(412);
  http.answer(200, "", {{"etag", "\"2\""}});
  EXPECT_EQ(std::get<Written>(put(Condition::matches("\"1\""))).etag, "\"2\"");
  EXPECT_EQ(http.asked.back().request.headers.at("if-match"), "1");
  http.answer(412);
  EXPECT_TRUE(std::holds_alternative<PreconditionFailed>(put(Condition::matches("\"1\""))));
  EXPECT_EQ(http.asked.back().request.headers.at("if-match"), "1");
  EXPECT_THAT(http.asked, SizeIs(3));
}

TEST_F(S3Test, ABusyServerIsAskedAgainWithGrowingPauses) {
  http.answer(503, "<Error><Code>SlowDown</Code></Error>");
  http.answer(429);
  http.answer(200, "", {{"etag", "e"}});
  put();
  ASSERT_THAT(pauses, SizeIs(2));
  EXPECT_GE(pauses[1], pauses[0]);
  for (int i = 0; i < 3; ++i) http.answer(500, "<Error><Code>InternalError</Code></Error>");
  EXPECT_THAT(get_error(), HasSubstr("status 500: InternalError"));
  EXPECT_THAT(http.answers, IsEmpty());
}

TEST_F(S3Test, ErrorsNameThePlaceAndNothingSecret) {
  http.answer(403, "<Error><Code>AccessDenied</Code><Message>no\x1b[31m</Message></Error>",
              {{"x-amz-bucket-region", "us-east-1"}});
  const auto error = get_error();
  EXPECT_THAT(error,
              HasSubstr("s3://bucket/fleet/ at http://127.0.0.1:9000: GET k: status 403: AccessDenied"));
  EXPECT_THAT(error, HasSubstr("the bucket's region is us-east-1"));
  EXPECT_THAT(error, HasSubstr("no\\x1b[31m"));
  EXPECT_THAT(error, Not(HasSubstr("the-secret")));
  http.answers.push_back(fail("Connection refused"));
  EXPECT_THAT(get_error(), HasSubstr("127.0.0.1:9000: Connection refused"));
}

TEST_F(S3Test, RefusedKeysAreLookedForAgain) {
  http.answer(403, "<Error><Code>AccessDenied</Code></Error>");
  EXPECT_FALSE(store->get("k", ""));
  access_key = "NEW";
  http.answer(304);
  EXPECT_TRUE(store->get("k", "e"));
  EXPECT_THAT(http.asked.back().request.headers.at("authorization"), HasSubstr("Credential=NEW/"));
}

TEST_F(S3Test, ListsPageByPage) {
  http.answer(200,
              "<ListBucketResult><IsTruncated>true</IsTruncated><Contents><Key>fleet/hosts/b</Key></Contents>"
              "<NextContinuationToken>t/2</NextContinuationToken></ListBucketResult>");
  http.answer(
      200,
      "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>fleet/hosts/a</Key></Contents>"
      "</ListBucketResult>");
  const auto keys = store->list("hosts/");
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_THAT(*keys, ElementsAre("hosts/a", "hosts/b"));
  EXPECT_EQ(http.asked[0].request.url, "http://127.0.0.1:9000/bucket/?list-type=2&prefix=fleet%2Fhosts%2F");
  EXPECT_THAT(http.asked[1].request.url, HasSubstr("continuation-token=t%2F2"));
}

TEST_F(S3Test, BodiesAreBounded) {
  http.answer(200, "x");
  EXPECT_TRUE(store->get("k", ""));
  EXPECT_EQ(http.asked.back().request.most, kMaxProfileText);
  const std::string large(kMaxProfileText + 1, 'x');
  EXPECT_FALSE(store->put("k", large, {}));
}

}  // namespace
}  // namespace plimsoll
