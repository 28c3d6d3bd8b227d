#include "security/audit/log_reader.h"

#include <sys/stat.h>

#include <chrono>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"

namespace airwasm::security::audit {
namespace {

// The writer may rotate while we open one file after the other.
constexpr int kOpenAttempts = 50;
constexpr std::chrono::milliseconds kPause{2};

absl::Status OpenFilesOf(const LogFiles& files, const Head& head, OpenFiles& open) {
  // `number`: of a file that is there by that name; 0 is PATH, whose number is to come.
  const auto add = [&](uint32_t number, uint32_t number_to_be) -> absl::Status {
    absl::StatusOr<File> file = files.OpenLog(number);
    if (absl::IsNotFound(file.status())) {
      if (open.missing.empty()) open.missing = files.PathOf(number);
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(file.status());
    open.entries.push_back(
        {number_to_be, files.PathOf(number), std::make_unique<File>(*std::move(file))});
    return absl::OkStatus();
  };
  for (uint32_t number = head.first_file; number <= head.last_file; ++number)
    RETURN_IF_ERROR(add(number, number));
  // A writer that was killed between renaming PATH and saying so leaves an empty PATH, or none.
  uint32_t next = head.last_file + 1;
  const absl::StatusOr<File> current = files.OpenLog(0);
  uint64_t size = 0;
  if (current.ok()) {
    ASSIGN_OR_RETURN(size, SizeOf(*current));
  }
  if (size == 0 && head.file_bytes != 0 && files.OpenLog(next).ok()) {
    RETURN_IF_ERROR(add(next, next));
    ++next;
    if (!current.ok()) return absl::OkStatus();
  }
  return add(0, next);
}

}  // namespace

absl::StatusOr<OpenFiles> OpenAll(const LogFiles& files, const std::optional<Digest>& key) {
  for (int attempt = 1;; ++attempt) {
    OpenFiles open;
    absl::StatusOr<File> head_file = files.OpenHead();
    if (absl::IsNotFound(head_file.status())) {
      RETURN_IF_ERROR(files.OpenLog(0).status());  // rather say that there is no log at all
      return absl::DataLossError(absl::StrCat("'", files.HeadPath(), "' is missing"));
    }
    RETURN_IF_ERROR(head_file.status());
    open.head_file = std::make_unique<File>(*std::move(head_file));
    open.is_locked = IsLocked(*open.head_file);
    ASSIGN_OR_RETURN(open.head, ReadHead(*open.head_file, key, open.is_locked));
    RETURN_IF_ERROR(OpenFilesOf(files, open.head, open));
    ASSIGN_OR_RETURN(const Head now, ReadHead(*open.head_file, key, open.is_locked));
    const bool same =
        now.first_file == open.head.first_file && now.last_file == open.head.last_file;
    if ((same && open.missing.empty()) || !open.is_locked || attempt == kOpenAttempts) return open;
    std::this_thread::sleep_for(kPause);
  }
}

absl::StatusOr<LogReader> LogReader::Open(const std::string& path, Start start) {
  ASSIGN_OR_RETURN(LogFiles files, LogFiles::ToRead(path));
  std::vector<OpenFiles::Entry> entries;
  if (absl::StatusOr<OpenFiles> open = OpenAll(files, std::nullopt); open.ok())
    entries = std::move(open->entries);
  if (entries.empty()) {
    ASSIGN_OR_RETURN(File file, files.OpenLog(0));
    entries.push_back({0, path, std::make_unique<File>(std::move(file))});
  }
  LogReader reader(std::move(files), std::move(entries));
  if (start == Start::kFirstLine) {
    reader.Enter(0, 0);
    return reader;
  }
  const size_t last = reader.entries_.size() - 1;
  ASSIGN_OR_RETURN(const uint64_t size, SizeOf(*reader.entries_[last].file));
  // What is being written may end within a line; what is left of that line is read over.
  reader.Enter(last, size == 0 ? 0 : size - 1);
  if (size != 0) (void)reader.Next();
  return reader;
}

LogReader::LogReader(LogFiles files, std::vector<OpenFiles::Entry> entries)
    : files_(std::move(files)), entries_(std::move(entries)) {}

void LogReader::Enter(size_t index, uint64_t offset) {
  at_ = index;
  line_number_ = 0;
  reader_ = std::make_unique<LineReader>(*entries_[index].file, offset);
}

LineReader::Result LogReader::Next() {
  while (true) {
    LineReader::Result result = reader_->Next();
    if (result == LineReader::Result::kEnd && Advance()) continue;
    ++line_number_;
    return result;
  }
}

// To the next file, if this one will not grow any more.
bool LogReader::Advance() {
  if (at_ + 1 < entries_.size()) {
    Enter(at_ + 1, 0);
    return true;
  }
  if (IsCurrent()) return false;
  // It was rotated; but what was written to it just before may not have been read yet.
  if (reader_->HasMore()) return true;
  const uint32_t number = entries_[at_].number + 1;
  absl::StatusOr<File> next = files_.OpenLog(number);
  std::string path = files_.PathOf(number);
  if (!next.ok()) {
    next = files_.OpenLog(0);
    path = files_.path();
  }
  if (!next.ok()) return false;
  entries_.push_back({number, path, std::make_unique<File>(*std::move(next))});
  Enter(at_ + 1, 0);
  entries_[at_ - 1].file.reset();
  return true;
}

bool LogReader::IsCurrent() const {
  const absl::StatusOr<File> current = files_.OpenLog(0);
  struct stat ours, theirs;
  return !current.ok() || fstat(current->fd(), &theirs) != 0 ||
         fstat(entries_[at_].file->fd(), &ours) != 0 ||
         (ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino);
}

std::string LogReader::Where() const {
  return absl::StrCat(entries_[at_].path, ":", line_number_);
}

}  // namespace airwasm::security::audit
