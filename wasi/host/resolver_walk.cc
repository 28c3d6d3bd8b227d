// The walk in user space behind Resolver.
//
// What always holds: each component is opened relative to the directory before it, with O_NOFOLLOW
// and without a slash in the name, so one step can only reach an entry of that directory. ".." is
// never given to the kernel; it takes the previous directory from a stack, so a directory that is
// moved out while we walk cannot lift us above the root. Links are read and expanded here, and what
// they contain is walked under the same rules.
//
// With a guard, what a guest may not know about is not told by how the walk ends either: neither by
// an error from there, nor by having come through and back.
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "wasi/host/path_guard.h"
#include "wasi/host/resolver.h"

namespace airwasm::wasi::host {
namespace {

// Linux follows at most this many links in one path (path_resolution(7)).
constexpr int kMaxLinks = 40;
// How often one component may change between a link and something else under our hands before we
// give up.
constexpr int kMaxRaces = 64;
// Links can make a path longer than PATH_MAX as a whole; this bounds the text still to be walked.
constexpr size_t kMaxPending = size_t{PATH_MAX} * 4;
// Each level holds a host descriptor while we walk; a guest must not be able to use them all up.
constexpr size_t kMaxDepth = 256;

class Walk {
 public:
  Walk(int root, std::string_view path, int flags, mode_t mode, bool follow, const WalkGuard* guard)
      : root_(root), pending_(path), flags_(flags), mode_(mode), follow_(follow), guard_(guard) {}

  Result<UniqueFd> Run() {
    Result<UniqueFd> fd = Steps();
    if (fd.ok() || guard_ == nullptr) return fd;
    return PermitToKnow(guard_->guard, guard_->asked, current(), name_, fd.error());
  }

 private:
  Result<UniqueFd> Steps();
  int current() const { return stack_.empty() ? root_ : stack_.back().get(); }
  bool AtEnd() const { return pending_.find_first_not_of('/') == std::string::npos; }
  // Takes the next component off `pending_`. `slash` tells whether a slash followed it.
  std::string TakeComponent(bool* slash);
  // True if `name` was a link and its target now stands in front of the rest.
  Result<bool> ExpandLink(const std::string& name, bool slash);
  Error EnterDirectory(const std::string& name, bool slash, bool* retry);
  // Opens the last component; `retry` if it turned into a link meanwhile.
  Result<UniqueFd> OpenLast(const std::string& name, bool slash, bool* retry);

  int root_;
  std::string pending_;
  int flags_;
  mode_t mode_;
  bool follow_;
  const WalkGuard* guard_;
  std::string name_;  // the component that is being looked at, beneath current()
  int links_ = 0;
  int races_ = 0;
  std::vector<UniqueFd> stack_;
};

std::string Walk::TakeComponent(bool* slash) {
  const size_t begin = pending_.find_first_not_of('/');
  const size_t end = std::min(pending_.find('/', begin), pending_.size());
  std::string name = pending_.substr(begin, end - begin);
  *slash = end < pending_.size();
  pending_.erase(0, end);
  return name;
}

Result<bool> Walk::ExpandLink(const std::string& name, bool slash) {
  char target[PATH_MAX];
  const ssize_t n = readlinkat(current(), name.c_str(), target, sizeof target);
  if (n < 0) {
    // Not a link, or not there: the open that follows tells which.
    if (errno == EINVAL || errno == ENOENT) return false;
    return Error::Last();
  }
  if (++links_ > kMaxLinks) return Error::Posix(ELOOP);
  if (n == 0) return Error::Posix(ENOENT);
  if (target[0] == '/') return Error::Posix(EPERM);
  if (static_cast<size_t>(n) == sizeof target || n + pending_.size() > kMaxPending)
    return Error::Posix(ENAMETOOLONG);
  // A slash after the link, or at the end of its target, asks for a directory: both stay in the
  // text.
  std::string text(target, static_cast<size_t>(n));
  if (slash) text += '/';
  pending_.insert(0, text);
  return true;
}

Error Walk::EnterDirectory(const std::string& name, bool slash, bool* retry) {
  Result<bool> link = ExpandLink(name, slash);
  if (!link.ok()) return link.error();
  if (*link) return Error();
  if (stack_.size() >= kMaxDepth) return Error::Posix(ENAMETOOLONG);
  UniqueFd fd(openat(current(), name.c_str(), O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) {
    if (errno != ENOTDIR) return Error::Last();
    struct stat st;
    *retry = fstatat(current(), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
    return *retry ? Error() : Error::Posix(ENOTDIR);
  }
  stack_.push_back(std::move(fd));
  return Error();
}

Result<UniqueFd> Walk::OpenLast(const std::string& name, bool slash, bool* retry) {
  int flags = flags_ | O_NOFOLLOW;
  if (slash) {
    if ((flags & O_CREAT) != 0) return Error::Posix(EISDIR);
    flags |= O_DIRECTORY;
  }
  // A slash after a link follows it, whatever the caller asked for. Spec: POSIX, pathname
  // resolution.
  const bool exclusive = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
  const bool follow = (follow_ || slash) && !exclusive;
  UniqueFd fd;
  do {
    fd.Reset(openat(current(), name.c_str(), flags, mode_));
  } while (!fd.valid() && errno == EINTR);
  if (!fd.valid()) {
    const Error error = Error::Last();
    // O_NOFOLLOW met a link: ELOOP, or ENOTDIR where a directory was asked for.
    if (follow && (error.posix() == ELOOP || error.posix() == ENOTDIR)) {
      struct stat st;
      *retry =
          error.posix() == ELOOP ||
          (fstatat(current(), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode));
    }
    return error;
  }
  if ((flags & O_PATH) != 0 && follow) {
    struct stat st;
    if (fstat(fd.get(), &st) != 0) return Error::Last();
    if (S_ISLNK(st.st_mode)) {
      *retry = true;
      return Error::Posix(ELOOP);
    }
  }
  return fd;
}

Result<UniqueFd> Walk::Steps() {
  while (true) {
    bool slash = false;
    if (AtEnd()) {
      // The path ended in "." or "..": the directory we stand in, opened anew as the caller wants
      // it.
      name_.clear();
      if ((flags_ & O_CREAT) != 0) return Error::Posix((flags_ & O_EXCL) != 0 ? EEXIST : EISDIR);
      UniqueFd fd(openat(current(), ".", flags_ | O_NOFOLLOW));
      if (!fd.valid()) return Error::Last();
      return fd;
    }
    name_ = TakeComponent(&slash);
    const std::string& name = name_;
    if (name == ".") continue;
    if (name == "..") {
      if (stack_.empty()) return Error::Posix(EPERM);
      if (guard_ != nullptr) {
        if (Error e = PermitToLeave(guard_->guard, current()); !e.ok()) return e;
      }
      stack_.pop_back();
      continue;
    }
    bool retry = false;
    if (!AtEnd()) {
      if (Error e = EnterDirectory(name, slash, &retry); !e.ok()) return e;
    } else {
      const bool exclusive = (flags_ & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
      if ((follow_ || slash) && !exclusive) {
        Result<bool> link = ExpandLink(name, slash);
        if (!link.ok()) return link.error();
        if (*link) continue;
      }
      Result<UniqueFd> fd = OpenLast(name, slash, &retry);
      if (!retry) return fd;
    }
    if (retry) {
      if (++races_ > kMaxRaces) return Error::Posix(ELOOP);
      pending_.insert(0, slash ? name + "/" : name);
    }
  }
}

}  // namespace

Result<UniqueFd> OpenByWalking(int root, std::string_view path, int flags, mode_t mode, bool follow,
                               const WalkGuard* guard) {
  return Walk(root, path, flags, mode, follow, guard).Run();
}

}  // namespace airwasm::wasi::host
