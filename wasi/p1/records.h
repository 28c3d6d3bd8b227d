// Helpers for records that both descriptor and path functions use.
#ifndef AIRWASM_WASI_P1_RECORDS_H_
#define AIRWASM_WASI_P1_RECORDS_H_

#include "wasi/host/filesystem.h"
#include "wasi/p1/call.h"

namespace airwasm::wasi::p1 {

// $filestat, at an address that was checked.
inline void StoreFileStat(const Call& call, uint64_t address, const host::FileStat& stat) {
  std::memset(call.memory.Bytes(static_cast<uint32_t>(address), filestat_at::kSize).data(), 0,
              filestat_at::kSize);
  call.memory.Store<uint64_t>(address + filestat_at::kDev, stat.device);
  call.memory.Store<uint64_t>(address + filestat_at::kIno, stat.inode);
  call.memory.Store<uint8_t>(address + filestat_at::kFiletype, static_cast<uint8_t>(stat.type));
  call.memory.Store<uint64_t>(address + filestat_at::kNlink, stat.links);
  call.memory.Store<uint64_t>(address + filestat_at::kFileSize, stat.size);
  call.memory.Store<uint64_t>(address + filestat_at::kAtim, stat.accessed_ns);
  call.memory.Store<uint64_t>(address + filestat_at::kMtim, stat.modified_ns);
  call.memory.Store<uint64_t>(address + filestat_at::kCtim, stat.changed_ns);
}

struct SetTimesArgs {
  host::SetTime accessed;
  host::SetTime modified;
};

// The times that $fstflags choose; EINVAL for "this time" and "now" at once.
inline host::Result<SetTimesArgs> GetSetTimes(uint64_t atim, uint64_t mtim, uint32_t flags) {
  if ((flags & ~kSetTimesAll) != 0) return host::Error::Posix(EINVAL);
  const auto choose = [](bool to, bool now, uint64_t ns) -> host::SetTime {
    if (to) return {host::SetTime::Kind::kTo, ns};
    return {now ? host::SetTime::Kind::kNow : host::SetTime::Kind::kKeep, 0};
  };
  if ((flags & (kSetAtim | kSetAtimNow)) == (kSetAtim | kSetAtimNow))
    return host::Error::Posix(EINVAL);
  if ((flags & (kSetMtim | kSetMtimNow)) == (kSetMtim | kSetMtimNow))
    return host::Error::Posix(EINVAL);
  return SetTimesArgs{choose((flags & kSetAtim) != 0, (flags & kSetAtimNow) != 0, atim),
                      choose((flags & kSetMtim) != 0, (flags & kSetMtimNow) != 0, mtim)};
}

}  // namespace airwasm::wasi::p1

#endif  // AIRWASM_WASI_P1_RECORDS_H_
