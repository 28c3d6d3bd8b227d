// The files of a log: PATH, which grows; PATH.1, PATH.2, ..., which were it before, the oldest
// first; PATH.head (head.h).
//
// They are named in a directory that is held open, never followed if they are links, and used only
// if they are regular files that no other user owns or can write to.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "security/audit/head.h"

namespace airwasm::security::audit {

class File {
 public:
  File() = default;
  explicit File(int fd) : fd_(fd) {}
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~File();
  int fd() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// Which files, whatever they are called. Threads: any.
class FileIdentities {
 public:
  void Set(const std::string& name, const struct stat& status);
  void Rename(const std::string& from, std::string to);  // takes no memory
  void Remove(const std::string& name);
  bool Contain(dev_t device, ino_t inode) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::pair<dev_t, ino_t>> files_;
};

class LogFiles {
 public:
  // The directory of `path`. To write, it has to be one in which no other user can put or replace
  // files.
  static absl::StatusOr<LogFiles> ToWrite(const std::string& path);
  static absl::StatusOr<LogFiles> ToRead(const std::string& path);

  // As the user named it, for messages.
  const std::string& path() const { return path_; }
  // Absolute and without links, but for the last part, which is never followed.
  const std::string& real_path() const { return real_path_; }
  std::string HeadPath() const { return path_ + ".head"; }
  // Of PATH.number; 0 is PATH itself.
  std::string PathOf(uint32_t number) const;

  // Of the files that were opened to be written, as they are called now.
  const std::shared_ptr<FileIdentities>& identities() const { return identities_; }

  // Files that are to be written are checked as above, and made where they do not exist if
  // `create`. NOT_FOUND if there is none.
  absl::StatusOr<File> OpenLog(uint32_t number, bool create = false) const;
  absl::StatusOr<File> OpenHead(bool create = false) const;
  // PATH becomes PATH.number.
  absl::Status Rotate(uint32_t number) const;
  absl::Status RotateBack(uint32_t number) const;
  absl::Status Remove(uint32_t number) const;
  // Names that were made are on the disk.
  absl::Status SyncDirectory() const;

 private:
  static absl::StatusOr<LogFiles> Open(const std::string& path, bool to_write);
  absl::Status Rename(const std::string& from, std::string to) const;
  absl::StatusOr<File> OpenFile(const std::string& suffix, bool create) const;

  std::string path_;
  std::string real_path_;
  std::string name_;  // in the directory
  File directory_;
  bool to_write_ = false;
  std::shared_ptr<FileIdentities> identities_ = std::make_shared<FileIdentities>();
};

// False at once if another process has it.
absl::StatusOr<bool> Lock(const File& file);
// True if another process writes the log whose head this is.
bool IsLocked(const File& head);

// Up to `bytes` bytes from `offset` on; fewer where the file ends.
absl::StatusOr<std::string> ReadAt(const File& file, uint64_t offset, size_t bytes);
// All of `bytes`, at `offset`.
absl::Status WriteAt(const File& file, uint64_t offset, std::string_view bytes);
absl::StatusOr<uint64_t> SizeOf(const File& file);

// `is_locked`: another process may just be writing it, so what looks damaged is read again.
absl::StatusOr<Head> ReadHead(const File& file, const std::optional<Digest>& key, bool is_locked);
// The 32 bytes of a key file, which other users cannot read.
absl::StatusOr<Digest> ReadKey(const std::string& path, FileIdentities* identities = nullptr);

}  // namespace airwasm::security::audit
