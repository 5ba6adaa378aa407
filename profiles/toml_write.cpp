// Writes a profile as TOML.
#include "profiles/toml_behaviour.h"
#include "profiles/toml_codec.h"

namespace plimsoll {
namespace {

using namespace toml_behaviour;

constexpr std::string_view kHeader =
    "# What an image does, learned by Plimsoll. Delete a behaviour's block to have it reported and\n"
    "# learned again; rename the block to \"removed\" to never have it learned again. A running agent\n"
    "# reads changes on SIGHUP. More: profiles/README.md\n";

std::string share(const Share& s, std::string_view count_key) {
  Inline fields;
  fields.add("minutes", std::to_string(s.minutes));
  fields.add("five_minutes", std::to_string(s.five_minutes));
  fields.add(count_key, std::to_string(s.count));
  if (s.last_seen != 0) fields.add("last_seen", rfc3339_seconds(s.last_seen));
  return fields.text();
}

void write(std::string& out, const Behaviour& behaviour, const Entry& entry, ProfileFormat format) {
  toml_behaviour::write(
      out, "behaviour", behaviour,
      "[" + std::to_string(entry.since_start_min) + ", " + std::to_string(entry.since_start_max) + "]");
  if (entry.first_seen != 0) line(out, "first_seen", rfc3339_seconds(entry.first_seen));
  text_line(out, "first_host", entry.first_host);
  text_line(out, "first_container", entry.first_container);
  text_line(out, "first_image", entry.first_image);
  if (format >= ProfileFormat::v1_1) {
    if (entry.with_release) line(out, "with_release", "true");
    text_line(out, "newest_image", entry.newest.image);
    if (entry.newest.began != 0) line(out, "newest_began", rfc3339_seconds(entry.newest.began));
  }
  text_line(out, "seen_by", entry.seen_by.text());
  if (entry.peers != 0) line(out, "peers", std::to_string(entry.peers));
  if (entry.allowed) line(out, "allowed", "true");
  text_line(out, "distinct", entry.distinct.text());
  if (entry.shares.empty()) return;
  Inline shares;
  for (const auto& [host, s] : entry.shares) shares.add(quote(host), share(s, "count"));
  line(out, "shares", shares.text());
}

void write(std::string& out, const std::string& image, const Generation& g) {
  line(out, "id", quote(image));
  line(out, "manifests", list(g.manifests, quote));
  line(out, "tags", list(g.tags, quote));
  text_line(out, "parent", g.parent);
  if (g.began != 0) line(out, "began", rfc3339_seconds(g.began));
  if (g.last_seen != 0) line(out, "last_seen", rfc3339_seconds(g.last_seen));
}

}  // namespace

std::string to_toml(const Profile& p, ProfileFormat format) {
  std::string out{kHeader};
  line(out, "format", quote(name(format)));

  out += "\n[image]\n";
  line(out, "repository", quote(p.lineage.repository));
  line(out, "role", quote(p.lineage.role));
  const auto* const image = newest(p);
  if (image != nullptr) write(out, image->first, image->second);

  out += "\n[evidence]\n";
  line(out, "classes", list(p.classes, [](Action a) { return quote(name(a)); }));
  Inline lost;
  for (const auto& [host, events] : p.lost) lost.add(quote(host), std::to_string(events));
  line(out, "lost_events", lost.text());
  line(out, "units", quote(p.units.text()));
  line(out, "lives", quote(p.lives.text()));
  if (p.stable_since != 0) line(out, "stable_since", rfc3339_seconds(p.stable_since));
  if (p.gone_before != 0 && format >= ProfileFormat::v1_1)
    line(out, "gone_before", rfc3339_seconds(p.gone_before));
  if (!p.shares.empty()) out += "\n[evidence.shares]\n";
  for (const auto& [host, s] : p.shares) line(out, quote(host), share(s, "lifetimes"));

  for (const auto& earlier : p.generations) {
    if (&earlier == image) continue;
    out += "\n[[earlier_image]]\n";
    write(out, earlier.first, earlier.second);
  }
  for (const auto& [behaviour, entry] : p.behaviours) {
    if (format >= ProfileFormat::v1_1 || !(behaviour.pattern || on_trial(entry)))
      write(out, behaviour, entry, format);
  }
  for (const Behaviour& removed : p.tombstones) {
    if (format >= ProfileFormat::v1_1 || !removed.pattern) toml_behaviour::write(out, "removed", removed);
  }
  return out;
}

}  // namespace plimsoll
