// The configuration's defaults, and its file.
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "agent/config/config.h"

namespace plimsoll {
namespace {

constexpr std::uintmax_t kMaxFileBytes = 1024UL * 1024;

// Secrets that programs are given as arguments. In order: `--password x` and the like as two arguments;
// NAME=value and NAME: value; user and password in a URL; curl's -u; mysql's -p; HTTP authorization; keys and
// tokens that are known by their form: AWS, GitHub, Slack, JSON web tokens, PEM.
const std::vector<std::string> kRedact = {
    R"(^--?[\w.-]*(?:[Pp]assw(?:or)?d|[Pp]assphrase|[Pp]ass|[Ss]ecret|[Tt]oken|[Kk]ey|[Cc]redentials?)[\w.-]* (.+))",
    R"((?:[Pp]assw(?:or)?d|PASSW(?:OR)?D|[Pp]assphrase|PASSPHRASE|[Ss]ecret|SECRET|[Tt]oken|TOKEN|(?:[Aa]pi|[Aa]ccess|[Pp]rivate)[-_]?[Kk]ey|(?:API|ACCESS|PRIVATE)_?KEY)[\w.-]*[=:] *([^\s"']+|"[^"]*"|'[^']*'))",
    R"(://[^/\s:@]*:([^/\s@]+)@)",
    R"(^(?:-u|--user|--proxy-user)[ =]?[^\s:]+:(\S+))",
    R"((?:mysql|mysqldump|mysqladmin|mariadb|sshpass) -p(\S+))",
    R"([Aa]uthorization: *(?:[A-Za-z]+ +)?(\S+))",
    R"((?:AKIA|ASIA)[0-9A-Z]{16})",
    R"(gh[opsur]_[A-Za-z0-9]{20,})",
    R"(xox[abprs]-[A-Za-z0-9-]+)",
    R"(eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)",
    R"(-----BEGIN [A-Z ]*PRIVATE KEY-----([\s\S]*))",
};

}  // namespace

Config default_config() {
  Config config;
  config.alerts.redact = kRedact;
  return config;
}

Result<Config> load_config(const std::string& path, bool must_exist) {
  std::error_code problem;
  const auto status = std::filesystem::status(path, problem);
  if (status.type() == std::filesystem::file_type::not_found) {
    if (!must_exist) return default_config();
    return fail(path + ": no such file; accepted: a TOML file, as `plimsoll config show` prints one");
  }
  if (std::filesystem::is_directory(status)) return fail(path + ": is a directory; accepted: a TOML file");
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fail(path + ": cannot be read: " + std::strerror(errno) +
                "; accepted: a file that this user may read");
  }
  std::string text;
  for (char byte = 0; text.size() <= kMaxFileBytes && file.get(byte);) text += byte;
  if (file.bad()) return fail(path + ": cannot be read; accepted: a TOML file");
  if (text.size() > kMaxFileBytes) return fail(path + ": too large; accepted: at most 1 MiB");
  return parse_config(text, path);
}

}  // namespace plimsoll
