// Programs that the command line starts.
#include "agent/cli/demo/child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

namespace plimsoll {
namespace {

constexpr std::chrono::milliseconds kStep{20};

[[noreturn]] void become(const std::vector<std::string>& argv, const std::string& log,
                         const std::string& directory) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);  // the demo blocks signals to wait for them
  setpgid(0, 0);                             // Ctrl-C is the parent's to handle
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  const int in = open("/dev/null", O_RDONLY);
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (in < 0 || out < 0) _exit(127);
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  if (directory.empty() || chdir(directory.c_str()) == 0) {
    std::vector<char*> pointers;
    pointers.reserve(argv.size() + 1);
    for (const auto& argument : argv) pointers.push_back(const_cast<char*>(argument.c_str()));
    pointers.push_back(nullptr);
    execvp(pointers[0], pointers.data());
  }
  dprintf(STDERR_FILENO, "%s: %s\n", argv[0].c_str(), std::strerror(errno));
  _exit(127);
}

}  // namespace

Result<Child> Child::start(const std::vector<std::string>& argv, const std::string& log,
                           const std::string& directory) {
  const pid_t pid = fork();
  if (pid < 0) return fail(argv[0] + ": cannot be started: " + std::strerror(errno));
  if (pid == 0) become(argv, log, directory);
  return Child(pid);
}

Child::Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)), code_(other.code_) {}

Child::~Child() {
  stop(std::chrono::seconds(10));
}

std::optional<int> Child::wait(std::chrono::milliseconds time) {
  for (auto waited = std::chrono::milliseconds(0); pid_ > 0 && !code_; waited += kStep) {
    int status = 0;
    const pid_t ended = waitpid(pid_, &status, WNOHANG);
    if (ended == pid_) {
      code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    } else if (ended < 0 && errno != EINTR) {
      code_ = -1;
    } else if (waited >= time) {
      break;
    } else {
      std::this_thread::sleep_for(kStep);
    }
  }
  return code_;
}

void Child::stop(std::chrono::milliseconds grace) {
  if (pid_ <= 0 || wait(std::chrono::milliseconds(0))) return;
  kill(pid_, SIGTERM);
  if (wait(grace)) return;
  kill(pid_, SIGKILL);
  wait(std::chrono::seconds(10));
}

Result<void> run_program(const std::vector<std::string>& argv, const std::string& log,
                         const std::string& directory) {
  auto child = Child::start(argv, log, directory);
  if (!child) return std::unexpected(child.error());
  const auto code = child->wait(std::chrono::seconds(30));
  if (code == 0) return {};
  const auto said = tail_of(log);
  return fail(argv[0] +
              (code ? " failed with " + std::to_string(*code) : std::string(" did not end in time")) +
              (said.empty() ? "" : ": " + said));
}

std::string tail_of(const std::string& path, std::size_t most) {
  std::ostringstream all;
  all << std::ifstream(path).rdbuf();
  std::string text = std::move(all).str();
  while (text.ends_with('\n')) text.pop_back();
  return text.size() > most ? text.substr(text.size() - most) : text;
}

std::string find_program(const std::string& name) {
  const char* const path = std::getenv("PATH");
  std::istringstream directories((path == nullptr ? std::string() : path + std::string(":")) +
                                 "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin");
  for (std::string directory; std::getline(directories, directory, ':');) {
    if (access(directory.append("/").append(name).c_str(), X_OK) == 0) return directory;
  }
  return "";
}

}  // namespace plimsoll
