// The initial contents of a memory as a file in memory, which instances map copy-on-write:
// instantiation copies nothing and a page costs only when it is touched.
//
// An image is immutable once built and sealed; it belongs to a module and is shared by whoever maps
// it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace airwasm::runtime {

// One data segment at its place.
struct ImagePart {
  uint64_t address;
  std::span<const uint8_t> bytes;
};

struct MemoryImage {
  uint64_t id;  // never given twice; the pool knows by it what a reservation still has mapped
  int fd;
  uint64_t length_bytes;  // multiple of the host's page size; behind it the memory is zero
  const uint8_t* bytes;   // the contents, mapped read-only
  std::span<const uint8_t> contents() const { return {bytes, static_cast<size_t>(length_bytes)}; }

  // Later parts overwrite earlier ones. Null when there is nothing to map, or the system has no
  // such files: then data is copied.
  static std::shared_ptr<const MemoryImage> Build(std::span<const ImagePart> parts);
  ~MemoryImage();
};

}  // namespace airwasm::runtime
