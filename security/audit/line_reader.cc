#include "security/audit/line_reader.h"

#include "security/audit/line.h"

namespace airwasm::security::audit {
namespace {

constexpr size_t kChunkBytes = 1 << 20;
static_assert(kChunkBytes > kMaxLineBytes);

}  // namespace

LineReader::Result LineReader::Next() {
  at_ += to_skip_;
  to_skip_ = 0;
  line_bytes_ = 0;
  size_t searched = at_;
  while (true) {
    const size_t newline = buffer_.find('\n', searched);
    if (newline != std::string::npos) {
      line_bytes_ = newline - at_;
      to_skip_ = line_bytes_ + 1;
      return line_bytes_ >= kMaxLineBytes ? Result::kTooLong : Result::kLine;
    }
    if (buffer_.size() - at_ >= kMaxLineBytes) return Result::kTooLong;
    offset_ += at_;
    buffer_.erase(0, at_);
    at_ = 0;
    searched = buffer_.size();
    const absl::StatusOr<std::string> more = ReadAt(file_, offset_ + buffer_.size(), kChunkBytes);
    if (!more.ok()) {
      status_ = more.status();
      return Result::kFailed;
    }
    if (more->empty()) {
      line_bytes_ = buffer_.size();
      return buffer_.empty() ? Result::kEnd : Result::kTorn;
    }
    buffer_ += *more;
  }
}

bool LineReader::HasMore() const {
  const absl::StatusOr<uint64_t> size = SizeOf(file_);
  return size.ok() && *size > offset_ + buffer_.size();
}

}  // namespace airwasm::security::audit
