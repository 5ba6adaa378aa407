#include "agent/engine/saved_dns_names.h"

#include <charconv>
#include <optional>
#include <ranges>
#include <system_error>
#include <utility>

namespace plimsoll {
namespace {

constexpr std::size_t kFields = 6;

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> out;
  for (const auto part : std::views::split(text, separator)) out.emplace_back(part.begin(), part.end());
  return out;
}

std::optional<SavedDnsName> read(const std::vector<std::string>& fields) {
  if (fields.size() != kFields || fields[0].empty() || fields[5].empty()) return std::nullopt;
  const auto address = address_from(fields[1]), resolver = address_from(fields[2]);
  SavedDnsName kept;
  const auto& until = fields[4];
  const auto [end, error] = std::from_chars(until.data(), until.data() + until.size(), kept.until);
  const bool loopback = fields[3] == "loopback";
  if (!address || !resolver || error != std::errc{} || end != until.data() + until.size() ||
      (!loopback && fields[3] != "network"))
    return std::nullopt;
  kept.address = *address;
  kept.resolver = *resolver;
  kept.loopback = loopback;
  kept.names = split(fields[5], ' ');
  return kept;
}

}  // namespace

std::string to_text(const SavedDnsNames& all) {
  std::string out;
  for (const auto& [container, kept] : all) {
    for (const auto& one : kept) {
      out += container + '\t' + to_text(one.address) + '\t' + to_text(one.resolver) + '\t' +
             (one.loopback ? "loopback" : "network") + '\t' + std::to_string(one.until) + '\t';
      for (const auto& name : one.names) out += (&name == one.names.data() ? "" : " ") + name;
      out += '\n';
    }
  }
  return out;
}

Result<SavedDnsNames> saved_dns_names_from(std::string_view text) {
  SavedDnsNames all;
  std::size_t number = 0;
  for (const auto& line : split(text, '\n')) {
    ++number;
    if (line.empty()) continue;
    const auto fields = split(line, '\t');
    auto kept = read(fields);
    if (!kept) {
      return fail("line " + std::to_string(number) +
                  ": not a kept name; accepted: container, address, resolver, loopback or network, "
                  "nanoseconds, and names, separated by tabs");
    }
    all[fields[0]].push_back(*std::move(kept));
  }
  return all;
}

}  // namespace plimsoll
