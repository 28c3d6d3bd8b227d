// Functions on an open descriptor.
#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

#include "wasi/host/directory.h"
#include "wasi/host/file_io.h"
#include "wasi/p1/records.h"

namespace airwasm::wasi::p1 {
namespace {

namespace right = host::right;
using host::Descriptor;
using host::Error;
using host::Result;

// For the record of a function that needs no more than that it is open; null: it is not.
void Describe(const Descriptor* d) {
  if (d != nullptr) d->access.Describe();
}

enum class Direction { kRead, kWrite };

// fd_read, fd_pread, fd_write, fd_pwrite: the count goes to `count_at`.
P1Result Transfer(const Call& call, Direction direction, std::optional<uint64_t> offset,
                  uint32_t count_at) {
  if (!call.memory.Contains(count_at, sizeof(uint32_t))) return Answer(Errno::kFault);
  Result<Buffers> buffers = GetBuffers(call, call.I32(1), call.I32(2));
  if (!buffers.ok()) return Answer(buffers.error());
  Descriptor* found = call.context.descriptors().Find(call.I32(0));
  if (found != nullptr && offset && found->is_stream()) return Answer(Errno::kSpipe);
  host::Rights rights = direction == Direction::kRead ? right::kFdRead : right::kFdWrite;
  if (offset) rights |= right::kFdSeek;
  Result<Descriptor*> d = GetFile(call, call.I32(0), rights);
  if (!d.ok()) return Answer(d.error());
  const host::IoVecs span(buffers->data(), buffers->size());
  Result<size_t> n = direction == Direction::kRead
                         ? host::Read(**d, call.context.waiter(), span, offset)
                         : host::Write(**d, call.context.waiter(), span, offset);
  if (!n.ok()) return Answer(n.error());
  call.memory.Store<uint32_t>(count_at, static_cast<uint32_t>(*n));
  return Success();
}

P1Result SeekTo(const Call& call, int64_t offset, int whence, uint32_t position_at) {
  if (!call.memory.Contains(position_at, sizeof(uint64_t))) return Answer(Errno::kFault);
  Descriptor* d = call.context.descriptors().Find(call.I32(0));
  if (d == nullptr) return Answer(Errno::kBadf);
  if (d->is_directory()) return Answer(Errno::kIsdir);
  // Said before the right is missed: programs ask a stream for its position to learn that it has
  // none.
  if (d->is_stream() && d->kind != host::kKindC) return Answer(Errno::kSpipe);
  const bool only_asks = offset == 0 && whence == SEEK_CUR;
  if (!d->Has(right::kFdSeek) && !(only_asks && d->Has(right::kFdTell)))
    return Answer(Errno::kNotcapable);
  if (Error e = d->Permits(right::kFdSeek); !e.ok()) return Answer(e);
  Result<uint64_t> position = host::Seek(*d, offset, whence);
  if (!position.ok()) return Answer(position.error());
  call.memory.Store<uint64_t>(position_at, *position);
  return Success();
}

}  // namespace

P1Result FdRead(const Call& call) {
  return Transfer(call, Direction::kRead, std::nullopt, call.I32(3));
}
P1Result FdPread(const Call& call) {
  return Transfer(call, Direction::kRead, call.I64(3), call.I32(4));
}
P1Result FdWrite(const Call& call) {
  return Transfer(call, Direction::kWrite, std::nullopt, call.I32(3));
}
P1Result FdPwrite(const Call& call) {
  return Transfer(call, Direction::kWrite, call.I64(3), call.I32(4));
}

P1Result FdSeek(const Call& call) {
  const uint32_t whence = call.I32(2);
  int host_whence;
  if (whence == call.layout.whence_set) {
    host_whence = SEEK_SET;
  } else if (whence == call.layout.whence_cur) {
    host_whence = SEEK_CUR;
  } else if (whence == call.layout.whence_end) {
    host_whence = SEEK_END;
  } else {
    return Answer(Errno::kInval);
  }
  return SeekTo(call, static_cast<int64_t>(call.I64(1)), host_whence, call.I32(3));
}

P1Result FdTell(const Call& call) {
  return SeekTo(call, 0, SEEK_CUR, call.I32(1));
}

P1Result FdClose(const Call& call) {
  Describe(call.context.descriptors().Find(call.I32(0)));
  return Answer(call.context.descriptors().Close(call.I32(0)));
}

P1Result FdRenumber(const Call& call) {
  Describe(call.context.descriptors().Find(call.I32(0)));
  return Answer(call.context.descriptors().Renumber(call.I32(0), call.I32(1)));
}

P1Result FdAdvise(const Call& call) {
  constexpr int kAdvice[] = {POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
                             POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,   POSIX_FADV_NOREUSE};
  const uint32_t advice = call.I32(3);
  if (advice >= std::size(kAdvice)) return Answer(Errno::kInval);
  Result<Descriptor*> d = GetFile(call, call.I32(0), right::kFdAdvise);
  if (!d.ok()) return Answer(d.error());
  return Answer(host::Advise(**d, call.I64(1), call.I64(2), kAdvice[advice]));
}

P1Result FdAllocate(const Call& call) {
  Result<Descriptor*> d = GetFile(call, call.I32(0), right::kFdAllocate);
  if (!d.ok()) return Answer(d.error());
  return Answer(host::Allocate(**d, call.I64(1), call.I64(2)));
}

P1Result FdSync(const Call& call) {
  Result<Descriptor*> d = Get(call, call.I32(0), right::kFdSync);
  if (!d.ok()) return Answer(d.error());
  return Answer(host::Sync(**d));
}

P1Result FdDatasync(const Call& call) {
  Result<Descriptor*> d = Get(call, call.I32(0), right::kFdDatasync);
  if (!d.ok()) return Answer(d.error());
  return Answer(host::DataSync(**d));
}

P1Result FdFdstatGet(const Call& call) {
  const uint32_t out = call.I32(1);
  if (!call.memory.Contains(out, fdstat_at::kSize)) return Answer(Errno::kFault);
  Result<Descriptor*> d = Get(call, call.I32(0), 0);
  if (!d.ok()) return Answer(d.error());
  Describe(*d);
  std::memset(call.memory.Bytes(out, fdstat_at::kSize).data(), 0, fdstat_at::kSize);
  const uint64_t at = out;
  call.memory.Store<uint8_t>(at + fdstat_at::kFiletype, static_cast<uint8_t>((*d)->type));
  call.memory.Store<uint16_t>(at + fdstat_at::kFlags, (*d)->flags);
  call.memory.Store<uint64_t>(at + fdstat_at::kRightsBase, (*d)->base);
  call.memory.Store<uint64_t>(at + fdstat_at::kRightsInheriting, (*d)->inheriting);
  return Success();
}

P1Result FdFdstatSetFlags(const Call& call) {
  const uint32_t flags = call.I32(1);
  if ((flags & ~uint32_t{host::kFdFlagsAll}) != 0) return Answer(Errno::kInval);
  Result<Descriptor*> d = Get(call, call.I32(0), right::kFdFdstatSetFlags);
  if (!d.ok()) return Answer(d.error());
  return Answer(host::SetFlags(**d, static_cast<uint16_t>(flags)));
}

P1Result FdFdstatSetRights(const Call& call) {
  Result<Descriptor*> d = Get(call, call.I32(0), 0);
  if (!d.ok()) return Answer(d.error());
  Describe(*d);
  const host::Rights base = call.I64(1);
  const host::Rights inheriting = call.I64(2);
  if ((base & ~(*d)->base) != 0 || (inheriting & ~(*d)->inheriting) != 0)
    return Answer(Errno::kNotcapable);
  (*d)->base = base;
  (*d)->inheriting = inheriting;
  return Success();
}

P1Result FdFilestatGet(const Call& call) {
  const uint32_t out = call.I32(1);
  if (!call.memory.Contains(out, call.layout.filestat_bytes)) return Answer(Errno::kFault);
  Result<Descriptor*> d = Get(call, call.I32(0), right::kFdFilestatGet);
  if (!d.ok()) return Answer(d.error());
  Result<host::FileStat> stat = host::StatDescriptor(**d);
  if (!stat.ok()) return Answer(stat.error());
  StoreFileStat(call, out, *stat);
  return Success();
}

P1Result FdFilestatSetSize(const Call& call) {
  Result<Descriptor*> d = GetFile(call, call.I32(0), right::kFdFilestatSetSize);
  if (!d.ok()) return Answer(d.error());
  return Answer(host::SetSize(**d, call.I64(1)));
}

P1Result FdFilestatSetTimes(const Call& call) {
  Result<SetTimesArgs> times = GetSetTimes(call.I64(1), call.I64(2), call.I32(3));
  if (!times.ok()) return Answer(times.error());
  Result<Descriptor*> d = Get(call, call.I32(0), right::kFdFilestatSetTimes);
  if (!d.ok()) return Answer(d.error());
  return Answer(host::SetTimes(**d, times->accessed, times->modified));
}

P1Result FdPrestatGet(const Call& call) {
  const uint32_t out = call.I32(1);
  if (!call.memory.Contains(out, prestat_at::kSize)) return Answer(Errno::kFault);
  Descriptor* d = call.context.descriptors().Find(call.I32(0));
  // Programs count upward from 3 until this answer.
  if (d == nullptr || !d->preopen) return Answer(Errno::kBadf);
  Describe(d);
  constexpr uint32_t kTagDirectory = 0;
  call.memory.Store<uint32_t>(uint64_t{out} + prestat_at::kTag, kTagDirectory);
  call.memory.Store<uint32_t>(uint64_t{out} + prestat_at::kNameLen,
                              static_cast<uint32_t>(d->preopen->size()));
  return Success();
}

P1Result FdPrestatDirName(const Call& call) {
  const uint32_t out = call.I32(1);
  const uint32_t length = call.I32(2);
  if (!call.memory.Contains(out, length)) return Answer(Errno::kFault);
  Descriptor* d = call.context.descriptors().Find(call.I32(0));
  if (d == nullptr || !d->preopen) return Answer(Errno::kBadf);
  Describe(d);
  if (length < d->preopen->size()) return Answer(Errno::kNametoolong);
  std::memcpy(call.memory.Bytes(out, length).data(), d->preopen->data(), d->preopen->size());
  return Success();
}

P1Result FdReaddir(const Call& call) {
  const uint32_t out = call.I32(1);
  const uint32_t length = call.I32(2);
  const uint32_t used_at = call.I32(4);
  if (!call.memory.Contains(out, length) || !call.memory.Contains(used_at, sizeof(uint32_t))) {
    return Answer(Errno::kFault);
  }
  Result<Descriptor*> found = GetDirectory(call, call.I32(0), right::kFdReaddir);
  if (!found.ok()) return Answer(found.error());
  Descriptor& d = **found;
  if (d.cursor == nullptr) d.cursor = std::make_unique<host::DirectoryCursor>();
  if (Error e = d.cursor->Seek(d.fd.get(), call.I64(3)); !e.ok()) return Answer(e);
  const std::span<uint8_t> buffer = call.memory.Bytes(out, length);
  size_t used = 0;
  const auto append = [&](const void* bytes, size_t size) {
    const size_t fits = std::min(size, buffer.size() - used);
    std::memcpy(buffer.data() + used, bytes, fits);
    used += fits;
    return fits == size;
  };
  // A buffer that is filled to the last byte, if need be with part of an entry, says that there is
  // more.
  while (used < buffer.size()) {
    host::DirectoryEntry entry;
    Result<bool> more = d.cursor->Peek(d.fd.get(), &entry);
    if (!more.ok()) return Answer(more.error());
    if (!*more) break;
    uint8_t header[dirent_at::kSize] = {};
    const GuestMemory record(header);
    record.Store<uint64_t>(dirent_at::kNext, entry.next);
    record.Store<uint64_t>(dirent_at::kIno, entry.inode);
    record.Store<uint32_t>(dirent_at::kNamlen, static_cast<uint32_t>(entry.name.size()));
    record.Store<uint8_t>(dirent_at::kType, static_cast<uint8_t>(entry.type));
    if (!append(header, sizeof header) || !append(entry.name.data(), entry.name.size())) break;
    d.cursor->Advance();
    if (Error e = call.context.waiter().Check(); !e.ok()) return Answer(e);
  }
  call.memory.Store<uint32_t>(used_at, static_cast<uint32_t>(used));
  return Success();
}

}  // namespace airwasm::wasi::p1
