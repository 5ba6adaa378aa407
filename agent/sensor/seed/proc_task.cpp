#include "agent/sensor/seed/proc_task.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>
#include <fstream>
#include <sstream>
#include <vector>

namespace plimsoll {
namespace {

constexpr std::size_t kCommLength = 15;  // TASK_COMM_LEN without the NUL

// Empty when it cannot be read: not by an iterator over the buffer, which throws where a read fails, as it
// does for a process that ends meanwhile.
std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text;
  std::array<char, 4096> part{};
  do {
    in.read(part.data(), part.size());
    text.append(part.data(), static_cast<std::size_t>(in.gcount()));
  } while (in);
  return text;
}

std::string last_part(const std::string& path) {
  return path.substr(path.find_last_of('/') + 1);
}

std::vector<std::string> split_nul(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, '\0');) parts.push_back(part);
  return parts;
}

void read_status(const std::string& text, pl_creds& c) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string key;
    fields >> key;
    if (key == "Uid:") fields >> c.uid >> c.euid >> c.suid >> c.fsuid;
    if (key == "Gid:") fields >> c.gid >> c.egid >> c.sgid >> c.fsgid;
    fields >> std::hex;
    if (key == "CapInh:") fields >> c.inheritable;
    if (key == "CapPrm:") fields >> c.permitted;
    if (key == "CapEff:") fields >> c.effective;
    if (key == "CapBnd:") fields >> c.bounding;
    if (key == "CapAmb:") fields >> c.ambient;
  }
}

// The 22nd field; the second, the name in parentheses, may hold anything.
std::uint64_t start_tick(const std::string& stat) {
  std::istringstream fields(stat.substr(std::min(stat.size(), stat.rfind(')') + 1)));
  std::string skipped;
  for (int field = 3; field < 22; field++) fields >> skipped;
  std::uint64_t ticks = 0;
  fields >> ticks;
  return ticks;
}

}  // namespace

std::string actor_of(const std::string& exe, const std::string& comm, const std::string& cmdline) {
  const auto argv = split_nul(cmdline);
  const auto is_comm = [&](const std::string& word) {
    return !word.empty() && last_part(word).substr(0, kCommLength) == comm;
  };
  if (is_comm(exe)) return exe;
  // A script runs as: interpreter, perhaps one option, the script's path.
  for (std::size_t i = 1; i < std::min<std::size_t>(argv.size(), 3); i++)
    if (argv[i].starts_with('/') && is_comm(argv[i])) return argv[i];
  for (const auto& word : argv)
    if (is_comm(word)) return exe + ":" + last_part(word);
  return comm.size() < kCommLength && !comm.empty() ? exe + ":" + comm : exe;
}

Result<pl_task> read_proc_task(const std::string& proc, std::uint32_t pid) {
  const std::string base = proc + "/" + std::to_string(pid);
  std::array<char, PATH_MAX> exe{};
  const ssize_t n = readlink((base + "/exe").c_str(), exe.data(), exe.size() - 1);
  if (n <= 0) return fail("process " + std::to_string(pid) + " has gone or has no program");
  std::string comm = slurp(base + "/comm");
  if (!comm.empty() && comm.back() == '\n') comm.pop_back();
  const std::string cmdline = slurp(base + "/cmdline");

  pl_task task{};
  const std::string actor = actor_of(std::string(exe.data(), static_cast<std::size_t>(n)), comm, cmdline);
  task.exe_bytes = static_cast<std::uint32_t>(std::min<std::size_t>(actor.size(), PL_PATH - 1));
  std::memcpy(task.exe, actor.data(), task.exe_bytes);
  task.argv_bytes = static_cast<std::uint32_t>(std::min<std::size_t>(cmdline.size(), PL_ARGV - 1));
  std::memcpy(task.argv, cmdline.data(), task.argv_bytes);
  read_status(slurp(base + "/status"), task.creds);
  task.start_tick = start_tick(slurp(base + "/stat"));
  return task;
}

}  // namespace plimsoll
