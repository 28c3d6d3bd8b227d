// Reads a file line by line; one that grows can be read on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "security/audit/log_files.h"

namespace airwasm::security::audit {

class LineReader {
 public:
  enum class Result {
    kLine,
    kEnd,      // nothing more, by now
    kTorn,     // line() is the rest of the file, without a newline, by now
    kTooLong,  // a line of more than kMaxLineBytes, which none of ours is
    kFailed,   // status()
  };

  // `file` outlives this.
  explicit LineReader(const File& file, uint64_t offset = 0) : file_(file), offset_(offset) {}
  // After kEnd and kTorn it can be asked again; after the last two not.
  Result Next();
  // The file has grown since kEnd or kTorn.
  bool HasMore() const;
  // Without newline; good until the next Next().
  std::string_view line() const { return std::string_view(buffer_).substr(at_, line_bytes_); }
  // Where line() begins; after kEnd, where the file ended.
  uint64_t offset() const { return offset_ + at_; }
  const absl::Status& status() const { return status_; }

 private:
  const File& file_;
  uint64_t offset_;  // of buffer_ in the file
  std::string buffer_;
  size_t at_ = 0;
  size_t line_bytes_ = 0;
  size_t to_skip_ = 0;  // line() and its newline, which Next() leaves behind
  absl::Status status_;
};

}  // namespace airwasm::security::audit
