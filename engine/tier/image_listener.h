// Who is told of compiled code before it runs, and of baseline code: profiles (profile.h) and
// debuggers (gdb_image.h).
#pragma once

#include <memory>
#include <span>

#include "engine/tier/loaded_image.h"

namespace airwasm::tier {

class ImageListener {
 public:
  virtual ~ImageListener() = default;
  // `image` is in place and no thread has entered it. Threads: any, on several images at a time.
  virtual void Published(const std::shared_ptr<const LoadedImage>& image) = 0;
  // `native` is the baseline code of `code`. Threads: any.
  virtual void PublishedBaseline(const runtime::FuncCode&, std::span<const uint8_t> /*native*/) {}
};

}  // namespace airwasm::tier
