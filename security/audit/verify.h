// Is a log whole? Every line, the chain through all files, and the end as the head has it.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace airwasm::security::audit {

struct Verdict {
  enum class Kind {
    kWhole,
    kBeingWritten,  // whole, and another process has it open
    kNotClosed,     // whole as far as it goes; its process was killed, and what its rings held is
                    // missing
    kBroken,        // problem
  };
  Kind kind = Kind::kWhole;
  // "PATH.1:12: what is wrong"; lines count from 1 in each file.
  std::string problem;

  uint64_t decisions = 0;  // lines that are records of them
  uint64_t first_seq = 0;  // of the first line that is kept; more than 1 if old files were removed
  uint64_t last_seq = 0;
  uint64_t files = 0;
  bool is_sealed = false;
  // Of a log that is not closed: lines that the head does not vouch for, and what is there of a
  // line that was not finished.
  uint64_t lines_after_head = 0;
  uint64_t torn_bytes = 0;
  // What the head says is not in the log, and how often the log itself says that a process before
  // was killed.
  uint64_t refused = 0;
  uint64_t lost = 0;
  uint64_t kills = 0;

  // Some decisions are known not to be there.
  bool HasGaps() const { return kind == Kind::kNotClosed || refused + lost + kills != 0; }
};

// `key_file`: empty if there is none; then a seal is not looked at. What is wrong with the log is
// no error.
//
// Errors: there is no log, or it or the key cannot be read
absl::StatusOr<Verdict> Verify(const std::string& path, const std::string& key_file);

}  // namespace airwasm::security::audit
