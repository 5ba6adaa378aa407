// The configuration file, complete with defaults.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/alert.h"
#include "agent/core/result.h"
#include "agent/identity/resolver.h"

namespace plimsoll {

enum class LearningMode : std::uint8_t { automatic, learn, detect };

/// Where a rule does not apply. Empty fields match anything; the others are compared whole, `*` matching any
/// run of characters. At least one must be set.
struct RuleExclusion {
  std::string image, name_space, role;
};

struct RuleConfig {
  bool enabled = true;
  std::optional<Severity> severity;
  std::vector<RuleExclusion> exclude;
};

struct Config {
  struct Agent {
    std::string state_dir = "/var/lib/plimsoll";
    std::string socket = "/run/plimsoll/agent.sock";
    std::string cluster;
    std::map<std::string, std::string> labels;
  } agent;
  struct Learning {
    LearningMode mode = LearningMode::automatic;
    double max_new_behaviours_per_day = 3.0;
    std::int64_t stable_after_ns = 0;              ///< 0: by evidence
    std::optional<std::int64_t> startup_phase_ns;  ///< of all images; none: learned for each
    std::int64_t retire_after_ns = 90LL * 24 * 3600 * 1'000'000'000;  ///< 0: never
    std::vector<std::string> exclude;  ///< repositories, `*` matches any run of characters
    bool paused = false;               ///< by `plimsoll learning pause`: no key of the file
    [[nodiscard]] bool learns() const { return !paused && mode != LearningMode::detect; }
  } learning;
  struct Alerts {
    std::string file = "/var/log/plimsoll/alerts.jsonl";
    bool to_stdout = true;  ///< key `stdout`
    std::vector<std::string>
        redact;  ///< ECMAScript regular expressions; the match's first group, else all, is hidden
  } alerts;
  struct Metrics {
    std::string listen = "127.0.0.1:9477";
  } metrics;
  struct SensorSettings {  ///< key `sensor`
    std::uint32_t events_per_second =
        5000;  ///< new behaviour of one container, and as many urgent ones; 0: no limit
    std::uint32_t behaviours_per_container = 0;  ///< in the kernel's cache; 0: an eighth of it
    std::uint32_t ring_kib = 0;            ///< of each CPU's ring, a power of two; 0: by the number of CPUs
    std::int64_t latency_ns = 20'000'000;  ///< how long new behaviour may wait in the kernel
    std::int64_t self_test_ns = 60'000'000'000;  ///< how often hooks are tried; 0: never
    std::string pin_path;  ///< a folder of a BPF file system; programs outlive the agent there; empty: never
    std::string attach;    ///< the way by which system calls are seen: fexit, kprobe, capable, lsm or raw;
                           ///< empty: the best
  } sensor;
  struct Fleet {
    std::string store;     ///< a directory, or "s3://BUCKET/PREFIX"; empty: profiles are this host's alone
    std::string endpoint;  ///< of an S3 that is not AWS's: "http://127.0.0.1:9000"
    std::string region;    ///< empty: AWS_REGION, AWS_DEFAULT_REGION
    std::int64_t poll_ns = 300'000'000'000;
    std::string format = "1.1";  ///< in which profiles are written for others: 1.1 or 1.0
  } fleet;
  IdentityConfig identity;
  std::map<std::string, RuleConfig> rules;  ///< by rule id
};

/// The defaults, redaction patterns included.
Config default_config();

/// Reads and checks a TOML text. `source` is the file's name for errors, which read
/// "FILE:LINE: KEY: what is wrong; accepted: ...". Unknown keys and unknown rule ids are errors.
Result<Config> parse_config(std::string_view text, std::string_view source);
/// Reads the file. A missing default file gives the defaults; a missing named file is an error.
Result<Config> load_config(const std::string& path, bool must_exist);
/// Every key with its value, as TOML that parse_config() reads back to the same.
std::string to_toml(const Config&);

}  // namespace plimsoll
