// Which parts of a behaviour may be random each time, and what stands for them in a pattern.
//
// Pure text: whether a pattern is in use is the profile's matter (profiles/generalise.h).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/behaviour.h"

namespace plimsoll {

/// One way to read a part: the text with its placeholder, such as "worker<n>".
struct Reading {
  std::string text;
  /// The part looks like it beyond doubt, and may justify a pattern. If not it only may be an example of one:
  /// "worker" may have been drawn from the same letters as "aB3dE6".
  bool strict = true;
  bool operator==(const Reading&) const = default;
};

/// A part that may vary: within one component of a path or one label of a name, a number, or a port.
struct Part {
  std::string text;
  std::vector<Reading> readings;  ///< the narrowest first
};

constexpr char kHole = '\x01';
struct Shape {
  Behaviour frame;          ///< what must agree: the behaviour with a hole in place of each part
  std::vector<Part> parts;  ///< 1 to kMostParts, as they stand in the fields' order
};
constexpr std::size_t kMostParts = 4;  // what has more is too vague to be widened

/// None where nothing may vary: in phase `setup`, in what lies in sensitive places, in files that did not
/// come with the image, in what a rule of its own covers, and wherever a name could be taken for a
/// placeholder. profiles/README.md lists it.
std::optional<Shape> shape_of(const Behaviour&);

/// For each part 0, as it is, or n: its nth reading.
using Choice = std::vector<std::size_t>;
/// All in which something varies; those in which less varies come first.
std::vector<Choice> choices(const Shape&);
/// The pattern that this makes.
Behaviour pattern_of(const Shape&, const Choice&);

/// All patterns that the behaviour is an example of, the narrowest first.
std::vector<Behaviour> patterns_of(const Behaviour&);

/// Something in the object stands for what varies.
bool has_placeholder(const Behaviour&);

}  // namespace plimsoll
