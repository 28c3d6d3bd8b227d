#include "wasi/host/error_status.h"

#include <cerrno>
#include <cstring>

namespace airwasm::wasi::host {

absl::Status ToStatus(Error error, const std::string& what) {
  const std::string message = what + ": " + strerror(error.posix());
  switch (error.posix()) {
    case ENOENT:
      return absl::NotFoundError(message);
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError(message);
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return absl::ResourceExhaustedError(message);
    default:
      return absl::InvalidArgumentError(message);
  }
}

}  // namespace airwasm::wasi::host
