// What the parts of Tiering agree on: when a function is worth compiling.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/runtime/module.h"
#include "engine/runtime/store.h"

namespace airwasm::tier {

// Bytes of wasm that are compiled in a tick: 37 of SQLite as a whole, fewer of what is hot. Whoever
// waits until a function has run for as long as it takes to compile spends at most twice of what
// would have been best. Anything from 8 to 26 makes SQLite and QuickJS as quick cold; more costs.
inline constexpr uint32_t kBytesPerTick = 26;
inline constexpr uint32_t kLeastSamples = 2;
// Of a loop, and of what compiled code calls, less is asked: the one may never come back, and the
// way between the tiers costs the other as much as some functions do.
inline constexpr uint32_t kHurry = 8;

inline size_t BodyBytes(const runtime::FuncCode& code) {
  return code.module->syntax().funcs[code.func_index].body.bytes.size();
}

inline uint32_t SamplesToCompile(const runtime::FuncCode& code) {
  return kLeastSamples + static_cast<uint32_t>(BodyBytes(code) / kBytesPerTick);
}
inline uint32_t SamplesInAHurry(const runtime::FuncCode& code) {
  return kLeastSamples + static_cast<uint32_t>(BodyBytes(code) / kBytesPerTick / kHurry);
}

inline bool IsRunning(runtime::StoreContext& store) {
  return __atomic_load_n(&store.activation, __ATOMIC_RELAXED) != nullptr;
}

}  // namespace airwasm::tier
