// What a host offers the agent.
#include "agent/host/host_facts.h"

#include <sys/utsname.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>
#include <utility>

namespace plimsoll {
namespace {

namespace fs = std::filesystem;

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string lockdown(const std::string& root) {
  const auto line = first_line(root + "/sys/kernel/security/lockdown");  // "none [integrity] confidentiality"
  const auto open = line.find('['), close = line.find(']');
  return open == std::string::npos || close == std::string::npos ? ""
                                                                 : line.substr(open + 1, close - open - 1);
}

std::string slurp(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The hexadecimal number behind `key` in the text of a /proc/PID/status; 0 when it is not there.
std::uint64_t status_field(const std::string& status, std::string_view key) {
  std::istringstream lines(status);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key)) continue;
    std::uint64_t value = 0;
    const auto at = line.find_first_not_of(" \t", key.size());
    if (at == std::string::npos) return 0;
    std::from_chars(line.data() + at, line.data() + line.size(), value, 16);
    return value;
  }
  return 0;
}

void read_cgroups(const std::string& root, HostFacts& facts) {
  std::ifstream file(root + "/proc/self/mounts");
  bool v1 = false;
  for (std::string device, mount_point, type, rest;
       file >> device >> mount_point >> type && std::getline(file, rest);) {
    v1 = v1 || type == "cgroup";
    if (type == "cgroup2" && facts.cgroup2_mount.empty()) facts.cgroup2_mount = mount_point;
  }
  const bool v2 = !facts.cgroup2_mount.empty();
  facts.cgroups = v1 && v2 ? "hybrid" : v2 ? "v2" : v1 ? "v1" : "";
}

// Where runtimes keep what runs, by default; the identity side reads the same places.
constexpr std::pair<const char*, const char*> kRuntimeStates[] = {
    {"docker", "/run/docker"}, {"containerd", "/run/containerd"},         {"podman", "/run/containers"},
    {"runc", "/run/runc"},     {"podman", "/var/lib/containers/storage"}, {"crun", "/run/crun"}};

}  // namespace

HostFacts read_host_facts(const std::string& root) {
  HostFacts facts;
  facts.kernel = first_line(root + "/proc/sys/kernel/osrelease");
  utsname machine{};
  if (uname(&machine) == 0) facts.architecture = machine.machine;
  std::error_code ignored;
  // Sizes in sysfs are real for BTF; an empty file is what a kernel without CONFIG_DEBUG_INFO_BTF looks like.
  const auto btf_bytes = fs::file_size(root + "/sys/kernel/btf/vmlinux", ignored);
  facts.btf = !ignored && btf_bytes > 0;
  facts.lockdown = lockdown(root);
  facts.effective_capabilities = status_field(slurp(root + "/proc/self/status"), "CapEff:");
  read_cgroups(root, facts);
  for (const auto& [kind, state] : kRuntimeStates) {
    if (fs::is_directory(root + state, ignored))
      facts.runtimes.push_back(std::string(kind) + " (" + state + ")");
  }
  return facts;
}

Confinement read_confinement(const std::string& process) {
  constexpr std::uint64_t kFilter = 2;  // SECCOMP_MODE_FILTER
  Confinement all;
  bool first = true;
  std::error_code ignored;
  for (const auto& thread : fs::directory_iterator(process + "/task", ignored)) {
    const std::string status = slurp(thread.path().string() + "/status");
    if (status.empty()) continue;  // it has ended meanwhile
    all.capabilities |= status_field(status, "CapPrm:");
    all.no_new_privs = (first || all.no_new_privs) && status_field(status, "NoNewPrivs:") == 1;
    all.calls_refused = (first || all.calls_refused) && status_field(status, "Seccomp:") == kFilter;
    first = false;
  }
  return all;
}

KernelVersion kernel_version(const std::string& release) {
  KernelVersion version;
  const char* const end = release.data() + release.size();
  const auto [dot, problem] = std::from_chars(release.data(), end, version.major_number);
  if (problem != std::errc{} || dot == end || *dot != '.') return {};
  if (std::from_chars(dot + 1, end, version.minor_number).ec != std::errc{}) return {};
  return version;
}

}  // namespace plimsoll
