// Record by record: what is of a container that is left out is left out, too.
#include "tests/soak/excerpt.h"

#include <optional>
#include <set>
#include <utility>

#include "agent/capture/file.h"
#include "agent/config/config.h"

namespace plimsoll::testing {
namespace {

class Chooser {
 public:
  Chooser(const capture::Begin& begin, const Excerpt& wanted)
      : wanted_(wanted),
        end_(wanted.seconds == 0 ? 0 : begin.time + static_cast<WallNs>(wanted.seconds) * kNsPerSecond) {}

  /// Whether the record stays; what is of several containers is changed.
  bool takes(capture::Record& record) {
    return std::visit([this](auto& one) { return this->keep(one); }, record);
  }
  [[nodiscard]] bool over() const { return over_; }

 private:
  bool keep(const capture::Appeared& one) {
    slots_.erase(one.slot);
    if (one.container.unnamed || !wanted_.keep(one.container)) return false;
    slots_.insert(one.slot);
    containers_.insert(one.container.id);
    return true;
  }
  bool keep(const capture::Acted& one) {
    return slots_.contains(one.activity.slot) &&
           (wanted_.setup || one.activity.behaviour.phase != Phase::setup);
  }
  bool keep(const capture::Removed& one) { return slots_.contains(one.slot); }
  bool keep(const capture::Departed& one) { return slots_.contains(one.slot); }
  bool keep(const capture::Lost& one) { return containers_.contains(one.container); }
  bool keep(capture::Counts& one) {
    std::erase_if(one.counts, [this](const auto& count) { return !slots_.contains(count.slot); });
    return true;
  }
  bool keep(const capture::Tick& one) {
    over_ = end_ != 0 && one.now > end_;
    return true;
  }
  template <typename Other>
  bool keep(const Other&) {
    return true;
  }

  const Excerpt& wanted_;
  WallNs end_;
  bool over_ = false;
  std::set<Slot> slots_;
  std::set<std::string> containers_;
};

Result<capture::Begin> learning(capture::Begin begin, const std::string& host) {
  auto config = parse_config(begin.config, "config");
  if (!config) return std::unexpected(config.error());
  config->learning.mode = LearningMode::learn;
  begin.config = to_toml(*config);
  if (!host.empty()) begin.host.name = host;
  return begin;
}

}  // namespace

Result<void> excerpt(const std::string& from, const std::string& to, const Excerpt& wanted) {
  auto reader = capture::Reader::open(from);
  if (!reader) return std::unexpected(reader.error());
  const auto begin = learning(reader->begin(), wanted.host);
  if (!begin) return fail(reader->where(1) + begin.error().message);
  auto writer = capture::Writer::create(to);
  if (!writer) return std::unexpected(writer.error());
  auto written = writer->line(to_line(*begin));
  Chooser chooser(*begin, wanted);
  while (written && !chooser.over()) {
    auto record = reader->next();
    if (!record) return std::unexpected(record.error());
    if (!*record) break;
    if (chooser.takes(**record)) written = writer->line(to_line(**record));
  }
  if (written && chooser.over()) written = writer->line(to_line(capture::Ended{}));
  if (written) written = writer->close();
  return written;
}

}  // namespace plimsoll::testing
