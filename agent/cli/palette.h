// Colours for terminals; plain text elsewhere.
#pragma once

#include <string>
#include <string_view>

namespace plimsoll {

class Palette {
 public:
  explicit Palette(bool colour = false) : colour_(colour) {}
  [[nodiscard]] std::string bold(std::string_view text) const { return paint("1", text); }
  [[nodiscard]] std::string faint(std::string_view text) const { return paint("2", text); }
  [[nodiscard]] std::string good(std::string_view text) const { return paint("32", text); }
  [[nodiscard]] std::string warn(std::string_view text) const { return paint("33", text); }
  [[nodiscard]] std::string bad(std::string_view text) const { return paint("1;31", text); }
  /// By an alert's severity: low medium high critical.
  [[nodiscard]] std::string severity(std::string_view level, std::string_view text) const {
    if (level == "critical" || level == "high") return bad(text);
    return level == "medium" ? warn(text) : std::string(text);
  }
  [[nodiscard]] bool colour() const { return colour_; }

 private:
  [[nodiscard]] std::string paint(std::string_view code, std::string_view text) const {
    if (!colour_) return std::string(text);
    return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
  }
  bool colour_;
};

/// Colour on this descriptor: a terminal, and NO_COLOR (no-color.org) unset or empty.
bool wants_colour(int fd);

}  // namespace plimsoll
