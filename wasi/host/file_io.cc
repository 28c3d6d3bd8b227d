#include "wasi/host/file_io.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>

namespace airwasm::wasi::host {
namespace {

// Regular files: an interruption waits for at most this many bytes.
constexpr size_t kFileChunkBytes = size_t{4} << 20;
// Streams: one read hands over at most this much (an endless device would fill any buffer).
constexpr size_t kStreamReadBytes = size_t{1} << 20;

// Writing to a pipe that nobody reads raises SIGPIPE, which would end the embedder. Held back for
// the duration of one write, and taken off the thread if that write caused it.
class SigpipeGuard {
 public:
  SigpipeGuard() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~SigpipeGuard() {
    const int saved = errno;
    // If the embedder blocks the signal itself, one may have been pending before us, and none of
    // them hurts.
    if (broken_ && sigismember(&before_, SIGPIPE) == 0) {
      const timespec now = {};
      while (sigtimedwait(&pipe_, nullptr, &now) < 0 && errno == EINTR) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = saved;
  }
  ssize_t Wrote(ssize_t n) {
    broken_ = n < 0 && errno == EPIPE;
    return n;
  }

 private:
  sigset_t pipe_, before_;
  bool broken_ = false;
};

size_t TotalBytes(IoVecs buffers) {
  size_t total = 0;
  for (const iovec& v : buffers) total += v.iov_len;
  return total;
}

// The part of a list of buffers that is still to be transferred, at most `limit` bytes at a time.
class Remaining {
 public:
  explicit Remaining(IoVecs buffers) : buffers_(buffers) {}

  IoVecs Next(size_t limit) {
    size_t count = 0;
    size_t skip = skip_;
    for (size_t i = index_; i < buffers_.size() && limit > 0; ++i) {
      const size_t bytes = std::min(buffers_[i].iov_len - skip, limit);
      if (bytes > 0) chunk_[count++] = {static_cast<char*>(buffers_[i].iov_base) + skip, bytes};
      limit -= bytes;
      skip = 0;
    }
    return {chunk_.data(), count};
  }

  void Advance(size_t bytes) {
    while (index_ < buffers_.size() && bytes >= buffers_[index_].iov_len - skip_) {
      bytes -= buffers_[index_].iov_len - skip_;
      ++index_;
      skip_ = 0;
    }
    skip_ += bytes;
  }

 private:
  IoVecs buffers_;
  size_t index_ = 0;
  size_t skip_ = 0;
  std::array<iovec, kMaxIoVecs> chunk_;
};

enum class Direction { kRead, kWrite };

ssize_t Transfer(Direction direction, int fd, IoVecs v, std::optional<uint64_t> offset) {
  const int count = static_cast<int>(v.size());
  if (direction == Direction::kRead) {
    return offset ? preadv(fd, v.data(), count, static_cast<off_t>(*offset))
                  : readv(fd, v.data(), count);
  }
  return offset ? pwritev(fd, v.data(), count, static_cast<off_t>(*offset))
                : writev(fd, v.data(), count);
}

// Waits until a transfer has a chance. On a descriptor that can block in the kernel this must come
// before the transfer, on the others it follows an EAGAIN.
Error WaitFor(Direction direction, const Descriptor& d, const Waiter& waiter) {
  const Deadline deadline = (d.flags & kFdNonblock) != 0 ? 0 : kNever;
  Result<bool> ready = direction == Direction::kRead ? waiter.WaitReadable(d.fd.get(), deadline)
                                                     : waiter.WaitWritable(d.fd.get(), deadline);
  if (!ready.ok()) return ready.error();
  return *ready ? Error() : Error::Posix(EAGAIN);
}

// One transfer of a file. Some of what calls itself a regular file makes its reader wait (in /proc
// and in tracing file systems); those are open non-blocking too, and say EAGAIN.
Result<size_t> TransferOnce(Direction direction, const Descriptor& d, const Waiter& waiter,
                            IoVecs buffers, std::optional<uint64_t> offset) {
  while (true) {
    const ssize_t n = Transfer(direction, d.fd.get(), buffers, offset);
    if (n >= 0) return static_cast<size_t>(n);
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return Error::Last();
    if (Error e = WaitFor(direction, d, waiter); !e.ok()) return e;
    if ((d.flags & kFdNonblock) != 0) return Error::Posix(EAGAIN);
  }
}

Result<size_t> TransferFile(Direction direction, Descriptor& d, const Waiter& waiter,
                            IoVecs buffers, std::optional<uint64_t> offset) {
  const size_t total = TotalBytes(buffers);
  if (offset && *offset > static_cast<uint64_t>(std::numeric_limits<off_t>::max()) - total) {
    return Error::Posix(EINVAL);
  }
  if (total <= kFileChunkBytes) return TransferOnce(direction, d, waiter, buffers, offset);
  Remaining remaining(buffers);
  size_t done = 0;
  while (done < total) {
    if (Error e = waiter.Check(); !e.ok()) return e;
    const size_t wanted = std::min(kFileChunkBytes, total - done);
    Result<size_t> n = TransferOnce(direction, d, waiter, remaining.Next(wanted), offset);
    if (!n.ok() && done > 0 && !n.error().interrupted()) break;
    if (!n.ok()) return n;
    done += *n;
    if (offset) *offset += *n;
    remaining.Advance(*n);
    if (*n < wanted) break;
  }
  return done;
}

ssize_t TransferStream(Direction direction, const Descriptor& d, IoVecs v) {
  if (d.is_socket()) {
    msghdr message = {};
    message.msg_iov = const_cast<iovec*>(v.data());
    message.msg_iovlen = v.size();
    return direction == Direction::kRead
               ? recvmsg(d.fd.get(), &message, MSG_DONTWAIT)
               : sendmsg(d.fd.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  if (direction == Direction::kWrite && d.kind == kKindP) {
    SigpipeGuard guard;
    return guard.Wrote(Transfer(direction, d.fd.get(), v, std::nullopt));
  }
  return Transfer(direction, d.fd.get(), v, std::nullopt);
}

Result<size_t> TransferStreams(Direction direction, Descriptor& d, const Waiter& waiter,
                               IoVecs buffers) {
  if (Error e = waiter.Check(); !e.ok()) return e;
  const size_t total = TotalBytes(buffers);
  if (total == 0 && !d.is_socket()) return size_t{0};
  const bool can_block = !d.nonblocking && !d.is_socket();
  // poll(2) promises room for PIPE_BUF bytes, no more: a larger write to a blocking description
  // could hang.
  size_t limit = direction == Direction::kRead ? kStreamReadBytes : kFileChunkBytes;
  if (can_block && direction == Direction::kWrite && d.kind != kKindC) limit = PIPE_BUF;
  // A datagram is one message, and cannot be sent in pieces.
  if (d.type == FileType::kSocketDgram) limit = std::numeric_limits<size_t>::max();
  Remaining remaining(buffers);
  size_t done = 0;
  bool wait_first = can_block;
  while (true) {
    Error error;
    if (wait_first) error = WaitFor(direction, d, waiter);
    if (error.ok()) {
      const ssize_t n = TransferStream(direction, d, remaining.Next(limit));
      if (n >= 0) {
        done += static_cast<size_t>(n);
        remaining.Advance(static_cast<size_t>(n));
        // A device that takes nothing, and says so without an error, would keep us here.
        if (direction == Direction::kRead || done >= total || n == 0) return done;
        if (Error e = waiter.Check(); !e.ok()) return e;
        continue;
      }
      error = Error::Last();
      if (error.posix() == EINTR) continue;
      if (error.posix() == EAGAIN && !wait_first) {
        error = WaitFor(direction, d, waiter);
        if (error.ok()) continue;
      } else if (error.posix() == EAGAIN && (d.flags & kFdNonblock) == 0) {
        continue;  // Someone else took what poll(2) saw.
      }
    }
    // What already went is not undone by what comes after; except that an interrupted guest never
    // continues.
    if (done > 0 && !error.interrupted()) return done;
    return error;
  }
}

Error CheckData(const Descriptor& d) {
  return d.is_directory() ? Error::Posix(EISDIR) : Error();
}

Result<size_t> WriteAll(Descriptor& d, const Waiter& waiter, IoVecs buffers,
                        std::optional<uint64_t> offset) {
  if (!d.is_stream()) return TransferFile(Direction::kWrite, d, waiter, buffers, offset);
  return TransferStreams(Direction::kWrite, d, waiter, buffers);
}

// In pieces as large as the meter allows; between them the guest waits, unless it asked not to.
Result<size_t> WriteMetered(Descriptor& d, const Waiter& waiter, IoVecs buffers,
                            std::optional<uint64_t> offset) {
  const size_t total = TotalBytes(buffers);
  Remaining remaining(buffers);
  size_t done = 0;
  while (done < total) {
    const security::Meter::OutputPermit permit = d.meter->AskOutput(total - done);
    if (permit.breach) return Error::Posix(EDQUOT);
    if (permit.bytes == 0) {
      if ((d.flags & kFdNonblock) != 0) break;
      if (Error e = waiter.Sleep(permit.retry_at_ns); !e.ok()) return e;
      continue;
    }
    Result<size_t> n = WriteAll(d, waiter, remaining.Next(permit.bytes), offset);
    if (!n.ok() && done > 0 && !n.error().interrupted()) return done;
    if (!n.ok()) return n;
    d.meter->CountOutput(*n);
    done += *n;
    if (offset) *offset += *n;
    remaining.Advance(*n);
    if (*n < permit.bytes) break;
  }
  if (done == 0 && total != 0) return Error::Posix(EAGAIN);
  return done;
}

Error FromCall(int result) {
  return result == 0 ? Error() : Error::Last();
}

}  // namespace

Result<size_t> Read(Descriptor& d, const Waiter& waiter, IoVecs buffers,
                    std::optional<uint64_t> offset) {
  if (Error e = CheckData(d); !e.ok()) return e;
  if (!d.is_stream()) return TransferFile(Direction::kRead, d, waiter, buffers, offset);
  if (offset) return Error::Posix(ESPIPE);
  return TransferStreams(Direction::kRead, d, waiter, buffers);
}

Result<size_t> Write(Descriptor& d, const Waiter& waiter, IoVecs buffers,
                     std::optional<uint64_t> offset) {
  if (Error e = CheckData(d); !e.ok()) return e;
  if (offset && d.is_stream()) return Error::Posix(ESPIPE);
  if (d.meter != nullptr) return WriteMetered(d, waiter, buffers, offset);
  return WriteAll(d, waiter, buffers, offset);
}

Result<size_t> Append(Descriptor& d, IoVecs buffers) {
  if (Error e = CheckData(d); !e.ok()) return e;
  if (d.is_stream()) return Error::Posix(ESPIPE);
  while (true) {
    // The position does not count, and stays: 0, not -1, which would move the descriptor's own.
    const ssize_t n =
        pwritev2(d.fd.get(), buffers.data(), static_cast<int>(buffers.size()), 0, RWF_APPEND);
    if (n >= 0) return static_cast<size_t>(n);
    if (errno != EINTR) return Error::Last();
  }
}

Result<uint64_t> Seek(Descriptor& d, int64_t offset, int whence) {
  if (Error e = CheckData(d); !e.ok()) return e;
  if (d.is_stream() && d.kind != kKindC) return Error::Posix(ESPIPE);
  const off_t position = lseek(d.fd.get(), offset, whence);
  if (position < 0) return Error::Last();
  return static_cast<uint64_t>(position);
}

Error Advise(Descriptor& d, uint64_t offset, uint64_t length, int advice) {
  if (Error e = CheckData(d); !e.ok()) return e;
  if (offset > static_cast<uint64_t>(INT64_MAX) || length > static_cast<uint64_t>(INT64_MAX)) {
    return Error::Posix(EINVAL);
  }
  return Error::Posix(
      posix_fadvise(d.fd.get(), static_cast<off_t>(offset), static_cast<off_t>(length), advice));
}

Error Allocate(Descriptor& d, uint64_t offset, uint64_t length) {
  if (Error e = CheckData(d); !e.ok()) return e;
  if (offset > static_cast<uint64_t>(INT64_MAX) || length > static_cast<uint64_t>(INT64_MAX)) {
    return Error::Posix(EINVAL);
  }
  // Not posix_fallocate: where the file system lacks the call, that writes zeros for as long as it
  // takes.
  int result;
  do {
    result = fallocate(d.fd.get(), 0, static_cast<off_t>(offset), static_cast<off_t>(length));
  } while (result != 0 && errno == EINTR);
  return FromCall(result);
}

Error SetSize(Descriptor& d, uint64_t size) {
  if (Error e = CheckData(d); !e.ok()) return e;
  if (size > static_cast<uint64_t>(INT64_MAX)) return Error::Posix(EINVAL);
  return FromCall(ftruncate(d.fd.get(), static_cast<off_t>(size)));
}

Error Sync(Descriptor& d) {
  // Nothing to write back is not an error on an object that has no storage.
  const Error e = FromCall(fsync(d.fd.get()));
  return d.is_stream() && e.posix() == EINVAL ? Error() : e;
}

Error DataSync(Descriptor& d) {
  const Error e = FromCall(fdatasync(d.fd.get()));
  return d.is_stream() && e.posix() == EINVAL ? Error() : e;
}

Error SetFlags(Descriptor& d, uint16_t flags) {
  const uint16_t changed = flags ^ d.flags;
  if ((changed & (kFdDsync | kFdRsync | kFdSync)) != 0) return Error::Posix(ENOTSUP);
  if ((changed & kFdAppend) != 0) {
    // The description is someone else's too: appending would start for them as well.
    if (d.shared) return Error::Posix(ENOTSUP);
    const int host = fcntl(d.fd.get(), F_GETFL);
    if (host < 0) return Error::Last();
    const int wanted = (flags & kFdAppend) != 0 ? host | O_APPEND : host & ~O_APPEND;
    if (fcntl(d.fd.get(), F_SETFL, wanted) != 0) return Error::Last();
  }
  d.flags = flags;
  return Error();
}

uint64_t BytesReadable(const Descriptor& d) {
  if (!d.is_stream()) {
    struct stat st;
    const off_t position = lseek(d.fd.get(), 0, SEEK_CUR);
    if (position < 0 || fstat(d.fd.get(), &st) != 0) return 0;
    return st.st_size > position ? static_cast<uint64_t>(st.st_size - position) : 0;
  }
  int bytes = 0;
  if (ioctl(d.fd.get(), FIONREAD, &bytes) != 0 || bytes < 0) return 0;
  return static_cast<uint64_t>(bytes);
}

}  // namespace airwasm::wasi::host
