// How the runtime runs code without knowing the tiers: the interpreter implements Executor and the
// engine owns one.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

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

// A loop that compiled code is to be entered at, with the interpreter's frame: where its values
// lie.
struct LoopEntry {
  struct Slot {
    bool is_const = false;
    uint32_t slot = 0;
    uint64_t bits = 0;
  };
  uint32_t loop_offset = 0;      // of the loop instruction, from the start of the function's body
  std::vector<uint32_t> locals;  // slot of each local
  std::vector<Slot> operands;    // everything on the operand stack at the loop's label
};

// What decides which functions are compiled (engine/tier). Threads: any.
class TierObserver {
 public:
  virtual ~TierObserver() = default;
  // A module is ready to be instantiated.
  virtual void Created(Module& module) = 0;
  virtual void Opened(StoreContext& store) = 0;
  virtual void Closing(StoreContext& store) = 0;
  // kPollSample was seen at the entry of an interpreted function, with the frame of a call in
  // place. If it has compiled code afterwards, that is entered. `caller`: the call, if wasm calls.
  virtual void SampledEntry(StoreContext& store, const FuncCode& code,
                            const CodeLocation& caller) = 0;
  // ... at a loop header. Returns the compiled code to go on in, of the entry signature, or null.
  // `describe` makes the LoopEntry when it is needed.
  virtual const void* SampledLoop(StoreContext& store, const FuncCode& code, uint32_t loop_offset,
                                  const std::function<LoopEntry()>& describe) = 0;
};

class Executor {
 public:
  virtual ~Executor() = default;
  TierObserver* observer = nullptr;  // borrowed; set before the first module is made
  // A host function that could as well be wasm becomes wasm after so many calls (component/canon);
  // 0: at once; UINT32_MAX: never, for it gains nothing where wasm is only interpreted. Set before
  // the first module is made.
  uint32_t host_calls_before_wasm = UINT32_MAX;
  // What was done so far. Threads: any.
  struct Counts {
    std::atomic<uint64_t> functions = 0;  // of the modules that were prepared, defined there
    std::atomic<uint64_t> functions_translated = 0;
    std::atomic<uint64_t> functions_baseline = 0;  // of these, those with baseline code
    std::atomic<uint64_t> baseline_bytes = 0;      // of that code
  };
  Counts counts;

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

  // Modules get baseline code from the start (AddBaseline), and who is told of it. Set before the
  // first one is made.
  bool baseline_from_start = false;
  std::function<void(const FuncCode& code, std::span<const uint8_t> native)> baseline_made;
  // `module` runs for long enough that machine code without a compiler is worth its while: what is
  // translated of it, and what will be, gets it where the executor can. Threads: any.
  virtual void AddBaseline(Module&) {}

  // From now on calls of `code` enter its compiled code: `native` and `native_entry` are set.
  // Threads: any.
  virtual void EnterNatively(FuncCode& code) = 0;

  // Goes on with Activation::tail_callee, for which compiled code that the host has called was left
  // (NativeOutcome::kTailCall): in the frame native_slots, as Call does. For executors that have
  // compiled code.
  virtual void RunTailCallee(Activation&) {}

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
