// Captures on disk.
#include "agent/capture/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "agent/core/fd.h"
#include "agent/core/text.h"

namespace plimsoll::capture {
namespace {

std::string because() {
  return errno == 0 ? "not enough memory" : std::strerror(errno);
}

std::string zlib_error(gzFile file) {
  int number = 0;
  const std::string text = gzerror(file, &number);
  return number == Z_ERRNO ? because() : text;
}

}  // namespace

struct Writer::File {
  explicit File(std::string p) : path(std::move(p)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (gz != nullptr) gzclose(gz);
  }
  std::string path;
  gzFile gz = nullptr;
};

Writer::Writer(std::unique_ptr<File> file) : file_(std::move(file)) {}
Writer::Writer(Writer&&) noexcept = default;
Writer& Writer::operator=(Writer&&) noexcept = default;
Writer::~Writer() = default;

Result<Writer> Writer::create(const std::string& path) {
  Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) {
    return fail(escape(path) + ": " + because() +
                "; accepted: a file that is not there yet, in a folder that is");
  }
  auto file = std::make_unique<File>(path);
  file->gz = gzdopen(fd.get(), "wb");
  if (file->gz == nullptr) return fail(escape(path) + ": not enough memory");
  (void)fd.release();  // gzclose() closes it
  return Writer(std::move(file));
}

Result<void> Writer::line(std::string_view line) {
  const bool whole = line.empty() || gzwrite(file_->gz, line.data(), static_cast<unsigned>(line.size())) != 0;
  if (!whole || gzputc(file_->gz, '\n') < 0) return fail(escape(file_->path) + ": " + zlib_error(file_->gz));
  return {};
}

Result<void> Writer::close() {
  const int code = gzclose(std::exchange(file_->gz, nullptr));
  if (code != Z_OK)
    return fail(escape(file_->path) + ": " + (code == Z_ERRNO ? because() : "not written whole"));
  return {};
}

struct Reader::File {
  explicit File(std::string p) : path(std::move(p)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (gz != nullptr) gzclose(gz);
  }
  std::string path;
  gzFile gz = nullptr;
  std::uint64_t number = 0;  ///< of the line that was read last
  std::string line;

  [[nodiscard]] std::unexpected<Error> wrong(const std::string& what) const {
    return fail(escape(path) + ":" + std::to_string(number) + ": " + what);
  }
  /// False at the end.
  Result<bool> next_line();
};

Result<bool> Reader::File::next_line() {
  line.clear();
  ++number;
  std::array<char, 65536> part{};
  while (gzgets(gz, part.data(), static_cast<int>(part.size())) != nullptr) {
    const std::size_t length = std::strlen(part.data());
    line.append(part.data(), length);
    if (line.ends_with('\n')) {
      line.pop_back();
      return true;
    }
    if (length + 1 < part.size() && gzeof(gz) == 0) return wrong("a zero byte; accepted: lines of JSON");
    if (line.size() > kMostLine)
      return wrong("the line is longer than " + std::to_string(kMostLine) + " bytes");
  }
  int number_of_error = 0;
  gzerror(gz, &number_of_error);
  if (number_of_error != Z_OK && number_of_error != Z_STREAM_END) {
    return wrong("the file is cut off or damaged: " + zlib_error(gz));
  }
  if (!line.empty()) return wrong("the last line is cut off");
  return false;
}

Reader::Reader(std::unique_ptr<File> file) : file_(std::move(file)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

Result<Reader> Reader::open(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat about{};
  if (!fd || fstat(fd.get(), &about) != 0 || !S_ISREG(about.st_mode)) {
    const std::string why = fd ? "no regular file" : errno == ELOOP ? "a symbolic link" : because();
    return fail(escape(path) + ": " + why + "; accepted: a capture, as `plimsoll record` writes it");
  }
  auto file = std::make_unique<File>(path);
  file->gz = gzdopen(fd.get(), "rb");
  if (file->gz == nullptr) return fail(escape(path) + ": not enough memory");
  (void)fd.release();
  Reader reader(std::move(file));
  if (gzdirect(reader.file_->gz) != 0) {
    return fail(escape(path) + ": not compressed; accepted: a capture, as `plimsoll record` writes it");
  }
  auto first = reader.next();
  if (!first) return fail(first.error().message + "; accepted: a capture, as `plimsoll record` writes it");
  std::optional<Record>& record = *first;
  auto* const begin = record ? std::get_if<Begin>(&*record) : nullptr;
  if (begin == nullptr)
    return reader.file_->wrong("accepted: a capture, which begins with a record \"begin\"");
  if (begin->version != kVersion) {
    return reader.file_->wrong("begin.version: " + std::to_string(begin->version) +
                               "; accepted: " + std::to_string(kVersion));
  }
  reader.begin_ = std::move(*begin);
  return reader;
}

std::string Reader::where(std::uint64_t line) const {
  return escape(file_->path) + ":" + std::to_string(line != 0 ? line : file_->number) + ": ";
}

Result<std::optional<Record>> Reader::next() {
  const auto more = file_->next_line();
  if (!more) return fail(more.error());
  if (!*more) return std::nullopt;
  auto record = from_line(file_->line);
  if (!record) return file_->wrong(record.error().message);
  return std::move(*record);
}

}  // namespace plimsoll::capture
