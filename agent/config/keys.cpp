// The table of keys. A new key is a field in config.h and a row here.
#include "agent/config/keys.h"

#include <bit>

#include "agent/config/checks.h"
#include "agent/config/names.h"

namespace plimsoll {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kSecond = 1000 * kMillisecond;
constexpr std::int64_t kDay = 86'400 * kSecond;
constexpr std::size_t kMaxSocketPath = 107;                   // sizeof sockaddr_un::sun_path, less the NUL
constexpr std::uint32_t kLeastRing = 64, kMostRing = 65'536;  // KiB

Complaint absolute(const std::string& text) {
  return is_absolute_path(text) ? Complaint() : "is not an absolute path";
}
Complaint socket_path(const std::string& text) {
  return text.size() > kMaxSocketPath ? "is too long" : absolute(text);
}
Complaint not_empty(const std::string& text) {
  return text.empty() ? Complaint("is empty") : Complaint();
}
Complaint any_regex(const std::string& text) {
  return regex_problem(text);
}
Complaint regex_of_one_group(const std::string& text) {
  return regex_problem(text, 1);
}
Complaint listen_address(const std::string& text) {
  return is_listen_address(text) ? Complaint() : "is not an address to listen on";
}
Complaint fleet_store(const std::string& text) {
  return is_absolute_path(text) || is_s3_place(text) ? Complaint() : "is not a place for profiles";
}
Complaint endpoint(const std::string& text) {
  return is_http_endpoint(text) ? Complaint() : "is not an endpoint";
}
Complaint region(const std::string& text) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789-";
  return text.find_first_not_of(kLetters) == std::string::npos ? Complaint() : "is not a region's name";
}
bool ring_size(std::uint32_t kib) {
  return kib == 0 || (kib >= kLeastRing && std::has_single_bit(kib));
}

/// Each poll of S3 costs money and somebody else's server; a directory and this host cost neither.
Complaint polls_seldom(const Config& config) {
  const auto& fleet = config.fleet;
  const bool far = fleet.store.starts_with("s3://") && !is_loopback_endpoint(fleet.endpoint);
  constexpr std::int64_t kLeastFar = 300 * kSecond;
  return far && fleet.poll_ns < kLeastFar ? Complaint("is out of range for this store") : Complaint();
}

}  // namespace

std::string ConfigKey::path() const {
  return std::string(section) + (key.name.empty() ? "" : ".") + std::string(key.name);
}

const std::vector<ConfigKey>& config_keys() {
  using enum TakesEffect;
  using C = Config;
  using Learning = C::Learning;
  using Sensor = C::SensorSettings;
  // Section; name, field and kind, example, help; when a change takes effect.
  static const std::vector<ConfigKey> kKeys{
      {"agent",
       {"state_dir", field<&C::agent, &C::Agent::state_dir>(Text{"an absolute path", absolute}),
        R"("/srv/plimsoll")", "Directory of the learned profiles and of the agent's other state."},
       at_start},
      {"agent",
       {"socket",
        field<&C::agent, &C::Agent::socket>(Text{"an absolute path of at most 107 bytes", socket_path}),
        R"("/run/plimsoll.sock")", "Unix socket on which the agent answers the other subcommands."},
       at_start},
      {"agent",
       {"cluster", field<&C::agent, &C::Agent::cluster>(Text{}), R"("prod-eu")",
        "Name of this host's cluster, in every alert."},
       at_start},
      {"agent",
       {"labels", field<&C::agent, &C::Agent::labels>(Labels{}), R"({ team = "shop" })",
        "Labels of this host, in every alert."},
       at_start},

      {"learning",
       {"mode",
        field<&C::learning, &Learning::mode>(
            OneOf<LearningMode>{{kLearningModes.begin(), kLearningModes.end()}}),
        R"("detect")",
        "auto: learn until the profile is stable, then alert. learn: keep learning; alerts against a "
        "profile stay shadow. detect: learn nothing; alert on what is not in the profile."},
       at_reload},
      {"learning",
       {"max_new_behaviours_per_day",
        field<&C::learning, &Learning::max_new_behaviours_per_day>(Number{0.01, 1'000'000}), "0.5",
        "A profile is stable once no more new behaviours than this are expected a day."},
       at_reload},
      {"learning",
       {"stable_after",
        field<&C::learning, &Learning::stable_after_ns>(
            Duration{kSecond, 366 * kDay, "to decide by evidence"}),
        R"("15m")", "A profile is stable after this time, whatever was seen. Meant for demonstrations."},
       at_reload},
      {"learning",
       {"startup_phase",
        field<&C::learning, &Learning::startup_phase_ns>(Duration{0, kDay, "to learn it for each image"}),
        R"("1m30s")", "How long after its start a container is in its startup phase."},
       at_start},
      {"learning",
       {"retire_after",
        field<&C::learning, &Learning::retire_after_ns>(Duration{kDay, 3660 * kDay, "for never"}), R"("30d")",
        "A profile is removed when none of its behaviours was seen for this long, unless it is locked."},
       at_reload},
      {"learning",
       {"exclude",
        field<&C::learning, &Learning::exclude>(
            List<Text>{{"an image's repository, in which * matches any run of characters", not_empty}}),
        R"(["registry.example/build-*"])", "Images that are not learned, such as build runners."},
       at_reload},

      {"alerts",
       {"file", field<&C::alerts, &C::Alerts::file>(Text{"an absolute path", absolute}),
        R"("/srv/alerts.jsonl")", "File to which alerts are appended, one JSON object a line."},
       at_start},
      {"alerts",
       {"stdout", field<&C::alerts, &C::Alerts::to_stdout>(Flag{}), "false",
        "Whether alerts are also written to standard output."},
       at_start},
      {"alerts",
       {"redact",
        field<&C::alerts, &C::Alerts::redact>(
            List<Text>{{"an ECMAScript regular expression", any_regex}, true}),
        R"(['--pin (\d+)'])",
        "Secrets in command lines. The first group of a match is hidden, or all of it when there is no "
        "group. The list replaces the default one."},
       at_reload},

      {"metrics",
       {"listen",
        field<&C::metrics, &C::Metrics::listen>(
            Text{R"(ADDRESS:PORT with a numeric address, such as "127.0.0.1:9477" or "[::]:9477")",
                 listen_address}),
        R"("[::]:9477")", "Where /metrics, /healthz and /readyz are served over HTTP."},
       at_start},

      {"sensor",
       {"events_per_second", field<&C::sensor, &Sensor::events_per_second>(Integer{0, 10'000'000}), "20000",
        "New behaviours of one container that are reported a second, and as many urgent ones; the rest is "
        "counted as lost. 0: no limit."},
       at_start},
      {"sensor",
       {"behaviours_per_container", field<&C::sensor, &Sensor::behaviours_per_container>(Integer{0, 262'144}),
        "4096", "Behaviours of one container in the kernel's verdict cache. 0: an eighth of the cache."},
       at_start},
      {"sensor",
       {"ring_kib",
        field<&C::sensor, &Sensor::ring_kib>(
            Integer{0, kMostRing, "a power of two from 64 to 65536, or 0 to choose by the number of CPUs",
                    ring_size}),
        "256", "Size of each CPU's ring buffer in KiB."},
       at_start},
      {"sensor",
       {"latency", field<&C::sensor, &Sensor::latency_ns>(Duration{kMillisecond, kSecond}), R"("50ms")",
        "How long a new behaviour may wait in the kernel."},
       at_start},
      {"sensor",
       {"self_test", field<&C::sensor, &Sensor::self_test_ns>(Duration{10 * kSecond, kDay, "for never"}),
        R"("5m")", "How often each hook is tested with a call of the agent's own."},
       at_start},
      {"sensor",
       {"pin_path", field<&C::sensor, &Sensor::pin_path>(Text{"an absolute path", absolute, "for none"}),
        R"("/sys/fs/bpf/plimsoll")",
        "Directory of a BPF file system. Programs that are pinned there keep watching while the agent "
        "restarts."},
       at_start},
      {"sensor",
       {"attach",
        field<&C::sensor, &Sensor::attach>(
            one_of({"fexit", "kprobe", "capable", "lsm", "raw"}, "for the best of the first four")),
        R"("kprobe")", "How the hooks of system calls are attached."},
       at_start},

      {"fleet",
       {"store",
        field<&C::fleet, &C::Fleet::store>(
            Text{R"(an absolute path, "s3://BUCKET" or "s3://BUCKET/PREFIX")", fleet_store, "for none"}),
        R"("s3://shop-profiles/prod")",
        "Where hosts exchange profiles: a directory that all of them mount, or an S3 bucket. Without one, "
        "each host learns alone."},
       at_start},
      {"fleet",
       {"endpoint",
        field<&C::fleet, &C::Fleet::endpoint>(
            Text{R"("https://HOST" or "http://HOST:PORT")", endpoint, "for AWS's own"}),
        R"("https://minio.example:9000")", "Endpoint of an S3 that is not AWS's."},
       at_start},
      {"fleet",
       {"region",
        field<&C::fleet, &C::Fleet::region>(
            Text{R"(a region's name, such as "eu-west-1")", region, "for AWS_REGION or AWS_DEFAULT_REGION"}),
        R"("eu-west-1")", "Region of the bucket."},
       at_start},
      {"fleet",
       {"poll",
        field<&C::fleet, &C::Fleet::poll_ns>(
            Duration{kSecond, kDay, {}, R"(from "5m" for S3, unless its endpoint is on this host)"}),
        R"("10m")", "How often the store is asked for what other hosts have learned."},
       at_start,
       polls_seldom},
      {"fleet",
       {"format", field<&C::fleet, &C::Fleet::format>(one_of({"1.1", "1.0"})), R"("1.0")",
        "Format in which profiles are written for other hosts. Set \"1.0\" while agents of the previous "
        "version run in the fleet."},
       at_start},

      {"identity",
       {"cgroup_patterns",
        field<&C::identity, &IdentityConfig::cgroup_patterns>(List<Text>{
            {"an ECMAScript regular expression with one group, the container's id", regex_of_one_group}}),
        R"(['/mine/([0-9a-f]{64})$'])",
        "Patterns of the cgroup paths of containers, beside the built-in ones."},
       at_start},
      {"identity",
       {"host_root",
        field<&C::identity, &IdentityConfig::host_root>(Text{"an absolute path", absolute, "for none"}),
        R"("/host")", "Prefix of every path on the host, where the host's root is mounted elsewhere."},
       at_start},
      {"identity",
       {"resolvers", field<&C::identity, &IdentityConfig::resolvers>(List<AddressText>{}), R"(["10.0.0.2"])",
        "DNS servers whose answers are trusted, beside those of a container's /etc/resolv.conf."},
       at_start},
      {"identity",
       {"runtimes",
        field<&C::identity, &IdentityConfig::runtimes>(List<Record<RuntimeConfig>>{runtime_record(), true}),
        R"([{ kind = "runc", state = "/run/user/1000/runc" }])",
        "Container runtimes of this host. Empty: all of them, in their default places."},
       at_start},

      {"rules",
       {"", field<&C::rules>(Rules{}), R"({ "drift.new_executable" = { severity = "low" } })",
        "Settings of one rule each."},
       at_reload},
  };
  return kKeys;
}

}  // namespace plimsoll
