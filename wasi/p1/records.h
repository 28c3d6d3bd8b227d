// Helpers for records that both descriptor and path functions use.
#ifndef AIRWASM_WASI_P1_RECORDS_H_
#define AIRWASM_WASI_P1_RECORDS_H_

#include <cstring>
#include <span>

#include "wasi/host/filesystem.h"
#include "wasi/p1/call.h"

namespace airwasm::wasi::p1 {

// $filestat, at an address that was checked.
inline void StoreFileStat(const Call& call, uint64_t address, const host::FileStat& stat) {
  const Layout& at = call.layout;
  const std::span<uint8_t> record =
      call.memory.Bytes(static_cast<uint32_t>(address), at.filestat_bytes);
  std::memset(record.data(), 0, record.size());
  call.memory.Store<uint64_t>(address + at.dev, stat.device);
  call.memory.Store<uint64_t>(address + at.ino, stat.inode);
  call.memory.Store<uint8_t>(address + at.filetype, static_cast<uint8_t>(stat.type));
  if (at.nlink_bytes == sizeof(uint64_t)) {
    call.memory.Store<uint64_t>(address + at.nlink, stat.links);
  } else {
    call.memory.Store<uint32_t>(address + at.nlink, static_cast<uint32_t>(stat.links));
  }
  call.memory.Store<uint64_t>(address + at.file_size, stat.size);
  call.memory.Store<uint64_t>(address + at.atim, stat.accessed_ns);
  call.memory.Store<uint64_t>(address + at.mtim, stat.modified_ns);
  call.memory.Store<uint64_t>(address + at.ctim, stat.changed_ns);
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
