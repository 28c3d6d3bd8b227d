#include "security/audit/resume.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "security/audit/line.h"
#include "security/audit/line_reader.h"

namespace airwasm::security::audit {
namespace {

absl::Status Damaged(const std::string& path, std::string_view how) {
  return absl::DataLossError(absl::StrCat("'", path, "': ", std::string(how),
                                          "; `airwasm audit verify` says more. Move the log and "
                                          "its head file away to begin a new one"));
}

// The line that ends at `end` (its newline included) has to be `last`.
absl::Status CheckLast(const File& file, const std::string& path, uint64_t end, const Link& last) {
  ASSIGN_OR_RETURN(const uint64_t size, SizeOf(file));
  if (size < end) return Damaged(path, "lines are missing at its end");
  const uint64_t begin = end - std::min<uint64_t>(end, kMaxLineBytes);
  ASSIGN_OR_RETURN(const std::string tail, ReadAt(file, begin, end - begin));
  std::string_view line = tail;
  if (!line.ends_with('\n')) return Damaged(path, "its last line was changed");
  line.remove_suffix(1);
  const size_t newline = line.rfind('\n');
  if (newline != std::string_view::npos) line.remove_prefix(newline + 1);
  if (HashOf(line) != last.hash) return Damaged(path, "its last line was changed");
  return absl::OkStatus();
}

absl::Status Truncate(const File& file, uint64_t size) {
  return ftruncate(file.fd(), static_cast<off_t>(size)) == 0
             ? absl::OkStatus()
             : absl::ErrnoToStatus(errno, "cannot cut off an unfinished line");
}

// Takes in what a process that was killed wrote after its last head; the line that it did not
// finish is cut off.
absl::Status TakeRest(Resumed& log) {
  LineReader reader(log.log, log.head.file_bytes);
  while (true) {
    switch (reader.Next()) {
      case LineReader::Result::kLine: {
        const std::optional<ParsedLine> line = ParseLine(reader.line(), nullptr);
        if (log.head.closed || !line || line->seq != log.head.last.seq + 1 ||
            line->prev != log.head.last.hash)
          return Damaged(log.files.path(), "there are lines at its end that do not belong there");
        log.head.last = {.seq = line->seq, .hash = HashOf(reader.line())};
        log.head.file_bytes = reader.offset() + reader.line().size() + 1;
        ++log.lines_after_head;
        break;
      }
      case LineReader::Result::kTorn:
        if (log.head.closed)
          return Damaged(log.files.path(), "there are bytes at its end that do not belong there");
        return Truncate(log.log, log.head.file_bytes);
      case LineReader::Result::kEnd:
        return absl::OkStatus();
      case LineReader::Result::kTooLong:
        return Damaged(log.files.path(), "there are lines at its end that do not belong there");
      case LineReader::Result::kFailed:
        return reader.status();
    }
  }
}

// The process before may have been killed when PATH had its new name and the head did not say so
// yet.
absl::Status FinishRotation(Resumed& log) {
  const uint32_t number = log.head.last_file + 1;
  const absl::StatusOr<File> rotated = log.files.OpenLog(number);
  if (absl::IsNotFound(rotated.status())) return absl::OkStatus();
  RETURN_IF_ERROR(rotated.status());
  const absl::StatusOr<File> current = log.files.OpenLog(0);
  if (!current.ok() && !absl::IsNotFound(current.status())) return current.status();
  if (current.ok()) {
    ASSIGN_OR_RETURN(const uint64_t size, SizeOf(*current));
    if (size != 0) return absl::OkStatus();  // then that file is none of ours, and PATH is checked
  }
  ASSIGN_OR_RETURN(const uint64_t size, SizeOf(*rotated));
  if (log.head.closed || log.head.file_bytes == 0 || size != log.head.file_bytes)
    return absl::OkStatus();
  log.head.last_file = number;
  log.head.file_bytes = 0;
  return absl::OkStatus();
}

absl::Status OpenHead(Resumed& log, bool* is_new) {
  absl::StatusOr<File> head = log.files.OpenHead();
  if (absl::IsNotFound(head.status())) {
    const absl::StatusOr<File> orphan = log.files.OpenLog(0);
    if (orphan.ok()) {
      ASSIGN_OR_RETURN(const uint64_t size, SizeOf(*orphan));
      if (size != 0)
        return absl::FailedPreconditionError(
            absl::StrCat("'", log.files.path(),
                         "' has no head file beside it, so nobody can tell whether it is whole; "
                         "move it away to begin a new log"));
    } else if (!absl::IsNotFound(orphan.status())) {
      return orphan.status();
    }
    head = log.files.OpenHead(/*create=*/true);
  }
  RETURN_IF_ERROR(head.status());
  log.head_file = *std::move(head);
  ASSIGN_OR_RETURN(const bool locked, Lock(log.head_file));
  if (!locked)
    return absl::FailedPreconditionError(
        absl::StrCat("'", log.files.path(), "' is being written by another process"));
  ASSIGN_OR_RETURN(const uint64_t size, SizeOf(log.head_file));
  *is_new = size == 0;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Resumed> Resume(const std::string& path, const std::string& key_file) {
  Resumed log;
  ASSIGN_OR_RETURN(log.files, LogFiles::ToWrite(path));
  if (!key_file.empty()) {
    ASSIGN_OR_RETURN(log.key, ReadKey(key_file, log.files.identities().get()));
  }
  bool is_new = false;
  RETURN_IF_ERROR(OpenHead(log, &is_new));
  if (is_new) {
    ASSIGN_OR_RETURN(log.log, log.files.OpenLog(0, /*create=*/true));
    ASSIGN_OR_RETURN(const uint64_t size, SizeOf(log.log));
    if (size != 0) return Damaged(path, "its head file is empty");
    return log;
  }
  const absl::StatusOr<Head> head = ReadHead(log.head_file, log.key, /*is_locked=*/false);
  if (!head.ok())
    return absl::Status(head.status().code(),
                        absl::StrCat("'", path, "': ", std::string(head.status().message())));
  log.head = *head;
  if (log.head.sealed && !log.key)
    return absl::FailedPreconditionError(
        absl::StrCat("'", path, "' is sealed with a key, which is needed to go on with it"));
  log.was_not_closed = !log.head.closed;
  // For FileIdentities. One that is missing is for `verify` to find.
  for (uint32_t number = log.head.first_file; number <= log.head.last_file; ++number)
    (void)log.files.OpenLog(number);
  RETURN_IF_ERROR(FinishRotation(log));
  absl::StatusOr<File> current = log.files.OpenLog(0, /*create=*/log.head.file_bytes == 0);
  if (absl::IsNotFound(current.status())) return Damaged(path, "it is missing");
  RETURN_IF_ERROR(current.status());
  log.log = *std::move(current);
  if (log.head.file_bytes != 0) {
    RETURN_IF_ERROR(CheckLast(log.log, path, log.head.file_bytes, log.head.last));
  } else if (log.head.last.seq != 0) {
    const uint32_t number = log.head.last_file;
    absl::StatusOr<File> rotated = log.files.OpenLog(number);
    if (number == 0 || !rotated.ok()) return Damaged(log.files.PathOf(number), "it is missing");
    ASSIGN_OR_RETURN(const uint64_t size, SizeOf(*rotated));
    RETURN_IF_ERROR(CheckLast(*rotated, log.files.PathOf(number), size, log.head.last));
  }
  RETURN_IF_ERROR(TakeRest(log));
  return log;
}

}  // namespace airwasm::security::audit
