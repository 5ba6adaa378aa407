// Random profiles: small pools of values, so that two profiles often hold the same thing with different
// evidence.
#include "tests/unit/profiles/random_profile.h"

#include <array>
#include <string>
#include <type_traits>

#include "profiles/shape.h"

namespace plimsoll {
namespace {

using Random = std::mt19937;

std::uint64_t below(Random& random, std::uint64_t limit) {
  return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(random);
}

std::string text(Random& random) {
  using namespace std::string_literals;
  static const std::array kTexts = {
      ""s,      "/bin/sh"s,  "a\"b"s,        "it's \"so\" \\"s, "\\x41"s,     "new\nline\r\t"s,
      "\0nul"s, "\xff\xfe"s, "\xc3\xa4"s,    "\xe2\x80\xae"s,   "{ a = 1 }"s, "# [[behaviour]]"s,
      "'''"s,   "\"\"\""s,   "\x7f\x1b[2J"s, "a, b = c.d"s,     "<id>"s,      " "s};
  if (below(random, 4) != 0) return kTexts.at(below(random, kTexts.size()));
  std::string bytes(below(random, 6), '\0');
  for (char& byte : bytes) byte = static_cast<char>(below(random, 256));
  return bytes;
}

std::string host(Random& random) {
  return "host-" + std::to_string(below(random, 4)) + (below(random, 8) == 0 ? text(random) : "");
}

WallNs seconds(Random& random) {
  return static_cast<WallNs>(below(random, 5) * 1'000'000'000 * below(random, 9'000'000));
}

std::map<std::string, Share> shares(Random& random) {
  std::map<std::string, Share> out;
  for (std::uint64_t i = below(random, 4); i > 0; --i)
    out[host(random)] = {below(random, 4), below(random, 3), below(random, kMaxCount + 1), seconds(random)};
  return out;
}

Sketch sketch(Random& random) {
  Sketch out;
  for (std::uint64_t i = below(random, 50); i > 0; --i) out.add("item " + std::to_string(below(random, 200)));
  return out;
}

/// One of a family of names, so that profiles have few or many of it; now and then a pattern itself.
Behaviour of_family(Random& random) {
  Behaviour b{Phase::steady, "/usr/sbin/nginx", {}, Outcome::ok};
  const std::string number = std::to_string(1 + below(random, 9));
  switch (below(random, 4)) {
    case 0:
      b.object = ConnectObject{"unix", "/run/app/worker-" + number + ".sock", 0};
      break;
    case 1:
      b.object = ConnectObject{"unix", "/run/" + std::to_string(below(random, 2)) + "/s-" + number, 0};
      break;
    case 2:
      b.object = SetidObject{"uid", "0", "100" + number};
      break;
    default:
      b.object = ExecObject{"/opt/app-1." + number + "/run", "run", "", Origin::image, ""};
  }
  if (below(random, 8) != 0) return b;
  const auto patterns = patterns_of(b);
  return patterns[below(random, patterns.size())];
}

}  // namespace

Behaviour random_behaviour(Random& random) {
  Behaviour b;
  b.phase = static_cast<Phase>(below(random, 4));
  b.actor = below(random, 2) == 0 ? "/usr/sbin/nginx" : text(random);
  b.object = make_object(static_cast<Action>(below(random, 7)));
  for_each_field(b.object, [&random](std::string_view, auto& field) {
    using Field = std::remove_cvref_t<decltype(field)>;
    if constexpr (std::is_same_v<Field, Origin>) {
      field = static_cast<Origin>(below(random, 9));
    } else if constexpr (std::is_same_v<Field, std::uint16_t>) {
      field = static_cast<std::uint16_t>(below(random, 3) * 32767);
    } else {
      field = text(random);
    }
  });
  b.outcome = static_cast<Outcome>(below(random, 3));
  return b;
}

Profile random_profile(Random& random) {
  Profile p;
  p.lineage = {"registry.example/shop/web", "web"};
  for (std::uint64_t n = below(random, 4); n > 0; --n) {
    Generation& g = p.generations["sha256:" + std::to_string(below(random, 5))];
    g.parent = text(random);
    for (std::uint64_t i = below(random, 3); i > 0; --i) g.manifests.insert(text(random));
    for (std::uint64_t i = below(random, 3); i > 0; --i) g.tags.insert(text(random));
    g.began = seconds(random);
    g.last_seen = seconds(random);
  }
  for (std::uint64_t i = below(random, 7); i > 0; --i)
    p.classes.insert(static_cast<Action>(below(random, 7)));
  p.shares = shares(random);
  for (std::uint64_t i = below(random, 3); i > 0; --i) p.lost[host(random)] = below(random, 5);
  p.units = sketch(random);
  p.lives = sketch(random);
  p.stable_since = seconds(random);
  if (below(random, 2) == 0) p.gone_before = seconds(random);
  // Out of a fixed universe, so that profiles overlap.
  for (std::uint64_t i = below(random, 12); i > 0; --i) {
    Random universe(static_cast<unsigned>(below(random, 15)));
    Entry entry;
    entry.since_start_min = below(random, 100);
    entry.since_start_max = entry.since_start_min + below(random, 100);
    entry.first_seen = seconds(random);
    entry.first_host = host(random);
    entry.first_container = text(random);
    entry.first_image = text(random);
    entry.with_release = below(random, 2) == 0;
    entry.newest = {seconds(random), text(random)};
    entry.shares = shares(random);
    entry.seen_by = sketch(random);
    entry.peers = below(random, 6);
    entry.allowed = below(random, 4) == 0;
    p.behaviours[random_behaviour(universe)] = entry;
  }
  for (std::uint64_t i = below(random, 2) * below(random, 25); i > 0; --i) {
    Entry entry;
    entry.first_seen = seconds(random);
    entry.with_release = below(random, 6) == 0;
    entry.shares = shares(random);
    entry.seen_by = sketch(random);
    entry.peers = below(random, 6);
    entry.allowed = below(random, 16) == 0;
    const Behaviour behaviour = of_family(random);
    if (behaviour.pattern) entry.distinct = sketch(random);
    p.behaviours[behaviour] = entry;
  }
  for (std::uint64_t i = below(random, 4) == 0 ? below(random, 3) : 0; i > 0; --i)
    p.tombstones.insert(of_family(random));
  for (std::uint64_t i = below(random, 3); i > 0; --i) {
    Random universe(static_cast<unsigned>(below(random, 15)));
    p.tombstones.insert(random_behaviour(universe));
  }
  merge(p, p);  // what was removed, and whoever is gone
  return p;
}

}  // namespace plimsoll
