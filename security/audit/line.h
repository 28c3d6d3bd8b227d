// One record as one line of JSON. The form is fixed to the byte, so that a line can be read without
// a JSON parser and a line in any other form is known to be none of ours:
//
//   {"seq":7,"time":"2026-08-18T09:30:00.000000123Z","component":"shop","instance":3,"function":"...","class":"fs.read",
//    "object":"/srv/a","decision":"deny","rule":"...","backtrace":"...","prev":"64 digits"}
//
// without the spaces, and with "object_bytes":N behind the object, "backtrace_bytes":N behind the
// backtrace, where only the first part of them was kept: fields of their own, which no name that a
// guest chooses can look like.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "security/audit/chain.h"
#include "security/audit/clock.h"
#include "security/audit/json_escape.h"
#include "security/audit/ring.h"

namespace airwasm::security::audit {

// Names that are interned (AuditLog::Intern) are cut to this.
inline constexpr size_t kMaxNameBytes = 4 << 10;
// What is around the texts, with the longest numbers and class, rounded up.
inline constexpr size_t kMaxLineFrameBytes = 768;
// No line is longer, newline included.
inline constexpr size_t kMaxLineBytes =
    kMaxLineFrameBytes + MaxEscapedBytes(3 * kMaxNameBytes + kMaxObjectBytes + kMaxBacktraceBytes);

struct LineParts {
  int64_t time_ns = 0;
  std::string_view component;  // escaped, as function and rule are
  uint64_t instance = 0;
  std::string_view function;
  std::string_view capability;  // the text of the class
  std::string_view object;      // as the guest chose it
  bool allow = false;
  std::string_view rule;
  std::string_view backtrace;
  uint64_t object_full_bytes = 0;  // said where it is not object.size()
  uint64_t backtrace_full_bytes = 0;
};

// Writes line after line of one chain.
class LineWriter {
 public:
  explicit LineWriter(const Link& last) : last_(last) {}
  const Link& last() const { return last_; }
  // `to` has room for kMaxLineBytes. Returns where the line ends, newline included.
  char* Write(const LineParts& parts, char* to);

 private:
  Link last_;
  TimeFormatter time_;
};

// Views into the line. Texts are escaped as they stand there.
struct ParsedLine {
  uint64_t seq = 0;
  std::string_view time;
  std::string_view component;
  uint64_t instance = 0;
  std::string_view function;
  std::string_view capability;
  std::string_view object;
  uint64_t object_bytes = 0;  // 0: all of it is there
  bool allow = false;
  std::string_view rule;
  std::string_view backtrace;
  uint64_t backtrace_bytes = 0;
  Digest prev{};
};

// Null, and the offset of the first byte that no line of ours has there: `line` is without newline.
std::optional<ParsedLine> ParseLine(std::string_view line, size_t* bad_offset);

// The class of lines that tell of the log itself, and what they tell; no capability is spelled like
// it. The object says how much.
inline constexpr std::string_view kLogClass = "audit-log";
inline constexpr std::string_view kLogRefused =
    "refused";  // decisions that could not be kept; those calls were denied
inline constexpr std::string_view kLogNotClosed =
    "not-closed";  // the process before ended without closing the log

}  // namespace airwasm::security::audit
