// The ends of a BodyPipe that a guest holds.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "wasi/host/stream.h"
#include "wasi/http/body_pipe.h"

namespace airwasm::wasi::http {

class BodyInput : public host::InputStream {
 public:
  explicit BodyInput(std::shared_ptr<BodyPipe> pipe) : pipe_(std::move(pipe)) {}
  std::optional<host::StreamEnd> Read(std::span<uint8_t> buffer, size_t* count) override;
  std::optional<host::StreamEnd> Skip(uint64_t limit, uint64_t* count) override;
  size_t SizeHint(uint64_t limit) override;
  uint64_t BytesReady() override { return pipe_->available(); }
  bool Ready() override { return pipe_->Readable(); }
  Interest interest() override { return {}; }

 private:
  std::optional<host::StreamEnd> End(BodyPipe::State state);
  std::shared_ptr<BodyPipe> pipe_;
  std::optional<host::StreamEnd> end_;
};

// Takes no more than `length` bytes, if one was announced: the next one is an error of kind
// `too_much`, and the body's.
class BodyOutput : public host::OutputStream {
 public:
  BodyOutput(std::shared_ptr<BodyPipe> pipe, std::optional<uint64_t> length, HttpErrorKind too_much)
      : pipe_(std::move(pipe)), length_(length), too_much_(too_much) {}
  std::optional<host::StreamEnd> CheckWrite(uint64_t* permit) override;
  std::optional<host::StreamEnd> Write(std::span<const uint8_t> bytes) override;
  std::optional<host::StreamEnd> Flush() override;
  std::optional<host::StreamEnd> CheckFlush(bool* done) override;
  bool Ready() override;
  Interest interest() override { return {}; }

 private:
  std::optional<host::StreamEnd> End();
  std::shared_ptr<BodyPipe> pipe_;
  std::optional<uint64_t> length_;
  HttpErrorKind too_much_;
  std::optional<host::StreamEnd> end_;
};

}  // namespace airwasm::wasi::http
