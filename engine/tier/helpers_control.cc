// Helpers of exceptions, interruption and calls.
#include "engine/gc/heap.h"
#include "engine/runtime/store.h"
#include "engine/tier/helpers.h"

namespace airwasm::tier {

using runtime::InstanceContext;

void HelperTrap(InstanceContext* ctx, uint32_t kind) {
  AIRWASM_RAISE(ctx, static_cast<TrapKind>(kind));
}

uint64_t HelperExceptionNew(InstanceContext* ctx, uint32_t tag_index) {
  const runtime::Module& module = ctx->instance->module();
  auto* const tag = ctx->At<runtime::TagInst*>(module.layout().Tag(tag_index));
  gc::ExceptionObject* const exception =
      ctx->store->store->heap().NewException(tag, tag->param_slots);
  if (exception == nullptr) AIRWASM_RAISE(ctx, TrapKind::kOutOfGcMemory);
  AIRWASM_POLL(ctx);
  return gc::ToRef(exception);
}

#ifdef AIRWASM_HAS_NATIVE
// The registers at the call are the unwinder's to restore, so nothing of C++ may come between.
[[gnu::naked]] void HelperThrow(InstanceContext*, uint64_t) {
  asm("jmp airwasm_native_throw");
}
[[gnu::naked]] void HelperHostFailed(InstanceContext*, uint32_t) {
  asm("jmp airwasm_native_host_failed");
}
[[gnu::naked]] void HelperTailCall(InstanceContext*) {
  asm("jmp airwasm_native_tail_stub");
}
#else
void HelperThrow(InstanceContext*, uint64_t) {}
void HelperHostFailed(InstanceContext*, uint32_t) {}
void HelperTailCall(InstanceContext*) {}
#endif

}  // namespace airwasm::tier
