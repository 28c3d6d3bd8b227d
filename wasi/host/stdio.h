// Turning host descriptors that belong to someone else into guest descriptors: standard streams and
// listening sockets.
#ifndef AIRWASM_WASI_HOST_STDIO_H_
#define AIRWASM_WASI_HOST_STDIO_H_

#include "wasi/host/descriptor.h"
#include "wasi/host/result.h"

namespace airwasm::wasi::host {

enum class StreamUse { kRead, kWrite };

// Whether a description of its own is tried for. kAlways is what happens where the host refuses one
// (for tests).
enum class Sharing { kAvoid, kAlways };

// A guest stream on the object behind `host_fd`, which stays open and unchanged. Pipes and
// terminals get a description of their own where the host allows it, so that they can be
// non-blocking without that being felt by whoever shares them.
Result<Descriptor> AdoptStream(int host_fd, StreamUse use, Sharing sharing = Sharing::kAvoid);

// Reads nothing, swallows everything.
Result<Descriptor> NullStream(StreamUse use);

// A guest descriptor for a socket the embedder opened; `host_fd` stays the embedder's.
Result<Descriptor> AdoptSocket(int host_fd);

}  // namespace airwasm::wasi::host

#endif  // AIRWASM_WASI_HOST_STDIO_H_
