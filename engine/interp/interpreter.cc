// The Executor of the interpreter: preparation of modules, lazy translation, entry, and the mapping
// of faults and pcs back to wasm.
#include "engine/interp/interpreter.h"

#include <sys/ucontext.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>

#include "engine/base/error_status.h"
#include "engine/base/status_macros.h"
#include "engine/interp/baseline.h"
#include "engine/interp/code.h"
#include "engine/interp/from_native.h"
#include "engine/interp/handler_tables.h"
#include "engine/interp/slow_paths.h"
#include "engine/interp/translator.h"
#include "engine/runtime/enter.h"
#include "engine/runtime/native_entry.h"
#include "engine/runtime/store.h"
#include "engine/valid/function_validator.h"

namespace airwasm::interp {
namespace {

using runtime::FuncCode;

Cell MakeCell(RegOp op) {
  Cell cell{};
  cell.handler = Reg(op);
  return cell;
}
const Cell kHostEntryCell = MakeCell(RegOp::HostEntry);

// Under the module's code_mutex.
void MakeBaseline(runtime::Executor& executor, FunctionCode& function) {
  if (function.baseline != nullptr || !AddBaseline(function)) return;
  const std::span<const uint8_t> native = function.baseline->native();
  executor.counts.functions_baseline.fetch_add(1, std::memory_order_relaxed);
  executor.counts.baseline_bytes.fetch_add(native.size(), std::memory_order_relaxed);
  if (executor.baseline_made) executor.baseline_made(*function.code, native);
}

Checked TranslateFunction(runtime::Executor& executor, runtime::Module& module, FuncCode& code) {
  const std::lock_guard lock(module.code_mutex());
  auto& module_code = static_cast<InterpModuleCode&>(*module.code());
  const Cell* const lazy = &module_code.lazy_cells[code.func_index];
  if (code.entry.load(std::memory_order_acquire) != lazy) return Ok();
  if (!module.options().validate_bodies) {
    valid::FunctionValidator validator;
    if (!validator.Start(module.valid_context(), code.func_index) ||
        !validator.Run(module.syntax().funcs[code.func_index].body))
      return Checked(Error(validator.error()));
  }
  std::unique_ptr<FunctionCode> translated = Translator(module, code.func_index).Run();
  const FunctionCode* const function = translated.get();
  const Cell* const entry = function->cells.data();
  module_code.functions.push_back(std::move(translated));
  try {
    RegisterCode(function);
  } catch (const std::bad_alloc&) {
    module_code.functions.pop_back();
    throw;
  }
  if (module_code.wants_baseline) MakeBaseline(executor, *module_code.functions.back());
  code.frame_slots = function->frame_slots;
  code.entry.store(entry, std::memory_order_release);
  executor.counts.functions_translated.fetch_add(1, std::memory_order_relaxed);
  return Ok();
}

// The wasm pc and fp of a handler that was interrupted: preserve_none has its first parameters in
// these registers, and no handler moves them before its access has happened.
void StateOfFault(const void* machine_context, const Cell** pc, uint64_t** fp) {
  const auto* const context = static_cast<const ucontext_t*>(machine_context);
#if defined(__x86_64__)
  *pc = reinterpret_cast<const Cell*>(context->uc_mcontext.gregs[REG_R12]);
  *fp = reinterpret_cast<uint64_t*>(context->uc_mcontext.gregs[REG_R13]);
#else
#error "the registers of handlers on this machine: name those of pc and fp here"
#endif
}

// An instrumented frame with a handler for exceptions moves its variables, and cannot call with the
// handlers' convention: there this is a frame of its own.
#ifdef AIRWASM_SANITIZED
#define AIRWASM_RUN_INLINE [[gnu::noinline]]
#else
#define AIRWASM_RUN_INLINE [[gnu::always_inline]]
#endif

class Interpreter final : public runtime::Executor {
 public:
  explicit Interpreter(const void* const* native_helpers) : native_helpers_(native_helpers) {
    host_code_.entry.store(&kHostEntryCell, std::memory_order_relaxed);
    host_code_.native.store(runtime::NativeStub(), std::memory_order_relaxed);
  }

  void Prepare(runtime::Module& module) override {
    auto code = std::make_unique<InterpModuleCode>();
    const size_t count = module.syntax().funcs.size();
    counts.functions.fetch_add(count - module.syntax().num_imported_funcs,
                               std::memory_order_relaxed);
    code->lazy_cells.resize(count);
    code->wants_baseline = baseline_from_start;
    for (uint32_t i = 0; i < count; ++i) {
      Cell& cell = code->lazy_cells[i];
      cell = MakeCell(RegOp::LazyEntry);
      cell.pointer = &module.func_code(i);
      module.func_code(i).entry.store(&cell, std::memory_order_release);
    }
    if (native_helpers_ != nullptr) GiveStubs(module, *code);
    module.code() = std::move(code);
  }

  const void* const* native_helpers() const override { return native_helpers_; }
  const FuncCode* host_code() const override { return &host_code_; }

  // FAST: the handlers clobber all registers but rsp and rbp (preserve_none), so the compiler saves
  // what is callee-saved here, once, and no stub lies between C++ and the first cell
  // (bench/micro/call_bench.cc).
  bool Call(runtime::Store& store, runtime::FuncInst& func, uint64_t* fp) override {
    return runtime::EnterWasm(store, func.param_slots, fp, [&func, fp](runtime::Activation&) {
      Run(*func.code, *func.ctx, fp, reinterpret_cast<uint64_t>(&func));
    });
  }

  runtime::NativeOutcome RunFromNative(runtime::Store& store, const FuncCode& code,
                                       runtime::InstanceContext& ctx, uint64_t* fp,
                                       gc::Ref* exception) override {
    const bool ok = runtime::EnterWasm(
        store, code.param_slots, fp, [&](runtime::Activation&) { Run(code, ctx, fp, 0); },
        exception);
    if (ok) return runtime::NativeOutcome::kReturned;
    return *exception != gc::kNullRef ? runtime::NativeOutcome::kThrew
                                      : runtime::NativeOutcome::kTrapped;
  }

  void EnterNatively(FuncCode& code) override {
    const std::lock_guard lock(code.module->code_mutex());
    auto& module_code = static_cast<InterpModuleCode&>(*code.module->code());
    std::vector<Cell>& cells = module_code.native_cells;
    if (cells.empty()) cells.resize(module_code.lazy_cells.size(), MakeCell(RegOp::NativeEntry));
    Cell& cell = cells[code.func_index];
    cell.pointer = &code;
    code.entry.store(&cell, std::memory_order_release);
  }

  void AddBaseline(runtime::Module& module) override {
    const std::lock_guard lock(module.code_mutex());
    auto& code = static_cast<InterpModuleCode&>(*module.code());
    if (std::exchange(code.wants_baseline, true)) return;
    for (const std::unique_ptr<FunctionCode>& function : code.functions)
      MakeBaseline(*this, *function);
  }

  void RunTailCallee(runtime::Activation& activation) override {
    const FuncCode& code = **static_cast<const FuncCode* const*>(activation.tail_callee);
    Run(code, *activation.tail_ctx, activation.native_slots,
        reinterpret_cast<uint64_t>(activation.tail_callee));
  }

  Checked Translate(runtime::Module& module) override {
    for (uint32_t i = module.syntax().num_imported_funcs; i < module.syntax().funcs.size(); ++i)
      RETURN_IF_ERROR(TranslateFunction(*this, module, module.func_code(i)));
    return Ok();
  }

  runtime::CodeLocation Locate(const Cell* pc, bool is_return_address) const override {
    if (is_return_address) --pc;
    const FunctionCode* const code = FindCode(pc);
    if (code == nullptr) return {};
    return {code->code, code->OffsetOf(pc)};
  }

  bool OwnsFault(const void* native_pc, void* machine_context, const Cell** wasm_pc,
                 uint64_t** fp) const override {
    const Cell* const baseline_pc = BaselineCellAt(native_pc);
    if (baseline_pc == nullptr && !IsHandlerCode(native_pc)) return false;
    StateOfFault(machine_context, wasm_pc, fp);
    if (baseline_pc != nullptr) *wasm_pc = baseline_pc;
    return true;
  }

  // A handler has no native frame, so a bare return at the fault leads back into Call.
  const void* trap_landing() const override {
    return reinterpret_cast<const void*>(Reg(RegOp::Exit));
  }

 private:
  // `func` is looked at by the entry of host functions only. Baseline code has no type in front of
  // it that -fsanitize=function would find.
  [[clang::no_sanitize("function")]] AIRWASM_RUN_INLINE static void Run(
      const FuncCode& code, runtime::InstanceContext& ctx, uint64_t* fp, uint64_t func) {
    reinterpret_cast<const Cell**>(fp)[runtime::kFrameReturnPc] = &airwasm_exit_cells[1];
    reinterpret_cast<uint64_t**>(fp)[runtime::kFrameCallerFp] = nullptr;
    reinterpret_cast<runtime::InstanceContext**>(fp)[runtime::kFrameContext] = &ctx;
    const Cell* const entry = code.entry.load(std::memory_order_acquire);
    Handler* const run = AIRWASM_DISPATCH(*entry);
    run(entry, reinterpret_cast<uint8_t*>(fp), ctx.mem0_base, &ctx, func, Facc{});
  }

  FuncCode host_code_;
  const void* const* native_helpers_;
};

}  // namespace

// A tail call that leaves the instance steps back from a return pc; from Exit it need not, but the
// first cell makes the step harmless.
const Cell airwasm_exit_cells[2] = {MakeCell(RegOp::Exit), MakeCell(RegOp::Exit)};

bool TranslateNow(FuncCode& code, runtime::StoreContext& store) {
  const Checked result = TranslateFunction(store.store->executor(), *code.module, code);
  if (!result.ok()) store.store->host_error = ToStatus(result.error());
  return result.ok();
}

std::unique_ptr<runtime::Executor> NewInterpreter(const void* const* native_helpers) {
#if defined(__x86_64__)
  // What handlers are compiled for (CMakeLists.txt).
  if (!__builtin_cpu_supports("x86-64-v2")) {
    std::fputs("airwasm: this processor lacks SSE4.2 and POPCNT, which the interpreter needs\n",
               stderr);
    std::abort();
  }
#endif
  return std::make_unique<Interpreter>(native_helpers);
}

}  // namespace airwasm::interp
