// Tells the layers above that a guest has come to a limit of its store.
#pragma once

#include <atomic>
#include <cstdint>

namespace airwasm::runtime {

class Store;

enum class LimitedSpace : uint8_t { kMemory, kTable, kInstances };

// One for the process, which finds its own state through Store::Attached; called on the guest's
// thread, in the middle of the instruction or the instantiation.
using LimitHook = void (*)(Store& store, LimitedSpace space);
inline std::atomic<LimitHook> limit_hook{nullptr};

inline void TellLimit(Store& store, LimitedSpace space) {
  if (const LimitHook hook = limit_hook.load(std::memory_order_relaxed)) hook(store, space);
}

}  // namespace airwasm::runtime
