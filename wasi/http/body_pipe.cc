#include "wasi/http/body_pipe.h"

#include <algorithm>
#include <cstring>

namespace airwasm::wasi::http {

void BodyPipe::SetReaderListener(std::function<void()> listener) {
  const std::lock_guard lock(mutex_);
  reader_ = std::move(listener);
}
void BodyPipe::SetWriterListener(std::function<void()> listener) {
  const std::lock_guard lock(mutex_);
  writer_ = std::move(listener);
}

std::function<void()> BodyPipe::TakeReader() {
  if (!reader_waits_) return {};
  reader_waits_ = false;
  return reader_;
}
std::function<void()> BodyPipe::TakeWriter() {
  if (!writer_waits_) return {};
  // A writer that was stopped goes on when half is free, not for every byte.
  if (!closed_ && bytes_.size() - start_ > kCapacityBytes / 2) return {};
  writer_waits_ = false;
  return writer_;
}

size_t BodyPipe::Room() {
  const std::lock_guard lock(mutex_);
  if (closed_) return kCapacityBytes;
  const size_t held = bytes_.size() - start_;
  const size_t room = held < kCapacityBytes ? kCapacityBytes - held : 0;
  writer_waits_ = room == 0;
  return room;
}

void BodyPipe::Write(std::string_view bytes) {
  if (bytes.empty()) return;
  std::function<void()> notify;
  {
    const std::lock_guard lock(mutex_);
    if (finished_ || error_) return;
    written_ += bytes.size();
    if (closed_) return;
    bytes_.append(bytes);
    notify = TakeReader();
  }
  if (notify) notify();
}

void BodyPipe::Finish(std::optional<Fields> trailers) {
  std::function<void()> notify;
  {
    const std::lock_guard lock(mutex_);
    if (finished_ || error_) return;
    finished_ = true;
    trailers_ = std::move(trailers);
    notify = TakeReader();
  }
  if (notify) notify();
}

void BodyPipe::Fail(HttpError error) {
  std::function<void()> notify;
  {
    const std::lock_guard lock(mutex_);
    if (finished_ || error_) return;
    error_ = std::move(error);
    notify = TakeReader();
  }
  if (notify) notify();
}

bool BodyPipe::reader_gone() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}
uint64_t BodyPipe::written() const {
  const std::lock_guard lock(mutex_);
  return written_;
}
bool BodyPipe::ended() const {
  const std::lock_guard lock(mutex_);
  return finished_ || error_;
}

BodyPipe::State BodyPipe::StateNow() const {
  if (error_) return State::kFailed;
  return finished_ && start_ == bytes_.size() ? State::kFinished : State::kOpen;
}

void BodyPipe::Consume(size_t count) {
  start_ += count;
  if (start_ == bytes_.size()) {
    bytes_.clear();
    start_ = 0;
  } else if (start_ > kCapacityBytes) {
    bytes_.erase(0, start_);
    start_ = 0;
  }
}

BodyPipe::State BodyPipe::Read(std::span<uint8_t> buffer, size_t* count) {
  std::function<void()> notify;
  State state = State::kOpen;
  {
    const std::lock_guard lock(mutex_);
    *count = std::min(buffer.size(), bytes_.size() - start_);
    if (*count != 0) {
      std::memcpy(buffer.data(), bytes_.data() + start_, *count);
      Consume(*count);
      notify = TakeWriter();
    } else {
      state = StateNow();
    }
    reader_waits_ = *count == 0 && state == State::kOpen;
  }
  if (notify) notify();
  return state;
}

BodyPipe::State BodyPipe::Skip(uint64_t limit, uint64_t* count) {
  std::function<void()> notify;
  State state = State::kOpen;
  {
    const std::lock_guard lock(mutex_);
    *count = std::min<uint64_t>(limit, bytes_.size() - start_);
    if (*count != 0) {
      Consume(*count);
      notify = TakeWriter();
    } else {
      state = StateNow();
    }
    reader_waits_ = *count == 0 && state == State::kOpen;
  }
  if (notify) notify();
  return state;
}

BodyPipe::State BodyPipe::ReadAll(std::string* out) {
  std::function<void()> notify;
  State state = State::kOpen;
  {
    const std::lock_guard lock(mutex_);
    const size_t count = bytes_.size() - start_;
    if (count != 0) {
      out->append(bytes_, start_, count);
      Consume(count);
      notify = TakeWriter();
    }
    state = StateNow();
    reader_waits_ = state == State::kOpen;
  }
  if (notify) notify();
  return state;
}

bool BodyPipe::Readable() {
  const std::lock_guard lock(mutex_);
  const bool readable = start_ != bytes_.size() || finished_ || error_;
  reader_waits_ = !readable;
  return readable;
}

size_t BodyPipe::available() const {
  const std::lock_guard lock(mutex_);
  return bytes_.size() - start_;
}

std::optional<size_t> BodyPipe::remaining() const {
  const std::lock_guard lock(mutex_);
  if (!finished_) return std::nullopt;
  return bytes_.size() - start_;
}

void BodyPipe::Close() {
  std::function<void()> notify;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ = true;
    bytes_.clear();
    start_ = 0;
    notify = writer_;
    writer_waits_ = false;
  }
  if (notify) notify();
}

HttpError BodyPipe::error() const {
  const std::lock_guard lock(mutex_);
  return error_.value_or(HttpError{});
}
std::optional<Fields> BodyPipe::trailers() const {
  const std::lock_guard lock(mutex_);
  return trailers_;
}

}  // namespace airwasm::wasi::http
