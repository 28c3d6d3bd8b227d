#include "tools/airwasm/command.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"

namespace airwasm::tools {
namespace {

absl::Status FileError(const std::string& path, const char* doing) {
  return absl::ErrnoToStatus(errno, absl::StrFormat("cannot %s '%s'", doing, path));
}

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  const std::unique_ptr<std::FILE, CloseFile> file(path == "-" ? stdin
                                                               : std::fopen(path.c_str(), "rb"));
  if (file == nullptr) return FileError(path, "read");
  std::string bytes;
  struct stat status;
  if (fstat(fileno(file.get()), &status) == 0 && S_ISREG(status.st_mode))
    bytes.reserve(static_cast<size_t>(status.st_size));  // megabytes that need not move as it grows
  char buffer[1 << 16];
  while (const size_t n = std::fread(buffer, 1, sizeof buffer, file.get())) bytes.append(buffer, n);
  if (std::ferror(file.get())) return FileError(path, "read");
  return bytes;
}

absl::Status WriteFile(const std::string& path, std::string_view bytes) {
  std::FILE* const file = path == "-" ? stdout : std::fopen(path.c_str(), "wb");
  if (file == nullptr) return FileError(path, "write");
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  const bool closed = file == stdout ? std::fflush(file) == 0 : std::fclose(file) == 0;
  if (!written || !closed) return FileError(path, "write");
  return absl::OkStatus();
}

int Fail(std::string_view message) {
  std::fprintf(stderr, "airwasm: error: %.*s\n", static_cast<int>(message.size()), message.data());
  return kExitFailure;
}

int Fail(std::string_view context, const absl::Status& status) {
  const std::string message(status.message());
  return Fail(context.empty() ? message : std::string(context) + ": " + message);
}

}  // namespace airwasm::tools
