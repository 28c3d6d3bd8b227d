// A body on its way between a guest's thread and the network's: bytes, then trailers or an error.
//
// Bounded: who writes asks for room first and is told when there is some again. Each end has a
// listener, which is called (on the other end's thread) only after that end found nothing to do.
// Threads: each end on its own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "wasi/http/fields.h"
#include "wasi/http/http_error.h"

namespace airwasm::wasi::http {

class BodyPipe {
 public:
  static constexpr size_t kCapacityBytes = 128 * 1024;

  void SetReaderListener(std::function<void()> listener);
  void SetWriterListener(std::function<void()> listener);

  // --- the writing end ---

  // How much more there is room for; the listener says when 0 is no longer true.
  size_t Room();
  // More than there was room for is taken too: the network's end comes with what it has read.
  void Write(std::string_view bytes);
  // Nothing more follows. Only the first of these counts.
  void Finish(std::optional<Fields> trailers = std::nullopt);
  void Fail(HttpError error);
  // The reader wants no more; what is written vanishes.
  bool reader_gone() const;
  uint64_t written() const;
  bool ended() const;  // Finish or Fail has been called

  // --- the reading end ---

  enum class State : uint8_t {
    kOpen,
    kFinished,  // and everything was read
    kFailed,    // whatever was there before
  };
  // Up to `buffer.size()` bytes; 0 of kOpen: none now, the listener will say.
  State Read(std::span<uint8_t> buffer, size_t* count);
  State Skip(uint64_t limit, uint64_t* count);
  // All that is there, appended to `*out` after its size.
  State ReadAll(std::string* out);
  // Is there something to read, the end included? If not, the listener will say.
  bool Readable();
  // How many bytes can be read now, and, if the end is known, that it is all.
  size_t available() const;
  std::optional<size_t> remaining() const;
  // Nothing more is wanted.
  void Close();
  // Once Read has said so.
  HttpError error() const;
  std::optional<Fields> trailers() const;

 private:
  State StateNow() const;
  void Consume(size_t count);
  // Whom to call after the lock is gone.
  std::function<void()> TakeReader();
  std::function<void()> TakeWriter();

  mutable std::mutex mutex_;
  std::string bytes_;
  size_t start_ = 0;  // of what was not yet read
  uint64_t written_ = 0;
  bool finished_ = false;
  bool closed_ = false;
  bool reader_waits_ = false;
  bool writer_waits_ = false;
  std::optional<HttpError> error_;
  std::optional<Fields> trailers_;
  std::function<void()> reader_;
  std::function<void()> writer_;
};

}  // namespace airwasm::wasi::http
