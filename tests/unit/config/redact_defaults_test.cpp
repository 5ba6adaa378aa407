// The default redaction patterns: each kind of secret is found, and ordinary arguments are let be.
#include <gtest/gtest.h>

#include <regex>

#include "agent/config/config.h"

namespace plimsoll {
namespace {

/// What the first pattern that matches would hide.
std::string hidden(const std::string& text) {
  for (const auto& pattern : default_config().alerts.redact) {
    std::smatch match;
    if (std::regex_search(text, match, std::regex(pattern))) return match[match.size() > 1 ? 1 : 0];
  }
  return "";
}

TEST(RedactDefaults, FindSecrets) {
  EXPECT_EQ(hidden("--password hunter2"), "hunter2");
  EXPECT_EQ(hidden("--db-pass hunter2"), "hunter2");
  EXPECT_EQ(hidden("--api-token=abc"), "abc");
  EXPECT_EQ(hidden("MYSQL_ROOT_PASSWORD=abc"), "abc");
  EXPECT_EQ(hidden("export PGPASSWORD='a b'; psql"), "'a b'");
  EXPECT_EQ(hidden("AWS_SECRET_ACCESS_KEY=abc/def"), "abc/def");
  EXPECT_EQ(hidden("postgres://app:s3cret@db:5432/x"), "s3cret");
  EXPECT_EQ(hidden("-u admin:s3cret"), "s3cret");
  EXPECT_EQ(hidden("mysqldump -ps3cret"), "s3cret");
  EXPECT_EQ(hidden("Authorization: Bearer abc.def"), "abc.def");
  EXPECT_EQ(hidden("x AKIAIOSFODNN7EXAMPLE y"), "AKIAIOSFODNN7EXAMPLE");
  EXPECT_EQ(hidden("ghp_0123456789abcdefghijklmn"), "ghp_0123456789abcdefghijklmn");
  EXPECT_EQ(hidden("eyJhbGciOi.eyJzdWIiOi.sig"), "eyJhbGciOi.eyJzdWIiOi.sig");
}

TEST(RedactDefaults, LetBeWhatAnAnalystNeeds) {
  for (const auto* text :
       {"-o stratum+tcp://127.0.0.1:3333", "-p 8080", "/etc/passwd /etc/shadow", "cat /run/secrets/db",
        "/var/run/secrets/kubernetes.io/serviceaccount/token -", "--user root", "http://10.0.0.1:80/a@b"}) {
    EXPECT_EQ(hidden(text), "") << text;
  }
}

}  // namespace
}  // namespace plimsoll
