#include "engine/tier/helpers.h"

#include <new>

#include "engine/base/out_of_memory.h"
#include "engine/runtime/store.h"

namespace airwasm::tier {
namespace {

using runtime::InstanceContext;

enum class HostMemory { kMayTake, kTakesNone };

// `helper` with an end for what it throws. The handler is left before the trap is raised, which
// leaves no frame in order.
template <auto* helper>
struct Contained;
template <typename Result, typename... Params, Result (*helper)(InstanceContext*, Params...)>
struct Contained<helper> {
  static Result Call(InstanceContext* ctx, Params... params) {
    try {
      return helper(ctx, params...);
    } catch (const std::bad_alloc&) {
    }
    ctx->store->store->host_error = OutOfMemory();
    AIRWASM_RAISE(ctx, TrapKind::kHostError);
  }
};

template <auto* helper, HostMemory memory>
const void* EntryOf() {
  if constexpr (memory == HostMemory::kMayTake) {
    return reinterpret_cast<const void*>(&Contained<helper>::Call);
  } else {
    return reinterpret_cast<const void*>(helper);
  }
}

}  // namespace

const void* const kNativeHelpers[runtime::kNumHelpers] = {
#define AIRWASM_HELPER(name, memory, ...) EntryOf<&Helper##name, HostMemory::memory>(),
#include "engine/runtime/native_helpers.def"
#undef AIRWASM_HELPER
};

}  // namespace airwasm::tier
