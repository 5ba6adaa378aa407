// Bottom-k sketches.
#include "profiles/sketch.h"

#include <charconv>
#include <iterator>

#include "agent/core/hash.h"
#include "agent/core/text.h"

namespace plimsoll {
namespace {

constexpr std::size_t kHexDigits = 16;
constexpr std::string_view kAccepted =
    "; accepted: at most 32 different hashes of 16 lower-case hex digits, ascending, separated by one blank";

bool parse_hash(std::string_view text, std::uint64_t& hash) {
  if (text.size() != kHexDigits || text.find_first_of("ABCDEF") != std::string_view::npos) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), hash, 16);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

bool Sketch::add(std::string_view item) {
  const bool added = hashes_.insert(stable_hash(item)).second;
  if (hashes_.size() > kSize) hashes_.erase(std::prev(hashes_.end()));
  return added;
}

void Sketch::merge(const Sketch& other) {
  hashes_.insert(other.hashes_.begin(), other.hashes_.end());
  while (hashes_.size() > kSize) hashes_.erase(std::prev(hashes_.end()));
}

double Sketch::estimate() const {
  if (hashes_.size() < kSize) return static_cast<double>(hashes_.size());
  constexpr double kRange = 18446744073709551616.0;  // 2^64
  const double largest = (static_cast<double>(*hashes_.rbegin()) + 1) / kRange;
  return static_cast<double>(kSize - 1) / largest;
}

std::string Sketch::text() const {
  std::string out;
  for (const std::uint64_t hash : hashes_) {
    if (!out.empty()) out += ' ';
    out += hex(hash);
  }
  return out;
}

Result<Sketch> Sketch::parse(std::string_view text) {
  Sketch sketch;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    std::uint64_t hash = 0;
    if (!parse_hash(word, hash))
      return fail("\"" + escape(word.substr(0, 40)) + "\" is no hash" + std::string{kAccepted});
    if (!sketch.empty() && hash <= *sketch.hashes_.rbegin())
      return fail("not in ascending order" + std::string{kAccepted});
    sketch.hashes_.insert(sketch.hashes_.end(), hash);
    if (sketch.hashes_.size() > kSize) return fail("too many hashes" + std::string{kAccepted});
    text.remove_prefix(word.size());
    if (text.empty()) break;
    text.remove_prefix(1);
    if (text.empty()) return fail("ends with a blank" + std::string{kAccepted});
  }
  return sketch;
}

}  // namespace plimsoll
