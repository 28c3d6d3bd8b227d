// Moving data through descriptors.
//
// What always holds: nothing here blocks outside of a Waiter, except regular files and block
// devices, whose transfers are cut into chunks with a look at the Interrupter between them. Rights
// are the caller's business; whether the object can do the operation at all is checked here.
#ifndef AIRWASM_WASI_HOST_FILE_IO_H_
#define AIRWASM_WASI_HOST_FILE_IO_H_

#include <sys/uio.h>

#include <cstdint>
#include <optional>
#include <span>

#include "wasi/host/descriptor.h"
#include "wasi/host/interrupter.h"
#include "wasi/host/result.h"

namespace airwasm::wasi::host {

using IoVecs = std::span<const iovec>;

// At most this many buffers in one call (Linux's UIO_MAXIOV).
inline constexpr size_t kMaxIoVecs = 1024;

// Reads what is there, at least one byte unless at end of file; waits for it unless the guest asked
// for kFdNonblock (EAGAIN). `offset` reads at a position and leaves the descriptor's own alone;
// ESPIPE on a stream.
Result<size_t> Read(Descriptor& d, const Waiter& waiter, IoVecs buffers,
                    std::optional<uint64_t> offset);

// Writes all of it, waiting for the reader as often as needed; with kFdNonblock, what goes without
// waiting. A write that fails after some bytes went reports those bytes.
// Where the descriptor has a meter, no more than that allows is written, and at its rate. A quota
// that is used up is EDQUOT; the meter then says that the guest ends.
Result<size_t> Write(Descriptor& d, const Waiter& waiter, IoVecs buffers,
                     std::optional<uint64_t> offset);

// Writes what goes at once to the end of a regular file, wherever that is by then.
Result<size_t> Append(Descriptor& d, IoVecs buffers);

// `whence` is SEEK_SET, SEEK_CUR or SEEK_END.
Result<uint64_t> Seek(Descriptor& d, int64_t offset, int whence);

Error Advise(Descriptor& d, uint64_t offset, uint64_t length, int advice);
Error Allocate(Descriptor& d, uint64_t offset, uint64_t length);
Error SetSize(Descriptor& d, uint64_t size);
Error Sync(Descriptor& d);
Error DataSync(Descriptor& d);
// kFdAppend and kFdNonblock can change; the synchronisation flags are fixed when a file is opened
// (ENOTSUP).
Error SetFlags(Descriptor& d, uint16_t flags);

// How many bytes a read would find now.
uint64_t BytesReadable(const Descriptor& d);

}  // namespace airwasm::wasi::host

#endif  // AIRWASM_WASI_HOST_FILE_IO_H_
