// Writing profiles behind the loop's back.
#include "agent/pipeline/profile_writer.h"

#include <algorithm>
#include <utility>

namespace plimsoll {

ProfileWriter::ProfileWriter(ProfileStore& store, std::chrono::milliseconds retry)
    : store_(store), retry_(retry), thread_([this] { run(); }) {}

ProfileWriter::~ProfileWriter() {
  {
    const MutexLock lock(mutex_);
    stop_ = true;
    work_.notify_all();
  }
  thread_.join();
}

void ProfileWriter::save(Profile profile) {
  const MutexLock lock(mutex_);
  auto lineage = profile.lineage;
  waiting_.insert_or_assign(std::move(lineage), Waiting{std::move(profile), Clock::time_point{}});
  work_.notify_all();
}

void ProfileWriter::remove(const Lineage& lineage) {
  const MutexLock lock(mutex_);
  waiting_.insert_or_assign(lineage, Waiting{std::nullopt, Clock::time_point{}});
  work_.notify_all();
}

void ProfileWriter::save_names(SavedDnsNames names) {
  const MutexLock lock(mutex_);
  dns_cache_ = std::move(names);
  work_.notify_all();
}

bool ProfileWriter::flush(std::chrono::milliseconds timeout) {
  MutexLock lock(mutex_);
  for (auto& [key, waiting] : waiting_) {
    waiting.not_before = {};
  }
  work_.notify_all();
  // What has failed is given a time before which it is not tried again.
  idle_.wait_for(lock, timeout, [this]() REQUIRES(mutex_) {
    return !writing_ && !dns_cache_ && std::ranges::none_of(waiting_, [](const auto& entry) {
      return entry.second.not_before == Clock::time_point{};
    });
  });
  return waiting_.empty() && !writing_;
}

void ProfileWriter::discard() {
  const MutexLock lock(mutex_);
  waiting_.clear();
}

bool ProfileWriter::unwritten(const Lineage& lineage) const {
  const MutexLock lock(mutex_);
  return waiting_.contains(lineage);
}

ProfileWriter::Health ProfileWriter::health() const {
  const MutexLock lock(mutex_);
  return health_;
}

void ProfileWriter::write_names() {
  const auto names = std::exchange(dns_cache_, std::nullopt).value_or(SavedDnsNames{});
  writing_ = true;
  mutex_.unlock();
  const auto saved = store_.save_names(to_text(names));
  mutex_.lock();
  writing_ = false;
  if (!saved) {
    ++health_.errors;
    health_.last_error = saved.error().message;
  }
  idle_.notify_all();
}

void ProfileWriter::run() {
  MutexLock lock(mutex_);
  while (!stop_) {
    if (dns_cache_) {
      write_names();
      continue;
    }
    const auto next =
        std::ranges::min_element(waiting_, {}, [](const auto& entry) { return entry.second.not_before; });
    if (next == waiting_.end()) {
      work_.wait(lock);
      continue;
    }
    if (const auto not_before = next->second.not_before; not_before > Clock::now()) {
      work_.wait_until(lock, not_before);
      continue;
    }
    auto node = waiting_.extract(next);
    writing_ = true;
    lock.unlock();
    const auto& profile = node.mapped().profile;
    const auto saved = profile ? store_.save(*profile) : store_.remove(node.key());
    lock.lock();
    writing_ = false;
    if (saved) {
      health_.saved += profile ? 1 : 0;
      health_.last_error.clear();
    } else {
      ++health_.errors;
      health_.last_error = saved.error().message;
      node.mapped().not_before = Clock::now() + retry_;
      waiting_.insert(std::move(node));  // kept, unless a newer copy has come meanwhile
    }
    idle_.notify_all();
  }
}

}  // namespace plimsoll
