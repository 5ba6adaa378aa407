#include "agent/sensor/maps/kernel_calls.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "plimsoll.skel.h"

namespace plimsoll {
namespace {

// The program's answer, 0 or a negative errno; or why it could not be run. What it writes comes back in
// `context`.
template <typename Context>
Result<int> call(int program, Context& context) {
  bpf_test_run_opts options{};
  options.sz = sizeof(options);
  options.ctx_in = &context;
  options.ctx_size_in = sizeof(context);
  if (bpf_prog_test_run_opts(program, &options) != 0) return fail(std::strerror(errno));
  return static_cast<int>(options.retval);
}

template <typename Context>
Result<void> run(int program, Context& context, const char* what) {
  const auto answer = call(program, context);
  if (!answer) return fail(std::string(what), answer.error());
  if (*answer != 0) return fail(std::string(what) + ": " + std::strerror(-*answer));
  return {};
}

}  // namespace

KernelCalls::KernelCalls(const Programs& programs, const plimsoll_bpf& skeleton, std::uint32_t slots,
                         pl_key_call* batch)
    : adopt_(programs.fd("adopt_cgroup")),
      set_startup_(programs.fd("set_startup")),
      name_(programs.fd("name_slot")),
      forget_slot_(programs.fd("forget_slot")),
      set_known_(programs.fd("set_known")),
      forget_key_(programs.fd("forget_key")),
      read_ticks_(programs.fd("read_ticks")),
      free_slots_(bpf_map__fd(skeleton.maps.free_slots)),
      free_verdicts_(bpf_map__fd(skeleton.maps.free_verdicts)),
      slots_(slots),
      batch_(batch) {}

Result<Slot> KernelCalls::adopt(const pl_cgroup_key& cgroup, std::uint64_t started_ns,
                                std::int64_t steady_in) const {
  Slot slot = 0;
  if (bpf_map_lookup_and_delete_elem(free_slots_, nullptr, &slot) != 0)
    return fail("cannot give a running container a slot: all are taken");
  pl_adoption in{cgroup, started_ns, steady_in, slot, 0};
  if (auto done = run(adopt_, in, "giving a running container a slot"); !done) return fail(done.error());
  return slot;
}

Result<void> KernelCalls::set_startup(Slot slot, std::uint64_t ticks) const {
  pl_startup in{ticks, slot, 0};
  return run(set_startup_, in, "saying where a container's startup ends");
}

Result<void> KernelCalls::name(Slot slot, std::uint32_t epoch) const {
  pl_naming in{slot, epoch};
  return run(name_, in, "naming a container's slot");
}

Result<void> KernelCalls::forget(Slot slot) const {
  pl_naming in{slot, 0};
  if (!run(forget_slot_, in, "forgetting a slot")) return {};  // gone before
  const Slot next = slot + slots_;
  if (bpf_map_update_elem(free_slots_, nullptr, &next, BPF_ANY) != 0)
    return fail(std::string("giving back a slot's place: ") + std::strerror(errno));
  return {};
}

Result<void> KernelCalls::set_known_batch(std::uint32_t count) const {
  pl_set_known in{count, 0};
  return run(set_known_, in, "storing verdicts");
}

Result<void> KernelCalls::set_known(std::span<const Key> keys) const {
  while (!keys.empty()) {
    std::uint32_t count = 0;
    for (; !keys.empty() && count < PL_SET_KNOWN_BATCH; keys = keys.subspan(1)) {
      pl_key_call& next = batch_[count];
      next = {};
      std::memcpy(&next.key, keys.front().data(), sizeof(next.key));
      // A key that is incomplete is never looked up.
      if ((next.key.facts & PL_FACTS_PARTIAL) == 0) count++;
    }
    if (auto done = set_known_batch(count); !done) return done;
    // Keys that were never stored, for want of room, or were cleared since: there may be room now.
    std::uint32_t again = 0;
    for (std::uint32_t i = 0; i < count; i++) {
      std::uint32_t place = 0;
      if (batch_[i].answer != -ENOENT) continue;
      if (bpf_map_lookup_and_delete_elem(free_verdicts_, nullptr, &place) != 0) break;
      batch_[again++] = {batch_[i].key, place, 0};
    }
    if (again == 0) continue;
    auto done = set_known_batch(again);
    for (std::uint32_t i = 0; i < again; i++) {
      if (!done || batch_[i].answer != 0) free_verdict(batch_[i].verdict);
    }
    if (!done) return done;
  }
  return {};
}

std::uint32_t KernelCalls::forget_key(const pl_key& key) const {
  pl_key_call in{key, 0, 0};
  const auto answer = call(forget_key_, in);
  return answer && *answer == 0 ? in.verdict : 0;
}

void KernelCalls::free_verdict(std::uint32_t place) const {
  bpf_map_update_elem(free_verdicts_, nullptr, &place, BPF_ANY);
}

std::uint64_t KernelCalls::ticks() const {
  pl_ticks out{};
  return run(read_ticks_, out, "reading the kernel's ticks") ? out.now : 0;
}

}  // namespace plimsoll
