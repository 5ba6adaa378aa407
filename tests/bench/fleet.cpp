// What a fleet's store is asked in a day: the agent's own exchange, run for the hosts of one lineage against
// a store that counts, by a clock that jumps. Usage: fleet_bench [HOSTS [BEHAVIOURS]]
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "agent/core/hash.h"
#include "agent/fleet/fleet_exchange.h"
#include "tests/unit/fleet/memory_objects.h"

namespace {

using namespace plimsoll;

constexpr WallNs kStart = 1'780'000'000 * kNsPerSecond, kMinute = 60 * kNsPerSecond, kHour = 60 * kMinute;
constexpr int kNodes = 1500, kLineagesEach = 10;
const Lineage kWeb{"registry.example/shop/web", "web"};

Behaviour behaviour(int n) {
  const std::string path = "/usr/lib/app/program-" + std::to_string(n);
  return {Phase::steady, "/usr/sbin/nginx", ExecObject{path, "program", "", Origin::image, ""}, Outcome::ok};
}

class Node {
 public:
  Node(ObjectStore& store, int number)
      : name_("ip-10-0-" + std::to_string(number / 256) + "-" + std::to_string(number % 256)),
        exchange_(
            store, {.host = name_, .seed = stable_hash(name_)},
            [this](const Profile& from) {
              merge(profile_, from);
              return true;
            },
            [](LogLevel, std::string_view) {}) {
    profile_.lineage = kWeb;
    exchange_.want(kWeb);
  }
  void see(int first, int last, const std::string& image, WallNs now, bool stable) {
    if (stable) profile_.stable_since = kStart;
    auto& generation = profile_.generations[image];
    generation.began = earlier(generation.began, whole_seconds(now));
    for (int n = first; n < last; ++n) {
      Entry& entry = profile_.behaviours[behaviour(n)];
      entry.first_seen = earlier(entry.first_seen, whole_seconds(now));
      entry.seen_by.add(name_);
      count(entry.shares[name_], now);
    }
    count(profile_.shares[name_], now);
  }
  void step(WallNs now) {
    if (now < next_) return;
    exchange_.offer(profile_);
    while ((next_ = exchange_.step(now)) <= now) {
    }
  }

 private:
  static void count(Share& share, WallNs now) {
    share.minutes += 5;
    share.five_minutes += 1;
    share.count += 340;
    share.last_seen = whole_seconds(now);
  }

  std::string name_;
  Profile profile_;
  WallNs next_ = 0;
  FleetExchange exchange_;
};

/// A day in which `releases` times a new image brings three behaviours; nodes live for `life`.
void day(const char* what, int hosts, int behaviours, bool stable, int releases, WallNs life) {
  testing::MemoryObjects store;
  std::vector<std::unique_ptr<Node>> nodes(static_cast<std::size_t>(hosts));
  int born = 0;
  const auto run = [&](WallNs from, WallNs until, bool released) {
    for (WallNs now = from; now < until; now += kMinute) {
      for (std::size_t i = 0; i < nodes.size(); ++i) {
        const auto offset = static_cast<WallNs>(i) * life / hosts;
        if (!nodes[i] || (now - kStart + offset) % life < kMinute)
          nodes[i] = std::make_unique<Node>(store, born++);
        const auto done = released ? static_cast<int>((now - kStart) * releases / (24 * kHour)) : 0;
        if ((now / kMinute + static_cast<WallNs>(i)) % 5 == 0)
          nodes[i]->see(3 * done, behaviours + 3 * done, "sha256:" + std::to_string(done), now, stable);
        nodes[i]->step(now);
      }
    }
  };
  run(kStart - 2 * kHour, kStart, false);  // the lineage is there already
  store.counts = {};
  run(kStart, kStart + 24 * kHour, true);
  const auto& c = store.counts;
  const double times = static_cast<double>(kNodes) * kLineagesEach / hosts;
  const auto all = [times](std::uint64_t n) { return static_cast<double>(n) * times; };
  constexpr double kGiB = 1024.0 * 1024 * 1024;
  const auto merged = store.objects.lower_bound("merged/")->second.body.size();
  std::printf("%-44s %9.0f k %8.0f k %7.1f k %6.1f k %8.2f GiB %8.2f GiB %7.0f KiB\n", what,
              all(c.gets) / 1000, all(c.not_modified) / 1000, all(c.puts) / 1000, all(c.lists) / 1000,
              all(c.bytes_in) / kGiB, all(c.bytes_out) / kGiB, static_cast<double>(merged) / 1024);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const int hosts = argc > 1 ? std::atoi(argv[1]) : 100, behaviours = argc > 2 ? std::atoi(argv[2]) : 100;
  if (hosts < 1 || behaviours < 1) return 2;
  std::printf(
      "%d nodes with %d lineages each, a lineage on %d nodes, %d behaviours; requests and bodies in a day\n"
      "%-44s %11s %10s %9s %8s %12s %12s %11s\n",
      kNodes, kLineagesEach, hosts, behaviours, "", "GET", "of these 304", "PUT", "LIST", "fetched", "sent",
      "merged");
  day("stable, no release", hosts, behaviours, true, 0, 365 * 24 * kHour);
  day("stable, two releases with three new behaviour each", hosts, behaviours, true, 2, 365 * 24 * kHour);
  day("the same, nodes that live two hours", hosts, behaviours, true, 2, 2 * kHour);
  day("learning all day", hosts, behaviours, false, 2, 365 * 24 * kHour);
  return 0;
}
