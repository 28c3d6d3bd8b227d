#include "wasi/http/body_framer.h"

#include "wasi/http/message.h"

namespace airwasm::wasi::http {
namespace {

// Room for the size of a chunk: eight digits and a line end.
constexpr size_t kSizeBytes = 10;

}  // namespace

BodyFramer::Step BodyFramer::Next(std::string* out) {
  if (framing_ == Framing::kNone) {
    if (pipe_) pipe_->Close();
    return Step::kDone;
  }
  const size_t start = out->size();
  const bool chunked = framing_ == Framing::kChunked;
  if (chunked) out->append("00000000\r\n");
  const BodyPipe::State state = pipe_->ReadAll(out);
  if (chunked) {
    const size_t count = out->size() - start - kSizeBytes;
    if (count == 0) {
      out->resize(start);
    } else {
      char* const size = out->data() + start;
      for (size_t i = 0, rest = count; i < 8; ++i, rest >>= 4)
        size[7 - i] = "0123456789abcdef"[rest & 15];
      out->append("\r\n");
    }
  }
  switch (state) {
    case BodyPipe::State::kOpen:
      return Step::kMore;
    case BodyPipe::State::kFailed:
      return Step::kFailed;
    case BodyPipe::State::kFinished:
      break;
  }
  if (chunked) {
    out->append("0\r\n");
    if (const std::optional<Fields> trailers = pipe_->trailers()) AppendFields(*trailers, out);
    out->append("\r\n");
  }
  return Step::kDone;
}

}  // namespace airwasm::wasi::http
