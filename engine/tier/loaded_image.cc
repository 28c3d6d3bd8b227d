// The registry of images by address answers the runtime's questions about native pcs.
#include "engine/tier/loaded_image.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <shared_mutex>

#include "engine/runtime/code_memory.h"
#include "engine/runtime/native_code.h"

namespace airwasm::tier {
namespace {

const void* AddressOf(LibraryFunction function) {
  switch (function) {
    case LibraryFunction::kMemcpy:
      return reinterpret_cast<const void*>(
          static_cast<void* (*)(void*, const void*, size_t)>(&std::memcpy));
    case LibraryFunction::kMemmove:
      return reinterpret_cast<const void*>(
          static_cast<void* (*)(void*, const void*, size_t)>(&std::memmove));
    case LibraryFunction::kMemset:
      return reinterpret_cast<const void*>(
          static_cast<void* (*)(void*, int, size_t)>(&std::memset));
    case LibraryFunction::kFma:
      return reinterpret_cast<const void*>(static_cast<double (*)(double, double, double)>(&::fma));
    case LibraryFunction::kFmaf:
      return reinterpret_cast<const void*>(static_cast<float (*)(float, float, float)>(&::fmaf));
  }
  return nullptr;
}

// All images of the process.
class Registry final : public runtime::NativeCode {
 public:
  static Registry& Get() {
    static Registry* const registry = [] {
      auto* const made = new Registry;
      runtime::native_code.store(made, std::memory_order_release);
      return made;
    }();
    return *registry;
  }

  void Add(const LoadedImage* image) {
    const std::unique_lock lock(mutex_);
    by_end_.emplace(image->base() + image->bytes(), image);
  }
  void Remove(const LoadedImage* image) {
    const std::unique_lock lock(mutex_);
    by_end_.erase(image->base() + image->bytes());
  }

  void Locate(const void* pc, bool is_return_address,
              std::vector<runtime::CodeLocation>& locations) const override {
    const auto* const address = static_cast<const uint8_t*>(pc) - (is_return_address ? 1 : 0);
    const std::shared_lock lock(mutex_);
    const LoadedImage* const found = Find(address);
    if (found == nullptr) return;
    const CodeImage& image = found->image();
    const auto offset = static_cast<uint32_t>(address - found->base());
    const auto next = std::upper_bound(
        image.lines.begin(), image.lines.end(), offset,
        [](uint32_t wanted, const CodeLine& line) { return wanted < line.code_offset; });
    if (next == image.lines.begin()) return;
    for (uint32_t i = std::prev(next)->location; i < image.locations.size();
         i = image.locations[i].parent) {
      const CodeLocationEntry& location = image.locations[i];
      locations.push_back(
          {&found->module().func_code(location.func_index), location.module_offset});
    }
  }

  std::optional<CodeAt> FindFunction(const void* pc) const {
    const auto* const address = static_cast<const uint8_t*>(pc);
    const std::shared_lock lock(mutex_);
    const LoadedImage* const found = Find(address);
    if (found == nullptr) return std::nullopt;
    const auto offset = static_cast<uint32_t>(address - found->base());
    for (const CompiledFunction& function : found->image().functions) {
      if (offset - function.code_offset < function.code_bytes)
        return CodeAt{&found->module().func_code(function.func_index), function.osr_loop_offset};
    }
    return std::nullopt;
  }

  runtime::UnwindStep Unwind(const void* return_pc) const override {
    runtime::UnwindStep step;
    const auto* const address = static_cast<const uint8_t*>(return_pc);
    const std::shared_lock lock(mutex_);
    const LoadedImage* const found = Find(address - 1);
    if (found == nullptr) return step;
    const std::vector<LandingPad>& pads = found->image().landing_pads;
    const auto call = static_cast<uint32_t>(address - 1 - found->base());
    const auto next = std::upper_bound(
        pads.begin(), pads.end(), call,
        [](uint32_t wanted, const LandingPad& pad) { return wanted < pad.begin_offset; });
    if (next != pads.begin() && call < std::prev(next)->end_offset)
      step.landing_pad = found->base() + std::prev(next)->pad_offset;
    const std::vector<FrameSaves>& saves = found->image().frame_saves;
    const auto above = std::upper_bound(
        saves.begin(), saves.end(), call,
        [](uint32_t wanted, const FrameSaves& entry) { return wanted < entry.code_offset; });
    if (above != saves.begin()) std::ranges::copy(std::prev(above)->saved, step.saved);
    return step;
  }

 private:
  const LoadedImage* Find(const uint8_t* address) const {
    const auto it = by_end_.upper_bound(address);
    if (it == by_end_.end() || address < it->second->base()) return nullptr;
    return it->second;
  }

  mutable std::shared_mutex mutex_;
  std::map<const uint8_t*, const LoadedImage*> by_end_;  // key: one past the last byte
};

}  // namespace

std::shared_ptr<const LoadedImage> LoadedImage::Load(CodeImage&& image, runtime::Module& module) {
  std::shared_ptr<LoadedImage> loaded(new LoadedImage(module));
  for (const CodeReloc& reloc : image.relocs) {
    const void* const address = AddressOf(reloc.function);
    std::memcpy(image.bytes.data() + reloc.offset, &address, sizeof(address));
  }
  loaded->base_ = runtime::CodeMemory::Compiled().Allocate(image.bytes);
  if (loaded->base_ == nullptr) return nullptr;
  loaded->bytes_ = image.bytes.size();
  loaded->image_ = std::move(image);
  loaded->image_.bytes = {};
  Registry::Get().Add(loaded.get());
  return loaded;
}

std::optional<CodeAt> FindCode(const void* pc) {
  return Registry::Get().FindFunction(pc);
}

LoadedImage::~LoadedImage() {
  if (base_ == nullptr) return;
  Registry::Get().Remove(this);
  runtime::CodeMemory::Compiled().Free(base_, bytes_);
}

}  // namespace airwasm::tier
