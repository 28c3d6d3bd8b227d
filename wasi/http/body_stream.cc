#include "wasi/http/body_stream.h"

#include <algorithm>

namespace airwasm::wasi::http {
namespace {

host::StreamEnd FailedWith(HttpError error) {
  return host::StreamEnd::Failed(std::make_shared<HttpStreamError>(std::move(error)));
}

}  // namespace

std::optional<host::StreamEnd> BodyInput::End(BodyPipe::State state) {
  switch (state) {
    case BodyPipe::State::kOpen:
      return std::nullopt;
    case BodyPipe::State::kFinished:
      end_ = host::StreamEnd::Closed();
      break;
    case BodyPipe::State::kFailed:
      end_ = FailedWith(pipe_->error());
      break;
  }
  return end_;
}

std::optional<host::StreamEnd> BodyInput::Read(std::span<uint8_t> buffer, size_t* count) {
  *count = 0;
  if (end_) return end_;
  if (buffer.empty()) return std::nullopt;
  return End(pipe_->Read(buffer, count));
}

std::optional<host::StreamEnd> BodyInput::Skip(uint64_t limit, uint64_t* count) {
  *count = 0;
  if (end_) return end_;
  if (limit == 0) return std::nullopt;
  return End(pipe_->Skip(limit, count));
}

size_t BodyInput::SizeHint(uint64_t limit) {
  // Never 0: the end is told by a read of something.
  return static_cast<size_t>(std::min<uint64_t>(limit, std::max<size_t>(pipe_->available(), 1)));
}

std::optional<host::StreamEnd> BodyOutput::End() {
  if (!end_ && (pipe_->reader_gone() || pipe_->ended())) end_ = host::StreamEnd::Closed();
  return end_;
}

std::optional<host::StreamEnd> BodyOutput::CheckWrite(uint64_t* permit) {
  *permit = 0;
  if (End()) return end_;
  *permit = pipe_->Room();
  return std::nullopt;
}

std::optional<host::StreamEnd> BodyOutput::Write(std::span<const uint8_t> bytes) {
  if (End()) return end_;
  if (length_ && bytes.size() > *length_ - pipe_->written()) {
    const HttpError error = {too_much_, {}, pipe_->written() + bytes.size()};
    pipe_->Fail(error);
    end_ = FailedWith(error);
    return end_;
  }
  pipe_->Write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return std::nullopt;
}

// What the pipe took is on its way: its other end sends as fast as the peer takes it.
std::optional<host::StreamEnd> BodyOutput::Flush() {
  return End();
}

std::optional<host::StreamEnd> BodyOutput::CheckFlush(bool* done) {
  *done = true;
  return End();
}

bool BodyOutput::Ready() {
  return End() || pipe_->Room() != 0;
}

}  // namespace airwasm::wasi::http
