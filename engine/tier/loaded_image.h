// Compiled code in executable memory, with what is known about its addresses.
#pragma once

#include <memory>
#include <optional>

#include "engine/runtime/module.h"
#include "engine/tier/code_image.h"
#include "engine/tier/compiler.h"

namespace airwasm::tier {

// Immutable. Registered by address while it lives; its last owner frees the code, so no thread may
// be in it then.
class LoadedImage {
 public:
  // Null when there is no memory for code. `module` is the one that the image was compiled from; it
  // owns the image.
  static std::shared_ptr<const LoadedImage> Load(CodeImage&& image, runtime::Module& module);
  ~LoadedImage();
  LoadedImage(const LoadedImage&) = delete;
  LoadedImage& operator=(const LoadedImage&) = delete;

  const CodeImage& image() const { return image_; }  // without its bytes
  const uint8_t* base() const { return base_; }
  size_t bytes() const { return bytes_; }
  runtime::Module& module() const { return module_; }
  const void* Address(const CompiledFunction& function) const {
    return base_ + function.code_offset;
  }

 private:
  explicit LoadedImage(runtime::Module& module) : module_(module) {}
  runtime::Module& module_;
  CodeImage image_;
  const uint8_t* base_ = nullptr;
  size_t bytes_ = 0;
};

// The compiled function that native `pc` lies in.
struct CodeAt {
  const runtime::FuncCode* code;
  uint32_t osr_loop_offset;  // as CompiledFunction's
  bool is_loop() const { return osr_loop_offset != kNoLocation; }
};
std::optional<CodeAt> FindCode(const void* pc);

}  // namespace airwasm::tier
