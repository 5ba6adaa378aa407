// Reads a profile from TOML, strictly: every key is known, and every complaint says where, what, and what is
// accepted.
#include <tuple>
#include <utility>

#include "profiles/generalise.h"
#include "profiles/toml_behaviour.h"
#include "profiles/toml_codec.h"

namespace plimsoll {
namespace {

using toml_table::shown;
using toml_table::Table;

Sketch read_sketch(const Table& table, std::string_view key) {
  Result<Sketch> sketch = Sketch::parse(table.text(key, ""));
  if (sketch) return *std::move(sketch);
  const std::size_t cut = sketch.error().message.find("; accepted: ");
  table.wrong(key, sketch.error().message.substr(0, cut), sketch.error().message.substr(cut + 12));
}

/// `count_key`: what a share counts beside minutes.
std::map<std::string, Share> read_shares(const Table& owner, std::string_view count_key) {
  std::map<std::string, Share> shares;
  const Table hosts = owner.table("shares");
  hosts.each_key([&](std::string_view key, std::string host) {
    const Table share = hosts.table(key);
    share.only({"minutes", "five_minutes", count_key, "last_seen"});
    shares[std::move(host)] = {share.number("minutes", kMaxCount), share.number("five_minutes", kMaxCount),
                               share.number(count_key, kMaxCount), share.time("last_seen")};
  });
  return shares;
}

/// Also for what was removed: its evidence is checked, so that renaming a block is all it takes, and dropped.
std::pair<Behaviour, Entry> read_behaviour(const Table& table) {
  table.only({"phase", "since_start", "actor", "action", "object", "outcome", "pattern", "first_seen",
              "first_host", "first_container", "first_image", "with_release", "newest_image", "newest_began",
              "seen_by", "peers", "allowed", "distinct", "shares"});
  Entry e;
  std::tie(e.since_start_min, e.since_start_max) = table.range("since_start");
  e.first_seen = table.time("first_seen");
  e.first_host = table.text("first_host", "");
  e.first_container = table.text("first_container", "");
  e.first_image = table.text("first_image", "");
  e.with_release = table.flag("with_release");
  e.newest = {table.time("newest_began"), table.text("newest_image", "")};
  e.seen_by = read_sketch(table, "seen_by");
  e.peers = table.number("peers", kMaxCount);
  e.allowed = table.flag("allowed");
  e.distinct = read_sketch(table, "distinct");
  e.shares = read_shares(table, "count");
  return {toml_behaviour::read(table), std::move(e)};
}

void read_generation(const Table& image, Profile& p) {
  const auto [at, added] = p.generations.try_emplace(image.text("id"));
  if (!added) image.wrong("id", "the same image stands there twice", "each image once");
  Generation& g = at->second;
  image.each_text("manifests", [&g](std::string text) { g.manifests.insert(std::move(text)); });
  image.each_text("tags", [&g](std::string text) { g.tags.insert(std::move(text)); });
  g.parent = image.text("parent", "");
  g.began = image.time("began");
  g.last_seen = image.time("last_seen");
}

/// The lineage, and the newest of its images if there is one.
void read_image(const Table& image, Profile& p) {
  image.only({"repository", "role", "id", "manifests", "tags", "parent", "began", "last_seen"});
  p.lineage = {image.text("repository"), image.text("role", "default")};
  for (const auto* key : {"id", "manifests", "tags", "parent", "began", "last_seen"}) {
    if (image.has(key)) return read_generation(image, p);
  }
}

void read_evidence(const Table& evidence, Profile& p) {
  evidence.only({"classes", "lost_events", "units", "lives", "stable_since", "gone_before", "shares"});
  evidence.each_text("classes", [&](const std::string& text) {
    const auto action = action_from(text);
    if (!action) evidence.wrong("classes", "unknown name \"" + shown(text) + "\"", all_names<Action>());
    p.classes.insert(*action);
  });
  const Table lost = evidence.table("lost_events");
  lost.each_key(
      [&](std::string_view key, std::string host) { p.lost[std::move(host)] = lost.number(key, kMaxCount); });
  p.units = read_sketch(evidence, "units");
  p.lives = read_sketch(evidence, "lives");
  p.stable_since = evidence.time("stable_since");
  p.gone_before = evidence.time("gone_before");
  p.shares = read_shares(evidence, "lifetimes");
}

Profile read_profile(const Table& root) {
  const std::string format = root.text("format");
  if (!profile_format_from(format)) {
    root.wrong("format", "unknown format \"" + shown(format) + "\"", "\"1.0\" or \"1.1\"");
  }
  root.only({"format", "image", "evidence", "earlier_image", "behaviour", "removed"});
  Profile p;
  if (!root.has("image")) root.wrong("image", "missing", "a table [image] with repository and role");
  read_image(root.table("image"), p);
  read_evidence(root.table("evidence"), p);
  root.each_table("earlier_image", [&](const Table& t) {
    t.only({"id", "manifests", "tags", "parent", "began", "last_seen"});
    read_generation(t, p);
  });
  const auto once = [](const Table& table, bool added) {
    if (!added)
      table.wrong("", "the same behaviour stands there twice", "each behaviour once, learned or removed");
  };
  root.each_table("behaviour",
                  [&](const Table& t) { once(t, p.behaviours.insert(read_behaviour(t)).second); });
  root.each_table("removed", [&](const Table& t) {
    Behaviour removed = read_behaviour(t).first;
    once(t, !p.behaviours.contains(removed) && p.tombstones.insert(removed).second);
  });
  take_out_removed(p);                  // what a removed pattern covers
  if (p.gone_before != 0) merge(p, p);  // an editor may have left shares that are in that of kGone
  return p;
}

}  // namespace

Result<Profile> profile_from_toml(std::string_view text, std::string_view source) {
  return toml_table::read_text<Profile>(text, source, kMaxProfileText, "a profile of format 1.0 or 1.1",
                                        read_profile);
}

}  // namespace plimsoll
