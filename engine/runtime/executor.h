// How the runtime runs code without knowing the tiers: the interpreter implements Executor and the
// engine owns one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "airwasm/host_call.h"
#include "airwasm/trap_kind.h"
#include "engine/base/error.h"
#include "engine/runtime/context.h"

namespace airwasm::runtime {

// Where a function stands, for backtraces.
struct CodeLocation {
  const FuncCode* code = nullptr;
  size_t module_offset = 0;  // of the wasm instruction, from the start of the module
};

class Executor {
 public:
  virtual ~Executor() = default;

  // Called once for each validated-or-lazy module, before its first instance: points every
  // FuncCode::entry at the lazy translation cell.
  virtual void Prepare(Module& module) = 0;
  // The FuncCode that all host functions share: its entry calls FuncInst::host.
  virtual const FuncCode* host_code() const = 0;

  // Runs `func` to its end, a trap or an uncaught exception. `fp` is a frame position on the
  // store's current value stack with the arguments in place and room for the header below; results
  // end up at the same place. Returns kNone, or the kind of trap; details are in `activation`.
  //
  // The caller (Store::CallInPlace) has filled previous, store, first_fp and top, has pushed it on
  // store.activation and pops it afterwards. The executor writes native_sp on entry, and on a trap
  // leaves pc, fp (the frame that trapped), trap and exception behind; the frames stay as they
  // were, for the backtrace.
  virtual TrapKind Call(StoreContext& store, FuncInst& func, uint64_t* fp,
                        Activation& activation) = 0;

  // Translates the whole module now. The first invalid body is the error.
  virtual Checked Translate(Module& module) = 0;

  // The wasm instruction that `pc` belongs to. `is_return_address`: pc is where a call returns to,
  // so the call is meant.
  virtual CodeLocation Locate(const Cell* pc, bool is_return_address) const = 0;

  // If the fault at native `pc` was raised by a memory access of this tier's code, the registers
  // tell where wasm stood: fills `wasm_pc` and `fp` from the machine context (a ucontext_t*).
  // Async-signal-safe.
  virtual bool OwnsFault(const void* native_pc, void* machine_context, const Cell** wasm_pc,
                         uint64_t** fp) const = 0;
  // Where the fault handler sends a thread whose fault this tier owns: code that expects the
  // Activation* in the first argument register (rdi, x0), takes the stack pointer from
  // Activation::native_sp and returns Activation::trap from Call. pc, fp and trap are set by then.
  virtual const void* trap_landing() const = 0;
};

}  // namespace airwasm::runtime
