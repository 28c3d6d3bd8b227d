// The key-value stores that an embedder gives to a guest (wasi:keyvalue).
#pragma once

#include <cstdint>
#include <string>

namespace airwasm::wasi {

struct KeyValueStore {
  std::string identifier;  // what the guest opens it by
  std::string path;  // of a file, made if it is not there; empty: in memory, gone with the guest
  bool read_only = false;
  uint64_t max_bytes = uint64_t{64} << 20;  // of the whole store
};

}  // namespace airwasm::wasi
