// Handlers that throw. Catching costs nothing until then: FindCatch reads the functions' side
// tables.
#include "engine/gc/heap.h"
#include "engine/interp/handler.h"
#include "engine/interp/handler_tables.h"
#include "engine/interp/slow_paths.h"
#include "engine/runtime/store.h"

namespace airwasm::interp {

// exnref in acc.
AIRWASM_COLD_HANDLER Raise(AIRWASM_HANDLER_PARAMS) {
  // A loop may be closed by a throw alone.
  if (runtime::InterruptPending(*ctx->poll_word)) AIRWASM_TRAP_NOW(TrapKind::kInterrupted);
  const gc::Ref exception = acc;
  const CatchSite site = FindCatch(pc, reinterpret_cast<uint64_t*>(fp), exception);
  if (site.pc == nullptr) {
    ctx->store->activation->exception = exception;
    AIRWASM_TRAP_NOW(TrapKind::kUncaughtException);
  }
  pc = site.pc;
  fp = reinterpret_cast<uint8_t*>(site.fp);
  ctx = reinterpret_cast<runtime::InstanceContext**>(fp)[runtime::kFrameContext];
  mem0 = ctx->mem0_base;
  AIRWASM_NEXT(0);
}

AIRWASM_COLD_HANDLER HostFailed(AIRWASM_HANDLER_PARAMS) {
  const TrapKind kind = static_cast<TrapKind>(acc);
  runtime::Store& store = *ctx->store->store;
  if (kind == TrapKind::kUncaughtException && store.pending_exception != gc::kNullRef) {
    acc = store.pending_exception;
    store.pending_exception = gc::kNullRef;
    // Called by the host itself: there is no wasm frame to catch it.
    if (ctx->store->activation->first_fp == reinterpret_cast<uint64_t*>(fp) &&
        ctx == ctx->store->host_context) {
      ctx->store->activation->exception = acc;
      AIRWASM_TRAP_NOW(TrapKind::kUncaughtException);
    }
    AIRWASM_BECOME(Raise);
  }
  AIRWASM_TRAP_NOW(kind);
}

namespace reg {

AIRWASM_COLD_HANDLER Throw(AIRWASM_HANDLER_PARAMS) {
  runtime::TagInst* const tag = ctx->At<runtime::TagInst*>(static_cast<uint32_t>(pc->imm));
  SaveState(ctx, pc, fp, pc[1].words[0]);
  gc::ExceptionObject* const exception =
      ctx->store->store->heap().NewException(tag, tag->param_slots);
  if (exception == nullptr) AIRWASM_TRAP_NOW(TrapKind::kOutOfGcMemory);
  std::memcpy(exception->slots(), fp + pc[1].words[1], 8 * size_t{tag->param_slots});
  acc = gc::ToRef(exception);
  AIRWASM_BECOME(Raise);
}

AIRWASM_COLD_HANDLER ThrowRef(AIRWASM_HANDLER_PARAMS) {
  acc = At<uint64_t>(fp, pc->a);
  if (acc == gc::kNullRef) AIRWASM_TRAP_NOW(TrapKind::kNullExceptionReference);
  AIRWASM_BECOME(Raise);
}

}  // namespace reg
}  // namespace airwasm::interp
