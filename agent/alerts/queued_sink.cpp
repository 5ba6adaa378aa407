// The sink's thread.
#include "agent/alerts/queued_sink.h"

#include <signal.h>

#include <utility>

namespace plimsoll {
namespace {

constexpr auto kRetry = std::chrono::seconds(1);
constexpr auto kRetryStopping = std::chrono::milliseconds(100);
constexpr auto kLastChance =
    std::chrono::milliseconds(1500);  // with one more try that takes long: two seconds

/// Signals are for the main thread; a broken pipe is to be an error of write(), not the agent's end.
std::thread start_without_signals(auto body) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(body));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace

QueuedSink::QueuedSink(std::unique_ptr<LineWriter> writer) : writer_(std::move(writer)) {
  thread_ = start_without_signals([this] { run(); });
}

QueuedSink::~QueuedSink() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    deadline_ = std::chrono::steady_clock::now() + kLastChance;
  }
  changed_.notify_one();
  thread_.join();
}

void QueuedSink::write(const Alert& alert) {
  std::string line = to_json(alert) + '\n';
  const MutexLock lock(mutex_);
  if (lines_.size() >= kMostLines) {
    ++dropped_;
    return;
  }
  lines_.push_back(std::move(line));
  changed_.notify_one();
}

std::uint64_t QueuedSink::dropped() const {
  const MutexLock lock(mutex_);
  return dropped_;
}

std::string QueuedSink::last_error() const {
  const MutexLock lock(mutex_);
  return last_error_;
}

void QueuedSink::run() {
  MutexLock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this]() REQUIRES(mutex_) { return stopping_ || !lines_.empty(); });
    if (lines_.empty() || (stopping_ && std::chrono::steady_clock::now() >= deadline_)) return;
    const std::string line = std::move(lines_.front());
    lines_.pop_front();
    lock.unlock();
    const auto written = writer_->write(line);
    lock.lock();
    last_error_ = written ? std::string{} : written.error().message;
    if (written) continue;
    // Kept, and offered again: the disk may have room later. No more than one line above the bound.
    lines_.push_front(line);
    changed_.wait_for(lock, stopping_ ? kRetryStopping : kRetry,
                      [this]() REQUIRES(mutex_) { return stopping_; });
  }
}

Result<std::unique_ptr<AlertSink>> open_file_sink(const std::string& path) {
  auto writer = open_file_writer(path);
  if (!writer) return std::unexpected(writer.error());
  return std::make_unique<QueuedSink>(std::move(*writer));
}

std::unique_ptr<AlertSink> make_fd_sink(int fd) {
  return std::make_unique<QueuedSink>(make_fd_writer(fd));
}

}  // namespace plimsoll
