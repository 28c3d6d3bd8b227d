#include "wasi/host/path_guard.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdio>

#include "absl/time/clock.h"
#include "airwasm/grants.h"

namespace airwasm::wasi::host {
namespace {

using security::Capability;
using security::CapabilitySet;
using security::Coverage;
using security::Grants;
using security::Object;
using security::SetOf;

// Someone else makes and removes the file while we open it.
constexpr int kMaxRaces = 16;

// A link in /proc that leads to the very object behind `fd`.
struct ProcLink {
  explicit ProcLink(int fd) { snprintf(text, sizeof text, "/proc/self/fd/%d", fd); }
  char text[32];
};

Error Ask(security::Guard& guard, CapabilitySet asked, std::string_view path) {
  // Nothing matches an object without a path.
  return guard.Allow(asked, Object::Path(path)) ? Error() : Error::Posix(EACCES);
}

// Whether `name` in `dir` (empty: `dir` itself) is the audit log, whatever it is called by now.
bool IsAuditFile(const security::Guard& guard, int dir, const std::string& name) {
  struct stat st;
  return guard.records() &&
         fstatat(dir, name.c_str(), &st,
                 AT_SYMLINK_NOFOLLOW | (name.empty() ? AT_EMPTY_PATH : 0)) == 0 &&
         guard.IsAuditFile(st.st_dev, st.st_ino);
}

std::string PathOf(const Parent& parent) {
  std::string path = RealPath(parent.fd);
  // "." and ".." name the directory that is open.
  if (path.empty() || parent.special) return path;
  if (path.back() != '/') path += '/';
  return path + parent.name;
}

// What opening asks of an object that is there.
Error PermitOpen(security::Guard& guard, const GuardedOpen& how, int fd) {
  const int flags = how.flags;
  struct stat st;
  if (fstat(fd, &st) != 0) return Error::Last();
  if (guard.IsAuditFile(st.st_dev, st.st_ino)) return Error::Posix(EACCES);
  const std::string path = RealPath(fd);
  if (S_ISDIR(st.st_mode)) return Ask(guard, kFileCapabilities, path);
  // Through a device the whole host could be reached: a disk, a terminal, memory.
  if (S_ISBLK(st.st_mode) || S_ISCHR(st.st_mode)) {
    guard.Deny(kFileCapabilities, Object::Path(path));
    return Error::Posix(EACCES);
  }
  const int mode = flags & O_ACCMODE;
  if (mode != O_WRONLY) {
    if (Error e = Ask(guard, SetOf(Capability::kFsRead), path); !e.ok()) return e;
  }
  if (mode == O_RDONLY) return Error();
  const bool appends = ((flags & O_APPEND) != 0 || how.writes_say_where) && (flags & O_TRUNC) == 0;
  return Ask(
      guard,
      appends ? SetOf(Capability::kFsAppend, Capability::kFsWrite) : SetOf(Capability::kFsWrite),
      path);
}

// Makes the file that `path` names, which is not there; EEXIST: it is by now, or a link is.
Result<UniqueFd> CreateGuarded(const Resolver& resolver, security::Guard& guard, int dir,
                               std::string_view path, int flags, mode_t mode) {
  Result<Parent> parent = resolver.OpenParent(dir, path);
  if (!parent.ok()) return parent.error();
  if (parent->special || parent->trailing_slash) return Error::Posix(EISDIR);
  if (Error e = Ask(guard, SetOf(Capability::kFsCreate), PathOf(*parent)); !e.ok()) return e;
  UniqueFd fd(openat(parent->fd, parent->name.c_str(),
                     flags | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, mode));
  if (!fd.valid()) return Error::Last();
  return fd;
}

}  // namespace

std::string RealPath(int fd) {
  char target[PATH_MAX];
  const ssize_t n = readlink(ProcLink(fd).text, target, sizeof target);
  if (n <= 0 || n == sizeof target || target[0] != '/') return "";
  std::string path(target, static_cast<size_t>(n));
  if (!path.ends_with(" (deleted)")) return path;
  // The kernel's mark, unless the object is there under that very name.
  struct stat here;
  struct stat there;
  const bool is_there = fstat(fd, &here) == 0 && lstat(path.c_str(), &there) == 0 &&
                        here.st_dev == there.st_dev && here.st_ino == there.st_ino;
  return is_there ? path : "";
}

void SetRoots(security::Guard* guard, std::span<const Descriptor* const> directories) {
  if (guard == nullptr) return;
  std::vector<security::Guard::Root> roots;
  for (const Descriptor* const directory : directories) {
    const bool read_only = (directory->inheriting & ChangingRights()) == 0;
    roots.push_back({.path = RealPath(directory->fd.get()),
                     .usable = read_only ? SetOf(Capability::kFsRead, Capability::kFsList)
                                         : kFileCapabilities});
  }
  guard->SetRoots(std::move(roots));
}

Error PermitObject(const Resolver& resolver, CapabilitySet asked, int fd) {
  // Asked for once: another thread may change the grants, so that there is nobody to ask.
  security::Guard* const guard = resolver.guard();
  if (guard == nullptr) return Error();
  if (IsAuditFile(*guard, fd, "")) return Error::Posix(EACCES);
  return Ask(*guard, asked, RealPath(fd));
}

Error PermitName(const Resolver& resolver, CapabilitySet asked, const Parent& parent) {
  security::Guard* const guard = resolver.guard();
  if (guard == nullptr) return Error();
  if (IsAuditFile(*guard, parent.fd, parent.name)) return Error::Posix(EACCES);
  return Ask(*guard, asked, PathOf(parent));
}

Error PermitToKnow(security::Guard& guard, CapabilitySet asked, int dir, std::string_view name,
                   Error error) {
  if (error.posix() == EACCES) return error;
  std::string path = RealPath(dir);
  if (!path.empty() && !name.empty()) {
    if (name == "..") {
      path.resize(std::max<size_t>(path.rfind('/'), 1));
    } else {
      if (path.back() != '/') path += '/';
      path += name;
    }
  }
  Error denied = Ask(guard, asked, path);
  return denied.ok() ? error : denied;
}

Error PermitToTry(security::Guard& guard, CapabilitySet asked, std::string_view path, Error error) {
  // The others say nothing about the host, and name no object.
  if (error.posix() != EPERM) return error;
  Error denied = Ask(guard, asked, path);
  return denied.ok() ? error : denied;
}

Error PermitToLeave(security::Guard& guard, int dir) {
  const std::string path = RealPath(dir);
  if (guard.WouldAllow(kFileCapabilities, Object::Path(path))) return Error();
  const std::shared_ptr<const Grants> grants = guard.grants();
  const absl::Time now = absl::Now();
  for (CapabilitySet left = kFileCapabilities; left != 0; left &= left - 1) {
    const auto c = static_cast<Capability>(std::countr_zero(left));
    if (grants->CoverageOf(c, path, now) != Coverage::kNone) return Error();
  }
  return Ask(guard, kFileCapabilities, path);
}

Error PermitMove(const Resolver& resolver, const Parent& from, const Parent& to, Moved what) {
  security::Guard* const guard = resolver.guard();
  if (guard == nullptr) return Error();
  const std::string here = PathOf(from);
  const std::string there = PathOf(to);
  const std::shared_ptr<const Grants> grants = guard->grants();
  const absl::Time now = absl::Now();
  for (CapabilitySet left = kFileCapabilities; left != 0; left &= left - 1) {
    const CapabilitySet c = left & ~(left - 1);
    const auto capability = static_cast<Capability>(std::countr_zero(c));
    if (guard->WouldAllow(c, Object::Path(there)) && !guard->WouldAllow(c, Object::Path(here)))
      return Ask(*guard, c, here);
    const bool gains_beneath = what == Moved::kAnything &&
                               grants->CoverageBeneath(capability, there, now) != Coverage::kNone &&
                               grants->CoverageBeneath(capability, here, now) != Coverage::kAll;
    if (gains_beneath) return Ask(*guard, c, "");
  }
  return Error();
}

Result<UniqueFd> OpenGuarded(const Resolver& resolver, security::Guard& guard, int dir,
                             std::string_view path, const GuardedOpen& how) {
  const int flags = how.flags;
  const bool exclusive = (flags & O_EXCL) != 0;
  const int reopen = flags & ~(O_CREAT | O_EXCL | O_NOFOLLOW);
  for (int race = 0; race < kMaxRaces; ++race) {
    Result<UniqueFd> object =
        resolver.Open(dir, path, O_PATH | (flags & O_DIRECTORY), 0, how.follow && !exclusive);
    if (!object.ok()) {
      if (object.error().posix() != ENOENT || (flags & O_CREAT) == 0) {
        return object.error();
      }
      Result<UniqueFd> made = CreateGuarded(resolver, guard, dir, path, flags, how.mode);
      if (made.ok() || made.error().posix() != EEXIST) return made;
      continue;
    }
    struct stat st;
    if (fstat(object->get(), &st) != 0) return Error::Last();
    if (S_ISLNK(st.st_mode))
      return PermitToKnow(guard, kFileCapabilities, object->get(), "",
                          Error::Posix(exclusive ? EEXIST : ELOOP));
    if (Error e = PermitOpen(guard, how, object->get()); !e.ok()) return e;
    if (exclusive) return Error::Posix(EEXIST);
    // The very object that was decided about, whatever stands at its path by now.
    UniqueFd fd(open(ProcLink(object->get()).text, reopen | O_CLOEXEC | O_NOCTTY));
    if (!fd.valid()) return Error::Last();
    return fd;
  }
  // A link that leads nowhere, or someone who never rests.
  return Error::Posix(EACCES);
}

}  // namespace airwasm::wasi::host
