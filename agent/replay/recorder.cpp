// Lines from the loop to whoever writes them.
#include "agent/replay/recorder.h"

#include <utility>

namespace plimsoll {

void Recorder::put(std::string line) {
  const MutexLock lock(mutex_);
  if (ended_) return;
  if (bytes_ + line.size() > most_) {
    ended_ = true;
    line = to_line(capture::Broken{"whoever recorded was too slow: more than " + std::to_string(most_) +
                                   " bytes waited"});
  }
  bytes_ += line.size();
  lines_.push_back(std::move(line));
  ready_.notify_one();
}

void Recorder::input(capture::Record record) {
  const bool last =
      std::holds_alternative<capture::Finish>(record) || std::holds_alternative<capture::Broken>(record);
  if (auto before = std::exchange(pending_, to_line(record)); !before.empty()) put(std::move(before));
  if (last) {
    put(std::exchange(pending_, {}));
    ended_ = true;
  }
}

std::vector<KeyCount> Recorder::counts(std::vector<KeyCount> read) {
  capture::Counts record;
  record.counts.reserve(read.size());
  for (const KeyCount& one : read) {
    record.counts.push_back({capture::kind_of(one.kind), one.slot, one.more, one.last_seen});
  }
  put(to_line(record));
  return read;
}

Losses Recorder::losses(const std::string& container, Losses read) {
  if (auto& known = lost_[container]; known != read) {
    known = read;
    put(to_line(capture::Lost{container, read}));
  }
  return read;
}

std::optional<std::string> Recorder::next(std::chrono::milliseconds timeout) {
  MutexLock lock(mutex_);
  if (!ready_.wait_for(lock, timeout, [this]() REQUIRES(mutex_) { return !lines_.empty(); }))
    return std::nullopt;
  std::string line = std::move(lines_.front());
  lines_.pop_front();
  bytes_ -= line.size();
  return line;
}

}  // namespace plimsoll
