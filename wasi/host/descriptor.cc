#include "wasi/host/descriptor.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wasi/host/directory.h"

namespace airwasm::wasi::host {

Descriptor::Descriptor() = default;
Descriptor::Descriptor(Descriptor&&) noexcept = default;
Descriptor& Descriptor::operator=(Descriptor&&) noexcept = default;
Descriptor::~Descriptor() = default;

FileType FileTypeOf(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFBLK:
      return FileType::kBlockDevice;
    case S_IFCHR:
      return FileType::kCharacterDevice;
    case S_IFDIR:
      return FileType::kDirectory;
    case S_IFREG:
      return FileType::kRegularFile;
    case S_IFSOCK:
      return FileType::kSocketStream;
    case S_IFLNK:
      return FileType::kSymbolicLink;
    default:
      return FileType::kUnknown;  // S_IFIFO, and anonymous descriptors such as an eventfd
  }
}

Result<Descriptor> Describe(UniqueFd fd, Rights base, Rights inheriting, uint16_t flags) {
  struct stat st;
  if (fstat(fd.get(), &st) != 0) return Error::Last();
  const int host_flags = fcntl(fd.get(), F_GETFL);
  if (host_flags < 0) return Error::Last();
  return Describe(std::move(fd), {.mode = st.st_mode, .flags = host_flags}, base, inheriting,
                  flags);
}

Result<Descriptor> Describe(UniqueFd fd, const HostFile& file, Rights base, Rights inheriting,
                            uint16_t flags) {
  Descriptor d;
  d.type = FileTypeOf(file.mode);
  switch (d.type) {
    case FileType::kDirectory:
      d.kind = kKindD;
      break;
    case FileType::kRegularFile:
    case FileType::kBlockDevice:
      d.kind = kKindF;
      break;
    case FileType::kCharacterDevice:
      d.kind = isatty(fd.get()) != 0 ? kKindT : kKindC;
      break;
    case FileType::kSocketStream:
    case FileType::kSocketDgram: {
      d.kind = kKindS;
      int socket_type = 0;
      socklen_t size = sizeof socket_type;
      if (getsockopt(fd.get(), SOL_SOCKET, SO_TYPE, &socket_type, &size) == 0 &&
          socket_type == SOCK_DGRAM) {
        d.type = FileType::kSocketDgram;
      }
      break;
    }
    case FileType::kUnknown:
      d.kind = kKindP;
      break;
    case FileType::kSymbolicLink:
      return Error::Posix(ELOOP);
  }
  // A right that the host's access mode cannot honour would be a promise that fails later.
  const int access = file.flags & O_ACCMODE;
  if (access == O_RDONLY && d.kind != kKindD) {
    base &= ~(right::kFdWrite | right::kFdAllocate | right::kFdFilestatSetSize);
  }
  if (access == O_WRONLY) base &= ~right::kFdRead;
  d.base = base & RightsFor(d.kind);
  d.inheriting = d.is_directory() ? inheriting : 0;
  d.flags = flags;
  d.nonblocking = (file.flags & O_NONBLOCK) != 0;
  d.fd = std::move(fd);
  return d;
}

Result<uint32_t> DescriptorTable::Insert(Descriptor descriptor) {
  if (full()) return Error::Posix(EMFILE);
  while (first_free_ < slots_.size() && slots_[first_free_] != nullptr) ++first_free_;
  if (first_free_ == slots_.size()) slots_.emplace_back();
  slots_[first_free_] = std::make_unique<Descriptor>(std::move(descriptor));
  ++count_;
  return static_cast<uint32_t>(first_free_++);
}

Error DescriptorTable::Close(uint32_t fd) {
  if (Find(fd) == nullptr) return Error::Posix(EBADF);
  slots_[fd].reset();
  --count_;
  if (fd < first_free_) first_free_ = fd;
  return Error();
}

Error DescriptorTable::Renumber(uint32_t from, uint32_t to) {
  if (Find(from) == nullptr || Find(to) == nullptr) return Error::Posix(EBADF);
  if (from == to) return Error();
  slots_[to] = std::move(slots_[from]);
  --count_;
  if (from < first_free_) first_free_ = from;
  return Error();
}

}  // namespace airwasm::wasi::host
