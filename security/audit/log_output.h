// Lines on their way into the files of a log: a batch of them is made, written, and then stands in
// the head.
//
// What holds: the head is never ahead of the log. A batch that could not be written whole is kept
// and tried again from where it stopped.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "security/audit/line.h"
#include "security/audit/resume.h"

namespace airwasm::security::audit {

struct OutputOptions {
  uint64_t rotate_bytes = 0;  // as AuditOptions have them
  uint32_t keep_files = 0;
  bool sync = false;
};

// Threads: the writer's alone.
class LogOutput {
 public:
  LogOutput(Resumed log, const OutputOptions& options);

  // Adds a line to the batch; `is_record`: it is a decision, and no line about the log.
  void Add(const LineParts& parts, bool is_record);
  // No more should be added before Write(): it is large enough, or the file is.
  bool IsFull() const { return used_ >= limit_; }
  size_t bytes() const { return used_; }

  // Writes the batch and the head. After an error, part of it may be in the file; called again, it
  // goes on.
  absl::Status Write();
  // How many decisions of the batches up to now are in the file.
  uint64_t records() const { return records_; }

  // A new file, if this one is large enough. An error leaves everything as it is, and writing goes
  // on.
  absl::Status RotateIfDue();
  // It was left half way, for lack of memory.
  bool IsRotating() const { return is_renamed_; }
  uint64_t rotations() const { return rotations_; }

  // The head that goes with the next Write(), or with Finish().
  void SetRefused(uint64_t refused) { head_.refused = base_refused_ + refused; }
  // Gives up what is left of the batch; what was written of it stays, up to the last whole line.
  void Abandon();
  absl::Status Finish(uint64_t lost);
  // The head alone, which says from here on that the log is not closed. Before the first batch.
  absl::Status Begin();

 private:
  absl::Status WriteHead();  // throws nothing: batch and head stay together
  absl::Status WriteHeadFile();
  void SetLimit();
  absl::Status RemoveOldest();

  Resumed log_;
  const OutputOptions options_;
  Head& head_ = log_.head;
  const uint64_t base_refused_ = head_.refused;
  const uint64_t base_lost_ = head_.lost;
  LineWriter line_writer_;
  std::unique_ptr<char[]> batch_;
  size_t used_ = 0;
  size_t limit_ = 0;
  size_t written_ = 0;  // of used_
  uint64_t batch_lines_ = 0;
  uint64_t batch_notes_ = 0;  // lines about the log, which come first
  uint64_t records_ = 0;
  uint64_t rotations_ = 0;
  bool is_renamed_ = false;  // the file has the name that rotating it gives it
};

}  // namespace airwasm::security::audit
