#include "security/audit/log_output.h"

#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <utility>

#include "engine/base/out_of_memory.h"
#include "engine/base/status_macros.h"
#include "security/audit/line_reader.h"

namespace airwasm::security::audit {
namespace {

// FAST: large enough that the calls into the kernel do not count, and it stays in the second-level
// cache (security_audit_bench, ToFile).
constexpr size_t kBatchBytes = 256 << 10;

}  // namespace

LogOutput::LogOutput(Resumed log, const OutputOptions& options)
    : log_(std::move(log)),
      options_(options),
      line_writer_(log_.head.last),
      batch_(new char[kBatchBytes + kMaxLineBytes]) {
  head_.closed = false;
  SetLimit();
}

absl::Status LogOutput::Begin() {
  if (options_.sync) RETURN_IF_ERROR(log_.files.SyncDirectory());
  return WriteHead();
}

void LogOutput::SetLimit() {
  limit_ = kBatchBytes;
  // A file is full with the line that fills it. One that could not be rotated goes on.
  if (options_.rotate_bytes > head_.file_bytes)
    limit_ = std::min<uint64_t>(options_.rotate_bytes - head_.file_bytes, kBatchBytes);
}

void LogOutput::Add(const LineParts& parts, bool is_record) {
  assert(!IsFull() && (is_record || batch_notes_ == batch_lines_));
  char* const begin = batch_.get() + used_;
  used_ += static_cast<size_t>(line_writer_.Write(parts, begin) - begin);
  ++batch_lines_;
  if (!is_record) ++batch_notes_;
}

absl::Status LogOutput::Write() {
  while (written_ < used_) {
    const ssize_t n = pwrite(log_.log.fd(), batch_.get() + written_, used_ - written_,
                             static_cast<off_t>(head_.file_bytes + written_));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0)
      return absl::ErrnoToStatus(n == 0 ? ENOSPC : errno,
                                 "cannot write '" + log_.files.path() + "'");
    written_ += static_cast<size_t>(n);
  }
  if (options_.sync && fdatasync(log_.log.fd()) != 0)
    return absl::ErrnoToStatus(errno, "cannot write '" + log_.files.path() + "'");
  Head head = head_;
  head.last = line_writer_.last();
  head.file_bytes += used_;
  std::swap(head_, head);
  if (absl::Status status = WriteHead(); !status.ok()) {
    std::swap(head_, head);
    return status;
  }
  records_ += batch_lines_ - batch_notes_;
  used_ = written_ = 0;
  batch_lines_ = batch_notes_ = 0;
  SetLimit();
  return absl::OkStatus();
}

absl::Status LogOutput::WriteHead() {
  return OrOutOfMemory([&] { return WriteHeadFile(); });
}

absl::Status LogOutput::WriteHeadFile() {
  absl::Status status = WriteAt(log_.head_file, 0, EncodeHead(head_, log_.key));
  if (status.ok() && options_.sync && fdatasync(log_.head_file.fd()) != 0)
    status = absl::ErrnoToStatus(errno, "cannot write");
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      std::string(status.message()) + " '" + log_.files.HeadPath() + "'");
}

absl::Status LogOutput::RotateIfDue() {
  if (options_.rotate_bytes == 0 || head_.file_bytes < options_.rotate_bytes)
    return absl::OkStatus();
  const uint32_t number = head_.last_file + 1;
  if (!is_renamed_) RETURN_IF_ERROR(log_.files.Rotate(number));
  is_renamed_ = true;  // also when there is no memory for what follows: then it is tried again
  absl::StatusOr<File> next = log_.files.OpenLog(0, /*create=*/true);
  if (!next.ok()) {
    RETURN_IF_ERROR(log_.files.RotateBack(number));
    is_renamed_ = false;
    return next.status();
  }
  is_renamed_ = false;
  log_.log = *std::move(next);
  head_.last_file = number;
  head_.file_bytes = 0;
  ++rotations_;
  SetLimit();
  if (options_.sync) RETURN_IF_ERROR(log_.files.SyncDirectory());
  RETURN_IF_ERROR(WriteHead());
  return RemoveOldest();
}

absl::Status LogOutput::RemoveOldest() {
  while (options_.keep_files != 0 && head_.last_file - head_.first_file + 1 > options_.keep_files) {
    // The chain of what is kept begins where the next file's first line says.
    ASSIGN_OR_RETURN(const File next, log_.files.OpenLog(head_.first_file + 1));
    LineReader reader(next);
    std::optional<ParsedLine> line;
    if (reader.Next() == LineReader::Result::kLine) line = ParseLine(reader.line(), nullptr);
    if (!line || line->seq == 0)
      return absl::DataLossError("'" + log_.files.PathOf(head_.first_file + 1) + "' was changed");
    head_.anchor = {.seq = line->seq - 1, .hash = line->prev};
    // The head first: a file that is not named any more does no harm.
    const uint32_t oldest = head_.first_file++;
    RETURN_IF_ERROR(WriteHead());
    RETURN_IF_ERROR(log_.files.Remove(oldest));
  }
  return absl::OkStatus();
}

void LogOutput::Abandon() {
  const std::string_view written(batch_.get(), written_);
  const auto lines = static_cast<uint64_t>(std::ranges::count(written, '\n'));
  if (lines != 0) {
    const size_t end = written.rfind('\n');
    const size_t before = written.substr(0, end).rfind('\n');
    const size_t begin = before == std::string_view::npos ? 0 : before + 1;
    head_.last = {.seq = head_.last.seq + lines,
                  .hash = HashOf(written.substr(begin, end - begin))};
    head_.file_bytes += end + 1;
    records_ += lines - std::min(lines, batch_notes_);
  }
  used_ = written_ = 0;
  // If this fails, `verify` tells of bytes that do not belong there.
  (void)!ftruncate(log_.log.fd(), static_cast<off_t>(head_.file_bytes));
}

absl::Status LogOutput::Finish(uint64_t lost) {
  head_.lost = base_lost_ + lost;
  head_.closed = true;
  return WriteHead();
}

}  // namespace airwasm::security::audit
