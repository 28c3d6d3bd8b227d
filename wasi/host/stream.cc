#include "wasi/host/stream.h"

#include <algorithm>
#include <cstring>

namespace airwasm::wasi::host {
namespace {

// What one call reads at most where nothing better is known.
constexpr size_t kDefaultReadBytes = 64 * 1024;

int PosixOf(Error e) {
  if (e.interrupted()) return EINTR;
  return e.not_capable() ? EPERM : e.posix();
}

}  // namespace

PosixStreamError::PosixStreamError(int error) : StreamError(strerror(error)), error(error) {}

StreamEnd StreamEnd::Failed(Error e) {
  return Failed(std::make_shared<PosixStreamError>(PosixOf(e)));
}

std::optional<StreamEnd> InputStream::Skip(uint64_t limit, uint64_t* count) {
  std::vector<uint8_t> unused(SizeHint(limit));
  size_t read = 0;
  std::optional<StreamEnd> end = Read(unused, &read);
  *count = read;
  return end;
}

size_t InputStream::SizeHint(uint64_t limit) {
  return static_cast<size_t>(std::min<uint64_t>(limit, kDefaultReadBytes));
}

std::optional<StreamEnd> OutputStream::CheckFlush(bool* done) {
  uint64_t permit = 0;
  std::optional<StreamEnd> end = CheckWrite(&permit);
  *done = permit > 0;
  return end;
}

}  // namespace airwasm::wasi::host
