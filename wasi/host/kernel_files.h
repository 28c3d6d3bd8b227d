// The kernel's own file systems, such as /proc and /sys: what looks like files there is this
// process's memory, other processes, the machine. A directory that a guest was given does not bring
// them along where they are mounted beneath it; whoever means them names them.
#ifndef AIRWASM_WASI_HOST_KERNEL_FILES_H_
#define AIRWASM_WASI_HOST_KERNEL_FILES_H_

#include "airwasm/guard.h"
#include "wasi/host/result.h"

namespace airwasm::wasi::host {

// EACCES if the object behind `fd`, which a path beneath `root` led to, lies in one of them, `root`
// does not lie in the same, and no rule of the guest's that allows the object's path with one of
// `asked` begins in one. `guard` may be null: no rules.
Error PermitKernelFiles(security::Guard* guard, security::CapabilitySet asked, int root, int fd);

}  // namespace airwasm::wasi::host

#endif  // AIRWASM_WASI_HOST_KERNEL_FILES_H_
