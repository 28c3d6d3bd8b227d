// Asks a guest's guard about what paths lead to: the object itself, held open, or the name in its
// directory, held open; never the text of a path. Without a guard everything here says yes.
//
// An object's path is the kernel's (/proc/self/fd): what has none, because it was deleted or /proc
// is not there, is denied.
#ifndef AIRWASM_WASI_HOST_PATH_GUARD_H_
#define AIRWASM_WASI_HOST_PATH_GUARD_H_

#include <sys/stat.h>

#include <span>
#include <string>
#include <string_view>

#include "security/base/object.h"
#include "wasi/host/descriptor.h"
#include "wasi/host/resolver.h"

namespace airwasm::wasi::host {

// Tells the guard which directories the guest is given. `fds`: open ones, with their rights.
void SetRoots(security::Guard* guard, std::span<const Descriptor* const> directories);

// What a path led to.
struct FoundObject {
  UniqueFd fd;
  struct stat st;
  std::string path;  // its own; empty if nobody has looked
};
// Opens what `path` leads to beneath `dir`, with `flags` of open(2) that change nothing, where its
// own path is known without asking the kernel once more, and decides nothing. An error: not so; it
// is to be opened by asking (Resolver::Open).
Result<FoundObject> OpenDecided(const Resolver& resolver, const Descriptor& dir,
                                std::string_view path, int flags, bool follow);

// One of `asked` for an object that is not the audit log. EACCES: denied.
Error PermitObject(const Resolver& resolver, security::CapabilitySet asked,
                   const FoundObject& object);
// ... for the name in the directory that a path ends in, and what it stands for now.
Error PermitName(const Resolver& resolver, security::CapabilitySet asked, const Parent& parent);
// What to say of a path that led to `name` in `dir` (empty: to `dir` itself) and no further:
// `error` to a guest with one of `asked` there, EACCES to others.
Error PermitToKnow(security::Guard& guard, security::CapabilitySet asked, int dir,
                   std::string_view name, Error error);
// The same for a path that cannot lead anywhere at all.
Error PermitToTry(security::Guard& guard, security::CapabilitySet asked, std::string_view path,
                  Error error);
// Whether a path may go up out of `dir`: not if nothing is granted there or beneath, since having
// come through would say that it exists.
Error PermitToLeave(security::Guard& guard, int dir);

// Whether `from` may become `to`: nobody may do more with it there than here. That has to hold for
// all that is in it too, be it a directory or not: whatever is looked at, another process could put
// something else in its place before it is moved.
enum class Moved : uint8_t { kAnything, kNoDirectory };  // what the move itself can be of
Error PermitMove(const Resolver& resolver, const Parent& from, const Parent& to, Moved what);

// Open(resolver, ...) for a guest with a guard. A new file is made under its own name and nowhere
// else: through a dangling link none is made.
struct GuardedOpen {
  int flags;
  mode_t mode;
  bool follow;
  bool writes_say_where;  // as in OpenOptions
};
Result<FoundObject> OpenGuarded(const Resolver& resolver, security::Guard& guard,
                                const Descriptor& dir, std::string_view path,
                                const GuardedOpen& how);

}  // namespace airwasm::wasi::host

#endif  // AIRWASM_WASI_HOST_PATH_GUARD_H_
