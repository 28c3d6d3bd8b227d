// The audit log: every decision about what a guest may do, allowed and denied, one line of JSON
// each.
//
// A thread that makes a decision copies it into a ring of its own, which takes some ten
// nanoseconds; one thread for each log writes lines:
//
//   {"seq":1,"time":"2026-08-18T09:30:00.000000123Z","component":"shop","instance":3,"function":"wasi:filesystem/...","class":
//    "fs.read","object":"/srv/a","decision":"deny","rule":"...","backtrace":"...","prev":"..."}
//
// `seq` counts from 1 without a gap. `time` is exact for what is denied and for what has an object;
// of up to three other records in a row it is that of the one before, some milliseconds ago at most
// while the writing thread gets its processor. `prev` is the SHA-256 of the line before, 64 zeros
// at first. PATH.head, beside the log, says how many lines there are and what the last one is.
// `airwasm audit verify|show|follow` read all that.
//
// What is promised:
//   - Nothing is dropped unseen. A full ring or a full disk holds calls up or fails them (OnFull),
//     and what fails is counted: in Stats, in the head, and by a line of class "audit-log" as soon
//     as there is room again.
//   - A process that is killed loses what its rings held and no more; `verify` says that it was
//     killed, and when the log is opened again a line says where. After a loss of power that holds
//     with `sync` alone.
//   - No name that a guest chooses can end a line or look like another field.
//   - Whoever can write to the log but not to its head cannot change, remove or add a line unseen,
//     not even at the end. Whoever can write to both can, unless the head is sealed with a key
//     (key_file) that they cannot read; then they can still put back a log and head of an earlier
//     time, which only a copy elsewhere shows. While the log is open, lines that come behind the
//     head's last one are vouched for by nothing but their form.
//   - Contents of files and messages never appear: a record names the object, and its caller sees
//     to that.
// Guests reach the log's files through none of their grants as long as Protects() and
// ProtectsName() are asked.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "airwasm/capability.h"

namespace airwasm::security {

struct AuditOptions {
  enum class OnFull : uint8_t {
    kBlock,  // calls wait until there is room in the ring, which a full disk fills
    kFail,   // calls fail, as soon as the ring is full or a write has failed, until writes succeed
             // again
  };

  std::string path;
  OnFull on_full = OnFull::kBlock;
  // When the file has grown to this, it becomes PATH.1, PATH.2, ... (the oldest first) and a new
  // one begins. 0: never.
  uint64_t rotate_bytes = 0;
  // So many of those are kept and the oldest removed. 0: all.
  uint32_t keep_files = 0;
  // Of each thread that makes decisions; rounded up to a power of two, 64 KiB at least. A record
  // takes 32 bytes and what it says of an object.
  size_t ring_bytes = 1 << 20;
  // A file of 32 random bytes, readable by its owner alone; seals the head. Empty: no seal.
  std::string key_file;
  // Lines are on the disk, not only with the kernel, before rings forget them: for losses of power.
  // Costs a disk's pace.
  bool sync = false;
  // Close() goes on trying to write to a full disk for so long.
  uint64_t close_timeout_ns = 2'000'000'000;
  // Called by the writing thread when a write fails after one that did not. Unless set, a line on
  // stderr.
  std::function<void(const absl::Status&)> on_write_error;
};

// Asked every few milliseconds by a call that waits for room: true makes it give up, and fail.
struct AuditGiveUp {
  bool (*asked)(void* arg) = nullptr;
  void* arg = nullptr;
};

// Processes that fork: the log stays with the parent; the child must not use it.
class AuditLog {
 public:
  // Begins a log, or goes on with one whose end is what its head says; `path`'s directory exists.
  // Files are made for their owner alone.
  //
  // Errors: FAILED_PRECONDITION another process writes to the log; others can change its files; log
  // or head is missing; key_file is
  //                             given and the head is not sealed, or the other way round
  //         PERMISSION_DENIED   it is sealed with another key
  //         DATA_LOSS           its end is not what the head says
  //         others              of opening, reading and writing files
  static absl::StatusOr<std::shared_ptr<AuditLog>> Open(const AuditOptions& options);
  // Close()s.
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  // A number for a name that does not change, good for the log's life; the same for the same text.
  // 0 is the empty text. At most 4 KiB of a name are kept; after a million different ones, all
  // further ones are one that says so. Threads: any.
  uint32_t Intern(std::string_view text);

  struct Record {
    uint32_t component = 0;  // interned, as function and rule are
    uint64_t instance = 0;
    uint32_t function = 0;
    uint32_t rule = 0;
    Capability capability{};
    bool allow = false;
    // At most 4 KiB of an object and 16 KiB of a backtrace are kept; the line then says how much
    // there was.
    std::string_view object;
    std::string_view backtrace;  // on denial; frames are lines
  };
  // Keeps a decision. False: it could not be kept, and what it allowed must not be done.
  //
  // Threads: any, but Close() waits for none: what is appended while it runs may be lost.
  [[nodiscard]] bool Append(const Record& record, AuditGiveUp give_up = {}) noexcept;
  // The same for what was allowed and needs no text, if it can be put down at once. False: nothing
  // is done yet, and Append() says whether it can be kept.
  [[nodiscard]] bool TryAppendAllowed(uint32_t component, uint64_t instance, uint32_t function,
                                      uint32_t rule, Capability capability) noexcept;

  // Returns when all that was appended before is in the file, with `sync` on the disk; or with the
  // error of a write that failed. Threads: any.
  absl::Status Flush();
  // Writes all that was appended and says in the head that the log is whole. Append() then returns
  // false. Again: the same result. Errors: those of writing; what could not be written is counted
  // as lost, in the head too. Threads: any.
  absl::Status Close();

  struct Stats {
    uint64_t appended = 0;  // decisions taken: written + lost, and what is still in rings
    uint64_t written = 0;
    uint64_t refused = 0;  // Append() returned false
    uint64_t lost = 0;     // taken, and not written when the log was closed
    uint64_t blocked = 0;  // calls that had to wait
    uint64_t blocked_ns = 0;
    uint64_t failed_writes = 0;  // each attempt
    uint64_t rotations = 0;
    uint64_t rings = 0;  // as many as there were threads at one time
  };
  Stats stats() const;

  // Is the file with this absolute path, free of links and of "..", one of the log's: the log,
  // older ones, the head, the key? Guests must neither open it nor make, rename or remove it.
  bool Protects(std::string_view path) const;
  // Is it one of those by another name (hard link)? For files that are to be opened.
  bool Protects(dev_t device, ino_t inode) const;
  // Protects(path), or is a directory in which they lie: guests must not rename or remove it, or
  // the log would lie elsewhere.
  bool ProtectsName(std::string_view path) const;

 private:
  class Impl;
  explicit AuditLog(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace airwasm::security
