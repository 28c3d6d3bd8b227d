// absl::StrFormat for code that may run out of memory: Abseil's writes its last bytes in a
// destructor, so that a string that cannot grow there ends the process.
#pragma once

#include <string>

#include "absl/strings/str_format.h"

namespace airwasm {

// As absl::StrFormat.
template <typename... Args>
std::string FormatText(const absl::FormatSpec<Args...>& format, const Args&... args) {
  char few[256];
  const int length = absl::SNPrintF(few, sizeof(few), format, args...);
  if (length < 0) return "";
  const auto size = static_cast<size_t>(length);
  if (size < sizeof(few)) return std::string(few, size);
  std::string text(size, '\0');
  absl::SNPrintF(text.data(), size + 1, format, args...);
  return text;
}

}  // namespace airwasm
