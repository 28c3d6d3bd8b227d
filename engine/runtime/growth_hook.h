// Tells the layers above that a guest has come to a limit of its store by growing a memory or
// table.
#pragma once

#include <atomic>
#include <cstdint>

namespace airwasm::runtime {

class Store;

enum class LimitedSpace : uint8_t { kMemory, kTable };

// One for the process, which finds its own state through Store::Attached; called on the guest's
// thread, in the middle of the instruction.
using GrowthHook = void (*)(Store& store, LimitedSpace space);
inline std::atomic<GrowthHook> growth_hook{nullptr};

inline void TellGrowthRefused(Store& store, LimitedSpace space) {
  if (const GrowthHook hook = growth_hook.load(std::memory_order_relaxed)) hook(store, space);
}

}  // namespace airwasm::runtime
