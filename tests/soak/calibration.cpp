// Whether what is predicted is what comes, by real workloads: a capture of tests/soak is played, learning to
// its end, and what each lineage was predicted at several moments is held against what then came. Once with
// all replicas together, and once for each replica as if it were alone on its host. Prints a table; exit 1
// where less than 90 % of the predictions held. Usage: soak_calibration CAPTURE [FIRST]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/engine/engine.h"
#include "agent/replay/replay.h"
#include "profiles/assess.h"
#include "profiles/profile.h"
#include "tests/soak/excerpt.h"

namespace {

using namespace plimsoll;

/// A lineage is asked so often at most: after FIRST container-minutes, after twice as many, and so on.
constexpr std::size_t kMostCuts = 6;

struct Moment {
  WallNs now = 0;
  Profile profile;
};

struct History {
  std::vector<Moment> cuts;
  Moment last;  ///< before another image of it began: what a release brings is not new of what runs
};

/// What was predicted for a time, and what came in it, of one class of action.
struct Cell {
  double bound = 0;
  double came = 0;
  [[nodiscard]] bool within() const { return came <= bound; }
  [[nodiscard]] double ratio() const {
    return came == 0 ? std::numeric_limits<double>::infinity() : bound / came;
  }
};
using Cells = std::vector<Cell>;

/// Behaviours of the class that would have been told of between both moments, had nothing been learned since
/// the first: what was not believed then, and was seen after it.
double fresh(const Moment& before, const Moment& after, Action action) {
  return static_cast<double>(std::ranges::count_if(after.profile.behaviours, [&](const auto& one) {
    const auto& [behaviour, entry] = one;
    return behaviour.phase != Phase::setup && behaviour.action() == action &&
           total(entry.shares).last_seen > before.now && !before.profile.contains(behaviour);
  }));
}

/// Of the class of which most was predicted; of several such, of which most came.
Cell cell(const Moment& before, const Moment& after) {
  const Assessment then = assess(before.profile, {.now = before.now});
  const double days = observed(after.profile).days - then.observed.days;
  Cell out{-1, 0};
  for (const auto& [action, predicted] : then.classes) {
    const Cell one{predicted.per_day * days, fresh(before, after, action)};
    if (std::pair(one.bound, one.came) > std::pair(out.bound, out.came)) out = one;
  }
  return out;
}

using Histories = std::map<Lineage, History>;

void watch(Histories& all, std::uint64_t first, const Engine& engine, WallNs now) {
  for (auto& report : engine.profiles()) {
    if (report.profile.generations.size() > 1) continue;
    auto& history = all[report.profile.lineage];
    history.last = {now, std::move(report.profile)};
    if (history.cuts.size() < kMostCuts && report.minutes >= first << history.cuts.size()) {
      history.cuts.push_back(history.last);
    }
  }
}

/// What became of each lineage in the capture.
Result<Histories> play(const std::string& capture, std::uint64_t first) {
  auto reader = capture::Reader::open(capture);
  if (!reader) return std::unexpected(reader.error());
  Histories all;
  const auto done =
      replay(*reader,
             {.detectors = all_detectors(),
              .profile = {},
              .watch = [&](const Engine& engine, WallNs now) { watch(all, first, engine, now); }},
             [](const Alert&) {});
  if (!done) return std::unexpected(done.error());
  return all;
}

/// One line of the table: what was predicted of a lineage at one moment, by one history or by several.
struct Row {
  Cells again, rest;  ///< for as many container-minutes more; for all that came
};
struct Key {
  std::string group, lineage;
  std::uint64_t minutes = 0;
  auto operator<=>(const Key&) const = default;
};
using Table = std::map<Key, Row>;

void add(Table& table, const std::string& group, const Histories& histories, std::uint64_t first) {
  for (const auto& [lineage, history] : histories) {
    const std::string name = lineage.repository.substr(lineage.repository.rfind('/') + 1);
    for (std::size_t i = 0; i < history.cuts.size(); ++i) {
      Row& row = table[{group, name, first << i}];
      row.rest.push_back(cell(history.cuts[i], history.last));
      if (i + 1 < history.cuts.size()) row.again.push_back(cell(history.cuts[i], history.cuts[i + 1]));
    }
  }
}

double mean(const Cells& cells, double Cell::* field) {
  double sum = 0;
  for (const Cell& one : cells) sum += one.*field;
  return sum / static_cast<double>(cells.size());
}

void print(const Cells& cells) {
  if (cells.empty()) {
    std::printf("%10s%8s%12s", "-", "-", "-");
    return;
  }
  const std::string within =
      std::to_string(std::ranges::count_if(cells, &Cell::within)) + " of " + std::to_string(cells.size());
  std::printf("%10.1f%8.1f%12s", mean(cells, &Cell::bound), mean(cells, &Cell::came), within.c_str());
}

double median(Cells cells) {
  std::ranges::sort(cells, {}, &Cell::ratio);
  return cells.empty() ? 0 : cells[cells.size() / 2].ratio();
}

/// Whether 90 % held.
bool summarise(const char* what, const Cells& cells) {
  Cells some = cells;
  std::erase_if(some, [](const Cell& one) { return one.came == 0; });
  const auto all_held = std::ranges::count_if(cells, &Cell::within);
  std::printf(
      "%s: %zu predictions, %td held (%.0f %%); something came in %zu, of them %td held, and the median "
      "bound "
      "was %.1f times what came\n",
      what, cells.size(), all_held, 100.0 * static_cast<double>(all_held) / static_cast<double>(cells.size()),
      some.size(), std::ranges::count_if(some, &Cell::within), median(some));
  return static_cast<double>(all_held) >= 0.9 * static_cast<double>(cells.size());
}

bool print(const Table& table) {
  std::printf("TABLE\n%-10s%-10s%8s%30s%30s\n", "", "", "", "AS MUCH AGAIN  ", "THE REST  ");
  std::printf("%-10s%-10s%8s%10s%8s%12s%10s%8s%12s\n", "REPLICAS", "LINEAGE", "MINUTES", "BOUND", "CAME",
              "WITHIN", "BOUND", "CAME", "WITHIN");
  Cells again, rest;
  for (const auto& [key, row] : table) {
    std::printf("%-10s%-10s%8llu", key.group.c_str(), key.lineage.c_str(),
                static_cast<unsigned long long>(key.minutes));
    print(row.again);
    print(row.rest);
    std::printf("\n");
    again.insert(again.end(), row.again.begin(), row.again.end());
    rest.insert(rest.end(), row.rest.begin(), row.rest.end());
  }
  std::printf("END TABLE\n");
  const bool first = summarise("as much again", again);
  return summarise("the rest", rest) && first;
}

/// "nginx-3" -> "-3"
std::string replica_of(const Container& container) {
  const auto dash = container.name.rfind('-');
  return dash == std::string::npos ? "" : container.name.substr(dash);
}

Result<Table> calibrate(const std::string& capture, const std::string& directory, std::uint64_t first) {
  std::set<std::string> replicas;
  Table table;
  const auto part = [&](const std::string& group, const std::string& name, const testing::Excerpt& wanted) {
    const std::string path = directory + "/" + name;
    if (auto made = testing::excerpt(capture, path, wanted); !made) return made;
    const auto histories = play(path, first);
    if (!histories) return Result<void>(std::unexpected(histories.error()));
    add(table, group, *histories, first);
    return Result<void>{};
  };
  const auto all = [&](const Container& one) {
    replicas.insert(replica_of(one));
    return true;
  };
  if (auto done = part("together", "all", {.keep = all}); !done) return std::unexpected(done.error());
  for (const auto& replica : replicas) {
    const auto alone = [&](const Container& one) { return replica_of(one) == replica; };
    if (auto done = part("alone", replica, {.keep = alone}); !done) return std::unexpected(done.error());
  }
  if (table.empty()) return fail(capture + ": no container was watched for long enough");
  return table;
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t first = argc == 3 ? std::strtoul(argv[2], nullptr, 10) : 2;
  if (argc < 2 || argc > 3 || first == 0) {
    std::fprintf(
        stderr,
        "usage: soak_calibration CAPTURE [FIRST]: one of tests/soak/run.sh --capture CAPTURE; asked first "
        "after FIRST container-minutes (2)\n");
    return 2;
  }
  std::string directory = std::filesystem::temp_directory_path() / "calibration-XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) return 1;
  const auto table = calibrate(argv[1], directory, first);
  std::filesystem::remove_all(directory);
  if (!table) return std::fprintf(stderr, "%s\n", table.error().message.c_str()), 1;
  return print(*table) ? 0 : 1;
}
