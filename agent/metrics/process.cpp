// What the agent itself costs, from /proc/self.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "agent/metrics/metrics.h"

namespace plimsoll {
namespace {

MetricFamily single(std::string name, std::string help, MetricType type, double value) {
  return {std::move(name), std::move(help), type, {{{}, value}}};
}

}  // namespace

std::vector<MetricFamily> process_metrics(const std::string& proc) {
  std::vector<MetricFamily> out;
  // proc(5): the command name, field 2, may hold blanks and parentheses; count from the last ')'.
  std::ifstream stat(proc + "/self/stat");
  std::string line;
  if (std::getline(stat, line) && line.rfind(')') != std::string::npos) {
    std::istringstream rest(line.substr(line.rfind(')') + 1));
    std::vector<std::string> fields;
    for (std::string field; rest >> field;) {
      fields.push_back(field);
    }
    constexpr std::size_t kState = 3, kUtime = 14, kStime = 15, kThreads = 20, kRss = 24;
    if (fields.size() > kRss - kState) {
      const auto number = [&](std::size_t field) {
        return std::strtod(fields[field - kState].c_str(), nullptr);
      };
      const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
      out.push_back(single("process_cpu_seconds_total", "CPU time that the agent has used, user and system.",
                           MetricType::counter, (number(kUtime) + number(kStime)) / ticks));
      out.push_back(single("process_resident_memory_bytes", "Memory of the agent that is resident.",
                           MetricType::gauge, number(kRss) * static_cast<double>(sysconf(_SC_PAGESIZE))));
      out.push_back(single("process_threads", "Threads of the agent.", MetricType::gauge, number(kThreads)));
    }
  }
  std::error_code error;
  std::size_t open = 0;
  for (auto entry = std::filesystem::directory_iterator(proc + "/self/fd", error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    ++open;
  }
  if (!error) {
    out.push_back(single("process_open_fds", "File descriptors that the agent has open.", MetricType::gauge,
                         static_cast<double>(open)));
  }
  return out;
}

}  // namespace plimsoll
