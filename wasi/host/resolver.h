// Finding what a guest's path names, without ever leaving the directory it is relative to.
//
// Two implementations with one meaning: openat2(2) with RESOLVE_BENEATH, and a walk in user space,
// one component at a time, for kernels and sandboxes without that call. A path that would leave
// (absolute, "..", or a symbolic link that does either) is EPERM; the object behind it is never
// touched. What the host has mounted beneath the directory is part of it. Names are bytes: checking
// that they are UTF-8 is up to the bindings.
#ifndef AIRWASM_WASI_HOST_RESOLVER_H_
#define AIRWASM_WASI_HOST_RESOLVER_H_

#include <sys/types.h>

#include <string>
#include <string_view>

#include "airwasm/capability.h"
#include "wasi/host/access.h"
#include "wasi/host/result.h"
#include "wasi/host/unique_fd.h"

namespace airwasm::wasi::host {

// What an operation on the last name of a path (create, remove, rename, ...) works with.
struct Parent {
  int fd = -1;  // The directory that holds the name; `owned`, or the root itself.
  UniqueFd owned;
  std::string
      name;  // One component without slashes; never empty. "." and ".." are reported in `special`.
  bool special = false;  // The last component is "." or "..": an existing directory that has no
                         // name to work on.
  bool trailing_slash = false;  // The guest asked for a directory.

  // The name as the kernel's parent operations take it. Those never follow the last component,
  // slash or not.
  std::string NameForKernel() const { return trailing_slash ? name + "/" : name; }
};

class Resolver {
 public:
  enum class Mode {
    kAuto,  // openat2 where the kernel has it
    kWalk,  // always the walk in user space
  };

  // `guard` is asked about the objects that paths lead to (path_guard.h); null: nobody is.
  explicit Resolver(Mode mode = Mode::kAuto, security::Guard* guard = nullptr);

  security::Guard* owner() const { return guard_; }
  // Who has to be asked about paths: null also where that is decided for all of them.
  security::Guard* guard() const;

  // True if paths are resolved by openat2.
  bool uses_openat2() const { return openat2_; }

  // Opens `path` beneath the directory `root`. `flags` and `mode` are open(2)'s; O_CLOEXEC and
  // O_NOCTTY are added. Whether a symbolic link in the last place is followed is `follow`
  // (O_NOFOLLOW is set from it); one that is not is ELOOP, unless O_PATH asks for the link itself.
  //
  // With a guard to ask, a path that goes up out of a directory of which the guest may know nothing
  // is EACCES, and so is a failure in a place for which none of `asked` is granted: what is there,
  // and that nothing is, are not told. What lies in one of the kernel's own file systems is EACCES
  // unless that was named (kernel_files.h).
  Result<UniqueFd> Open(int root, std::string_view path, int flags, mode_t mode, bool follow,
                        security::CapabilitySet asked = kFileCapabilities) const;

  // The same where `path` leads straight down from `root`: through no link, no ".." and no other
  // mount, so that it says where the object is. Nobody is asked. Invalid: it does not, it leads
  // nowhere, or there is no openat2.
  UniqueFd OpenStraight(int root, std::string_view path, int flags, bool follow) const;

  // Opens the directory that holds the last component of `path`.
  Result<Parent> OpenParent(int root, std::string_view path,
                            security::CapabilitySet asked = kFileCapabilities) const;

 private:
  // What was found, and whether that is known to lie in the same mount as `root`.
  struct Found {
    UniqueFd fd;
    bool in_mount = false;
  };
  Result<Found> Find(int root, std::string_view path, int flags, mode_t mode, bool follow,
                     security::CapabilitySet asked) const;
  Result<Found> OpenAsking(security::Guard& guard, security::CapabilitySet asked, int root,
                           std::string_view path, int flags, mode_t mode, bool follow) const;

  bool openat2_;
  security::Guard* guard_;
};

// Who is asked on the way.
struct WalkGuard {
  security::Guard& guard;
  security::CapabilitySet asked;  // of the place where the walk fails
};

// The walk in user space. `path` is checked and NUL-free. `guard`: null to ask nobody.
Result<UniqueFd> OpenByWalking(int root, std::string_view path, int flags, mode_t mode, bool follow,
                               const WalkGuard* guard = nullptr);

}  // namespace airwasm::wasi::host

#endif  // AIRWASM_WASI_HOST_RESOLVER_H_
