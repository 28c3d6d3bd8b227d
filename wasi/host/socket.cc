#include "wasi/host/socket.h"

#include <sys/socket.h>

#include <algorithm>
#include <vector>

namespace airwasm::wasi::host {
namespace {

Error CheckSocket(const Descriptor& d) {
  return d.is_socket() ? Error() : Error::Posix(ENOTSOCK);
}

Deadline WaitLimit(const Descriptor& d) {
  return (d.flags & kFdNonblock) != 0 ? 0 : kNever;
}

}  // namespace

Result<Descriptor> Accept(Descriptor& listener, const Waiter& waiter, uint16_t flags) {
  if (Error e = CheckSocket(listener); !e.ok()) return e;
  while (true) {
    // Waiting comes first: the embedder may have given us a listener that blocks.
    Result<bool> ready = waiter.WaitReadable(listener.fd.get(), WaitLimit(listener));
    if (!ready.ok()) return ready.error();
    if (!*ready) return Error::Posix(EAGAIN);
    UniqueFd fd(accept4(listener.fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd.valid()) {
      return Describe(std::move(fd), RightsFor(kKindS) & ~right::kSockAccept, 0,
                      flags & kFdNonblock);
    }
    if (errno != EINTR && errno != EAGAIN && errno != ECONNABORTED) return Error::Last();
  }
}

Result<Received> Receive(Descriptor& d, const Waiter& waiter, IoVecs buffers, bool peek,
                         bool wait_all) {
  if (Error e = CheckSocket(d); !e.ok()) return e;
  std::vector<iovec> left(buffers.begin(), buffers.end());
  size_t wanted = 0;
  for (const iovec& v : left) wanted += v.iov_len;
  Received received = {.bytes = 0, .truncated = false};
  size_t first = 0;
  while (true) {
    msghdr message = {};
    message.msg_iov = left.data() + first;
    message.msg_iovlen = left.size() - first;
    const ssize_t n = recvmsg(d.fd.get(), &message, MSG_DONTWAIT | (peek ? MSG_PEEK : 0));
    if (n >= 0) {
      received.bytes += static_cast<size_t>(n);
      received.truncated = (message.msg_flags & MSG_TRUNC) != 0;
      // A peek cannot be continued: it would see the same bytes again.
      const bool more = wait_all && !peek && n > 0 && received.bytes < wanted &&
                        d.type == FileType::kSocketStream;
      if (!more) return received;
      size_t skip = static_cast<size_t>(n);
      while (first < left.size() && skip >= left[first].iov_len) skip -= left[first++].iov_len;
      if (first < left.size()) {
        left[first].iov_base = static_cast<char*>(left[first].iov_base) + skip;
        left[first].iov_len -= skip;
      }
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return received.bytes > 0 ? Result<Received>(received) : Error::Last();
    Result<bool> ready = waiter.WaitReadable(d.fd.get(), WaitLimit(d));
    if (!ready.ok()) return ready.error();
    if (!*ready) return received.bytes > 0 ? Result<Received>(received) : Error::Posix(EAGAIN);
  }
}

Result<size_t> Send(Descriptor& d, const Waiter& waiter, IoVecs buffers) {
  if (Error e = CheckSocket(d); !e.ok()) return e;
  return Write(d, waiter, buffers, std::nullopt);
}

Error Shutdown(Descriptor& d, bool reading, bool writing) {
  if (Error e = CheckSocket(d); !e.ok()) return e;
  if (!reading && !writing) return Error::Posix(EINVAL);
  const int how = reading ? (writing ? SHUT_RDWR : SHUT_RD) : SHUT_WR;
  return shutdown(d.fd.get(), how) == 0 ? Error() : Error::Last();
}

}  // namespace airwasm::wasi::host
