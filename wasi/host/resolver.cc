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
  Result<UniqueFd> fd = Find(root, path, flags, mode, follow, asked);
  if (!fd.ok()) return fd;
  if (Error e = PermitKernelFiles(guard_, asked, root, fd->get()); !e.ok()) return e;
  return fd;
}

Result<UniqueFd> Resolver::Find(int root, std::string_view path, int flags, mode_t mode,
                                bool follow, security::CapabilitySet asked) const {
  security::Guard* const guard = this->guard();
  if (Error e = CheckPath(path); !e.ok())
    return guard == nullptr ? e : PermitToTry(*guard, asked, path, e);
  flags |= O_CLOEXEC | O_NOCTTY;
  if ((flags & O_PATH) != 0) flags &= O_PATH | O_CLOEXEC | O_DIRECTORY;
  if (guard != nullptr) return OpenAsking(*guard, asked, root, path, flags, mode, follow);
  if (openat2_) {
    const std::string name(path);
    for (int race = 0; race < kMaxRaces; ++race) {
      UniqueFd fd(OpenAt2(root, name.c_str(), flags | (follow ? 0 : O_NOFOLLOW), mode));
      if (fd.valid()) return fd;
      if (errno == EINTR || errno == EAGAIN) continue;
      // Only RESOLVE_BENEATH answers EXDEV here: the path leaves the root.
      return errno == EXDEV ? Error::Posix(EPERM) : Error::Last();
    }
  }
  return OpenByWalking(root, path, flags, mode, follow);
}

// The kernel asks nobody on its way; but where it meets neither ".." nor a link, there was no other
// way to the object than through what lies above it. All else is walked.
Result<UniqueFd> Resolver::OpenAsking(security::Guard& guard, security::CapabilitySet asked,
                                      int root, std::string_view path, int flags, mode_t mode,
                                      bool follow) const {
  if (openat2_ && !GoesUp(path)) {
    const std::string name(path);
    UniqueFd fd(
        OpenAt2(root, name.c_str(), flags | (follow ? 0 : O_NOFOLLOW), mode, RESOLVE_NO_SYMLINKS));
    if (fd.valid()) return fd;
  }
  const WalkGuard walk{.guard = guard, .asked = asked};
  return OpenByWalking(root, path, flags, mode, follow, &walk);
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
