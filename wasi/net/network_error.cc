#include "wasi/net/network_error.h"

#include <cerrno>

namespace airwasm::wasi::net {

std::string_view NetworkErrorText(NetworkError error) {
  switch (error) {
#define AIRWASM_NETWORK_ERROR(name, text) \
  case NetworkError::k##name:             \
    return text;
#include "wasi/net/network_errors.def"
#undef AIRWASM_NETWORK_ERROR
  }
  return "";
}

NetworkError FromErrno(int error) {
  static constexpr struct {
    int posix;
    NetworkError error;
  } kRows[] = {
      {EACCES, NetworkError::kAccessDenied},
      {EPERM, NetworkError::kAccessDenied},
      {EOPNOTSUPP, NetworkError::kNotSupported},
      {EAFNOSUPPORT, NetworkError::kNotSupported},
      {EPROTONOSUPPORT, NetworkError::kNotSupported},
      {ENOPROTOOPT, NetworkError::kNotSupported},
      {EINVAL, NetworkError::kInvalidArgument},
      {EDESTADDRREQ, NetworkError::kInvalidArgument},
      {EISCONN, NetworkError::kInvalidState},
      {ENOTCONN, NetworkError::kInvalidState},
      {ENOMEM, NetworkError::kOutOfMemory},
      {ENOBUFS, NetworkError::kOutOfMemory},
      {ETIMEDOUT, NetworkError::kTimeout},
      {EALREADY, NetworkError::kConcurrencyConflict},
      {EAGAIN, NetworkError::kWouldBlock},
      {EMFILE, NetworkError::kNewSocketLimit},
      {ENFILE, NetworkError::kNewSocketLimit},
      {EADDRNOTAVAIL, NetworkError::kAddressNotBindable},
      {EADDRINUSE, NetworkError::kAddressInUse},
      {EHOSTUNREACH, NetworkError::kRemoteUnreachable},
      {EHOSTDOWN, NetworkError::kRemoteUnreachable},
      {ENETUNREACH, NetworkError::kRemoteUnreachable},
      {ENETDOWN, NetworkError::kRemoteUnreachable},
      {ENONET, NetworkError::kRemoteUnreachable},
      {ECONNREFUSED, NetworkError::kConnectionRefused},
      {ECONNRESET, NetworkError::kConnectionReset},
      {EPIPE, NetworkError::kConnectionReset},
      {ECONNABORTED, NetworkError::kConnectionAborted},
      {EMSGSIZE, NetworkError::kDatagramTooLarge},
  };
  for (const auto& row : kRows) {
    if (row.posix == error) return row.error;
  }
  return NetworkError::kUnknown;
}

}  // namespace airwasm::wasi::net
