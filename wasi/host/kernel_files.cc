#include "wasi/host/kernel_files.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <string>

#include "absl/time/clock.h"
#include "airwasm/grants.h"
#include "security/base/object.h"
#include "security/policy/scope.h"
#include "wasi/host/proc_fd.h"

namespace airwasm::wasi::host {
namespace {

using security::Capability;
using security::CapabilitySet;
using security::Object;
using security::Rule;

constexpr uint32_t kKernelFileSystems[] = {PROC_SUPER_MAGIC,   SYSFS_MAGIC,         DEBUGFS_MAGIC,
                                           TRACEFS_MAGIC,      SECURITYFS_MAGIC,    BPF_FS_MAGIC,
                                           CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, EFIVARFS_MAGIC};

bool IsKernels(const struct statfs& fs) {
  return std::find(std::begin(kKernelFileSystems), std::end(kKernelFileSystems),
                   static_cast<uint32_t>(fs.f_type)) != std::end(kKernelFileSystems);
}

// Whether a rule that allows `path` is of a place in such a file system, and not of one above.
bool IsNamed(const security::Guard& guard, CapabilitySet asked, const std::string& path) {
  const std::shared_ptr<const security::Grants> grants = guard.grants();
  for (CapabilitySet left = asked; left != 0; left &= left - 1) {
    const auto c = static_cast<Capability>(std::countr_zero(left));
    for (const Rule* const rule : grants->Matching(c, Object::Path(path), absl::Now())) {
      const security::PathPattern* const pattern =
          rule->allow && rule->scope != nullptr ? rule->scope->path() : nullptr;
      struct statfs fs;
      if (pattern != nullptr && !pattern->prefix().empty() &&
          statfs(pattern->prefix().c_str(), &fs) == 0 && IsKernels(fs))
        return true;
    }
  }
  return false;
}

}  // namespace

Error PermitKernelFiles(security::Guard* guard, CapabilitySet asked, int root, int fd) {
  struct stat here;
  struct stat there;
  if (fstat(root, &here) != 0 || fstat(fd, &there) != 0) return Error::Last();
  // Which spares all else of what there is to ask.
  if (here.st_dev == there.st_dev) return Error();
  struct statfs fs;
  if (fstatfs(fd, &fs) != 0) return Error::Last();
  if (!IsKernels(fs)) return Error();
  if (guard == nullptr) return Error::Posix(EACCES);
  const std::string path = RealPath(fd);
  if (IsNamed(*guard, asked, path)) return Error();
  guard->Deny(asked, Object::Path(path));
  return Error::Posix(EACCES);
}

}  // namespace airwasm::wasi::host
