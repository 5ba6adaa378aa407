// `plimsoll run`: lives until a signal.
#include "agent/daemon/run.h"

#include <malloc.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>

#include "agent/core/text.h"
#include "agent/daemon/agent.h"

namespace plimsoll {
namespace {

constexpr timespec kNoteEvery{.tv_sec = 10, .tv_nsec = 0};

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      break;
  }
  return spdlog::level::err;
}

/// What loading programs takes for a moment, and what a flood took, goes back to the system: by itself glibc
/// would keep a third of what the agent needs.
void keep_little_memory() {
  constexpr int kMiB = 1 << 20;
  mallopt(M_TRIM_THRESHOLD, kMiB);
  mallopt(M_MMAP_THRESHOLD, 2 * kMiB);
  mallopt(M_ARENA_MAX, 2);
}

void start_logging(const std::string& level) {
  auto logger =
      std::make_shared<spdlog::logger>("plimsoll", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
}

/// One line, safe to print whatever it quotes.
void log(LogLevel level, std::string_view text) {
  spdlog::log(level_of(level), "{}", escape(text));
}

}  // namespace

int run_agent(const RunOptions& options) {
  // Before any thread is made, so that all of them leave these to the one that waits below.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    sigaddset(&signals, signal);
  }
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  keep_little_memory();
  start_logging(options.log_level);

  Agent agent(options, log);
  if (const auto started = agent.start(); !started) {
    std::fprintf(stderr, "plimsoll: %s\n", escape(started.error().message).c_str());
    return EXIT_FAILURE;
  }
  while (true) {
    const int signal = sigtimedwait(&signals, nullptr, &kNoteEvery);
    if (signal < 0) {
      if (errno == EAGAIN) {
        agent.note_time();
      }
      continue;
    }
    if (signal == SIGHUP) {
      agent.reload();
      continue;
    }
    log(LogLevel::info, "stopping: writing alerts and profiles");
    const bool written = agent.stop();
    log(written ? LogLevel::info : LogLevel::error,
        written ? "stopped" : "stopped, but not everything could be written");
    return written ? EXIT_SUCCESS : EXIT_FAILURE;
  }
}

}  // namespace plimsoll
