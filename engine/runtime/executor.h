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

enum class NativeOutcome : int;  // native_entry.h

// Where a function stands, for backtraces.
struct CodeLocation {
  const FuncCode* code = nullptr;
  size_t module_offset = 0;  // of the wasm instruction, from the start of the module
};

// Is told of every module that an engine makes, once it is ready to be instantiated.
class ModuleObserver {
 public:
  virtual ~ModuleObserver() = default;
  virtual void Created(Module& module) = 0;
};

class Executor {
 public:
  virtual ~Executor() = default;
  ModuleObserver* observer = nullptr;  // borrowed; set before the first module is made

  // Called once for each validated-or-lazy module, before its first instance: points every
  // FuncCode::entry at the lazy translation cell.
  virtual void Prepare(Module& module) = 0;
  // The functions of native_helpers.def, in its order; null: no code is ever compiled.
  virtual const void* const* native_helpers() const { return nullptr; }
  // The FuncCode that all host functions share: its entry calls FuncInst::host.
  virtual const FuncCode* host_code() const = 0;

  // Runs `func` to its end, a trap or an uncaught exception. `fp` is a frame position on the
  // store's current value stack with the arguments in place and room for the header below, or null
  // (Store::PrepareCall); results end up at the same place. False: trapped.
  //
  // An executor does this by EnterWasm (enter.h), which gives it an activation. On a trap it leaves
  // pc, fp (the frame that trapped), trap and exception behind in there; the frames stay as they
  // were, for the backtrace.
  virtual bool Call(Store& store, FuncInst& func, uint64_t* fp) = 0;

  // Runs `code` for a call that compiled code makes, in an activation of its own. `fp` is a frame
  // position as for Call. kThrew: `*exception` is not caught in there.
  virtual NativeOutcome RunFromNative(Store& store, const FuncCode& code, InstanceContext& ctx,
                                      uint64_t* fp, Ref* exception) = 0;

  // From now on calls of `code` enter its compiled code: `native` and `native_entry` are set.
  // Threads: any.
  virtual void EnterNatively(FuncCode& code) = 0;

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
  // Activation* in the first argument register (rdi, x0) and goes back to where Call entered it;
  // code with native frames takes the stack pointer from Activation::native_sp, which it has left
  // there. The activation's pc, fp and trap are set by then.
  virtual const void* trap_landing() const = 0;
};

}  // namespace airwasm::runtime
