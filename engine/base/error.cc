#include "engine/base/error.h"

#include "engine/base/error_status.h"
#include "engine/base/format.h"

namespace airwasm {

std::string Error::ToString() const {
  if (line != 0) return FormatText("%d:%d: %s", line, column, message);
  return FormatText("offset 0x%x: %s", offset, message);
}

absl::Status ToStatus(const Error& error) {
  const std::string text = error.ToString();
  if (error.kind == ErrorKind::kLimit) return absl::ResourceExhaustedError(text);
  return absl::InvalidArgumentError(text);
}

}  // namespace airwasm
