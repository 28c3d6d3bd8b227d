// A body as it goes over the connection: with its length known, in chunks, or until the end.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "wasi/http/body_pipe.h"

namespace airwasm::wasi::http {

enum class Framing : uint8_t { kNone, kLength, kChunked, kUntilClose };

class BodyFramer {
 public:
  BodyFramer() = default;
  BodyFramer(Framing framing, std::shared_ptr<BodyPipe> pipe)
      : framing_(framing), pipe_(std::move(pipe)) {}

  enum class Step : uint8_t {
    kMore,    // the pipe's listener says when
    kDone,    // `*out` has the end
    kFailed,  // the pipe's error
  };
  // Appends what can go out now.
  Step Next(std::string* out);

 private:
  Framing framing_ = Framing::kNone;
  std::shared_ptr<BodyPipe> pipe_;
};

}  // namespace airwasm::wasi::http
