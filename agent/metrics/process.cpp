// What the agent itself costs, from /proc/self.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "agent/metrics/metrics.h"

namespace plimsoll {
void add_process_metrics(Exposition& out, const std::string& proc) {
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
      out.put("process_cpu_seconds_total", (number(kUtime) + number(kStime)) / ticks);
      out.put("process_resident_memory_bytes", number(kRss) * static_cast<double>(sysconf(_SC_PAGESIZE)));
      out.put("process_threads", number(kThreads));
    }
  }
  std::error_code error;
  std::size_t open = 0;
  for (auto entry = std::filesystem::directory_iterator(proc + "/self/fd", error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    ++open;
  }
  if (!error) out.put("process_open_fds", open);
}

}  // namespace plimsoll
