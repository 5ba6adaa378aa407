// Hiding secrets in argument vectors.
#include <regex>

#include "agent/alerts/alerts.h"

namespace plimsoll {
namespace {

constexpr std::string_view kHidden = "[redacted]";

/// std::regex recurses for each character: longer arguments than the kernel side carries are hidden whole.
constexpr std::size_t kMostBytes = 8192;

/// Which bytes of an argument are to be hidden.
using Mask = std::vector<bool>;

std::string hide(const std::string& argument, const Mask& mask) {
  std::string out;
  for (std::size_t i = 0; i < argument.size(); ++i) {
    if (!mask[i]) {
      out += argument[i];
    } else if (i == 0 || !mask[i - 1]) {
      out += kHidden;
    }
  }
  return out;
}

}  // namespace

struct Redactor::Impl {
  std::vector<std::regex> patterns;

  /// Calls hit(begin, end) for each secret in the text.
  void search(const std::string& text, const auto& hit) const {
    for (const std::regex& pattern : patterns) {
      for (auto match = std::sregex_iterator(text.begin(), text.end(), pattern);
           match != std::sregex_iterator(); ++match) {
        const std::size_t group = match->size() > 1 && (*match)[1].matched ? 1 : 0;
        const auto begin = static_cast<std::size_t>(match->position(group));
        hit(begin, begin + static_cast<std::size_t>(match->length(group)));
      }
    }
  }

  void mark(const std::vector<std::string>& argv, std::size_t i, std::vector<Mask>& masks) const {
    const std::string before = i > 0 ? argv[i - 1] + " " : "";
    const std::string text = before + argv[i];
    const auto set = [&](std::size_t at) {
      if (at >= before.size()) {
        masks[i][at - before.size()] = true;
      } else if (at + 1 < before.size()) {
        masks[i - 1][at] = true;
      }
    };
    search(text, [&](std::size_t begin, std::size_t end) {
      for (std::size_t at = begin; at < end; ++at) set(at);
    });
    if (i == 0) return;
    // By itself too: what a match with the argument before has swallowed, or an anchor that only fits here.
    search(argv[i], [&](std::size_t begin, std::size_t end) {
      for (std::size_t at = begin; at < end; ++at) masks[i][at] = true;
    });
  }
};

Redactor::Redactor() : impl_(std::make_unique<Impl>()) {}
Redactor::Redactor(Redactor&&) noexcept = default;
Redactor& Redactor::operator=(Redactor&&) noexcept = default;
Redactor::~Redactor() = default;

Result<Redactor> Redactor::make(const std::vector<std::string>& patterns) {
  Redactor redactor;
  for (const std::string& pattern : patterns) {
    try {
      redactor.impl_->patterns.emplace_back(pattern, std::regex::ECMAScript | std::regex::optimize);
    } catch (const std::regex_error& error) {
      return fail("alerts.redact: \"" + pattern + "\" is not a pattern (" + error.what() +
                  "); accepted: an ECMAScript regular expression");
    }
  }
  return redactor;
}

void Redactor::apply(std::vector<std::string>& argv) const {
  if (impl_->patterns.empty()) return;
  std::vector<Mask> masks;
  for (std::string& argument : argv) {
    if (argument.size() > kMostBytes) argument = kHidden;
    masks.emplace_back(argument.size());
  }
  for (std::size_t i = 0; i < argv.size(); ++i) {
    try {
      impl_->mark(argv, i, masks);
    } catch (const std::regex_error&) {  // too hard a text for a pattern: rather hide too much
      masks[i].assign(argv[i].size(), true);
    }
  }
  for (std::size_t i = 0; i < argv.size(); ++i) argv[i] = hide(argv[i], masks[i]);
}

}  // namespace plimsoll
