// A capture made of another: of some of its containers, and as if all had gone on learning to its end.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "agent/core/container.h"
#include "agent/core/result.h"

namespace plimsoll::testing {

struct Excerpt {
  std::string host{};         ///< who watches, instead of who did; empty: who did
  std::uint64_t seconds = 0;  ///< how much of it, from its beginning; 0: all
  bool setup = true;          ///< what the runtime does in setup, too
  /// Not asked of those that could not be named: they are left out.
  std::function<bool(const Container&)> keep = [](const Container&) { return true; };
};

/// Reads the capture `from` and makes the capture `to`, which must not be there. In that one the mode is
/// `learn`: what is new is learned whatever state its lineage is in. Errors say in which file, and where.
Result<void> excerpt(const std::string& from, const std::string& to, const Excerpt&);

}  // namespace plimsoll::testing
