#include "agent/sensor/decode/decode.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "agent/core/dns.h"

namespace plimsoll {
namespace {

#define PLIMSOLL_NAME(identifier, name) name,
constexpr std::array<std::string_view, PL_HOOKS> kHooks{PL_HOOK_LIST(PLIMSOLL_NAME)};
constexpr std::array<std::string_view, PL_LOST_REASONS> kLost{PL_LOST_LIST(PLIMSOLL_NAME)};
constexpr std::array<std::string_view, PL_CALLS> kCalls{PL_CALL_LIST(PLIMSOLL_NAME)};
#undef PLIMSOLL_NAME

static_assert(sizeof(pl_key) == kKeyBytes);

WallNs wall(const pl_header& h, std::int64_t offset) {
  return static_cast<WallNs>(h.time_ns) + offset;
}

CgroupId cgroup_of(const pl_header& h) {
  return {h.hierarchy, h.cgroup};
}

Credentials credentials(const pl_creds& c) {
  return {c.uid,   c.euid,      c.suid,      c.fsuid,       c.gid,      c.egid,    c.sgid,
          c.fsgid, c.effective, c.permitted, c.inheritable, c.bounding, c.ambient, c.user_ns};
}

std::vector<std::string> arguments(std::string_view text) {
  std::vector<std::string> argv;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); i++) {
    if (text[i] != '\0') continue;
    argv.emplace_back(text.substr(start, i - start));
    start = i + 1;
  }
  if (start < text.size()) argv.emplace_back(text.substr(start));
  return argv;
}

Process process(const ActivityRecord& r) {
  const pl_activity& e = r.fixed;
  Process p;
  p.pid = e.header.pid;
  p.tid = e.header.tid;
  p.ppid = e.ppid;
  p.start_ns = e.start_ns;
  p.comm = fixed_text(e.comm);
  p.exe = r.text(PL_TEXT_EXE);
  p.argv = arguments(r.texts[PL_TEXT_ARGV]);
  p.argv_truncated = e.header.flags & PL_FLAG_ARGV_TRUNCATED;
  p.cwd = r.text(PL_TEXT_CWD);
  p.before = credentials(e.before);
  p.creds = credentials(e.creds);
  p.mnt_ns = e.mnt_ns;
  p.pid_ns = e.pid_ns;
  p.net_ns = e.net_ns;
  for (std::size_t i = 0; i < PL_ANCESTORS && e.ancestors[i] != 0; i++)
    p.ancestors.push_back({e.ancestors[i], std::string(r.texts[PL_TEXT_ANCESTOR + i])});
  return p;
}

Evidence evidence(const ActivityRecord& r) {
  const pl_activity& e = r.fixed;
  Evidence v;
  const auto facts = e.key.facts;
  if (e.key.action == PL_EXEC) {
    v.filename = r.text(PL_TEXT_NAME);
    v.stdin_kind = static_cast<StdinKind>(e.key.stdin_kind);
  }
  v.address = address_of(e.key);
  v.stdout_socket = facts & PL_FACT_STDOUT_SOCKET;
  v.secure_exec = facts & PL_FACT_SECURE_EXEC;
  v.loader_variables = facts & PL_FACT_LOADER_VARIABLES;
  v.actor_not_from_image = facts & PL_FACT_ACTOR_NOT_IMAGE;
  v.compat = facts & PL_FACT_COMPAT;
  v.truncated = facts & PL_FACTS_PARTIAL;
  v.flags = e.call_flags;
  v.result = e.result;
  v.syscall = e.key.call < PL_CALLS ? kCalls[e.key.call] : "";
  return v;
}

bool in_range(const pl_key& k) {
  return k.phase <= PL_PHASE_ENTERED && k.action < kNamesOf<Action>.size() && k.outcome <= PL_ATTEMPT &&
         k.origin <= PL_ORIGIN_OUTSIDE && k.stdin_kind <= PL_STDIN_NULL;
}

// The texts of a record, which follow its fixed part; fails when they would reach beyond its end.
Result<ActivityRecord> with_texts(const pl_activity& e, std::span<const std::byte> record) {
  ActivityRecord result{e, {}};
  std::size_t at = sizeof(e);
  for (std::size_t kind = 0; kind < PL_TEXTS; kind++) {
    const std::size_t bytes = e.text_bytes[kind];
    if (bytes > record.size() - at) return fail("activity record whose texts reach beyond its end");
    result.texts[kind] = {reinterpret_cast<const char*>(record.data() + at), bytes};
    at += bytes;
  }
  return result;
}

Result<KernelEvent> activity(const pl_activity& e, std::span<const std::byte> record, std::int64_t offset) {
  if (!in_range(e.key)) return fail("activity record with an unknown phase, action, outcome or origin");
  const auto texts = with_texts(e, record);
  if (!texts) return std::unexpected(texts.error());
  Activity a;
  a.time = wall(e.header, offset);
  a.slot = e.header.slot;
  a.cgroup = cgroup_of(e.header);
  a.since_start_ns = e.since_start_ns;
  a.hook = hook_name(e.header.hook);
  a.behaviour = {static_cast<Phase>(e.key.phase), texts->text(PL_TEXT_EXE), decode_object(*texts),
                 static_cast<Outcome>(e.key.outcome)};
  a.process = process(*texts);
  a.evidence = evidence(*texts);
  std::memcpy(a.key.data(), &e.key, sizeof(e.key));
  a.kind = kind_of(e.key);
  a.lost_before = e.lost_before;
  return a;
}

KernelEvent cgroup_event(const pl_cgroup_event& e, std::int64_t offset) {
  const auto& h = e.header;
  if (h.kind == PL_KIND_CGROUP_MADE) {
    return CgroupMade{
        wall(h, offset),    h.slot, e.parent_slot, cgroup_of(h), fixed_text(e.path), fixed_text(e.cwd),
        fixed_text(e.comm), h.pid};
  }
  if (h.kind == PL_KIND_CGROUP_REMOVED)
    return CgroupRemoved{wall(h, offset), h.slot, cgroup_of(h), fixed_text(e.path)};
  return CgroupMoved{wall(h, offset), e.parent_slot,      h.slot,          cgroup_of(h), fixed_text(e.path),
                     h.pid,           fixed_text(e.comm), e.from_host != 0};
}

Result<KernelEvent> answer(const pl_answer& e, std::span<const std::byte> record, std::int64_t offset) {
  const auto message = record.subspan(offsetof(pl_answer, message));
  if (e.bytes > message.size()) return fail("answer whose message reaches beyond its record");
  DnsAnswer a{wall(e.header, offset), e.header.slot, {}, e.loopback != 0, {}};
  std::memcpy(a.from.data(), e.from, a.from.size());
  // What is asked for is the container's choice: names that are no host's, and what has no address.
  if (auto reply = parse_dns_reply(message.first(e.bytes))) a.reply = std::move(*reply);
  return a;
}

// A record's bytes as T, if the size is right. The ring aligns records to eight bytes.
template <typename T>
const T* as(std::span<const std::byte> record) {
  return record.size() >= sizeof(T) ? reinterpret_cast<const T*>(record.data()) : nullptr;
}

}  // namespace

std::uint32_t hook_of_record(std::span<const std::byte> record) {
  const auto* header = as<pl_header>(record);
  return header && header->hook < PL_HOOKS ? header->hook : 0;
}

std::optional<Address> address_of(const pl_key& key) {
  constexpr std::uint16_t kUnix = 1;  // AF_UNIX
  if (key.action != PL_CONNECT || key.object.connect.family == kUnix) return std::nullopt;
  Address address{};
  std::memcpy(address.data(), key.object.connect.address, address.size());
  return address;
}

Key kind_of(const pl_key& key) {
  Key out{};
  if (key.facts & PL_FACTS_PARTIAL) return out;
  pl_key kind = key;
  if (const auto address = address_of(key)) {
    auto& bytes = kind.object.connect.address;
    const std::string_view name = destination_class(*address);
    std::memset(bytes, 0, sizeof(bytes));
    std::memcpy(bytes, name.data(), std::min(name.size(), sizeof(bytes)));
  }
  std::memcpy(out.data(), &kind, sizeof(kind));
  return out;
}

std::string_view hook_name(std::uint32_t hook) {
  return hook < kHooks.size() ? kHooks[hook] : "unknown";
}
std::string_view lost_name(std::uint32_t reason) {
  return reason < kLost.size() ? kLost[reason] : "unknown";
}

Losses losses_from(std::span<const __u64, PL_LOST_REASONS> counts) {
  Losses lost;
  for (std::uint32_t reason = 0; reason < counts.size(); reason++) {
    if (counts[reason] != 0) lost[std::string(lost_name(reason))] = counts[reason];
  }
  return lost;
}

Result<KernelEvent> decode(std::span<const std::byte> record, std::int64_t wall_offset) {
  const auto* header = as<pl_header>(record);
  if (!header) return fail("record of " + std::to_string(record.size()) + " bytes, shorter than its header");
  if (header->version != PL_WIRE_VERSION) {
    return fail("record of wire version " + std::to_string(header->version) + ", expected " +
                std::to_string(PL_WIRE_VERSION));
  }
  switch (header->kind) {
    case PL_KIND_ACTIVITY:
      if (const auto* e = as<pl_activity>(record)) return activity(*e, record, wall_offset);
      break;
    case PL_KIND_CGROUP_MADE:
    case PL_KIND_CGROUP_REMOVED:
    case PL_KIND_CGROUP_MOVED:
      if (const auto* e = as<pl_cgroup_event>(record)) return cgroup_event(*e, wall_offset);
      break;
    case PL_KIND_EXITED:
      if (const auto* e = as<pl_exited>(record))
        return TaskExited{wall(e->header, wall_offset), e->header.slot, e->header.pid, e->exit_code};
      break;
    case PL_KIND_ANSWER:  // as long as its message
      if (record.size() >= offsetof(pl_answer, message))
        return answer(*reinterpret_cast<const pl_answer*>(record.data()), record, wall_offset);
      break;
    default:
      return fail("record of unknown kind " + std::to_string(header->kind));
  }
  return fail("record of kind " + std::to_string(header->kind) + " with only " +
              std::to_string(record.size()) + " bytes");
}

}  // namespace plimsoll
