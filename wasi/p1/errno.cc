#include "wasi/p1/errno.h"

#include <cerrno>

namespace airwasm::wasi::p1 {
namespace {

constexpr int kNoPosixErrno = -1;  // equals no Error::posix()

struct Row {
  Errno code;
  int posix;
  std::string_view text;
};

constexpr Row kRows[] = {
#define AIRWASM_WASI_ERRNO(name, number, posix, text) {Errno::name, posix, text},
#include "wasi/p1/errno.def"
#undef AIRWASM_WASI_ERRNO
};

}  // namespace

Errno ToErrno(host::Error error) {
  if (error.not_capable()) return Errno::kNotcapable;
  for (const Row& row : kRows) {
    if (row.posix == error.posix()) return row.code;
  }
  return Errno::kIo;
}

std::string_view ErrnoName(Errno e) {
  for (const Row& row : kRows) {
    if (row.code == e) return row.text;
  }
  return "unknown";
}

}  // namespace airwasm::wasi::p1
