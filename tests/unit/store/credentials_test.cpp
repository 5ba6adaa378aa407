// Where keys are looked for, in which order, and when again.
#include "agent/store/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/unit/store/scripted_http.h"

namespace plimsoll {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr WallNs kNow = WallNs{1'772'323'200} * kNsPerSecond;  // 2026-03-01T00:00:00Z
constexpr const char* kAnswer =
    R"({"Code": "Success", "AccessKeyId": "ROLE", "SecretAccessKey": "secret-of-role",
  "Token": "session", "Expiration": "2026-03-01T06:00:00Z"})";

class Credentials : public ::testing::Test {
 protected:
  std::map<std::string, std::string> environment, files;
  ScriptedHttp http;
  AwsCredentials credentials{{[this](const char* name) { return environment[name]; },
                              [this](const std::string& path) -> Result<std::optional<std::string>> {
                                const auto at = files.find(path);
                                return at == files.end() ? std::nullopt : std::optional(at->second);
                              }},
                             http};

  std::string error(WallNs now = kNow) {
    const auto keys = credentials.keys(now);
    return keys ? "(none)" : keys.error().message;
  }
  std::string access_key(WallNs now = kNow) {
    const auto keys = credentials.keys(now);
    return keys ? keys->access_key : keys.error().message;
  }
};

TEST_F(Credentials, OfTheEnvironmentComeFirst) {
  environment = {{"AWS_ACCESS_KEY_ID", "ENV"},
                 {"AWS_SECRET_ACCESS_KEY", "s"},
                 {"AWS_SESSION_TOKEN", "t"},
                 {"HOME", "/root"}};
  files["/root/.aws/credentials"] = "[default]\naws_access_key_id = FILE\naws_secret_access_key = s\n";
  const auto keys = credentials.keys(kNow);
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(keys->access_key, "ENV");
  EXPECT_EQ(keys->session_token, "t");
  EXPECT_THAT(http.asked, IsEmpty());
}

TEST_F(Credentials, OfTheFileByProfile) {
  environment["HOME"] = "/root";
  files["/root/.aws/credentials"] =
      "# mine\n[default]\naws_access_key_id=FILE\naws_secret_access_key=s\n\n[other]\n"
      "aws_access_key_id = OTHER\r\naws_secret_access_key = x=y\naws_session_token = t\n";
  EXPECT_EQ(access_key(), "FILE");
  credentials.forget();
  environment["AWS_PROFILE"] = "other";
  const auto keys = credentials.keys(kNow);
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->access_key, "OTHER");
  EXPECT_EQ(keys->secret_key, "x=y");
  EXPECT_EQ(keys->session_token, "t");
}

TEST_F(Credentials, AFileThatIsNamedMustBeThereWithTheProfileThatIsNamed) {
  environment["AWS_SHARED_CREDENTIALS_FILE"] = "/keys";
  EXPECT_THAT(error(), HasSubstr("/keys: no such file"));
  files["/keys"] = "[default]\naws_access_key_id = A\naws_secret_access_key = s\n";
  environment["AWS_PROFILE"] = "other";
  EXPECT_THAT(error(), HasSubstr("AWS_PROFILE"));
}

TEST_F(Credentials, OfAnEcsTask) {
  environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/credentials/1";
  http.answer(200, kAnswer);
  EXPECT_EQ(access_key(), "ROLE");
  ASSERT_THAT(http.asked, SizeIs(1));
  EXPECT_EQ(http.asked[0].request.url, "http://169.254.170.2/v2/credentials/1");
  EXPECT_TRUE(http.asked[0].request.direct);
}

TEST_F(Credentials, OfAnEksPodIdentity) {
  environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://169.254.170.23/v1/credentials";
  environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/token";
  files["/token"] = "abc\n";
  http.answer(200, kAnswer);
  EXPECT_EQ(access_key(), "ROLE");
  EXPECT_EQ(http.asked.at(0).request.headers.at("Authorization"), "abc");
}

TEST_F(Credentials, PlainHttpGoesToThisHostAlone) {
  for (const char* url :
       {"http://example.com/", "http://127.0.0.1.example.com/", "http://169.254.170.23x/", "ftp://x"}) {
    environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
    EXPECT_THAT(error(), HasSubstr("accepted: https")) << url;
  }
  EXPECT_THAT(http.asked, IsEmpty());
}

TEST_F(Credentials, OfTheInstanceByASession) {
  http.answer(200, "imds-session");
  http.answer(200, "node-role\n");
  http.answer(200, kAnswer);
  EXPECT_EQ(access_key(), "ROLE");
  ASSERT_THAT(http.asked, SizeIs(3));
  EXPECT_EQ(http.asked[0].request.method, "PUT");
  EXPECT_EQ(http.asked[0].request.url, "http://169.254.169.254/latest/api/token");
  EXPECT_EQ(http.asked[2].request.url,
            "http://169.254.169.254/latest/meta-data/iam/security-credentials/node-role");
  EXPECT_EQ(http.asked[2].request.headers.at("X-aws-ec2-metadata-token"), "imds-session");
}

TEST_F(Credentials, AreRenewedBeforeTheyExpireAndKeptWhileTheyHold) {
  environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/1";
  http.answer(200, kAnswer);
  constexpr WallNs kHour = 3600 * kNsPerSecond;
  EXPECT_EQ(access_key(kNow), "ROLE");
  EXPECT_EQ(access_key(kNow + 5 * kHour), "ROLE");
  EXPECT_THAT(http.asked, SizeIs(1));
  http.answer(500);
  EXPECT_EQ(access_key(kNow + 6 * kHour - 60 * kNsPerSecond), "ROLE");
  EXPECT_THAT(http.asked, SizeIs(2));
  http.answer(500);
  EXPECT_THAT(error(kNow + 7 * kHour), HasSubstr("status 500"));
}

TEST_F(Credentials, ForgottenOnesAreLookedForAgain) {
  environment = {{"AWS_ACCESS_KEY_ID", "A"}, {"AWS_SECRET_ACCESS_KEY", "s"}};
  EXPECT_EQ(access_key(), "A");
  environment["AWS_ACCESS_KEY_ID"] = "B";
  EXPECT_EQ(access_key(), "A");
  credentials.forget();
  EXPECT_EQ(access_key(), "B");
}

TEST_F(Credentials, WithoutAnyTheErrorNamesTheWays) {
  EXPECT_THAT(error(), HasSubstr("AWS_ACCESS_KEY_ID"));
  environment["AWS_EC2_METADATA_DISABLED"] = "true";
  http.asked.clear();
  EXPECT_THAT(error(), HasSubstr("accepted"));
  EXPECT_THAT(http.asked, IsEmpty());
}

TEST_F(Credentials, WhatCouldEndAHeaderIsRefusedAndNotRepeated) {
  environment = {{"AWS_ACCESS_KEY_ID", "A\r\nx: y"}, {"AWS_SECRET_ACCESS_KEY", "secret"}};
  EXPECT_THAT(error(), HasSubstr("blanks"));
  EXPECT_THAT(error(), Not(HasSubstr("secret")));
  environment.clear();
  environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/1";
  http.answer(200, R"({"AccessKeyId": "A", "SecretAccessKey": "hidden"})");
  EXPECT_THAT(error(), HasSubstr("Expiration"));
  http.answer(200, R"([{"SecretAccessKey": "hidden")");
  EXPECT_THAT(error(), Not(HasSubstr("hidden")));
}

}  // namespace
}  // namespace plimsoll
