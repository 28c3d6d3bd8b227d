// wasi:filesystem/types: what is in files, through streams and at positions.
#include <fcntl.h>

#include <algorithm>
#include <tuple>

#include "airwasm/component_host_call.h"
#include "wasi/host/fd_stream.h"
#include "wasi/host/file_io.h"
#include "wasi/p2/filesystem.h"
#include "wasi/p2/io.h"

namespace airwasm::wasi::p2 {
namespace {

namespace right = host::right;
using component::canon::AllocateInGuest;
using component::canon::GuestBytes;

// What one call of `read` returns at most.
constexpr uint64_t kMaxReadBytes = uint64_t{16} << 20;
// What it reads of a file that does not know its size.
constexpr uint64_t kUnsizedReadBytes = 64 * 1024;

FileOutcome<Own<InputStream>> ReadViaStream(HostCall& call, Borrow<Descriptor> self,
                                            uint64_t offset) {
  Context& context = Context::Of(call);
  const std::shared_ptr<host::Descriptor>& file = Context::Get(self).file;
  if (const auto why = CannotTransfer(*file, right::kFdRead)) return Fail<Own<InputStream>>(*why);
  const std::shared_ptr<const host::Access> access(file, &file->access);
  return HandOut(context, std::make_unique<InputStream>(
                              file->is_stream() ? host::SequentialInput(file, context.waiter())
                                                : host::FileInput(file, offset, context.waiter()),
                              access));
}

// `offset`: none to append.
FileOutcome<Own<OutputStream>> WriteViaStream(HostCall& call, Borrow<Descriptor> self,
                                              std::optional<uint64_t> offset) {
  Context& context = Context::Of(call);
  const std::shared_ptr<host::Descriptor>& file = Context::Get(self).file;
  const host::Use use = offset || file->is_stream() ? host::Use::kWrite : host::Use::kAppend;
  if (file->is_directory()) return Fail<Own<OutputStream>>(FileError::kIsDirectory);
  if (!file->Has(right::kFdWrite)) return Fail<Own<OutputStream>>(FileError::kBadDescriptor);
  if (!file->access.Check(use).ok()) return Fail<Own<OutputStream>>(FileError::kAccess);
  std::shared_ptr<host::OutputStream> stream;
  if (file->is_stream()) {
    stream = host::SequentialOutput(file, context.waiter());
  } else if (offset) {
    stream = host::FileOutput(file, *offset, context.waiter());
  } else {
    stream = host::FileAppender(file, context.waiter());
  }
  return HandOut(context, std::make_unique<OutputStream>(
                              std::move(stream),
                              std::shared_ptr<const host::Access>(file, &file->access), use));
}

using ReadResult = std::tuple<GuestBytes, bool>;

FileOutcome<ReadResult> Read(HostCall& call, Borrow<Descriptor> self, uint64_t length,
                             uint64_t offset) {
  Context& context = Context::Of(call);
  host::Descriptor& file = *Context::Get(self).file;
  if (const auto why = CannotTransfer(file, right::kFdRead)) return Fail<ReadResult>(*why);
  struct stat st;
  if (fstat(file.fd.get(), &st) != 0) return Fail<ReadResult>(host::Error::Last());
  // No more is allocated than there is to read; where size says nothing, as in /proc, a little.
  const auto size = static_cast<uint64_t>(std::max<off_t>(st.st_size, 0));
  const bool sized = S_ISREG(st.st_mode) && size != 0;
  const uint64_t left = !sized ? kUnsizedReadBytes : size > offset ? size - offset : 0;
  const uint64_t wanted = std::min({length, left, kMaxReadBytes});
  GuestBytes list;
  absl::StatusOr<std::span<uint8_t>> room = AllocateInGuest(call, wanted, &list.address);
  if (!room.ok()) return room.status();
  const iovec v = {.iov_base = room->data(), .iov_len = wanted};
  host::Result<size_t> n = host::Read(file, context.waiter(), host::IoVecs(&v, 1),
                                      std::min<uint64_t>(offset, INT64_MAX - wanted));
  if (!n.ok()) return Fail<ReadResult>(n.error());
  list.count = *n;
  if (absl::Status status = component::canon::ShrinkInGuest(call, wanted, &list); !status.ok())
    return status;
  const bool at_end = length != 0 && (sized ? offset + *n >= size : *n == 0);
  return Succeed(ReadResult(list, at_end));
}

FileOutcome<uint64_t> Write(HostCall& call, Borrow<Descriptor> self,
                            std::span<const uint8_t> buffer, uint64_t offset) {
  host::Descriptor& file = *Context::Get(self).file;
  if (const auto why = CannotTransfer(file, right::kFdWrite)) return Fail<uint64_t>(*why);
  const iovec v = {.iov_base = const_cast<uint8_t*>(buffer.data()), .iov_len = buffer.size()};
  host::Result<size_t> n =
      host::Write(file, Context::Of(call).waiter(), host::IoVecs(&v, 1), offset);
  if (!n.ok()) return Fail<uint64_t>(n.error());
  return Succeed(uint64_t{*n});
}

// enum advice
enum class Advice : uint8_t { kNormal, kSequential, kRandom, kWillNeed, kDontNeed, kNoReuse };
AIRWASM_ENUM(Advice, 6);

int ToPosix(Advice advice) {
  switch (advice) {
    case Advice::kNormal:
      return POSIX_FADV_NORMAL;
    case Advice::kSequential:
      return POSIX_FADV_SEQUENTIAL;
    case Advice::kRandom:
      return POSIX_FADV_RANDOM;
    case Advice::kWillNeed:
      return POSIX_FADV_WILLNEED;
    case Advice::kDontNeed:
      return POSIX_FADV_DONTNEED;
    case Advice::kNoReuse:
      return POSIX_FADV_NOREUSE;
  }
  return POSIX_FADV_NORMAL;
}

// Only what was opened for writing has anything to bring to the disk; of a directory, its entries.
FileOutcome<std::monostate> Sync(Borrow<Descriptor> self, host::Error (*sync)(host::Descriptor&)) {
  host::Descriptor& file = *Context::Get(self).file;
  if (!file.is_directory() && !file.Has(right::kFdWrite)) return Succeed(std::monostate());
  if (const auto why = Denied(file, right::kFdSync)) return Fail<std::monostate>(*why);
  return Finish(sync(file));
}

}  // namespace

void DefineFileData(Interface& types) {
  types
      .Func("[method]descriptor.read-via-stream",
            [](HostCall& call, Borrow<Descriptor> self, uint64_t offset) {
              return ReadViaStream(call, self, offset);
            })
      .Func("[method]descriptor.write-via-stream",
            [](HostCall& call, Borrow<Descriptor> self, uint64_t offset) {
              return WriteViaStream(call, self, offset);
            })
      .Func("[method]descriptor.append-via-stream",
            [](HostCall& call, Borrow<Descriptor> self) {
              return WriteViaStream(call, self, std::nullopt);
            })
      .Func("[method]descriptor.read",
            [](HostCall& call, Borrow<Descriptor> self, uint64_t length, uint64_t offset) {
              return Read(call, self, length, offset);
            })
      .Func("[method]descriptor.write",
            [](HostCall& call, Borrow<Descriptor> self, std::span<const uint8_t> buffer,
               uint64_t offset) { return Write(call, self, buffer, offset); })
      .Func(
          "[method]descriptor.advise",
          [](Borrow<Descriptor> self, uint64_t offset, uint64_t length, Advice advice) {
            if (const auto why = Denied(*Context::Get(self).file, right::kFdAdvise))
              return Fail<std::monostate>(*why);
            return Finish(host::Advise(*Context::Get(self).file, offset, length, ToPosix(advice)));
          })
      .Func("[method]descriptor.sync-data",
            [](Borrow<Descriptor> self) { return Sync(self, host::DataSync); })
      .Func("[method]descriptor.sync",
            [](Borrow<Descriptor> self) { return Sync(self, host::Sync); })
      .Func("[method]descriptor.set-size", [](Borrow<Descriptor> self, uint64_t size) {
        host::Descriptor& file = *Context::Get(self).file;
        if (const auto why = CannotTransfer(file, right::kFdFilestatSetSize))
          return Fail<std::monostate>(*why);
        return Finish(host::SetSize(file, size));
      });
}

}  // namespace airwasm::wasi::p2
