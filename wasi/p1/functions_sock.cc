// Functions on sockets.
#include <utility>

#include "wasi/host/socket.h"
#include "wasi/p1/call.h"

namespace airwasm::wasi::p1 {
namespace {

namespace right = host::right;
using host::Descriptor;
using host::Error;
using host::Result;

// An open socket with `rights`; being none at all is said first.
Result<Descriptor*> GetSocket(const Call& call, uint32_t fd, host::Rights rights) {
  Descriptor* d = call.context.descriptors().Find(fd);
  if (d != nullptr && !d->is_socket()) return Error::Posix(ENOTSOCK);
  return Get(call, fd, rights);
}

}  // namespace

P1Result SockAccept(const Call& call) {
  const uint32_t flags = call.I32(1);
  const uint32_t out = call.I32(2);
  if ((flags & ~uint32_t{host::kFdNonblock}) != 0) return Answer(Errno::kInval);
  if (!call.memory.Contains(out, sizeof(uint32_t))) return Answer(Errno::kFault);
  Result<Descriptor*> listener = GetSocket(call, call.I32(0), right::kSockAccept);
  if (!listener.ok()) return Answer(listener.error());
  if (DescriptorsAreFull(call)) return Answer(Errno::kMfile);
  Result<Descriptor> accepted =
      host::Accept(**listener, call.context.waiter(), static_cast<uint16_t>(flags));
  if (!accepted.ok()) return Answer(accepted.error());
  accepted->access =
      host::Access::Granted(call.context.guard(), host::kNetCapabilities, "an accepted connection");
  Result<uint32_t> fd = call.context.descriptors().Insert(std::move(*accepted));
  if (!fd.ok()) return Answer(fd.error());
  call.memory.Store<uint32_t>(out, *fd);
  return Success();
}

P1Result SockRecv(const Call& call) {
  const uint32_t flags = call.I32(3);
  const uint32_t bytes_at = call.I32(4);
  const uint32_t flags_at = call.I32(5);
  if ((flags & ~(kRecvPeek | kRecvWaitall)) != 0) return Answer(Errno::kInval);
  if (!call.memory.Contains(bytes_at, sizeof(uint32_t)) ||
      !call.memory.Contains(flags_at, sizeof(uint16_t))) {
    return Answer(Errno::kFault);
  }
  Result<Buffers> buffers = GetBuffers(call, call.I32(1), call.I32(2));
  if (!buffers.ok()) return Answer(buffers.error());
  Result<Descriptor*> d = GetSocket(call, call.I32(0), right::kFdRead);
  if (!d.ok()) return Answer(d.error());
  Result<host::Received> received =
      host::Receive(**d, call.context.waiter(), host::IoVecs(buffers->data(), buffers->size()),
                    (flags & kRecvPeek) != 0, (flags & kRecvWaitall) != 0);
  if (!received.ok()) return Answer(received.error());
  call.memory.Store<uint32_t>(bytes_at, static_cast<uint32_t>(received->bytes));
  call.memory.Store<uint16_t>(flags_at, received->truncated ? kRecvDataTruncated : 0);
  return Success();
}

P1Result SockSend(const Call& call) {
  const uint32_t bytes_at = call.I32(4);
  // No flags are defined.
  if (call.I32(3) != 0) return Answer(Errno::kInval);
  if (!call.memory.Contains(bytes_at, sizeof(uint32_t))) return Answer(Errno::kFault);
  Result<Buffers> buffers = GetBuffers(call, call.I32(1), call.I32(2));
  if (!buffers.ok()) return Answer(buffers.error());
  Result<Descriptor*> d = GetSocket(call, call.I32(0), right::kFdWrite);
  if (!d.ok()) return Answer(d.error());
  Result<size_t> sent =
      host::Send(**d, call.context.waiter(), host::IoVecs(buffers->data(), buffers->size()));
  if (!sent.ok()) return Answer(sent.error());
  call.memory.Store<uint32_t>(bytes_at, static_cast<uint32_t>(*sent));
  return Success();
}

P1Result SockShutdown(const Call& call) {
  const uint32_t how = call.I32(1);
  if ((how & ~(kShutdownRead | kShutdownWrite)) != 0) return Answer(Errno::kInval);
  Result<Descriptor*> d = GetSocket(call, call.I32(0), right::kSockShutdown);
  if (!d.ok()) return Answer(d.error());
  return Answer(host::Shutdown(**d, (how & kShutdownRead) != 0, (how & kShutdownWrite) != 0));
}

}  // namespace airwasm::wasi::p1
