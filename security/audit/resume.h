// Opens a log to go on with it: takes it for this process, and checks that what the head says was
// the end still is.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "security/audit/head.h"
#include "security/audit/log_files.h"

namespace airwasm::security::audit {

struct Resumed {
  LogFiles files;
  std::optional<Digest> key;
  File head_file;  // holds the lock
  File log;        // PATH, which ends at head.file_bytes
  Head head;       // with the lines that were found behind the head's last
  // The process before ended without closing the log: what its rings held is missing.
  bool was_not_closed = false;
  // Lines that the head did not know of; they fit the chain.
  uint64_t lines_after_head = 0;
};

// `key_file`: empty for none.
//
// Errors: FAILED_PRECONDITION another process writes it; other users can change its files; it is
//                             sealed and no key given, or the other way round; log without head,
//                             or head without log
//         DATA_LOSS           its end is not what the head says: lines are missing or were changed
//         others              of opening and reading files
absl::StatusOr<Resumed> Resume(const std::string& path, const std::string& key_file);

}  // namespace airwasm::security::audit
