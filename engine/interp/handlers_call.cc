// Handlers of calls: direct, imported, indirect, by reference; their tail forms; and the way into
// host functions.
//
// A call writes the callee's frame header and jumps to FuncCode::entry. A call that stays in the
// instance returns behind the ReloadCtx cell that follows every call; one that leaves it returns to
// that cell. A tail call that leaves the instance moves the frame's return pc back onto its
// ReloadCtx cell, so that however long a chain of tail calls is, the caller gets its own instance
// back and nothing is stored for it.
#include <algorithm>

#include "engine/interp/handler.h"
#include "engine/interp/handler_tables.h"
#include "engine/interp/slow_paths.h"
#include "engine/runtime/context.h"
#include "engine/runtime/executor.h"
#include "engine/runtime/table.h"

namespace airwasm::interp {

using runtime::FuncCode;
using runtime::FuncInst;
using runtime::InstanceContext;
using runtime::TableInst;

inline namespace call_handlers {  // stencils name them

[[gnu::always_inline]] inline void WriteHeader(uint8_t* fp, const Cell* return_pc,
                                               uint8_t* caller_fp, InstanceContext* ctx) {
  const Cell** const header = reinterpret_cast<const Cell**>(fp);
  header[runtime::kFrameReturnPc] = return_pc;
  reinterpret_cast<uint8_t**>(fp)[runtime::kFrameCallerFp] = caller_fp;
  reinterpret_cast<InstanceContext**>(fp)[runtime::kFrameContext] = ctx;
}

[[gnu::always_inline]] inline const Cell* EntryOf(const FuncCode* code) {
  return code->entry.load(std::memory_order_acquire);
}

// Ends a handler: enters the FuncInst in acc with its frame at callee_fp.
#define AIRWASM_ENTER(callee_fp)                                                \
  do {                                                                          \
    const FuncInst* const callee = reinterpret_cast<const FuncInst*>(acc);      \
    WriteHeader((callee_fp), pc + (1 + (callee->ctx == ctx)), fp, callee->ctx); \
    ctx = callee->ctx;                                                          \
    mem0 = ctx->mem0_base;                                                      \
    fp = (callee_fp);                                                           \
    AIRWASM_GO(EntryOf(callee->code));                                          \
  } while (false)

// Ends a handler: puts the function, of this instance, into the place of the running one.
#define AIRWASM_TAIL_ENTER(func)              \
  do {                                        \
    const FuncInst* const callee = (func);    \
    acc = reinterpret_cast<uint64_t>(callee); \
    AIRWASM_GO(EntryOf(callee->code));        \
  } while (false)

#ifndef AIRWASM_STENCILS

// Calls the FuncInst in acc with its frame at fp + imm.
AIRWASM_HANDLER CallFuncInAcc(AIRWASM_HANDLER_PARAMS) {
  uint8_t* const callee_fp = fp + Offset(pc->imm);
  AIRWASM_ENTER(callee_fp);
}

// Puts the FuncInst in acc into the place of the running function; its arguments are in place.
AIRWASM_HANDLER TailCallFuncInAcc(AIRWASM_HANDLER_PARAMS) {
  FuncInst* const func = reinterpret_cast<FuncInst*>(acc);
  if (func->ctx != ctx) {
    const Cell** const header = reinterpret_cast<const Cell**>(fp);
    const Cell* const return_pc = header[runtime::kFrameReturnPc];
    if (return_pc->handler != &reg::ReloadCtx && return_pc->handler != &reg::Exit)
      header[runtime::kFrameReturnPc] = return_pc - 1;
    ctx = func->ctx;
    mem0 = ctx->mem0_base;
    reinterpret_cast<InstanceContext**>(fp)[runtime::kFrameContext] = ctx;
  }
  pc = EntryOf(func->code);
  AIRWASM_NEXT(0);
}

// Element acc of the table was null, or has another type than the call names: finds the element and
// checks it properly; then calls.
template <bool tail>
AIRWASM_COLD_HANDLER CallIndirectSlowly(AIRWASM_HANDLER_PARAMS) {
  TableInst& table = *ctx->At<TableInst*>(pc[1].words[0]);
  const TrapOr<FuncInst*> func = FindIndirectCallee(*ctx, table, acc, pc[1].words[1]);
  if (!func.ok()) AIRWASM_TRAP_NOW(func.trap);
  acc = reinterpret_cast<uint64_t>(func.value);
  if constexpr (tail) AIRWASM_BECOME(TailCallFuncInAcc);
  AIRWASM_BECOME(CallFuncInAcc);
}

// Calls a host function for `caller` (null: the host itself) with the activation's pc, fp and top
// set to where the calling wasm function stands. FAST: in line, so that the host function is called
// by a handler (bench/micro/call_bench.cc).
[[gnu::always_inline]] inline TrapKind CallHost(runtime::StoreContext& store, const FuncInst& func,
                                                InstanceContext* caller, uint64_t* slots,
                                                const Cell* pc, uint64_t* fp, uint64_t* top) {
  runtime::Activation* const activation = store.activation;
  activation->pc = pc;
  activation->fp = fp;
  activation->top = top;
  runtime::HostCall call{store, caller, slots, func.host->env};
  const runtime::HostFunc& host = *func.host;
  if (caller != nullptr && (store.capabilities->load(std::memory_order_relaxed) &
                            host.gate.capabilities) == 0) [[unlikely]]
    return host.gate.denied(call);
  return host.call(call);
}

// A host function called through an import: no frame of its own, the instance stays as it is.
AIRWASM_FRAME_HANDLER CallHostImport(AIRWASM_HANDLER_PARAMS) {
  const FuncInst* const func = reinterpret_cast<const FuncInst*>(acc);
  uint64_t* const slots = reinterpret_cast<uint64_t*>(fp + pc->words[1]);
  const TrapKind kind =
      CallHost(*ctx->store, *func, ctx, slots, pc, reinterpret_cast<uint64_t*>(fp),
               reinterpret_cast<uint64_t*>(fp + pc[1].words[0]));
  if (kind != TrapKind::kNone) [[unlikely]] {
    acc = static_cast<uint64_t>(kind);
    AIRWASM_BECOME(HostFailed);
  }
  acc = slots[0];
  facc = ToFacc(std::bit_cast<double>(slots[0]));
  AIRWASM_NEXT(2);
}

#endif  // AIRWASM_STENCILS

// Ends a handler: calls element `index` of the table.
#define AIRWASM_CALL_INDIRECT(index)                                                            \
  do {                                                                                          \
    const TableInst* const table = InContext<TableInst*>(ctx, Offset(pc[1].words[0]));          \
    const uint64_t i = (index);                                                                 \
    if (i >= table->size) [[unlikely]]                                                          \
      AIRWASM_TRAP_NOW(TrapKind::kUndefinedElement);                                            \
    const auto* const func =                                                                    \
        reinterpret_cast<const FuncInst*>(table->elements[runtime::MaskIndex(i, table->size)]); \
    acc = i;                                                                                    \
    if (func == nullptr || func->type != uint32_t{pc[1].words[1]}) [[unlikely]]                 \
      AIRWASM_BECOME(CallIndirectSlowly<false>);                                                \
    acc = reinterpret_cast<uint64_t>(func);                                                     \
    uint8_t* const callee_fp = fp + Offset(pc->imm);                                            \
    AIRWASM_ENTER(callee_fp);                                                                   \
  } while (false)

}  // namespace call_handlers

namespace reg {

AIRWASM_HANDLER Call(AIRWASM_HANDLER_PARAMS) {
  uint8_t* const caller_fp = fp;
  fp += Offset(pc->imm);
  asm(""
      : "+r"(fp));  // or the header's places would be counted from the caller's frame: longer code
  WriteHeader(fp, pc + 2, caller_fp, ctx);
  AIRWASM_GO(EntryOf(static_cast<const FuncCode*>(static_cast<const void*>(pc[1].pointer))));
}

AIRWASM_HANDLER CallImport(AIRWASM_HANDLER_PARAMS) {
  const FuncInst* const func = InContext<FuncInst*>(ctx, Offset(pc->words[0]));
  acc = reinterpret_cast<uint64_t>(func);
  if (func->host != nullptr) AIRWASM_BECOME(CallHostImport);
  uint8_t* const callee_fp = fp + Offset(pc->words[1]);
  AIRWASM_ENTER(callee_fp);
}

AIRWASM_HANDLER CallIndirectSlot(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_CALL_INDIRECT(At<uint64_t>(fp, pc->a));
}
AIRWASM_HANDLER CallIndirectAcc(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_CALL_INDIRECT(acc);
}

AIRWASM_HANDLER CallRefSlot(AIRWASM_HANDLER_PARAMS) {
  acc = At<uint64_t>(fp, pc->a);
  if (acc == gc::kNullRef) [[unlikely]]
    AIRWASM_TRAP_NOW(TrapKind::kNullFunctionReference);
  uint8_t* const callee_fp = fp + Offset(pc->imm);
  AIRWASM_ENTER(callee_fp);
}
AIRWASM_HANDLER CallRefAcc(AIRWASM_HANDLER_PARAMS) {
  if (acc == gc::kNullRef) [[unlikely]]
    AIRWASM_TRAP_NOW(TrapKind::kNullFunctionReference);
  uint8_t* const callee_fp = fp + Offset(pc->imm);
  AIRWASM_ENTER(callee_fp);
}

AIRWASM_HANDLER ReturnCall(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_GO(EntryOf(static_cast<const FuncCode*>(static_cast<const void*>(pc[1].pointer))));
}
AIRWASM_HANDLER ReturnCallIndirect(AIRWASM_HANDLER_PARAMS) {
  const TableInst* const table = InContext<TableInst*>(ctx, Offset(pc[1].words[0]));
  if (acc >= table->size) [[unlikely]]
    AIRWASM_TRAP_NOW(TrapKind::kUndefinedElement);
  const auto* const func =
      reinterpret_cast<const FuncInst*>(table->elements[runtime::MaskIndex(acc, table->size)]);
  if (func == nullptr || func->ctx != ctx || func->type != uint32_t{pc[1].words[1]}) [[unlikely]]
    AIRWASM_BECOME(CallIndirectSlowly<true>);
  AIRWASM_TAIL_ENTER(func);
}
AIRWASM_HANDLER ReturnCallRef(AIRWASM_HANDLER_PARAMS) {
  if (acc == gc::kNullRef) [[unlikely]]
    AIRWASM_TRAP_NOW(TrapKind::kNullFunctionReference);
  const FuncInst* const func = reinterpret_cast<const FuncInst*>(acc);
  if (func->ctx != ctx) AIRWASM_BECOME(TailCallFuncInAcc);
  AIRWASM_TAIL_ENTER(func);
}

#ifndef AIRWASM_STENCILS

AIRWASM_HANDLER ReturnCallImport(AIRWASM_HANDLER_PARAMS) {
  acc = reinterpret_cast<uint64_t>(InContext<FuncInst*>(ctx, Offset(pc->imm)));
  AIRWASM_BECOME(TailCallFuncInAcc);
}

// What FuncCode::entry of a host function leads to: the frame at fp has its header, FuncInst is in
// acc.
AIRWASM_COLD_HANDLER HostEntry(AIRWASM_HANDLER_PARAMS) {
  const FuncInst* const func = reinterpret_cast<const FuncInst*>(acc);
  uint64_t* const slots = reinterpret_cast<uint64_t*>(fp);
  const Cell* const return_pc = reinterpret_cast<const Cell**>(fp)[runtime::kFrameReturnPc];
  uint8_t* const caller_fp = reinterpret_cast<uint8_t**>(fp)[runtime::kFrameCallerFp];
  runtime::StoreContext* const store = ctx->store;
  InstanceContext* caller = nullptr;
  if (caller_fp != nullptr)
    caller = reinterpret_cast<InstanceContext**>(caller_fp)[runtime::kFrameContext];
  const TrapKind kind =
      CallHost(*store, *func, caller, slots, caller_fp == nullptr ? nullptr : return_pc - 1,
               reinterpret_cast<uint64_t*>(caller_fp),
               slots + std::max(func->param_slots, func->result_slots));
  if (kind != TrapKind::kNone) [[unlikely]] {
    // The call failed in its caller.
    acc = static_cast<uint64_t>(kind);
    if (caller != nullptr) {
      pc = return_pc - 1;
      fp = caller_fp;
      ctx = caller;
    }
    AIRWASM_BECOME(HostFailed);
  }
  acc = slots[0];
  facc = ToFacc(std::bit_cast<double>(slots[0]));
  pc = return_pc;
  fp = caller_fp;
  AIRWASM_NEXT(0);
}

// What FuncCode::entry leads to before the first call: bits of the cell is the FuncCode*.
AIRWASM_COLD_HANDLER LazyEntry(AIRWASM_HANDLER_PARAMS) {
  FuncCode* const code = static_cast<FuncCode*>(const_cast<void*>(pc->pointer));
  const uint64_t func = acc;
  if (!TranslateNow(*code, *ctx->store)) AIRWASM_TRAP_NOW(TrapKind::kInvalidFunction);
  acc = func;
  pc = EntryOf(code);
  AIRWASM_NEXT(0);
}

#endif  // AIRWASM_STENCILS

}  // namespace reg
}  // namespace airwasm::interp
