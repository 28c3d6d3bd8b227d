// The 128-bit hash by which wasi:filesystem tells objects apart without naming them.
//
// It is what C libraries for guests make inode numbers of, so it depends on the object alone: not
// on its contents, and not on the run.
#pragma once

#include <cstdint>

namespace airwasm::wasi::p2 {

// record metadata-hash-value
struct MetadataHash {
  uint64_t lower = 0;
  uint64_t upper = 0;
  bool operator==(const MetadataHash&) const = default;
};

// SipHash-2-4 with 128 bits of output over the two numbers, with a key of this project's.
MetadataHash HashObject(uint64_t device, uint64_t inode);

}  // namespace airwasm::wasi::p2
