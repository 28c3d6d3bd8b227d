#include "wasi/host/path_guard.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>

#include "absl/time/clock.h"
#include "airwasm/grants.h"
#include "wasi/host/proc_fd.h"

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

Error Ask(security::Guard& guard, CapabilitySet asked, std::string_view path) {
  // Nothing matches an object without a path.
  return guard.Allow(asked, Object::Path(path)) ? Error() : Error::Posix(EACCES);
}

bool IsAuditFile(const security::Guard& guard, const struct stat& st) {
  return guard.records() && guard.IsAuditFile(st.st_dev, st.st_ino);
}

// Whether `name` in `dir` is the audit log, whatever it is called by now.
bool IsAuditName(const security::Guard& guard, int dir, const std::string& name) {
  struct stat st;
  return guard.records() && fstatat(dir, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
         IsAuditFile(guard, st);
}

std::string PathOf(const Parent& parent) {
  std::string path = RealPath(parent.fd);
  // "." and ".." name the directory that is open.
  if (path.empty() || parent.special) return path;
  if (path.back() != '/') path += '/';
  return path + parent.name;
}

// Where a path leads straight down from `dir`.
std::string PathBeneath(std::string_view dir, std::string_view path) {
  std::string text(dir);
  while (!path.empty()) {
    const std::string_view name = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(name.size() + 1, path.size()));
    if (name.empty() || name == ".") continue;
    if (text.back() != '/') text += '/';
    text += name;
  }
  return text;
}

// What opening asks of an object that is there.
Error PermitOpen(security::Guard& guard, const GuardedOpen& how, const FoundObject& object) {
  const auto& [fd, st, path] = object;
  const int flags = how.flags;
  if (IsAuditFile(guard, st)) return Error::Posix(EACCES);
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
Result<FoundObject> CreateGuarded(const Resolver& resolver, security::Guard& guard, int dir,
                                  std::string_view path, int flags, mode_t mode) {
  Result<Parent> parent = resolver.OpenParent(dir, path);
  if (!parent.ok()) return parent.error();
  if (parent->special || parent->trailing_slash) return Error::Posix(EISDIR);
  std::string object = PathOf(*parent);
  if (Error e = Ask(guard, SetOf(Capability::kFsCreate), object); !e.ok()) return e;
  UniqueFd fd(openat(parent->fd, parent->name.c_str(),
                     flags | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, mode));
  if (!fd.valid()) return Error::Last();
  FoundObject made{.fd = std::move(fd), .st = {}, .path = std::move(object)};
  made.st.st_mode = S_IFREG;
  return made;
}

}  // namespace

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

Result<FoundObject> OpenDecided(const Resolver& resolver, const Descriptor& dir,
                                std::string_view path, int flags, bool follow) {
  const security::Guard* const guard = resolver.guard();
  if (guard == nullptr || !guard->RootsAreDecided() || dir.access.object().empty())
    return Error::Posix(EACCES);
  FoundObject object{.fd = resolver.OpenStraight(dir.fd.get(), path, flags, follow)};
  if (!object.fd.valid() || fstat(object.fd.get(), &object.st) != 0) return Error::Last();
  object.path = PathBeneath(dir.access.object(), path);
  return object;
}

Error PermitObject(const Resolver& resolver, CapabilitySet asked, const FoundObject& object) {
  // Asked for once: another thread may change the grants, so that there is nobody to ask.
  security::Guard* const guard = resolver.guard();
  if (guard == nullptr) return Error();
  if (IsAuditFile(*guard, object.st)) return Error::Posix(EACCES);
  return Ask(*guard, asked, object.path.empty() ? RealPath(object.fd.get()) : object.path);
}

Error PermitName(const Resolver& resolver, CapabilitySet asked, const Parent& parent) {
  security::Guard* const guard = resolver.guard();
  if (guard == nullptr) return Error();
  if (IsAuditName(*guard, parent.fd, parent.name)) return Error::Posix(EACCES);
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

Result<FoundObject> OpenGuarded(const Resolver& resolver, security::Guard& guard,
                                const Descriptor& directory, std::string_view path,
                                const GuardedOpen& how) {
  const int flags = how.flags;
  if ((flags & (O_CREAT | O_TRUNC)) == 0) {
    Result<FoundObject> file = OpenDecided(resolver, directory, path, flags, how.follow);
    if (file.ok()) {
      if (Error e = PermitOpen(guard, how, *file); !e.ok()) return e;
      return file;
    }
  }
  const int dir = directory.fd.get();
  const bool exclusive = (flags & O_EXCL) != 0;
  const int reopen = flags & ~(O_CREAT | O_EXCL | O_NOFOLLOW);
  for (int race = 0; race < kMaxRaces; ++race) {
    Result<UniqueFd> object =
        resolver.Open(dir, path, O_PATH | (flags & O_DIRECTORY), 0, how.follow && !exclusive);
    if (!object.ok()) {
      if (object.error().posix() != ENOENT || (flags & O_CREAT) == 0) {
        return object.error();
      }
      Result<FoundObject> made = CreateGuarded(resolver, guard, dir, path, flags, how.mode);
      if (made.ok() || made.error().posix() != EEXIST) return made;
      continue;
    }
    FoundObject found{.fd = std::move(*object)};
    if (fstat(found.fd.get(), &found.st) != 0) return Error::Last();
    if (S_ISLNK(found.st.st_mode))
      return PermitToKnow(guard, kFileCapabilities, found.fd.get(), "",
                          Error::Posix(exclusive ? EEXIST : ELOOP));
    found.path = RealPath(found.fd.get());
    if (Error e = PermitOpen(guard, how, found); !e.ok()) return e;
    if (exclusive) return Error::Posix(EEXIST);
    // The very object that was decided about.
    found.fd = Reopen(found.fd.get(), reopen);
    if (!found.fd.valid()) return Error::Last();
    return found;
  }
  // A link that leads nowhere, or someone who never rests.
  return Error::Posix(EACCES);
}

}  // namespace airwasm::wasi::host
