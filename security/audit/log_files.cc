#include "security/audit/log_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"

namespace airwasm::security::audit {
namespace {

// For a reader that only asks whether there is a lock (IsLocked) and so holds it for a moment.
constexpr int kLockAttempts = 20;
constexpr int kHeadAttempts = 20;
constexpr std::chrono::milliseconds kPause{1};

absl::Status Error(const std::string& path, std::string_view doing) {
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot ", std::string(doing), " '", path, "'"));
}

bool OthersWrite(const struct stat& status) {
  return (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

absl::Status CheckOwned(const struct stat& status, const std::string& path) {
  const auto refuse = [&](const char* why) {
    return absl::FailedPreconditionError(absl::StrCat("'", path, "' ", why));
  };
  if (!S_ISREG(status.st_mode)) return refuse("is no regular file");
  if (status.st_uid != geteuid()) return refuse("belongs to another user");
  if (OthersWrite(status))
    return refuse("can be written to by other users (chmod go-w makes it safe)");
  if (status.st_nlink > 1)
    return refuse("has another name too (a hard link), by which it could be changed");
  return absl::OkStatus();
}

}  // namespace

File::~File() {
  if (fd_ >= 0) close(fd_);
}

void FileIdentities::Set(const std::string& name, const struct stat& status) {
  const std::lock_guard lock(mutex_);
  files_[name] = {status.st_dev, status.st_ino};
}

void FileIdentities::Rename(const std::string& from, std::string to) {
  const std::lock_guard lock(mutex_);
  if (auto node = files_.extract(from)) {
    node.key() = std::move(to);
    files_.insert(std::move(node));
  }
}

void FileIdentities::Remove(const std::string& name) {
  const std::lock_guard lock(mutex_);
  files_.erase(name);
}

bool FileIdentities::Contain(dev_t device, ino_t inode) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(
      files_, [&](const auto& file) { return file.second == std::pair(device, inode); });
}

absl::StatusOr<LogFiles> LogFiles::ToWrite(const std::string& path) {
  return Open(path, true);
}

absl::StatusOr<LogFiles> LogFiles::ToRead(const std::string& path) {
  return Open(path, false);
}

absl::StatusOr<LogFiles> LogFiles::Open(const std::string& path, bool to_write) {
  LogFiles files;
  files.path_ = path;
  files.to_write_ = to_write;
  const size_t slash = path.rfind('/');
  files.name_ = slash == std::string::npos ? path : path.substr(slash + 1);
  const std::string directory = slash == std::string::npos ? "."
                                : slash == 0               ? "/"
                                                           : path.substr(0, slash);
  if (files.name_.empty() || files.name_ == "." || files.name_ == "..")
    return absl::InvalidArgumentError(absl::StrCat("'", path, "' names no file"));
  files.directory_ = File(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat status;
  if (!files.directory_.ok() || fstat(files.directory_.fd(), &status) != 0)
    return Error(directory, "open");
  const std::unique_ptr<char, decltype(&free)> real(realpath(directory.c_str(), nullptr), &free);
  if (real == nullptr) return Error(directory, "open");
  files.real_path_ = absl::StrCat(real.get(), real.get()[1] == '\0' ? "" : "/", files.name_);
  if (!to_write) return files;
  // In a sticky one others can put files, but not take ours away; what they put is refused.
  if (status.st_uid != geteuid() && status.st_uid != 0)
    return absl::FailedPreconditionError(
        absl::StrCat("the directory '", directory, "' belongs to another user"));
  if (OthersWrite(status) && (status.st_mode & S_ISVTX) == 0)
    return absl::FailedPreconditionError(
        absl::StrCat("other users can replace files in the directory '", directory,
                     "' (chmod go-w makes it safe)"));
  return files;
}

std::string LogFiles::PathOf(uint32_t number) const {
  return number == 0 ? path_ : absl::StrCat(path_, ".", number);
}

absl::StatusOr<File> LogFiles::OpenFile(const std::string& suffix, bool create) const {
  const std::string path = path_ + suffix;
  const int access = to_write_ ? O_RDWR : O_RDONLY;
  File file(openat(directory_.fd(), (name_ + suffix).c_str(),
                   access | (create ? O_CREAT : 0) | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
                   S_IRUSR | S_IWUSR));
  if (!file.ok() && errno == ELOOP)
    return absl::FailedPreconditionError(absl::StrCat("'", path, "' is a symbolic link"));
  if (!file.ok()) return Error(path, "open");
  if (!to_write_) return file;
  struct stat status;
  if (fstat(file.fd(), &status) != 0) return Error(path, "look at");
  RETURN_IF_ERROR(CheckOwned(status, path));
  identities_->Set(name_ + suffix, status);
  return file;
}

absl::StatusOr<File> LogFiles::OpenLog(uint32_t number, bool create) const {
  return OpenFile(number == 0 ? "" : absl::StrCat(".", number), create);
}

absl::StatusOr<File> LogFiles::OpenHead(bool create) const {
  return OpenFile(".head", create);
}

absl::Status LogFiles::Rename(const std::string& from, std::string to) const {
  // Never over a file that is there: it is none of ours.
  if (renameat2(directory_.fd(), from.c_str(), directory_.fd(), to.c_str(), RENAME_NOREPLACE) != 0)
    return absl::ErrnoToStatus(
        errno, absl::StrCat("cannot rename '", from, "' to '", to, "' beside '", path_, "'"));
  identities_->Rename(from, std::move(to));
  return absl::OkStatus();
}

absl::Status LogFiles::Rotate(uint32_t number) const {
  return Rename(name_, absl::StrCat(name_, ".", number));
}

absl::Status LogFiles::RotateBack(uint32_t number) const {
  return Rename(absl::StrCat(name_, ".", number), name_);
}

absl::Status LogFiles::Remove(uint32_t number) const {
  const std::string name = absl::StrCat(name_, ".", number);
  if (unlinkat(directory_.fd(), name.c_str(), 0) != 0 && errno != ENOENT)
    return Error(PathOf(number), "remove");
  identities_->Remove(name);
  return absl::OkStatus();
}

absl::Status LogFiles::SyncDirectory() const {
  return fsync(directory_.fd()) == 0 ? absl::OkStatus() : Error(path_, "sync the directory of");
}

absl::StatusOr<bool> Lock(const File& file) {
  for (int i = 0; i < kLockAttempts; ++i) {
    if (flock(file.fd(), LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK && errno != EINTR) return absl::ErrnoToStatus(errno, "cannot lock it");
    std::this_thread::sleep_for(kPause);
  }
  return false;
}

bool IsLocked(const File& head) {
  if (flock(head.fd(), LOCK_SH | LOCK_NB) != 0) return errno == EWOULDBLOCK;
  flock(head.fd(), LOCK_UN);
  return false;
}

absl::StatusOr<std::string> ReadAt(const File& file, uint64_t offset, size_t bytes) {
  std::string text(bytes, '\0');
  size_t have = 0;
  while (have < bytes) {
    const ssize_t n =
        pread(file.fd(), text.data() + have, bytes - have, static_cast<off_t>(offset + have));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return absl::ErrnoToStatus(errno, "cannot read");
    if (n == 0) break;
    have += static_cast<size_t>(n);
  }
  text.resize(have);
  return text;
}

absl::Status WriteAt(const File& file, uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = pwrite(file.fd(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return absl::ErrnoToStatus(errno, "cannot write");
    bytes.remove_prefix(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> SizeOf(const File& file) {
  struct stat status;
  if (fstat(file.fd(), &status) != 0) return absl::ErrnoToStatus(errno, "cannot look at it");
  return static_cast<uint64_t>(status.st_size);
}

absl::StatusOr<Head> ReadHead(const File& file, const std::optional<Digest>& key, bool is_locked) {
  for (int attempt = 1;; ++attempt) {
    ASSIGN_OR_RETURN(const std::string bytes, ReadAt(file, 0, kHeadBytes + 1));
    absl::StatusOr<Head> head = DecodeHead(bytes, key);
    if (!is_locked || !absl::IsDataLoss(head.status()) || attempt == kHeadAttempts) return head;
    std::this_thread::sleep_for(kPause);
  }
}

absl::StatusOr<Digest> ReadKey(const std::string& path, FileIdentities* identities) {
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status;
  if (!file.ok() || fstat(file.fd(), &status) != 0) return Error(path, "read the key");
  if (!S_ISREG(status.st_mode))
    return absl::InvalidArgumentError(absl::StrCat("key '", path, "': it is no regular file"));
  if ((status.st_mode & (S_IRGRP | S_IROTH | S_IWGRP | S_IWOTH)) != 0)
    return absl::FailedPreconditionError(absl::StrCat(
        "key '", path, "': other users can read or change it (chmod 600 makes it safe)"));
  ASSIGN_OR_RETURN(const std::string bytes, ReadAt(file, 0, sizeof(Digest) + 1));
  Digest key;
  if (bytes.size() != key.size())
    return absl::InvalidArgumentError(
        absl::StrCat("key '", path, "': it has to be of 32 bytes (head -c 32 /dev/urandom)"));
  std::copy(bytes.begin(), bytes.end(), key.begin());
  if (identities != nullptr) identities->Set(path, status);
  return key;
}

}  // namespace airwasm::security::audit
