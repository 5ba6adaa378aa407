// The rings that events come through: one for each CPU, and one for what is urgent.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "agent/core/descriptor.h"
#include "agent/core/result.h"

struct ring_buffer;

namespace plimsoll {

class Rings {
 public:
  using OnRecord = std::function<void(std::span<const std::byte>)>;

  /// Makes a ring of `bytes` (a power of two, a multiple of the page size) for each place of the map of maps
  /// `rings_fd`, which then is frozen, and maps it and the urgent one.
  static Result<std::unique_ptr<Rings>> make(int rings_fd, int urgent_fd, std::uint32_t rings,
                                             std::uint32_t bytes);
  /// Maps rings that are there: of each CPU one, in this order, and the urgent one.
  static Result<std::unique_ptr<Rings>> over(std::vector<Descriptor> of_cpus, int urgent_fd);
  Rings(const Rings&) = delete;
  Rings& operator=(const Rings&) = delete;
  ~Rings();

  struct Found {
    bool any = false;
    bool more = false;  ///< there may be: not all was passed on
  };
  /// Passes on what lies in the rings, the urgent first, at most about a thousand records of all.
  Result<Found> consume(const OnRecord&);

  [[nodiscard]] const std::vector<Descriptor>& of_cpus() const { return of_cpus_; }

  /// Sleeps until the kernel side wakes the reader, or the time is over.
  void sleep(std::chrono::milliseconds most) const;

 private:
  struct Ring {
    ring_buffer* buffer = nullptr;
    Rings* owner = nullptr;
    std::size_t taken = 0;
  };

  Rings() = default;
  Result<void> add(int map_fd);
  static int on_sample(void* ring, void* data, std::size_t size);

  std::vector<Descriptor> of_cpus_;
  std::vector<std::unique_ptr<Ring>> rings_;
  std::size_t budget_ = 0;
  const OnRecord* on_record_ = nullptr;
  int epoll_fd_ = -1;
};

}  // namespace plimsoll
