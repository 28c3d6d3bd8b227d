// Streams and what a guest can wait for, as WASI 0.2 and later know them: nothing here ever blocks.
//
// A guest that has to wait waits for Pollables in one place, a PollSet (poll_set.h). An operation
// takes what is there and says so; a stream that ended or failed says that for ever after, except
// that a file may have grown since its end was read.
// Threads: the guest's, except where a class says otherwise.
// Spec: wasi:io/poll, wasi:io/streams.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "wasi/host/interrupter.h"
#include "wasi/host/result.h"

namespace airwasm::wasi::host {

// Something that becomes ready.
class Pollable {
 public:
  // What a wait looks at while it is not ready: a descriptor, a moment, or neither: then whoever
  // makes it ready calls Wakeup::Notify.
  struct Interest {
    int fd = -1;
    short events = 0;  // of poll(2)
    Deadline deadline = kNever;
  };

  virtual ~Pollable() = default;
  virtual bool Ready() = 0;
  virtual Interest interest() = 0;
};

// Why a stream failed. What the interfaces say of it beyond its text (an error code of files, of
// HTTP) is found by the type.
struct StreamError {
  explicit StreamError(std::string message) : message(std::move(message)) {}
  virtual ~StreamError() = default;
  std::string message;
};
struct PosixStreamError : StreamError {
  explicit PosixStreamError(int error);
  int error;
};

// How a stream operation ended if not well: `error` is null when the stream has come to its end.
struct StreamEnd {
  std::shared_ptr<const StreamError> error;
  bool closed() const { return error == nullptr; }

  static StreamEnd Closed() { return {}; }
  static StreamEnd Failed(std::shared_ptr<const StreamError> e) { return {std::move(e)}; }
  static StreamEnd Failed(Error e);
};

// Both are pollable: an input when there is something to read, its end included; an output when it
// takes bytes, its failure included.
class InputStream : public Pollable {
 public:
  // Up to `buffer.size()` bytes that are there now; 0 if none are.
  virtual std::optional<StreamEnd> Read(std::span<uint8_t> buffer, size_t* count) = 0;
  // The same without a buffer. 0 if nothing is there.
  virtual std::optional<StreamEnd> Skip(uint64_t limit, uint64_t* count);
  // A good size for the next buffer, at most `limit`: saves allocating for a guest's wish of
  // gigabytes.
  virtual size_t SizeHint(uint64_t limit);
  // How many bytes a Read would find, as far as that is known without reading; 0 if it is not. Who
  // knows can provide the very memory where the bytes belong.
  virtual uint64_t BytesReady() { return 0; }
};

class OutputStream : public Pollable {
 public:
  // How many bytes Write takes now.
  virtual std::optional<StreamEnd> CheckWrite(uint64_t* permit) = 0;
  // `bytes` are no more than the last CheckWrite permitted; all are taken.
  virtual std::optional<StreamEnd> Write(std::span<const uint8_t> bytes) = 0;
  // Starts to push out what was taken; CheckWrite permits nothing until that is done.
  virtual std::optional<StreamEnd> Flush() = 0;
  // Is everything out that was taken before Flush? Ready() says when to ask again.
  virtual std::optional<StreamEnd> CheckFlush(bool* done);
};

}  // namespace airwasm::wasi::host
