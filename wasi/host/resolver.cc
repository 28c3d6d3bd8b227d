#include "wasi/host/resolver.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "airwasm/guard.h"
#include "wasi/host/kernel_files.h"
#include "wasi/host/path_guard.h"

namespace airwasm::wasi::host {
namespace {

// openat2 answers EAGAIN when something was renamed anywhere while it looked at a "..". A few
// repetitions almost always do; under a storm of renames the walk takes over, which does not depend
// on quiet.
constexpr int kMaxRaces = 16;

int OpenAt2(int root, const char* path, int flags, mode_t mode, uint64_t more = 0) {
  open_how how = {};
  how.flags = static_cast<uint32_t>(flags);
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | more;
  return static_cast<int>(syscall(SYS_openat2, root, path, &how, sizeof how));
}

// Some sandboxes answer EPERM for calls they do not know, which would look like an escape; so ask
// once, with a path that cannot fail for another reason.
bool KernelHasOpenAt2() {
  static const bool has = [] {
    const UniqueFd probe(OpenAt2(AT_FDCWD, ".", O_PATH | O_CLOEXEC, 0));
    return probe.valid() || (errno != ENOSYS && errno != EPERM);
  }();
  return has;
}

Error CheckPath(std::string_view path) {
  if (path.empty()) return Error::Posix(ENOENT);
  if (path.size() >= PATH_MAX) return Error::Posix(ENAMETOOLONG);
  // A host call would silently stop at the NUL and open something else than was checked.
  if (path.find('\0') != std::string_view::npos) return Error::Posix(EINVAL);
  if (path.front() == '/') return Error::Posix(EPERM);
  return Error();
}

// What the kernel is asked for. With O_PATH it takes few others.
int KernelFlags(int flags, bool follow) {
  if ((flags & O_PATH) != 0)
    flags &= O_PATH | O_DIRECTORY;
  else
    flags |= O_NOCTTY;
  return flags | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW);
}

bool GoesUp(std::string_view path) {
  while (!path.empty()) {
    const size_t slash = path.find('/');
    if (path.substr(0, slash) == "..") return true;
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return false;
}

}  // namespace

Resolver::Resolver(Mode mode, security::Guard* guard)
    : openat2_(mode == Mode::kAuto && KernelHasOpenAt2()), guard_(guard) {}

security::Guard* Resolver::guard() const {
  return guard_ == nullptr || guard_->PathsAreDecided() ? nullptr : guard_;
}

Result<UniqueFd> Resolver::Open(int root, std::string_view path, int flags, mode_t mode,
                                bool follow, security::CapabilitySet asked) const {
  Result<Found> found = Find(root, path, flags, mode, follow, asked);
  if (!found.ok()) return found.error();
  if (!found->in_mount) {
    if (Error e = PermitKernelFiles(guard_, asked, root, found->fd.get()); !e.ok()) return e;
  }
  return std::move(found->fd);
}

Result<Resolver::Found> Resolver::Find(int root, std::string_view path, int flags, mode_t mode,
                                       bool follow, security::CapabilitySet asked) const {
  security::Guard* const guard = this->guard();
  if (Error e = CheckPath(path); !e.ok())
    return guard == nullptr ? e : PermitToTry(*guard, asked, path, e);
  if (guard != nullptr) return OpenAsking(*guard, asked, root, path, flags, mode, follow);
  if (openat2_) {
    const std::string name(path);
    // FAST: the kernel says at no cost that it has met no other mount (bench/host_calls).
    uint64_t no_mounts = RESOLVE_NO_XDEV;
    for (int race = 0; race < kMaxRaces; ++race) {
      UniqueFd fd(OpenAt2(root, name.c_str(), KernelFlags(flags, follow), mode, no_mounts));
      if (fd.valid()) return Found{.fd = std::move(fd), .in_mount = no_mounts != 0};
      if (errno == EINTR || errno == EAGAIN) continue;
      if (errno != EXDEV) return Error::Last();
      // There was another mount, or the path leaves the root.
      if (no_mounts == 0) return Error::Posix(EPERM);
      no_mounts = 0;
    }
  }
  Result<UniqueFd> fd = OpenByWalking(root, path, KernelFlags(flags, true), mode, follow);
  if (!fd.ok()) return fd.error();
  return Found{.fd = std::move(*fd)};
}

// The kernel asks nobody on its way; but where it meets neither ".." nor a link, there was no other
// way to the object than through what lies above it. All else is walked.
Result<Resolver::Found> Resolver::OpenAsking(security::Guard& guard, security::CapabilitySet asked,
                                             int root, std::string_view path, int flags,
                                             mode_t mode, bool follow) const {
  if (openat2_ && !GoesUp(path)) {
    const std::string name(path);
    for (const uint64_t no_mounts : {RESOLVE_NO_XDEV, 0}) {
      UniqueFd fd(OpenAt2(root, name.c_str(), KernelFlags(flags, follow), mode,
                          RESOLVE_NO_SYMLINKS | no_mounts));
      if (fd.valid()) return Found{.fd = std::move(fd), .in_mount = no_mounts != 0};
      if (errno != EXDEV) break;
    }
  }
  const WalkGuard walk{.guard = guard, .asked = asked};
  Result<UniqueFd> fd = OpenByWalking(root, path, KernelFlags(flags, true), mode, follow, &walk);
  if (!fd.ok()) return fd.error();
  return Found{.fd = std::move(*fd)};
}

UniqueFd Resolver::OpenStraight(int root, std::string_view path, int flags, bool follow) const {
  if (!openat2_ || !CheckPath(path).ok() || GoesUp(path)) return UniqueFd();
  return UniqueFd(OpenAt2(root, std::string(path).c_str(), KernelFlags(flags, follow), 0,
                          RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV));
}

Result<Parent> Resolver::OpenParent(int root, std::string_view path,
                                    security::CapabilitySet asked) const {
  if (Error e = CheckPath(path); !e.ok()) {
    security::Guard* const guard = this->guard();
    return guard == nullptr ? e : PermitToTry(*guard, asked, path, e);
  }
  Parent parent;
  std::string_view trimmed = path;
  while (trimmed.size() > 1 && trimmed.back() == '/') trimmed.remove_suffix(1);
  parent.trailing_slash = trimmed.size() != path.size();
  const size_t slash = trimmed.rfind('/');
  parent.name = trimmed.substr(slash == std::string_view::npos ? 0 : slash + 1);
  if (parent.name == "." || parent.name == "..") {
    // No name to work on, but the path must still stay inside and exist, for the error to be about
    // the right thing.
    parent.special = true;
    Result<UniqueFd> dir = Open(root, path, O_PATH | O_DIRECTORY, 0, /*follow=*/true, asked);
    if (!dir.ok()) return dir.error();
    parent.owned = std::move(*dir);
    parent.fd = parent.owned.get();
    return parent;
  }
  if (slash == std::string_view::npos) {
    parent.fd = root;
    return parent;
  }
  Result<UniqueFd> dir =
      Open(root, trimmed.substr(0, slash), O_PATH | O_DIRECTORY, 0, /*follow=*/true, asked);
  if (!dir.ok()) return dir.error();
  parent.owned = std::move(*dir);
  parent.fd = parent.owned.get();
  return parent;
}

}  // namespace airwasm::wasi::host
