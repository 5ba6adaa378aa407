// What a person decided, as TOML.
#include "profiles/decisions.h"
#include "profiles/toml_behaviour.h"
#include "profiles/toml_codec.h"

namespace plimsoll {
namespace {

using namespace toml_behaviour;
using toml_table::shown;
using toml_table::Table;

constexpr std::string_view kHeader =
    "# What people decided about an image. It stands above what is learned, and survives every release.\n"
    "# A running agent reads changes on SIGHUP. More: profiles/README.md\n";

void time_line(std::string& out, std::string_view key, WallNs time) {
  if (time != 0) line(out, key, rfc3339_seconds(time));
}

void read_decision(const Table& table, bool allowed, Decisions& d) {
  table.only({"phase", "actor", "action", "object", "outcome", "pattern", "time", "alert"});
  const auto [at, added] =
      d.behaviours.insert({read(table), {allowed, table.time("time"), table.text("alert", "")}});
  if (!added)
    table.wrong("", "the same behaviour stands there twice", "each behaviour once, allowed or removed");
}

Forgotten read_forgotten(const Table& table) {
  table.only({"from", "until", "host"});
  const Forgotten f{table.time("from"), table.time("until"), table.text("host", "")};
  if (f.until < f.from)
    table.wrong("until", "is before \"from\" or missing", "a time that is not before \"from\"");
  return f;
}

Decisions read_decisions(const Table& root) {
  const std::string format = root.text("format");
  if (format != "1.0") root.wrong("format", "unknown format \"" + shown(format) + "\"", "\"1.0\"");
  root.only({"format", "image", "lock", "forgotten", "allowed", "removed"});
  if (!root.has("image")) root.wrong("image", "missing", "a table [image] with repository and role");
  Decisions d;
  const Table image = root.table("image");
  image.only({"repository", "role"});
  d.lineage = {image.text("repository"), image.text("role", "default")};
  d.locked = root.has("lock");
  root.table("lock").only({"time"});
  d.locked_at = root.table("lock").time("time");
  root.each_table("forgotten", [&d](const Table& t) { d.forgotten.insert(read_forgotten(t)); });
  root.each_table("allowed", [&d](const Table& t) { read_decision(t, true, d); });
  root.each_table("removed", [&d](const Table& t) { read_decision(t, false, d); });
  return d;
}

}  // namespace

std::string to_toml(const Decisions& d) {
  std::string out{kHeader};
  line(out, "format", quote("1.0"));
  out += "\n[image]\n";
  line(out, "repository", quote(d.lineage.repository));
  line(out, "role", quote(d.lineage.role));
  if (d.locked) {
    out += "\n[lock]\n";
    time_line(out, "time", d.locked_at);
  }
  for (const Forgotten& f : d.forgotten) {
    out += "\n[[forgotten]]\n";
    time_line(out, "from", f.from);
    time_line(out, "until", f.until);
    text_line(out, "host", f.host);
  }
  for (const auto& [behaviour, decision] : d.behaviours) {
    write(out, decision.allowed ? "allowed" : "removed", behaviour);
    time_line(out, "time", decision.time);
    text_line(out, "alert", decision.alert);
  }
  return out;
}

Result<Decisions> decisions_from_toml(std::string_view text, std::string_view source) {
  return toml_table::read_text<Decisions>(text, source, kMaxProfileText, "decisions of format 1.0",
                                          read_decisions);
}

}  // namespace plimsoll
