#include "agent/sensor/maps/rings.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace plimsoll {
namespace {

constexpr std::size_t kRecordsAtATime = 1024, kFewest = 16;
constexpr std::size_t kAnswersAtATime = 4096;  // more than their ring holds
constexpr int kEnough = -ECANCELED;  // ends a ring's turn, so that a flood in one does not hold up the others

}  // namespace

Result<std::unique_ptr<Rings>> Rings::make(int rings_fd, std::uint32_t rings, std::uint32_t bytes,
                                           int urgent_fd, int answers_fd) {
  std::vector<Fd> of_cpus;
  for (std::uint32_t cpu = 0; cpu < rings; cpu++) {
    of_cpus.emplace_back(bpf_map_create(BPF_MAP_TYPE_RINGBUF, "plimsoll_ring", 0, 0, bytes, nullptr));
    const int fd = of_cpus.back().get();
    if (fd < 0) {
      return fail("cannot make an event ring of " + std::to_string(bytes) +
                  " bytes: " + std::strerror(errno));
    }
    if (bpf_map_update_elem(rings_fd, &cpu, &fd, BPF_ANY) != 0)
      return fail(std::string("cannot place an event ring: ") + std::strerror(errno));
  }
  if (bpf_map_freeze(rings_fd) != 0)  // nobody puts others in their places
    return fail(std::string("cannot freeze the map of event rings: ") + std::strerror(errno));
  return over(std::move(of_cpus), urgent_fd, answers_fd);
}

Result<std::unique_ptr<Rings>> Rings::over(std::vector<Fd> of_cpus, int urgent_fd, int answers_fd) {
  std::unique_ptr<Rings> self(new Rings);
  self->of_cpus_ = std::move(of_cpus);
  const std::size_t most = std::max(kFewest, kRecordsAtATime / (self->of_cpus_.size() + 1));
  if (auto added = self->add(urgent_fd, most); !added) return fail(added.error());
  for (const Fd& ring : self->of_cpus_) {
    if (auto added = self->add(ring.get(), most); !added) return fail(added.error());
  }
  if (answers_fd >= 0) {
    if (auto added = self->add(answers_fd, kAnswersAtATime); !added) return fail(added.error());
  }

  // Edge-triggered: only a wake-up ends a sleep, not that something lies in the ring.
  self->epoll_fd_ = Fd(epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  if (!self->epoll_fd_ || epoll_ctl(self->epoll_fd_.get(), EPOLL_CTL_ADD, urgent_fd, &event) != 0)
    return fail(std::string("cannot wait for the event ring: ") + std::strerror(errno));
  return self;
}

Result<void> Rings::add(int map_fd, std::size_t most) {
  auto ring = std::make_unique<Ring>();
  ring->owner = this;
  ring->most = most;
  ring->buffer = ring_buffer__new(map_fd, &Rings::on_sample, ring.get(), nullptr);
  if (ring->buffer == nullptr) return fail(std::string("cannot map an event ring: ") + std::strerror(errno));
  rings_.push_back(std::move(ring));
  return {};
}

Rings::~Rings() {
  for (const auto& ring : rings_) ring_buffer__free(ring->buffer);
}

int Rings::on_sample(void* context, void* data, std::size_t size) {
  auto& ring = *static_cast<Ring*>(context);
  (*ring.owner->on_record_)({static_cast<const std::byte*>(data), size});
  return ++ring.taken < ring.most ? 0 : kEnough;
}

Result<Rings::Found> Rings::consume(const OnRecord& on_record) {
  on_record_ = &on_record;
  Found found;
  for (const auto& ring : rings_) {
    ring->taken = 0;
    const int n = ring_buffer__consume(ring->buffer);
    if (n < 0 && n != kEnough) return fail(std::string("reading an event ring: ") + std::strerror(-n));
    found.any = found.any || ring->taken > 0;
    found.more = found.more || n == kEnough;
  }
  return found;
}

void Rings::sleep(std::chrono::milliseconds most) const {
  epoll_event event{};
  epoll_wait(epoll_fd_.get(), &event, 1, static_cast<int>(most.count()));  // EINTR is as good as a wake-up
}

}  // namespace plimsoll
