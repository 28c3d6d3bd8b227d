// Asks a guest's guard about what paths lead to: the object itself, held open, or the name in its
// directory, held open; never the text of a path. Without a guard everything here says yes.
//
// An object's path is the kernel's (/proc/self/fd): what has none, because it was deleted or /proc
// is not there, is denied.
#ifndef AIRWASM_WASI_HOST_PATH_GUARD_H_
#define AIRWASM_WASI_HOST_PATH_GUARD_H_

#include <span>
#include <string>
#include <string_view>

#include "security/base/object.h"
#include "wasi/host/descriptor.h"
#include "wasi/host/resolver.h"

namespace airwasm::wasi::host {

// Where the object behind `fd` is by now; empty if it is nowhere.
std::string RealPath(int fd);

// Tells the guard which directories the guest is given. `fds`: open ones, with their rights.
void SetRoots(security::Guard* guard, std::span<const Descriptor* const> directories);

// One of `asked` for the object behind `fd`. EACCES: denied.
Error PermitObject(const Resolver& resolver, security::CapabilitySet asked, int fd);
// ... for the name in the directory that a path ends in.
Error PermitName(const Resolver& resolver, security::CapabilitySet asked, const Parent& parent);
// What to say to a path that leads nowhere, `error`, to a guest that is allowed to know that;
// EACCES to others.
Error PermitToKnow(const Resolver& resolver, security::CapabilitySet asked, int dir,
                   std::string_view path, Error error);

// Whether `from` may become `to`: nobody may do more with it there than here. For directories that
// has to hold for all that is in them.
Error PermitMove(const Resolver& resolver, const Parent& from, const Parent& to);

// Open(resolver, ...) for a guest with a guard. A new file is made under its own name and nowhere
// else: through a dangling link none is made.
Result<UniqueFd> OpenGuarded(const Resolver& resolver, int dir, std::string_view path, int flags,
                             mode_t mode, bool follow);

}  // namespace airwasm::wasi::host

#endif  // AIRWASM_WASI_HOST_PATH_GUARD_H_
