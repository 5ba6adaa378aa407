// Where the loop's inputs are recorded to, or played from.
#pragma once

#include <string>
#include <vector>

#include "agent/capture/records.h"

namespace plimsoll {

/// Used by the loop thread alone.
class InputLog {
 public:
  InputLog() = default;
  InputLog(const InputLog&) = delete;
  InputLog& operator=(const InputLog&) = delete;
  virtual ~InputLog() = default;

  /// What the loop is about to be changed by.
  virtual void input(capture::Record) = 0;
  // What it reads meanwhile: a recording gives back what it is given, a playing one what was recorded.
  virtual std::vector<KeyCount> counts(std::vector<KeyCount> read) = 0;
  virtual Losses losses(const std::string& container, Losses read) = 0;
  /// Nothing more is wanted.
  [[nodiscard]] virtual bool ended() const = 0;
};

}  // namespace plimsoll
