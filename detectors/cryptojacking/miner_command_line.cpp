// cryptojacking.miner_command_line: a program has the command line of a miner.
#include "detectors/cryptojacking/miner_signs.h"
#include "detectors/facts.h"

namespace plimsoll::detectors {
namespace {

constexpr std::string_view kId = "cryptojacking.miner_command_line";

std::vector<Finding> detect(const Input& input) {
  const auto* exec = object<ExecObject>(input);
  if (exec == nullptr || !in_container(input) || !took_effect(input)) return {};
  const auto sign = miner_sign({exec->path, exec->as, exec->script}, input.activity.process.argv);
  if (!sign) return {};
  return found(input, kId,
               subject(input) + " started " + shown(exec->path) + ", which looks like a miner (" +
                   std::string{sign->what} + (sign->pool.empty() ? "" : " " + shown(sign->pool)) + ")",
               {{"sign", sign->what}, {"pool", sign->pool}});
}

}  // namespace

Detector miner_command_line() {
  return {
      .rule = {.id = kId,
               .kind = RuleKind::hard,
               .severity = Severity::critical,
               .confidence = 0.95,
               .title = "Command line of a miner",
               .description =
                   "A program started under the name of a known miner, or with arguments that only miners "
                   "have: a stratum or pool address, a proof-of-work algorithm, XMRig's options, or a "
                   "wallet beside a server. A renamed miner that reads a configuration file is not seen "
                   "by this rule, but its connections are. A tool that only mentions such an address "
                   "(grep, for example) raises an alert too.",
               .next_step =
                   "Stop the container and look for the entry point: the ancestors name the program that "
                   "was compromised. Block the pool's address.",
               .tactics = {"TA0040"},
               .techniques = {"T1496"}},
      .detect = detect};
}

}  // namespace plimsoll::detectors
