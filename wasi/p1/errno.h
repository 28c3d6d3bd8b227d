// Error codes of WASI 0.1.
#ifndef AIRWASM_WASI_P1_ERRNO_H_
#define AIRWASM_WASI_P1_ERRNO_H_

#include <cstdint>
#include <string_view>

#include "wasi/host/result.h"

namespace airwasm::wasi::p1 {

enum class Errno : uint16_t {
#define AIRWASM_WASI_ERRNO(name, number, posix, text) name = number,
#include "wasi/p1/errno.def"
#undef AIRWASM_WASI_ERRNO
};

// The code that tells the guest of `error`; kIo for what WASI has no code for. Not for
// Error::Interrupted(), which ends the guest instead.
Errno ToErrno(host::Error error);

std::string_view ErrnoName(Errno e);

}  // namespace airwasm::wasi::p1

#endif  // AIRWASM_WASI_P1_ERRNO_H_
