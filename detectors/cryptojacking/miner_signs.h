// How a miner is recognised by its name and its command line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::detectors {

struct MinerSign {
  std::string_view what;  ///< "stratum address"
  std::string pool;  ///< "HOST:PORT" where one stands there, without any user name or password; unescaped
};

/// `names` are what the program is called by (paths or last parts), argv its arguments. A command line within
/// an argument (sh -c "...") is read too. Nothing when it does not look like a miner.
std::optional<MinerSign> miner_sign(const std::vector<std::string_view>& names,
                                    const std::vector<std::string>& argv);

}  // namespace plimsoll::detectors
