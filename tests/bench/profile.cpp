// What work with a large profile costs, and how that grows: each doing with some behaviours, and with ten
// times as many. Usage: profile_bench [BEHAVIOURS]
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "profiles/assess.h"
#include "profiles/toml_codec.h"

namespace {

using namespace plimsoll;

Behaviour behaviour(int n) {
  const std::string path = "/usr/lib/app/" + std::to_string(n % 97) + "/program-" + std::to_string(n);
  if (n % 3 == 0)
    return {Phase::steady, path, ConnectObject{"tcp", "private", static_cast<std::uint16_t>(n)},
            Outcome::attempt};
  return {Phase::steady, "/usr/sbin/nginx", ExecObject{path, "program", "", Origin::image, ""}, Outcome::ok};
}

Profile profile_of(int n, const std::string& host) {
  Profile p;
  p.lineage = {"registry.example/shop/web", "web"};
  p.classes = {Action::exec, Action::connect};
  p.shares[host] = {1440, 288, 2, 1'780'000'000 * kNsPerSecond};
  for (int i = 0; i < n; ++i) {
    Entry& e = p.behaviours[behaviour(i)];
    e.first_seen = 1'780'000'000 * kNsPerSecond;
    e.first_host = host;
    e.shares[host] = {12, 4, 340, 1'780'000'000 * kNsPerSecond};
    e.seen_by.add("c" + std::to_string(i % 5));
  }
  return p;
}

/// The least of five.
double milliseconds(const std::function<void()>& work) {
  double best = 1e300;
  for (int i = 0; i < 5; ++i) {
    const auto begun = std::chrono::steady_clock::now();
    work();
    best = std::min(
        best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count());
  }
  return best;
}

struct Doing {
  const char* name;
  std::function<void(const Profile&, const Profile&, const std::string&)> work;
};

}  // namespace

int main(int argc, char** argv) {
  const int many = argc > 1 ? std::atoi(argv[1]) : 10'000;
  const int few = many / 10;
  if (few < 1) {
    std::fprintf(stderr, "usage: profile_bench [BEHAVIOURS]; accepted: at least 10\n");
    return 2;
  }
  std::size_t sink = 0;
  const std::vector<Doing> doings = {
      {"load",
       [&](const Profile&, const Profile&, const std::string& text) {
         const auto read = profile_from_toml(text, "bench");
         if (read) sink += read->behaviours.size();  // a larger one is no file any more
       }},
      {"write", [&](const Profile& a, const Profile&, const std::string&) { sink += to_toml(a).size(); }},
      {"match",
       [&](const Profile& a, const Profile& b, const std::string&) {
         for (const auto& [one, entry] : b.behaviours) sink += a.contains(one) ? 1 : 0;
       }},
      {"merge",
       [&](const Profile& a, const Profile& b, const std::string&) {
         Profile both = a;
         merge(both, b);
         sink += both.behaviours.size();
       }},
      {"diff",
       [&](const Profile& a, const Profile& b, const std::string&) {
         for (const auto& [one, entry] : a.behaviours) sink += b.behaviours.contains(one) ? 0 : 1;
         for (const auto& [one, entry] : b.behaviours) sink += a.behaviours.contains(one) ? 0 : 1;
       }},
      {"assess",
       [&](const Profile& a, const Profile&, const std::string&) { sink += assess(a, {}).reason.size(); }},
  };
  const double n_log_n = 10 * std::log(many) / std::log(few);
  std::printf("%-8s %12d %12d   times, of n log n's %.1f\n", "ms", few, many, n_log_n);
  const Profile small_a = profile_of(few, "h1"), small_b = profile_of(few, "h2");
  const Profile large_a = profile_of(many, "h1"), large_b = profile_of(many, "h2");
  const std::string small_text = to_toml(small_a), large_text = to_toml(large_a);
  for (const Doing& doing : doings) {
    const double small = milliseconds([&] { doing.work(small_a, small_b, small_text); });
    const double large = milliseconds([&] { doing.work(large_a, large_b, large_text); });
    std::printf("%-8s %12.3f %12.3f   %.1f\n", doing.name, small, large, large / small);
  }
  return sink == 0 ? 1 : 0;
}
