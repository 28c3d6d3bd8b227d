// wasi:logging: messages of the guest, each one line on its standard error:
//
//   [warn] billing: no answer from db
//
// Of what the guest chose, nothing ends the line or moves a terminal's cursor: control characters
// and what else breaks lines are written as escapes, and so is the backslash, so that an escape is
// told from text that looks like one.
#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "absl/strings/str_format.h"
#include "wasi/p2/interface.h"

namespace airwasm::wasi::p2 {
namespace {

// enum level { trace, debug, info, warn, error, critical }
enum class Level : uint8_t { kTrace, kDebug, kInfo, kWarn, kError, kCritical };
AIRWASM_ENUM(Level, 6);

constexpr std::string_view kLevels[] = {"trace", "debug", "info", "warn", "error", "critical"};

// Bytes that one byte of text becomes at most: "\u{1f}".
constexpr uint64_t kMostPerByte = 6;
constexpr uint32_t kNoControl = UINT32_MAX;

// What begins at text[i] and has to be escaped: its code point, or kNoControl; and in
// `*bytes` how much of the text that is. C0, DEL and C1; LINE SEPARATOR and PARAGRAPH SEPARATOR.
uint32_t ControlAt(std::string_view text, size_t i, size_t* bytes) {
  const auto at = [&](size_t k) -> uint32_t {
    return k < text.size() ? static_cast<uint8_t>(text[k]) : 0;
  };
  *bytes = 1;
  if (at(i) < 0x20 || at(i) == 0x7f) return at(i);
  *bytes = 2;
  if (at(i) == 0xc2 && at(i + 1) >= 0x80 && at(i + 1) < 0xa0) return at(i + 1);
  *bytes = 3;
  if (at(i) == 0xe2 && at(i + 1) == 0x80 && (at(i + 2) == 0xa8 || at(i + 2) == 0xa9))
    return 0x2000u | (at(i + 2) & 0x3f);
  *bytes = 1;
  return kNoControl;
}

void AppendEscaped(std::string_view text, std::string* out) {
  size_t bytes = 0;
  for (size_t i = 0; i < text.size(); i += bytes) {
    const uint32_t control = ControlAt(text, i, &bytes);
    if (control == '\n') {
      *out += "\\n";
    } else if (control == '\r') {
      *out += "\\r";
    } else if (control == '\t') {
      *out += "\\t";
    } else if (control != kNoControl) {
      absl::StrAppendFormat(out, "\\u{%x}", control);
    } else if (text[i] == '\\') {
      *out += "\\\\";
    } else {
      *out += text[i];
    }
  }
}

// All of it, however long that takes; not OK: the guest ends.
absl::Status WriteLine(Context& context, std::string_view line) {
  host::OutputStream& stream = *context.standard_error().output;
  std::span<const uint8_t> left(reinterpret_cast<const uint8_t*>(line.data()), line.size());
  while (!left.empty()) {
    uint64_t permit = 0;
    // Nobody reads any more: there is no one to tell.
    if (stream.CheckWrite(&permit)) return absl::OkStatus();
    if (permit == 0) {
      if (absl::Status status = context.Wait(stream); !status.ok()) return status;
      continue;
    }
    const size_t n = std::min<uint64_t>(permit, left.size());
    if (stream.Write(left.first(n))) return absl::OkStatus();
    left = left.subspan(n);
  }
  return absl::OkStatus();
}

// Copies: other threads of the guest could change a shared memory while its text is looked at.
absl::Status Log(HostCall& call, Level level, const std::string& from, const std::string& message) {
  Context& context = Context::Of(call);
  const security::HostBytes held(context.meter(), kMostPerByte * (from.size() + message.size()));
  if (!held.ok()) return context.EndsGuestForQuota();
  std::string line = absl::StrFormat("[%s] ", kLevels[static_cast<size_t>(level)]);
  AppendEscaped(from, &line);
  line += ": ";
  AppendEscaped(message, &line);
  line += '\n';
  if (context.meter() != nullptr && !context.meter()->ChargeLog(line.size()))
    return context.EndsGuestForQuota();
  return WriteLine(context, line);
}

}  // namespace

absl::Status DefineLogging(ComponentLinker& linker) {
  absl::Status status;
  Interface(linker, "wasi:logging/logging", asks::kLog, &status, kLoggingVersion)
      .Func("log", [](HostCall& call, Level level, const std::string& context,
                      const std::string& message) { return Log(call, level, context, message); });
  return status;
}

}  // namespace airwasm::wasi::p2
