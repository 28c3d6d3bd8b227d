#include "wasi/host/filesystem.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "wasi/host/path_guard.h"
#include "wasi/host/proc_fd.h"

namespace airwasm::wasi::host {
namespace {

using security::Capability;
using security::SetOf;

constexpr uint64_t kNsPerSecond = 1'000'000'000;
// What new files and directories allow before the process's umask.
constexpr mode_t kFileMode = 0666;
constexpr mode_t kDirectoryMode = 0777;

Error FromCall(int result) {
  return result == 0 ? Error() : Error::Last();
}

uint64_t Nanoseconds(const timespec& t) {
  // Files older than 1970 exist; the guest's word for time has no sign.
  if (t.tv_sec < 0) return 0;
  return static_cast<uint64_t>(t.tv_sec) * kNsPerSecond + static_cast<uint64_t>(t.tv_nsec);
}

FileStat ToFileStat(const struct stat& st) {
  return {.device = st.st_dev,
          .inode = st.st_ino,
          .type = FileTypeOf(st.st_mode),
          .links = st.st_nlink,
          .size = static_cast<uint64_t>(std::max<off_t>(st.st_size, 0)),
          .accessed_ns = Nanoseconds(st.st_atim),
          .modified_ns = Nanoseconds(st.st_mtim),
          .changed_ns = Nanoseconds(st.st_ctim)};
}

timespec ToTimespec(SetTime t) {
  switch (t.kind) {
    case SetTime::Kind::kKeep:
      return {.tv_sec = 0, .tv_nsec = UTIME_OMIT};
    case SetTime::Kind::kNow:
      return {.tv_sec = 0, .tv_nsec = UTIME_NOW};
    case SetTime::Kind::kTo:
      return {.tv_sec = static_cast<time_t>(t.ns / kNsPerSecond),
              .tv_nsec = static_cast<long>(t.ns % kNsPerSecond)};
  }
  return {};
}

bool EndsWithSlash(std::string_view path) {
  return !path.empty() && path.back() == '/';
}

Result<FoundObject> Find(Result<UniqueFd> fd) {
  if (!fd.ok()) return fd.error();
  FoundObject object{.fd = std::move(*fd)};
  if (fstat(object.fd.get(), &object.st) != 0) return Error::Last();
  return object;
}

// The object itself, for asking about it.
Result<FoundObject> OpenObject(const Resolver& resolver, const Descriptor& dir,
                               std::string_view path, bool follow, Capability asked) {
  follow = follow || EndsWithSlash(path);
  Result<FoundObject> object = OpenDecided(resolver, dir, path, O_PATH, follow);
  if (!object.ok()) {
    object = Find(resolver.Open(dir.fd.get(), path, O_PATH, 0, follow, SetOf(asked)));
    if (!object.ok()) return object;
  }
  if (Error e = PermitObject(resolver, SetOf(asked), *object); !e.ok()) return e;
  return object;
}

// The place of a name that is about to be made or removed.
Result<Parent> OpenPlace(const Resolver& resolver, int dir, std::string_view path,
                         Capability asked) {
  Result<Parent> parent = resolver.OpenParent(dir, path, SetOf(asked));
  if (!parent.ok()) return parent.error();
  if (Error e = PermitName(resolver, SetOf(asked), *parent); !e.ok()) return e;
  return parent;
}

Error RenamePlace(const Resolver& resolver, const Parent& from, const Parent& to) {
  const std::string old_name = from.NameForKernel();
  const std::string new_name = to.NameForKernel();
  if (resolver.guard() != nullptr) {
    // What stands there goes, which has to be allowed; also what someone else puts there right now.
    if (renameat2(from.fd, old_name.c_str(), to.fd, new_name.c_str(), RENAME_NOREPLACE) == 0)
      return Error();
    // EINVAL: a file system without that flag, where the permission is asked for in any case.
    if (errno != EEXIST && errno != EINVAL) return Error::Last();
    if (Error e = PermitName(resolver, SetOf(Capability::kFsDelete), to); !e.ok()) return e;
  }
  return FromCall(renameat(from.fd, old_name.c_str(), to.fd, new_name.c_str()));
}

Error CheckOpenRights(const Descriptor& dir, const OpenOptions& o) {
  Rights needed = right::kPathOpen;
  if (o.create) needed |= right::kPathCreateFile;
  if (o.truncate) needed |= right::kPathFilestatSetSize;
  if (!dir.Has(needed)) return Error::NotCapable();
  // Reading and writing are what a program relies on when an open succeeds, so those are refused
  // right here. The other rights are cut down to what the directory may pass on: toolchains ask for
  // all of them as a matter of course.
  Rights passed_on = o.base & (right::kFdRead | right::kFdWrite);
  if ((o.flags & kFdDsync) != 0 && (dir.inheriting & right::kFdSync) == 0)
    passed_on |= right::kFdDatasync;
  if ((o.flags & (kFdRsync | kFdSync)) != 0) passed_on |= right::kFdSync;
  if ((dir.inheriting & passed_on) != passed_on) return Error::NotCapable();
  return Error();
}

int HostFlags(const OpenOptions& o) {
  const bool read = (o.base & (right::kFdRead | right::kFdReaddir)) != 0;
  const bool write = (o.base & right::kFdWrite) != 0;
  int flags = write ? (read ? O_RDWR : O_WRONLY) : O_RDONLY;
  // Truncating is writing, whatever else the descriptor will be good for.
  if (o.truncate) flags = read ? O_RDWR : O_WRONLY;
  if (o.create) flags |= O_CREAT;
  if (o.directory) flags |= O_DIRECTORY;
  // Alone, O_EXCL means something else to the kernel.
  if (o.create && o.exclusive) flags |= O_EXCL;
  if (o.truncate) flags |= O_TRUNC;
  if ((o.flags & kFdAppend) != 0) flags |= O_APPEND;
  if ((o.flags & kFdDsync) != 0) flags |= O_DSYNC;
  if ((o.flags & (kFdRsync | kFdSync)) != 0) flags |= O_SYNC;
  // Always: a FIFO or a device must not hold us up, and there is no way to know beforehand what the
  // name stands for.
  return flags | O_NONBLOCK;
}

}  // namespace

Result<Descriptor> OpenPath(const Resolver& resolver, const Descriptor& dir, std::string_view path,
                            const OpenOptions& o) {
  if (Error e = CheckOpenRights(dir, o); !e.ok()) return e;
  // Linux would create a regular file and then complain, or refuse with various codes.
  if (o.directory && (o.create || o.truncate)) return Error::Posix(EINVAL);
  security::Guard* const guard = resolver.guard();
  const int flags = HostFlags(o);
  Result<FoundObject> file =
      guard == nullptr ? Find(resolver.Open(dir.fd.get(), path, flags, kFileMode, o.follow))
                       : OpenGuarded(resolver, *guard, dir, path,
                                     {flags, kFileMode, o.follow, o.writes_say_where});
  if (!file.ok()) return file.error();
  Rights base = o.base & dir.inheriting;
  if ((o.base & right::kFdWrite) == 0) {
    // Opened for truncation only.
    base &= ~(right::kFdWrite | right::kFdAllocate | right::kFdFilestatSetSize);
  }
  Access access;
  if (resolver.owner() != nullptr) access = Access::File(resolver.owner(), file->fd.get());
  Result<Descriptor> opened =
      Describe(std::move(file->fd), {.mode = file->st.st_mode, .flags = flags}, base,
               o.inheriting & dir.inheriting, o.flags);
  if (!opened.ok()) return opened;
  const bool is_device =
      opened->type == FileType::kBlockDevice || opened->type == FileType::kCharacterDevice;
  // Granting a directory does not grant what the devices in it reach. OpenGuarded says so before it
  // opens them.
  if (is_device && resolver.owner() != nullptr) return Error::Posix(EACCES);
  if (opened->is_directory()) {
    access.FollowMoves();
  } else if (guard != nullptr) {
    access.KeepPath(std::move(file->path));
  }
  opened->access = std::move(access);
  return opened;
}

Result<Descriptor> OpenPreopen(const char* host_path, bool read_only, security::Guard* guard) {
  UniqueFd fd(open(host_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return Error::Last();
  const Rights hidden = read_only ? ChangingRights() : 0;
  Access access;
  if (guard != nullptr) access = Access::File(guard, fd.get());
  access.FollowMoves();
  Result<Descriptor> opened =
      Describe(std::move(fd), RightsFor(kKindD) & ~hidden, RightsFor(~0u) & ~hidden, 0);
  if (opened.ok()) opened->access = std::move(access);
  return opened;
}

Result<FileStat> StatDescriptor(const Descriptor& d) {
  struct stat st;
  if (fstat(d.fd.get(), &st) != 0) return Error::Last();
  FileStat stat = ToFileStat(st);
  stat.type = d.type;
  return stat;
}

Result<FileStat> StatPath(const Resolver& resolver, const Descriptor& dir, std::string_view path,
                          bool follow) {
  Result<FoundObject> object = OpenObject(resolver, dir, path, follow, Capability::kFsRead);
  if (!object.ok()) return object.error();
  return ToFileStat(object->st);
}

Error SetTimes(const Descriptor& d, SetTime accessed, SetTime modified) {
  const timespec times[2] = {ToTimespec(accessed), ToTimespec(modified)};
  return FromCall(futimens(d.fd.get(), times));
}

Error SetTimesAt(const Resolver& resolver, const Descriptor& dir, std::string_view path,
                 bool follow, SetTime accessed, SetTime modified) {
  Result<FoundObject> object = OpenObject(resolver, dir, path, follow, Capability::kFsWrite);
  if (!object.ok()) return object.error();
  const int fd = object->fd.get();
  const timespec times[2] = {ToTimespec(accessed), ToTimespec(modified)};
  if (utimensat(fd, "", times, AT_EMPTY_PATH) == 0) return Error();
  if (errno != EINVAL && errno != ENOENT) return Error::Last();
  // Kernels before 5.8 do not take AT_EMPTY_PATH here. The link in /proc leads to this very object,
  // and is not itself subject to what the guest does to the path meanwhile; a symbolic link cannot
  // be reached that way (ELOOP).
  const ProcLink link(fd);
  return FromCall(utimensat(link.folder, link.name, times, 0));
}

Error CreateDirectory(const Resolver& resolver, int dir, std::string_view path) {
  Result<Parent> parent = OpenPlace(resolver, dir, path, Capability::kFsCreate);
  if (!parent.ok()) return parent.error();
  if (parent->special) return Error::Posix(EEXIST);
  return FromCall(mkdirat(parent->fd, parent->name.c_str(), kDirectoryMode));
}

Error RemoveDirectory(const Resolver& resolver, int dir, std::string_view path) {
  Result<Parent> parent = OpenPlace(resolver, dir, path, Capability::kFsDelete);
  if (!parent.ok()) return parent.error();
  if (parent->special) return Error::Posix(parent->name == "." ? EINVAL : ENOTEMPTY);
  return FromCall(unlinkat(parent->fd, parent->NameForKernel().c_str(), AT_REMOVEDIR));
}

Error UnlinkFile(const Resolver& resolver, int dir, std::string_view path) {
  Result<Parent> parent = OpenPlace(resolver, dir, path, Capability::kFsDelete);
  if (!parent.ok()) return parent.error();
  if (parent->special) return Error::Posix(EISDIR);
  return FromCall(unlinkat(parent->fd, parent->NameForKernel().c_str(), 0));
}

Error Link(const Resolver& resolver, int old_dir, std::string_view old_path, int new_dir,
           std::string_view new_path) {
  Result<Parent> from = OpenPlace(resolver, old_dir, old_path, Capability::kFsRead);
  if (!from.ok()) return from.error();
  Result<Parent> to = OpenPlace(resolver, new_dir, new_path, Capability::kFsCreate);
  if (!to.ok()) return to.error();
  if (to->special) return Error::Posix(EEXIST);
  if (from->special || from->trailing_slash) {
    // A slash would make the kernel follow a link in this one place; all it can name is a
    // directory, and those are not linked. So find out whether there is one.
    Result<UniqueFd> object =
        resolver.Open(old_dir, old_path, O_PATH | O_DIRECTORY, 0, /*follow=*/true);
    return object.ok() ? Error::Posix(EPERM) : object.error();
  }
  // Directories are not linked.
  if (Error e = PermitMove(resolver, *from, *to, Moved::kNoDirectory); !e.ok()) return e;
  return FromCall(linkat(from->fd, from->name.c_str(), to->fd, to->NameForKernel().c_str(), 0));
}

Error Rename(const Resolver& resolver, int old_dir, std::string_view old_path, int new_dir,
             std::string_view new_path) {
  Result<Parent> from = OpenPlace(resolver, old_dir, old_path, Capability::kFsDelete);
  if (!from.ok()) return from.error();
  Result<Parent> to = OpenPlace(resolver, new_dir, new_path, Capability::kFsCreate);
  if (!to.ok()) return to.error();
  if (from->special || to->special) return Error::Posix(EBUSY);
  if (Error e = PermitMove(resolver, *from, *to, Moved::kAnything); !e.ok()) return e;
  if (Error e = RenamePlace(resolver, *from, *to); !e.ok()) return e;
  NoteMove();
  return Error();
}

Error Symlink(const Resolver& resolver, std::string_view target, int dir, std::string_view path) {
  if (target.empty()) return Error::Posix(ENOENT);
  if (target.size() >= PATH_MAX) return Error::Posix(ENAMETOOLONG);
  if (target.find('\0') != std::string_view::npos) return Error::Posix(EINVAL);
  if (target.front() == '/') return Error::Posix(EPERM);
  Result<Parent> parent = OpenPlace(resolver, dir, path, Capability::kFsCreate);
  if (!parent.ok()) return parent.error();
  if (parent->special) return Error::Posix(EEXIST);
  return FromCall(
      symlinkat(std::string(target).c_str(), parent->fd, parent->NameForKernel().c_str()));
}

Result<size_t> ReadLink(const Resolver& resolver, const Descriptor& dir, std::string_view path,
                        std::span<uint8_t> buffer) {
  Result<FoundObject> object =
      OpenObject(resolver, dir, path, /*follow=*/false, Capability::kFsRead);
  if (!object.ok()) return object.error();
  char target[PATH_MAX];
  const ssize_t n = readlinkat(object->fd.get(), "", target, sizeof target);
  // For the empty name the kernel says ENOENT where it means "not a link".
  if (n < 0) return errno == ENOENT ? Error::Posix(EINVAL) : Error::Last();
  const size_t used = std::min(static_cast<size_t>(n), buffer.size());
  std::memcpy(buffer.data(), target, used);
  return used;
}

bool WouldAmplify(const Descriptor& from, const Descriptor& to) {
  return (to.inheriting & ~from.inheriting) != 0;
}

}  // namespace airwasm::wasi::host
