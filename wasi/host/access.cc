#include "wasi/host/access.h"

#include <atomic>
#include <cerrno>
#include <ctime>

#include "wasi/host/proc_fd.h"

namespace airwasm::wasi::host {

using security::Capability;
using security::Object;
using security::SetOf;

namespace {

// How long a record may say where a directory was before the host moved it.
constexpr int64_t kRecentNs = 10'000'000;
std::atomic<uint64_t> g_moves = 0;

int64_t NowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return now.tv_sec * int64_t{1'000'000'000} + now.tv_nsec;
}

}  // namespace

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
  if (guard_ != nullptr && guard_->records()) guard_->Describe(capabilities(), object());
}

const std::string& Access::object() const {
  if (kind_ != Kind::kFile || (!object_.empty() && !follows_moves_)) return object_;
  // FAST: asking the kernel takes as long as opening a file (bench/host_calls).
  const int64_t now = NowNs();
  const uint64_t moves = g_moves.load(std::memory_order_acquire);
  const bool is_recent = !object_.empty() && guard_->RootsAreDecided() && moves == found_moves_ &&
                         now - found_ns_ < kRecentNs;
  if (is_recent) return object_;
  object_ = RealPath(fd_);
  found_ns_ = now;
  found_moves_ = moves;
  return object_;
}

void NoteMove() {
  g_moves.fetch_add(1, std::memory_order_release);
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
      // Where a directory is can have changed since it was asked about.
      return follows_moves_ ? guard_->Allow(Asked(use), Object::Path(object()))
                            : guard_->Allow(Asked(use), Object::Path(object()), permit);
  }
  return false;
}

}  // namespace airwasm::wasi::host
