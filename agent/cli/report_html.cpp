// The page of a report: its head, numbers, coverage, provenance. The behaviours are in report_tree.cpp.
#include "agent/cli/report_html.h"

#include <algorithm>
#include <cmath>

#include "agent/cli/format.h"
#include "agent/cli/report_style.h"
#include "agent/core/text.h"

namespace plimsoll {
namespace {

std::string cell(const std::string& text, bool number = false) {
  return std::string(number ? "<td class=n>" : "<td>") + text + "</td>";
}

std::string number(std::uint64_t value) {
  return cell(grouped(value), true);
}

std::string code(std::string_view bytes) {
  return "<code>" + html(bytes) + "</code>";
}

std::string day(WallNs time) {
  return time == 0 ? "not known" : rfc3339_seconds(time);
}

std::string tile(const std::string& value, std::string_view what) {
  return "<div><b>" + value + "</b>" + std::string(what) + "</div>\n";
}

std::string header(const Profile& profile, const Assessment& a, double limit) {
  const std::string state(name(a.state));
  const std::string_view reason = a.reason;
  std::string out =
      "<header>\n<h1>" + html(profile.lineage.repository) + "</h1>\n<p>role " + code(profile.lineage.role);
  if (const auto* const image = newest(profile)) {
    out += ", newest image " + code(short_image(image->first));
    for (const auto& tag : image->second.tags) out += " " + code(tag);
  }
  out += "</p>\n<p><span class=\"state " + state + "\">" + state + "</span> " +
         html(reason.starts_with(state + ": ") ? reason.substr(state.size() + 2) : reason) + "</p>\n";
  out += "<progress max=100 value=" + std::to_string(std::lround(100 * std::clamp(a.progress, 0.0, 1.0))) +
         "></progress>\n";
  const auto hosts = profile.shares.size() - profile.shares.count(std::string{kGone});
  std::uint64_t lost = 0;
  for (const auto& [host, events] : profile.lost) lost += events;
  out += "<div class=tiles>\n" + tile(grouped(profile.behaviours.size()), "behaviours") +
         tile(grouped(a.all.quarantined), "of them quarantined") +
         tile(grouped(total(profile.shares).minutes), "container-minutes observed") +
         tile(grouped(a.observed.lifetimes), "containers started") +
         tile(grouped(hosts), hosts == 1 ? "host" : "hosts") +
         tile(grouped(lost), "events lost while learning");
  out += tile(a.predicted_new_behaviours_per_day ? "≤ " + one_decimal(*a.predicted_new_behaviours_per_day)
                                                 : "not known",
              "new behaviours a day expected at most (95 %), limit " + one_decimal(limit));
  if (a.container_hours_to_go) out += tile(one_decimal(*a.container_hours_to_go), "container-hours to go");
  return out + "</div>\n</header>\n";
}

std::string coverage_table(const Assessment& a, double limit) {
  std::string out =
      "<section>\n<h2>How complete it is</h2>\n<div class=scroll><table>\n<tr><th>Action<th class=n>Seen<th "
      "class=n>Estimated<th>Coverage<th class=n>Seen once<th class=n>In 5 min<th class=n>Quarantined<th "
      "class=n>New behaviours a day ≤<th>Of the limit</tr>\n";
  for (const auto& [action, one] : a.classes) {
    const Coverage& c = one.coverage;
    const double there = std::max(c.richness(), 1.0);
    const double seen = c.behaviours == 0 ? 0 : 100 * static_cast<double>(c.behaviours) / there;
    const double share = std::min(100.0, 100 * one.per_day / limit);
    out += "<tr>" + cell(action_html(action)) + number(c.behaviours) + cell(one_decimal(c.richness()), true) +
           cell(c.behaviours == 0 ? "<span class=small>none seen</span>"
                                  : "<meter min=0 max=100 low=80 high=95 optimum=100 value=" +
                                        std::to_string(std::lround(seen)) + "></meter>&nbsp;" +
                                        std::to_string(std::lround(seen)) + "&nbsp;%") +
           number(c.minutes.singletons) + number(c.five_minutes.singletons) + number(c.quarantined) +
           cell(one_decimal(one.per_day), true) +
           cell("<meter min=0 max=100 low=90 high=99 optimum=0 value=" + std::to_string(std::lround(share)) +
                "></meter>") +
           "</tr>\n";
  }
  return out +
         "</table></div>\n<p class=small>Estimated: how many behaviours there are at least, including those "
         "not "
         "seen yet (Chao2). Seen once, and in 5 min: seen in only one unit of a minute, or of five. "
         "New behaviours a day: at most so many are expected (95 %).</p>\n</section>\n";
}

std::string release_table(const Profile& profile) {
  std::map<std::string, std::size_t> showed;
  for (const auto& [behaviour, entry] : profile.behaviours) ++showed[entry.first_image];
  std::vector<const std::pair<const std::string, Generation>*> releases;
  releases.reserve(profile.generations.size());
  for (const auto& one : profile.generations) releases.push_back(&one);
  std::ranges::stable_sort(releases, std::greater{}, [](const auto* one) { return one->second.began; });
  std::string out =
      "<section>\n<h2>Releases</h2>\n<div class=scroll><table>\n<tr><th>Image<th>Tags<th>First "
      "watched<th>Last "
      "watched<th>After<th class=n>Showed first</tr>\n";
  for (const auto* const one : releases) {
    const auto& [image, generation] = *one;
    std::string tags;
    for (const auto& tag : generation.tags) tags += (tags.empty() ? "" : " ") + code(tag);
    out += "<tr>" + cell(code(short_image(image))) + cell(tags) + cell(day(generation.began)) +
           cell(day(generation.last_seen)) +
           cell(generation.parent.empty() ? "" : code(short_image(generation.parent))) +
           number(showed[image]) + "</tr>\n";
  }
  return out + "</table></div>\n</section>\n";
}

std::string host_table(const Profile& profile) {
  std::map<std::string, std::pair<std::size_t, std::size_t>> seen;  // behaviours; first shown there
  for (const auto& [behaviour, entry] : profile.behaviours) {
    for (const auto& [host, share] : entry.shares) ++seen[host].first;
    ++seen[entry.first_host].second;
  }
  std::string out =
      "<section>\n<h2>Hosts</h2>\n<div class=scroll><table>\n<tr><th>Host<th class=n>Container-minutes<th "
      "class=n>Containers started<th class=n>Behaviours<th class=n>Showed first<th class=n>Events "
      "lost<th>Last watched</tr>\n";
  for (const auto& [host, share] : profile.shares) {
    const auto lost = profile.lost.find(host);
    out += "<tr>" + cell(host == kGone ? "hosts that are gone" : code(host)) + number(share.minutes) +
           number(share.count) + number(seen[host].first) + number(seen[host].second) +
           number(lost == profile.lost.end() ? 0 : lost->second) + cell(day(share.last_seen)) + "</tr>\n";
  }
  return out + "</table></div>\n</section>\n";
}

}  // namespace

std::string html(std::string_view bytes) {
  std::string out;
  for (const char c : escape(bytes)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string action_html(Action action) {
  std::string out = "<span class=\"action ";
  out += name(action);
  out += "\">";
  out += name(action);
  return out + "</span>";
}

std::string report_html(const Profile& profile, const Assessment& assessment, const std::string& startup,
                        double limit, WallNs made) {
  std::string out =
      "<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
      "base-uri 'none'; form-action 'none'\">\n"
      "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n<title>" +
      html(profile.lineage.repository) + " - Plimsoll</title>\n<style>";
  out += kReportStyle;
  out += "</style>\n</head>\n<body>\n";
  out += header(profile, assessment, limit);
  out +=
      "<section>\n<h2>What it does</h2>\n<p class=small>Phase, actor, action, object. The "
      "bar shows in how many container-minutes it was seen, on a logarithmic scale.</p>\n<p>Startup " +
      html(startup) + ".</p>\n";
  out += behaviour_tree(profile);
  out += "</section>\n";
  out += coverage_table(assessment, limit);
  out += release_table(profile);
  out += host_table(profile);
  out += "<p class=small>Made " + rfc3339_seconds(made) + " by Plimsoll.</p>\n</body>\n</html>\n";
  return out;
}

}  // namespace plimsoll
