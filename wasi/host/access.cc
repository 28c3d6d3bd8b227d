#include "wasi/host/access.h"

#include <cerrno>

#include "wasi/host/path_guard.h"

namespace airwasm::wasi::host {

using security::Capability;
using security::Object;
using security::SetOf;

security::CapabilitySet Access::Asked(Use use) const {
  switch (kind_) {
    case Kind::kStandard:
      return SetOf(Capability::kStdio);
    case Kind::kGranted:
      return by_;
    case Kind::kFile:
      break;
  }
  switch (use) {
    case Use::kRead:
      return SetOf(Capability::kFsRead);
    case Use::kWrite:
      return SetOf(Capability::kFsWrite);
    case Use::kAppend:
      return SetOf(Capability::kFsAppend, Capability::kFsWrite);
    case Use::kList:
      return SetOf(Capability::kFsList);
    case Use::kNone:
    case Use::kAny:
      return kFileCapabilities;
  }
  return 0;
}

bool MayReadVariable(const security::Guard* guard, std::string_view name) {
  return guard == nullptr || guard->WouldAllow(SetOf(Capability::kEnvRead), Object::Name(name));
}

Error Access::Check(Use use) const {
  if (guard_ == nullptr || use == Use::kNone) return Error();
  return Allows(use) ? Error() : Error::Posix(EACCES);
}

void Access::Describe() const {
  if (guard_ == nullptr || !guard_->records()) return;
  const bool by_path = kind_ == Kind::kFile && (follows_moves_ || object_.empty());
  guard_->Describe(capabilities(), by_path ? RealPath(fd_) : object_);
}

void Access::KeepPath() {
  if (kind_ == Kind::kFile) object_ = RealPath(fd_);
}

bool Access::Allows(Use use) const {
  security::Permit& permit = permits_[static_cast<int>(use)];
  switch (kind_) {
    case Kind::kGranted:
      // What it may do was decided about its address, its name or its pattern; now it counts that
      // the class is still granted.
      return guard_->AllowClass(by_, object_);
    case Kind::kStandard:
      return guard_->Allow(Asked(use), Object::Name(object_), permit);
    case Kind::kFile:
      if (guard_->PathsAreDecided()) return guard_->AllowClass(Asked(use), {});
      if (follows_moves_) return guard_->Allow(Asked(use), Object::Path(RealPath(fd_)));
      if (object_.empty()) object_ = RealPath(fd_);
      return guard_->Allow(Asked(use), Object::Path(object_), permit);
  }
  return false;
}

}  // namespace airwasm::wasi::host
