// Signs of miners: names, options, algorithms, pool addresses, wallets.
#include "detectors/cryptojacking/miner_signs.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace plimsoll::detectors {
namespace {

using Words = std::vector<std::string>;

std::string lower(std::string_view text) {
  std::string out{text};
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

template <std::size_t N>
bool starts_with_any(std::string_view word, const std::array<std::string_view, N>& list) {
  return std::ranges::any_of(list, [&](std::string_view start) { return word.starts_with(start); });
}

template <std::size_t N>
bool is_any(std::string_view word, const std::array<std::string_view, N>& list) {
  return std::ranges::find(list, word) != list.end();
}

/// Arguments as words: a shell's command line and "--option=value" come apart.
Words words_of(const std::vector<std::string>& argv) {
  Words words;
  for (const std::string& argument : argv) {
    for (std::size_t at = 0; at < argument.size();) {
      const std::size_t end = std::min(argument.find_first_of(" \t\r\n\"'`;|&()<>=,", at), argument.size());
      if (end > at) words.push_back(argument.substr(at, end - at));
      at = end + 1;
    }
  }
  return words;
}

bool is_miner_name(std::string_view path) {
  // Names that carry versions or variants: xmrig-6.21.0, xmr-stak-rx, cpuminer-opt-avx2.
  constexpr std::array<std::string_view, 7> kStarts = {"xmrig",        "xmr-stak",     "cpuminer", "srbminer",
                                                       "phoenixminer", "teamredminer", "nanominer"};
  // kinsing and kdevtmpfsi are malware that mines and nothing else.
  constexpr std::array<std::string_view, 18> kNames = {
      "minerd",   "ccminer",    "ethminer", "nbminer",    "lolminer",      "gminer",
      "bfgminer", "cgminer",    "sgminer",  "bzminer",    "wildrig-multi", "minergate",
      "kinsing",  "kdevtmpfsi", "pwnrig",   "astrominer", "minergate-cli", "claymore"};
  const std::string name = lower(path.substr(path.rfind('/') + 1));
  return starts_with_any(name, kStarts) || is_any(name, kNames);
}

/// "HOST:PORT" of an address, without scheme, credentials and path; empty when there is no port.
std::string endpoint(std::string_view address) {
  if (const std::size_t scheme = address.find("://"); scheme != std::string_view::npos) {
    address.remove_prefix(scheme + 3);
  }
  address = address.substr(0, address.find_first_of("/?#"));
  if (const std::size_t at = address.rfind('@'); at != std::string_view::npos) address.remove_prefix(at + 1);
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == address.size() ||
      address.size() - colon > 6 ||
      address.find_first_not_of("0123456789", colon + 1) != std::string_view::npos) {
    return {};
  }
  return std::string{address};
}

/// stratum+tcp://, stratum2+ssl://, ethproxy+tcp:// and their like.
bool is_stratum(std::string_view word) {
  const std::size_t scheme = word.find("://");
  if (scheme == std::string_view::npos || scheme + 3 == word.size()) return false;
  constexpr std::array<std::string_view, 4> kSchemes = {"stratum", "ethstratum", "ethproxy", "nicehash"};
  return starts_with_any(word.substr(0, scheme), kSchemes);
}

bool is_pool_name(std::string_view host_and_port) {
  constexpr std::array<std::string_view, 22> kPools = {
      "2miners.com",   "antpool.com",       "c3pool.com",     "c3pool.org",     "ethermine.org",
      "f2pool.com",    "flexpool.io",       "hashvault.pro",  "herominers.com", "kryptex.network",
      "minergate.com", "miningpoolhub.com", "minexmr.com",    "monerohash.com", "moneroocean.stream",
      "nanopool.org",  "nicehash.com",      "supportxmr.com", "unmineable.com", "woolypooly.com",
      "xmrpool.eu",    "zergpool.com"};
  const std::string_view host = host_and_port.substr(0, host_and_port.rfind(':'));
  return std::ranges::any_of(kPools, [&](std::string_view pool) {
    return host.ends_with(pool) && (host.size() == pool.size() || host[host.size() - pool.size() - 1] == '.');
  });
}

/// A Monero address: 95 base58 characters (106 with a payment id) from 4 or 8, perhaps with ".worker" or
/// "+diff".
bool is_wallet(std::string_view word) {
  word = word.substr(0, word.find_first_of(".+/:"));
  constexpr std::string_view kBase58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  return (word.size() == 95 || word.size() == 106) && (word[0] == '4' || word[0] == '8') &&
         word.find_first_not_of(kBase58) == std::string_view::npos;
}

/// Options that only miners have. XMRig's parser takes unambiguous beginnings of long options too.
bool is_miner_option(std::string_view word) {
  constexpr std::array<std::string_view, 4> kStarts = {"--donate-", "--randomx-", "--cpu-max-threads-hint",
                                                       "--nicehash"};
  return starts_with_any(word, kStarts);
}

bool is_mining_algorithm(std::string_view option, std::string_view value) {
  constexpr std::array<std::string_view, 3> kOptions = {"-a", "--algo", "--coin"};
  constexpr std::array<std::string_view, 17> kStarts = {
      "rx/",     "cn/",           "cn-lite",  "cn-heavy",   "cn-pico", "cryptonight",
      "randomx", "argon2/chukwa", "astrobwt", "ghostrider", "kawpow",  "ethash",
      "etchash", "verushash",     "yespower", "monero",     "progpow"};
  return is_any(option, kOptions) && starts_with_any(value, kStarts);
}

}  // namespace

std::optional<MinerSign> miner_sign(const std::vector<std::string_view>& names,
                                    const std::vector<std::string>& argv) {
  const Words words = words_of(argv);
  MinerSign sign;
  bool wallet = false;
  std::string server;
  std::string previous;
  for (const std::string& original : words) {
    const std::string word = lower(original);
    const std::string at = endpoint(word);
    if (is_stratum(word)) {
      sign = {"stratum address", at};
      break;
    }
    if (!at.empty() && is_pool_name(at)) {
      sign = {"mining pool address", at};
      break;
    }
    if (is_miner_option(word)) sign.what = "miner option";
    if (is_mining_algorithm(previous, word)) sign.what = "mining algorithm";
    wallet = wallet || is_wallet(original);
    if (!at.empty()) server = at;
    previous = word;
  }
  if (sign.what.empty() && wallet && !server.empty()) sign.what = "wallet and server";
  if (sign.what.empty() &&
      (std::ranges::any_of(names, is_miner_name) || (!argv.empty() && is_miner_name(argv[0])))) {
    sign.what = "miner name";
  }
  if (sign.what.empty()) return std::nullopt;
  if (sign.pool.empty()) sign.pool = server;
  return sign;
}

}  // namespace plimsoll::detectors
