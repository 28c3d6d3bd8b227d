#include "wasi/host/fd_stream.h"

#include <limits.h>
#include <poll.h>

#include <algorithm>
#include <utility>

#include "wasi/host/file_io.h"

namespace airwasm::wasi::host {
namespace {

// What one call moves at most. A guest sees no difference, and an interruption does not have to
// wait for more.
constexpr uint64_t kFileBytes = uint64_t{1} << 20;

bool CanPoll(const Descriptor& d) {
  return d.is_stream();
}

// Is there something to report on `fd` at this moment?
bool PollNow(int fd, short events) {
  pollfd p = {.fd = fd, .events = events, .revents = 0};
  int n;
  do {
    n = poll(&p, 1, 0);
  } while (n < 0 && errno == EINTR);
  return n != 0;
}

Pollable::Interest InterestIn(const Descriptor& d, short events) {
  if (!CanPoll(d)) return {.deadline = 0};
  return {.fd = d.fd.get(), .events = events};
}

// A stream that has ended: once told why, it is closed.
class Ending {
 public:
  bool ended() const { return ended_; }
  StreamEnd End(StreamEnd why) {
    ended_ = true;
    return why;
  }

 private:
  bool ended_ = false;
};

class SequentialIn : public InputStream, Ending {
 public:
  SequentialIn(std::shared_ptr<Descriptor> d, const Waiter& waiter)
      : d_(std::move(d)), waiter_(waiter) {}

  bool Ready() override { return ended() || !CanPoll(*d_) || PollNow(d_->fd.get(), POLLIN); }
  Interest interest() override { return InterestIn(*d_, POLLIN); }

  std::optional<StreamEnd> Read(std::span<uint8_t> buffer, size_t* count) override {
    *count = 0;
    if (ended()) return StreamEnd::Closed();
    if (buffer.empty()) return std::nullopt;
    const iovec v = {.iov_base = buffer.data(), .iov_len = buffer.size()};
    Result<size_t> n = host::Read(*d_, waiter_, IoVecs(&v, 1), std::nullopt);
    if (n.ok() && *n > 0) {
      *count = *n;
      return std::nullopt;
    }
    if (n.ok()) return End(StreamEnd::Closed());
    // Whoever interrupts ends the guest at its next step.
    if (n.error().posix() == EAGAIN || n.error().interrupted()) return std::nullopt;
    return End(StreamEnd::Failed(n.error()));
  }
  uint64_t BytesReady() override { return ended() ? 0 : std::min(BytesReadable(*d_), kFileBytes); }

 private:
  const std::shared_ptr<Descriptor> d_;
  const Waiter& waiter_;
};

// What poll(2) calls writable takes PIPE_BUF bytes, unless someone else who writes there is faster;
// so what did not go after all is kept here until it does.
class SequentialOut : public OutputStream, Ending {
 public:
  SequentialOut(std::shared_ptr<Descriptor> d, const Waiter& waiter)
      : d_(std::move(d)), waiter_(waiter) {}

  bool Ready() override {
    if (ended()) return true;
    return RateAllows() && (!CanPoll(*d_) || PollNow(d_->fd.get(), POLLOUT));
  }
  Interest interest() override {
    if (d_->meter != nullptr) {
      const auto rate = d_->meter->AskOutputRate(PIPE_BUF);
      if (rate.bytes == 0) return {.deadline = rate.retry_at_ns};
    }
    return InterestIn(*d_, POLLOUT);
  }

  std::optional<StreamEnd> CheckWrite(uint64_t* permit) override {
    *permit = 0;
    if (auto end = Push()) return end;
    if (!pending_.empty()) return std::nullopt;
    if (!CanPoll(*d_)) {
      *permit = kFileBytes;
    } else if (PollNow(d_->fd.get(), POLLOUT)) {
      *permit = d_->kind == kKindC ? kFileBytes : uint64_t{PIPE_BUF};
    }
    // Its rate bounds what is permitted. A quota that is used up does not: it is the write that
    // goes beyond it.
    if (*permit != 0 && d_->meter != nullptr) *permit = d_->meter->AskOutputRate(*permit).bytes;
    return std::nullopt;
  }
  std::optional<StreamEnd> Write(std::span<const uint8_t> bytes) override {
    if (auto end = Push()) return end;
    if (pending_.empty()) {
      size_t gone = 0;
      if (auto end = WriteNow(bytes, &gone)) return end;
      bytes = bytes.subspan(gone);
    }
    pending_.insert(pending_.end(), bytes.begin(), bytes.end());
    return std::nullopt;
  }
  std::optional<StreamEnd> Flush() override { return Push(); }
  std::optional<StreamEnd> CheckFlush(bool* done) override {
    auto end = Push();
    *done = pending_.empty();
    return end;
  }

 private:
  bool RateAllows() const {
    return d_->meter == nullptr || d_->meter->AskOutputRate(PIPE_BUF).bytes != 0;
  }
  // Whatever goes of what is pending.
  std::optional<StreamEnd> Push() {
    if (ended()) return StreamEnd::Closed();
    if (pending_.empty()) return std::nullopt;
    size_t gone = 0;
    auto end = WriteNow(pending_, &gone);
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<ptrdiff_t>(gone));
    return end;
  }
  std::optional<StreamEnd> WriteNow(std::span<const uint8_t> bytes, size_t* gone) {
    if (bytes.empty()) return std::nullopt;
    const iovec v = {.iov_base = const_cast<uint8_t*>(bytes.data()), .iov_len = bytes.size()};
    Result<size_t> n = host::Write(*d_, waiter_, IoVecs(&v, 1), std::nullopt);
    if (n.ok()) {
      *gone = *n;
      return std::nullopt;
    }
    if (n.error().posix() == EAGAIN || n.error().interrupted()) return std::nullopt;
    pending_.clear();
    // No one reads any more: that is an end, not a failure.
    if (n.error().posix() == EPIPE) return End(StreamEnd::Closed());
    return End(StreamEnd::Failed(n.error()));
  }

  const std::shared_ptr<Descriptor> d_;
  const Waiter& waiter_;
  std::vector<uint8_t> pending_;
};

class FileIn : public InputStream, Ending {
 public:
  FileIn(std::shared_ptr<Descriptor> d, uint64_t offset, const Waiter& waiter)
      : d_(std::move(d)), offset_(offset), waiter_(waiter) {}

  bool Ready() override { return true; }
  Interest interest() override { return {.deadline = 0}; }

  std::optional<StreamEnd> Read(std::span<uint8_t> buffer, size_t* count) override {
    *count = 0;
    if (ended()) return StreamEnd::Closed();
    if (buffer.empty()) return std::nullopt;
    const iovec v = {.iov_base = buffer.data(), .iov_len = buffer.size()};
    Result<size_t> n = host::Read(*d_, waiter_, IoVecs(&v, 1), offset_);
    if (!n.ok()) {
      if (n.error().interrupted()) return std::nullopt;
      return End(StreamEnd::Failed(n.error()));
    }
    if (*n == 0) return StreamEnd::Closed();
    *count = *n;
    offset_ += *n;
    return std::nullopt;
  }
  std::optional<StreamEnd> Skip(uint64_t limit, uint64_t* count) override {
    const uint64_t left = Left();
    // Without a size that means anything there is nothing for it but to read.
    if (left == 0) return InputStream::Skip(limit, count);
    *count = std::min(limit, left);
    offset_ += *count;
    return std::nullopt;
  }
  uint64_t BytesReady() override { return std::min(Left(), kFileBytes); }

 private:
  uint64_t Left() const {
    struct stat st;
    if (ended() || fstat(d_->fd.get(), &st) != 0 || !S_ISREG(st.st_mode)) return 0;
    const auto size = static_cast<uint64_t>(std::max<off_t>(st.st_size, 0));
    return size > offset_ ? size - offset_ : 0;
  }

  const std::shared_ptr<Descriptor> d_;
  uint64_t offset_;
  const Waiter& waiter_;
};

class FileOut : public OutputStream, Ending {
 public:
  FileOut(std::shared_ptr<Descriptor> d, std::optional<uint64_t> offset, const Waiter& waiter)
      : d_(std::move(d)), offset_(offset), waiter_(waiter) {}

  bool Ready() override { return true; }
  Interest interest() override { return {.deadline = 0}; }

  std::optional<StreamEnd> CheckWrite(uint64_t* permit) override {
    *permit = ended() ? 0 : kFileBytes;
    if (ended()) return StreamEnd::Closed();
    return std::nullopt;
  }
  std::optional<StreamEnd> Write(std::span<const uint8_t> bytes) override {
    if (ended()) return StreamEnd::Closed();
    while (!bytes.empty()) {
      const iovec v = {.iov_base = const_cast<uint8_t*>(bytes.data()), .iov_len = bytes.size()};
      Result<size_t> n =
          offset_ ? host::Write(*d_, waiter_, IoVecs(&v, 1), offset_) : Append(*d_, IoVecs(&v, 1));
      if (!n.ok() && n.error().interrupted()) return std::nullopt;
      if (n.ok() && *n == 0) n = Error::Posix(ENOSPC);
      if (!n.ok()) return End(StreamEnd::Failed(n.error()));
      if (offset_) *offset_ += *n;
      bytes = bytes.subspan(*n);
    }
    return std::nullopt;
  }
  std::optional<StreamEnd> Flush() override {
    if (ended()) return StreamEnd::Closed();
    return std::nullopt;
  }

 private:
  const std::shared_ptr<Descriptor> d_;
  std::optional<uint64_t> offset_;  // none: at the end
  const Waiter& waiter_;
};

class NoInput : public InputStream {
 public:
  bool Ready() override { return true; }
  Interest interest() override { return {.deadline = 0}; }
  std::optional<StreamEnd> Read(std::span<uint8_t>, size_t* count) override {
    *count = 0;
    return StreamEnd::Closed();
  }
};

class NoOutput : public OutputStream {
 public:
  bool Ready() override { return true; }
  Interest interest() override { return {.deadline = 0}; }
  std::optional<StreamEnd> CheckWrite(uint64_t* permit) override {
    *permit = kFileBytes;
    return std::nullopt;
  }
  std::optional<StreamEnd> Write(std::span<const uint8_t>) override { return std::nullopt; }
  std::optional<StreamEnd> Flush() override { return std::nullopt; }
};

}  // namespace

std::shared_ptr<InputStream> SequentialInput(std::shared_ptr<Descriptor> d, const Waiter& waiter) {
  return std::make_shared<SequentialIn>(std::move(d), waiter);
}
std::shared_ptr<OutputStream> SequentialOutput(std::shared_ptr<Descriptor> d,
                                               const Waiter& waiter) {
  return std::make_shared<SequentialOut>(std::move(d), waiter);
}
std::shared_ptr<InputStream> FileInput(std::shared_ptr<Descriptor> d, uint64_t offset,
                                       const Waiter& waiter) {
  return std::make_shared<FileIn>(std::move(d), offset, waiter);
}
std::shared_ptr<OutputStream> FileOutput(std::shared_ptr<Descriptor> d, uint64_t offset,
                                         const Waiter& waiter) {
  return std::make_shared<FileOut>(std::move(d), offset, waiter);
}
std::shared_ptr<OutputStream> FileAppender(std::shared_ptr<Descriptor> d, const Waiter& waiter) {
  return std::make_shared<FileOut>(std::move(d), std::nullopt, waiter);
}
std::shared_ptr<InputStream> EmptyInput() {
  return std::make_shared<NoInput>();
}
std::shared_ptr<OutputStream> DiscardingOutput() {
  return std::make_shared<NoOutput>();
}

}  // namespace airwasm::wasi::host
