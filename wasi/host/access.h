// What a guest's guard says to the use of something that the guest holds: a file, a standard
// stream, a socket.
//
// A null guard says yes: then rights alone decide. Threads: the guest's.
#ifndef AIRWASM_WASI_HOST_ACCESS_H_
#define AIRWASM_WASI_HOST_ACCESS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "airwasm/guard.h"
#include "security/base/object.h"
#include "wasi/host/result.h"
#include "wasi/host/rights.h"

namespace airwasm::wasi::host {

// Every capability of files.
inline constexpr security::CapabilitySet kFileCapabilities =
    security::SetOf(security::Capability::kFsRead, security::Capability::kFsList,
                    security::Capability::kFsWrite, security::Capability::kFsAppend,
                    security::Capability::kFsCreate, security::Capability::kFsDelete);
inline constexpr security::CapabilitySet kNetCapabilities =
    security::SetOf(security::Capability::kNetConnect, security::Capability::kNetListen);
// Those that streams come from.
inline constexpr security::CapabilitySet kStreamCapabilities =
    kFileCapabilities | kNetCapabilities |
    security::SetOf(security::Capability::kStdio, security::Capability::kHttpIn,
                    security::Capability::kHttpOut, security::Capability::kKvRead,
                    security::Capability::kKvWrite);

class Access {
 public:
  Access() = default;
  // What is open as `fd`, for as long as it is.
  static Access File(security::Guard* guard, int fd) {
    Access access(guard, Kind::kFile, {});
    access.fd_ = fd;
    return access;
  }
  // "in", "out", "err"
  static Access StandardStream(security::Guard* guard, std::string_view name) {
    return Access(guard, Kind::kStandard, std::string(name));
  }
  // A socket, or what came out of one; `object`: its address, for the record.
  static Access Granted(security::Guard* guard, security::CapabilitySet by, std::string object) {
    Access access(guard, Kind::kGranted, std::move(object));
    access.by_ = by;
    return access;
  }

  // Those of which one is asked for, whatever the use.
  security::CapabilitySet capabilities() const { return Asked(Use::kAny); }
  // EACCES if the guard denies it.
  Error Check(Use use) const;
  // For the record of a call that asks about nothing: this is what it is about.
  void Describe() const;
  // What a stream is of is known later than it is made.
  void SetObject(std::string object) { object_ = std::move(object); }
  // Takes `path`, which the file was opened by, for the one to ask about: it keeps that when it is
  // removed.
  void KeepPath(std::string path) {
    if (kind_ == Kind::kFile) object_ = std::move(path);
  }
  // It is a directory: what may be done with it is a matter of where it is by now.
  void FollowMoves() { follows_moves_ = true; }
  // What it is, for the guard and for the record: a file's path. Where a directory is by now; where
  // that decides nothing, where it was a few milliseconds ago, unless a guest has moved something
  // since.
  const std::string& object() const;

 private:
  enum class Kind : uint8_t { kFile, kStandard, kGranted };
  Access(security::Guard* guard, Kind kind, std::string object)
      : guard_(guard), kind_(kind), object_(std::move(object)) {}
  security::CapabilitySet Asked(Use use) const;
  bool Allows(Use use) const;

  security::Guard* guard_ = nullptr;
  Kind kind_ = Kind::kFile;
  security::CapabilitySet by_ = 0;
  int fd_ = -1;
  bool follows_moves_ = false;
  mutable std::string object_;    // of a file, found when it is needed
  mutable int64_t found_ns_ = 0;  // then it was that of a directory
  mutable uint64_t found_moves_ = 0;
  mutable security::Permit permits_[kNumUses];
};

// A guest has moved something: it may be a directory, or lie above one. Threads: any.
void NoteMove();

// Whether an environment variable is shown to the guest at all.
bool MayReadVariable(const security::Guard* guard, std::string_view name);

}  // namespace airwasm::wasi::host

#endif  // AIRWASM_WASI_HOST_ACCESS_H_
