#include "wasi/host/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

namespace airwasm::wasi::host {
namespace {

// One system call's worth of entries, kept so that a guest with a small buffer does not re-read
// them each time.
constexpr size_t kBufferBytes = 16 * 1024;

// The kernel's linux_dirent64, read field by field since it is not aligned for C++.
// Spec: getdents64(2).
constexpr size_t kOffsetIno = 0;
constexpr size_t kOffsetOff = 8;
constexpr size_t kOffsetReclen = 16;
constexpr size_t kOffsetType = 18;
constexpr size_t kOffsetName = 19;

template <typename T>
T ReadField(const char* record, size_t offset) {
  T value;
  std::memcpy(&value, record + offset, sizeof value);
  return value;
}

FileType TypeOf(unsigned char d_type, int fd, const char* name) {
  if (d_type != DT_UNKNOWN) return FileTypeOf(DTTOIF(d_type));
  struct stat st;
  if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) return FileType::kUnknown;
  return FileTypeOf(st.st_mode);
}

}  // namespace

Error DirectoryCursor::Seek(int fd, uint64_t cookie) {
  if (cookie != 0 && cookie == cookie_ && at_ < filled_) return Error();
  at_ = filled_ = 0;
  cookie_ = cookie;
  if (lseek(fd, static_cast<off_t>(cookie), SEEK_SET) < 0) return Error::Last();
  return Error();
}

Result<bool> DirectoryCursor::Peek(int fd, DirectoryEntry* entry) {
  if (at_ == filled_) {
    buffer_.resize(kBufferBytes);
    at_ = filled_ = 0;
    const long n = syscall(SYS_getdents64, fd, buffer_.data(), buffer_.size());
    if (n < 0) {
      // A cookie that the file system does not like is the guest's mistake; a directory that is
      // gone has no entries.
      if (errno == ENOENT) return false;
      return Error::Last();
    }
    if (n == 0) return false;
    filled_ = static_cast<size_t>(n);
  }
  const char* record = buffer_.data() + at_;
  const char* name = record + kOffsetName;
  entry->name = name;
  entry->next = ReadField<uint64_t>(record, kOffsetOff);
  entry->inode = entry->name == ".." ? 0 : ReadField<uint64_t>(record, kOffsetIno);
  entry->type = TypeOf(ReadField<unsigned char>(record, kOffsetType), fd, name);
  return true;
}

void DirectoryCursor::Advance() {
  const char* record = buffer_.data() + at_;
  cookie_ = ReadField<uint64_t>(record, kOffsetOff);
  at_ += ReadField<uint16_t>(record, kOffsetReclen);
}

}  // namespace airwasm::wasi::host
