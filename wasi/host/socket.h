// Sockets as WASI 0.1 knows them: accept on a listening socket that the embedder opened, receive,
// send, shut down.
#ifndef AIRWASM_WASI_HOST_SOCKET_H_
#define AIRWASM_WASI_HOST_SOCKET_H_

#include <cstdint>

#include "wasi/host/descriptor.h"
#include "wasi/host/file_io.h"
#include "wasi/host/interrupter.h"
#include "wasi/host/result.h"

namespace airwasm::wasi::host {

struct Received {
  size_t bytes;
  bool truncated;  // a datagram was longer than the buffers
};

// All of these: ENOTSOCK if the descriptor is no socket.
Result<Descriptor> Accept(Descriptor& listener, const Waiter& waiter, uint16_t flags);
Result<Received> Receive(Descriptor& d, const Waiter& waiter, IoVecs buffers, bool peek,
                         bool wait_all);
Result<size_t> Send(Descriptor& d, const Waiter& waiter, IoVecs buffers);
Error Shutdown(Descriptor& d, bool reading, bool writing);

}  // namespace airwasm::wasi::host

#endif  // AIRWASM_WASI_HOST_SOCKET_H_
