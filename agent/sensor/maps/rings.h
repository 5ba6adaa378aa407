// The rings that events come through: one for each CPU, one for what is urgent, and one for what resolvers
// answer.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "agent/core/fd.h"
#include "agent/core/result.h"

struct ring_buffer;

namespace plimsoll {

class Rings {
 public:
  using OnRecord = std::function<void(std::span<const std::byte>)>;

  /// Makes a ring of `bytes` (a power of two, a multiple of the page size) for each place of the map of maps
  /// `rings_fd`, which then is frozen, and maps it and the other two.
  static Result<std::unique_ptr<Rings>> make(int rings_fd, std::uint32_t rings, std::uint32_t bytes,
                                             int urgent_fd, int answers_fd);
  /// Maps rings that are there: of each CPU one, in this order, the urgent one, and that of the answers; -1:
  /// those are not read.
  static Result<std::unique_ptr<Rings>> over(std::vector<Fd> of_cpus, int urgent_fd, int answers_fd);
  Rings(const Rings&) = delete;
  Rings& operator=(const Rings&) = delete;
  ~Rings();

  struct Found {
    bool any = false;
    bool more = false;  ///< there may be: not all was passed on
  };
  /// Passes on what lies in the rings, the urgent first, at most about a thousand records of all; and last
  /// all answers that came before what was passed on.
  Result<Found> consume(const OnRecord&);

  [[nodiscard]] const std::vector<Fd>& of_cpus() const { return of_cpus_; }

  /// Sleeps until the kernel side wakes the reader, or the time is over.
  void sleep(std::chrono::milliseconds most) const;

 private:
  struct Ring {
    ring_buffer* buffer = nullptr;
    Rings* owner = nullptr;
    std::size_t most = 0;  ///< records at a time
    std::size_t taken = 0;
  };

  Rings() = default;
  Result<void> add(int map_fd, std::size_t most);
  static int on_sample(void* ring, void* data, std::size_t size);

  std::vector<Fd> of_cpus_;
  std::vector<std::unique_ptr<Ring>> rings_;
  const OnRecord* on_record_ = nullptr;
  Fd epoll_fd_;
};

}  // namespace plimsoll
