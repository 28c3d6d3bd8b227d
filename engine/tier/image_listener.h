// Who is told of compiled code before it runs: profiles (profile.h) and debuggers (gdb_image.h).
#pragma once

#include <memory>

#include "engine/tier/loaded_image.h"

namespace airwasm::tier {

class ImageListener {
 public:
  virtual ~ImageListener() = default;
  // `image` is in place and no thread has entered it. Threads: any, on several images at a time.
  virtual void Published(const std::shared_ptr<const LoadedImage>& image) = 0;
};

}  // namespace airwasm::tier
