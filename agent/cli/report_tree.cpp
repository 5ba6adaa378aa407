// The behaviours of a report's page: phase -> actor -> action -> object, as nested lists that open and close.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <ranges>
#include <utility>
#include <vector>

#include "agent/cli/format.h"
#include "agent/cli/report_html.h"
#include "profiles/decisions.h"
#include "profiles/generalise.h"

namespace plimsoll {
namespace {

// What is longer than that is folded, so that a large profile still reads.
constexpr std::size_t kOpenGroup = 25;
constexpr std::size_t kOpenInAll = 250;

/// What an event is compared with: a pattern with its examples, or a behaviour alone.
struct Learned {
  const Behaviour* first;
  const Entry* second;
  const PatternInUse* pattern = nullptr;
};
using ByAction = std::map<Action, std::vector<Learned>>;

std::string field_text(const Behaviour& /*of*/, const std::string& value) {
  return html(value);
}
std::string field_text(const Behaviour& of, std::uint16_t port) {
  return port_text(of, port);
}
std::string field_text(const Behaviour& /*of*/, Origin origin) {
  return origin == Origin::unknown ? "" : std::string(name(origin));
}

/// "path /bin/sh as sh origin image"
std::string object_html(const Behaviour& behaviour) {
  std::string out;
  for_each_field(behaviour.object, [&](std::string_view key, const auto& value) {
    const std::string text = field_text(behaviour, value);
    if (text.empty()) return;
    out += out.empty() ? "" : " ";
    out += "<span class=key>" + std::string(key) + "</span> <code>" + text + "</code>";
  });
  return out.empty() ? "<span class=key>no further details</span>" : out;
}

std::string badge(std::string_view kind, std::string_view text) {
  return " <span class=\"badge " + std::string(kind) + "\">" + std::string(text) + "</span>";
}

std::string badges(const Behaviour& behaviour, const Entry& entry) {
  std::string out;
  if (behaviour.outcome == Outcome::failed) out += badge("refused", "refused by the kernel");
  if (quarantined(behaviour, entry)) out += badge("quarantined", "quarantined: one container only");
  if (on_trial(entry)) out += badge("quarantined", "on trial: a release brought it");
  if (entry.allowed) out += badge("allowed", "allowed by a person");
  return out;
}

/// Which container showed it first, and where; empty where that was not recorded.
std::string provenance(const Entry& entry) {
  if (entry.first_seen == 0) return "written by hand";
  std::string out = "first seen " + rfc3339_seconds(entry.first_seen);
  if (!entry.first_host.empty()) out += " on <code>" + html(entry.first_host) + "</code>";
  if (!entry.first_container.empty()) {
    out += " by container <code>" + html(entry.first_container.substr(0, 12)) + "</code>";
  }
  if (!entry.first_image.empty()) out += " of <code>" + html(short_image(entry.first_image)) + "</code>";
  return out;
}

std::string often(const Entry& entry) {
  const Share all = total(entry.shares);
  const auto containers = static_cast<std::uint64_t>(std::llround(entry.seen_by.estimate()));
  return grouped(all.count) + (all.count == 1 ? " time in " : " times in ") + grouped(all.minutes) +
         " container-minutes of " + grouped(containers) + (containers == 1 ? " container" : " containers") +
         ", " + grouped(entry.since_start_min) + " to " + grouped(entry.since_start_max) +
         " s after the start";
}

/// 1 to 10: from what was seen in one container-minute to what was seen in the most, by orders of magnitude.
int width(const Entry& entry, std::uint64_t most) {
  const double minutes = static_cast<double>(std::max<std::uint64_t>(total(entry.shares).minutes, 1));
  const double all = std::log(static_cast<double>(std::max<std::uint64_t>(most, 2)));
  return 1 + static_cast<int>(std::lround(std::clamp(9 * std::log(minutes) / all, 0.0, 9.0)));
}

/// What a pattern was made of; empty where there is none.
std::string examples_html(const PatternInUse* pattern) {
  if (pattern == nullptr) return "";
  std::string out =
      "<details class=small><summary>a pattern: " + seen_in_its_place(*pattern) + "</summary><ul>\n";
  for (const auto* example : pattern->examples | std::views::take(kExamplesKept)) {
    out += "<li>" + object_html(example->first) + "<div class=small>" + often(example->second) + "; " +
           provenance(example->second) + " <span class=id>" + id_of(example->first) + "</span></div></li>\n";
  }
  return out + "</ul></details>";
}

void leaf(std::string& out, const Learned& learned, std::uint64_t most) {
  const auto& behaviour = *learned.first;
  const auto& entry = *learned.second;
  out += "<li class=leaf><span class=\"often w" + std::to_string(width(entry, most)) + "\"></span>";
  out += "<div>" + object_html(behaviour) + badges(behaviour, entry);
  out += "<div class=small>" + often(entry) + "; " + provenance(entry) + " <span class=id>" +
         id_of(behaviour) + "</span></div>" + examples_html(learned.pattern) + "</div></li>\n";
}

std::string counted(std::size_t count) {
  return " <span class=count>" + grouped(count) + "</span>";
}

/// How the tree is drawn.
struct Drawing {
  bool small = true;       ///< the whole of it: nothing needs to be folded
  std::uint64_t most = 0;  ///< container-minutes of what was seen in the most
};

void actor_group(std::string& out, const std::string& actor, const ByAction& actions,
                 const Drawing& drawing) {
  std::size_t count = 0, marked = 0;
  for (const auto& [action, all] : actions) {
    count += all.size();
    marked += static_cast<std::size_t>(
        std::ranges::count_if(all, [](const auto& one) { return quarantined(*one.first, *one.second); }));
  }
  out += std::string("<li><details") + (drawing.small || count <= kOpenGroup / 5 ? " open" : "") +
         "><summary><code class=actor>" + html(actor) + "</code>" + counted(count) +
         (marked > 0 ? badge("quarantined", grouped(marked) + " quarantined") : "") + "</summary><ul>\n";
  for (const auto& [action, all] : actions) {
    out += std::string("<li><details") + (all.size() <= kOpenGroup ? " open" : "") + "><summary>" +
           action_html(action) + counted(all.size()) + "</summary><ul>\n";
    for (const auto& one : all) leaf(out, one, drawing.most);
    out += "</ul></details></li>\n";
  }
  out += "</ul></details></li>\n";
}

std::string_view meaning(Phase phase) {
  switch (phase) {
    case Phase::setup:
      return "what the container runtime does before the first program";
    case Phase::startup:
      return "the first programs";
    case Phase::steady:
      return "after that";
    case Phase::entered:
      return "started from outside: exec, probes";
  }
  return "";
}

}  // namespace

std::string behaviour_tree(const Profile& profile) {
  std::map<Phase, std::map<std::string, ByAction>> tree;
  std::map<Phase, std::size_t> counts;
  Drawing drawing{.small = profile.behaviours.size() <= kOpenInAll};
  const Generalised view(profile);
  view.each([&](const Behaviour& b, const Entry& entry) {
    const auto pattern = view.patterns().find(b);
    tree[b.phase][b.actor][b.action()].push_back(
        {&b, &entry, pattern == view.patterns().end() ? nullptr : &pattern->second});
    ++counts[b.phase];
    drawing.most = std::max(drawing.most, total(entry.shares).minutes);
  });
  std::string out;
  for (const auto& [phase, actors] : tree) {
    out += std::string("<details class=phase") + (phase == Phase::setup ? "" : " open") + "><summary><h3>" +
           std::string(name(phase)) + "</h3>" + counted(counts[phase]) + " <span class=small>" +
           std::string(meaning(phase)) + "</span></summary><ul class=tree>\n";
    for (const auto& [actor, actions] : actors) actor_group(out, actor, actions, drawing);
    out += "</ul></details>\n";
  }
  if (!profile.tombstones.empty()) {
    out += "<details class=phase open><summary><h3>removed</h3>" + counted(profile.tombstones.size()) +
           " <span class=small>by a person: counts as new, and is never learned again</span></summary><ul "
           "class=tree>\n";
    for (const Behaviour& b : profile.tombstones) {
      out += "<li class=leaf><div>" + action_html(b.action()) + " <s>" + object_html(b) + "</s>" +
             badge("removed", "removed") + "<div class=small>" + std::string(name(b.phase)) + ", by <code>" +
             html(b.actor) + "</code> <span class=id>" + id_of(b) + "</span></div></div></li>\n";
    }
    out += "</ul></details>\n";
  }
  return out.empty() ? "<p>Nothing has been learned yet.</p>\n" : out;
}

}  // namespace plimsoll
