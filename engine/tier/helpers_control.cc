// Helpers of exceptions and interruption.
#include "engine/gc/heap.h"
#include "engine/runtime/store.h"
#include "engine/tier/helpers.h"

namespace airwasm::tier {

using runtime::InstanceContext;

uint64_t HelperExceptionNew(InstanceContext* ctx, uint32_t tag_index) {
  const runtime::Module& module = ctx->instance->module();
  auto* const tag = ctx->At<runtime::TagInst*>(module.layout().Tag(tag_index));
  gc::ExceptionObject* const exception =
      ctx->store->store->heap().NewException(tag, tag->param_slots);
  if (exception == nullptr) AIRWASM_RAISE(ctx, TrapKind::kOutOfGcMemory);
  return gc::ToRef(exception);
}

void HelperThrow(InstanceContext* ctx, uint64_t exception) {
  runtime::ThrowNative(*ctx->store, exception, __builtin_frame_address(0));
}

}  // namespace airwasm::tier
