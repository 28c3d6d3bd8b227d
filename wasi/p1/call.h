// What the function bodies (functions_*.cc) share: the call's arguments, and answers.
//
// The order in which a body looks at things: flags and pointers first (kInval, kFault), so that
// nothing happens whose result could not be reported; then the descriptor (kBadf), what it is
// (kNotdir, kNotsock, kIsdir, kSpipe), and its rights (kNotcapable); then the operation.
#ifndef AIRWASM_WASI_P1_CALL_H_
#define AIRWASM_WASI_P1_CALL_H_

#include <sys/uio.h>

#include <cstdint>
#include <span>
#include <string>

#include "absl/container/inlined_vector.h"
#include "wasi/host/file_io.h"
#include "wasi/p1/abi.h"
#include "wasi/p1/guest_memory.h"
#include "wasi/p1/p1.h"

namespace airwasm::wasi::p1 {

// What the functions ask for: one of these capabilities lets a guest call them (functions.def).
namespace asks {
using security::Capability;
using security::SetOf;
inline constexpr security::CapabilitySet kArgs = SetOf(Capability::kArgsRead);
inline constexpr security::CapabilitySet kEnv = SetOf(Capability::kEnvRead);
inline constexpr security::CapabilitySet kClock = SetOf(Capability::kClock);
inline constexpr security::CapabilitySet kWait = SetOf(Capability::kWait);
inline constexpr security::CapabilitySet kExit = SetOf(Capability::kExit);
inline constexpr security::CapabilitySet kRandom = SetOf(Capability::kRandom);
inline constexpr security::CapabilitySet kRead = SetOf(Capability::kFsRead);
inline constexpr security::CapabilitySet kWrite = SetOf(Capability::kFsWrite);
inline constexpr security::CapabilitySet kCreate = SetOf(Capability::kFsCreate);
inline constexpr security::CapabilitySet kDelete = SetOf(Capability::kFsDelete);
inline constexpr security::CapabilitySet kFiles = host::kFileCapabilities;
inline constexpr security::CapabilitySet kNet = host::kNetCapabilities;
inline constexpr security::CapabilitySet kDescriptor = kFiles | kNet | SetOf(Capability::kStdio);
inline constexpr security::CapabilitySet kPoll = kDescriptor | kWait;
}  // namespace asks

struct Call {
  Context& context;
  GuestMemory memory;
  const uint64_t* args;
  const Layout& layout;

  uint32_t I32(int i) const { return static_cast<uint32_t>(args[i]); }
  uint64_t I64(int i) const { return args[i]; }
};

// One per row of functions.def; a row without a body does not link.
#define AIRWASM_WASI_P1(name, text, signature, asks) P1Result name(const Call& call);
#include "wasi/p1/functions.def"
#undef AIRWASM_WASI_P1

inline P1Result Answer(Errno e) {
  return {.code = static_cast<uint32_t>(e)};
}
inline P1Result Success() {
  return {};
}

inline P1Result Answer(host::Error e) {
  if (e.ok()) return Success();
  if (e.interrupted()) return {.outcome = Outcome::kInterrupted};
  return Answer(ToErrno(e));
}

// No more descriptors can be open: a quota of files is on record then.
inline bool DescriptorsAreFull(const Call& call) {
  const host::DescriptorTable& table = call.context.descriptors();
  security::Meter* const meter = call.context.meter();
  if (meter != nullptr) meter->SetFiles(table.count() + (table.full() ? 0 : 1));
  if (!table.full()) return false;
  if (meter != nullptr) meter->SoftBreach(security::QuotaRow::files);
  return true;
}

// A descriptor that is open and has `rights`.
inline host::Result<host::Descriptor*> Get(const Call& call, uint32_t fd, host::Rights rights) {
  host::Descriptor* d = call.context.descriptors().Find(fd);
  if (d == nullptr) return host::Error::Posix(EBADF);
  if (!d->Has(rights)) return host::Error::NotCapable();
  if (host::Error e = d->Permits(rights); !e.ok()) return e;
  return d;
}

// The same for a file operation, which a directory is told it cannot do, whatever its rights.
inline host::Result<host::Descriptor*> GetFile(const Call& call, uint32_t fd, host::Rights rights) {
  host::Descriptor* d = call.context.descriptors().Find(fd);
  if (d != nullptr && d->is_directory()) return host::Error::Posix(EISDIR);
  return Get(call, fd, rights);
}

// The same for the directory that a path is relative to.
inline host::Result<host::Descriptor*> GetDirectory(const Call& call, uint32_t fd,
                                                    host::Rights rights) {
  host::Descriptor* d = call.context.descriptors().Find(fd);
  if (d != nullptr && !d->is_directory()) return host::Error::Posix(ENOTDIR);
  return Get(call, fd, rights);
}

// A path from guest memory: inside it, and a string in the sense of the specification, that is,
// UTF-8. A copy: other threads of the guest may write to a shared memory while the path is being
// checked and used.
host::Result<std::string> GetPath(const Call& call, uint32_t address, uint32_t length);

// The guest's list of buffers, each checked to lie in its memory. EINVAL for more than kMaxIoVecs
// of them, or more bytes than a size can say.
using Buffers = absl::InlinedVector<iovec, 8>;
host::Result<Buffers> GetBuffers(const Call& call, uint32_t address, uint32_t count);

}  // namespace airwasm::wasi::p1

#endif  // AIRWASM_WASI_P1_CALL_H_
