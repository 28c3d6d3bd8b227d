// Reads the lines of a log, through all its files, the oldest first; and goes on while it is being
// written.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "security/audit/line_reader.h"
#include "security/audit/log_files.h"

namespace airwasm::security::audit {

struct OpenFiles {
  struct Entry {
    uint32_t number;  // that it has, or will have when it is rotated
    std::string path;
    std::unique_ptr<File> file;
  };
  std::vector<Entry> entries;  // the last one is PATH, unless that is missing
  // The first one that should be there and is not.
  std::string missing;
  std::unique_ptr<File> head_file;
  Head head;
  bool is_locked = false;  // a process has it open to write it
};

// All that belongs together at one moment. Errors: no head that can be read (see DecodeHead),
// nothing at `files`' path at all.
absl::StatusOr<OpenFiles> OpenAll(const LogFiles& files, const std::optional<Digest>& key);

class LogReader {
 public:
  enum class Start { kFirstLine, kEnd };
  // Without a sound head, PATH alone is read. NOT_FOUND if there is no log.
  static absl::StatusOr<LogReader> Open(const std::string& path, Start start);

  // As LineReader::Next(), but kEnd is that of the whole log, by now; a kTorn line is the last one
  // of the log, and comes again when it is asked again.
  LineReader::Result Next();
  std::string_view line() const { return reader_->line(); }
  const absl::Status& status() const { return reader_->status(); }
  // Where line() stands: "PATH.1:12".
  std::string Where() const;

 private:
  LogReader(LogFiles files, std::vector<OpenFiles::Entry> entries);
  bool Advance();
  void Enter(size_t index, uint64_t offset);
  bool IsCurrent() const;

  LogFiles files_;
  std::vector<OpenFiles::Entry> entries_;
  size_t at_ = 0;
  uint64_t line_number_ = 0;
  std::unique_ptr<LineReader> reader_;
};

}  // namespace airwasm::security::audit
