// Lowers the body of one function to LLVM IR, in one pass over its instructions.
//
// Values on the operand stack are SSA values: i32, i64, float, double, <2 x i64> for v128, and i64
// for every reference. Locals become SSA too (ssa.h): there is no alloca. Code that cannot be
// reached is not lowered. Only valid bodies may be given.
//
// What the lower_*.cc files use is the public part; the control stack is lower_control.cc's.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "airwasm/trap_kind.h"
#include "engine/instr/instr.h"
#include "engine/runtime/module.h"
#include "jit/module_lowering.h"
#include "jit/ssa.h"
#include "llvm/IR/IRBuilder.h"

namespace airwasm::jit {

using llvm::Value;

using OsrEntry = runtime::LoopEntry;

class FunctionLowering {
 public:
  // `function` is of the universal type, or with `osr` of EnterType(); it has no body yet.
  FunctionLowering(ModuleLowering& module, uint32_t func_index, llvm::Function* function,
                   Budget& budget, const OsrEntry* osr = nullptr);
  // False: `budget` is spent or the request cancelled, and the function is not whole.
  bool Run();
  // In place of that: a body that goes on in what the interpreter has for the function.
  void Forward();

  // ---- For the lowerings of instructions.

  llvm::IRBuilder<>& b() { return builder_; }
  ModuleLowering& module() { return module_; }
  const runtime::Module& wasm() const { return module_.wasm(); }

  void Push(Value* value) { stack_.push_back(value); }
  Value* Pop() {
    Value* const value = stack_.back();
    stack_.pop_back();
    return value;
  }
  // Types of values.
  llvm::Type* I1() { return builder_.getInt1Ty(); }
  llvm::Type* I8() { return builder_.getInt8Ty(); }
  llvm::Type* I16() { return builder_.getInt16Ty(); }
  llvm::Type* I32() { return builder_.getInt32Ty(); }
  llvm::Type* I64() { return builder_.getInt64Ty(); }
  llvm::Type* F32() { return builder_.getFloatTy(); }
  llvm::Type* F64() { return builder_.getDoubleTy(); }
  llvm::Type* Ptr() { return builder_.getPtrTy(); }
  llvm::Type* V128() { return module_.v128(); }
  llvm::Type* TypeOf(ValType type) { return module_.TypeOf(type); }
  Value* Const32(uint32_t value) { return builder_.getInt32(value); }
  Value* Const64(uint64_t value) { return builder_.getInt64(value); }
  // v128 popped or pushed as another vector type of 128 bits.
  Value* PopAs(llvm::Type* vector) { return BitCast(Pop(), vector); }
  void PushV128(Value* vector) { Push(BitCast(vector, V128())); }
  // A constant is cast at once, so that what is computed from it is a constant as well.
  Value* BitCast(Value* value, llvm::Type* type);
  // i1 → i32.
  void PushBool(Value* condition) { Push(builder_.CreateZExt(condition, I32())); }

  // Ends in a trap when the i1 `condition` holds; goes on in a new block otherwise.
  void TrapIf(Value* condition, TrapKind kind);
  // Ends in a trap; what follows in the wasm block is not reached.
  void Trap(TrapKind kind);

  // The fields of the instance's context, at a byte offset that ContextLayout or context.h names.
  Value* ContextAddress(uint32_t offset);
  // One that never changes once the instance exists: pointers to memories, tables, imported
  // functions and globals, tags.
  Value* ContextPointer(uint32_t offset);
  Value* Context() { return context_; }
  Value* StorePtr();   // StoreContext*
  Value* TypeIds();    // const TypeId*, by TypeIdx
  Value* FuncCodes();  // FuncCode*, by FuncIdx
  // The canonical id (i32) of a type of the module. It differs from process to process, so it is
  // loaded.
  Value* TypeIdOf(TypeIdx type);

  // Memory accesses. `index` is the address operand (i32 or i64); bounds are checked where guard
  // pages do not. `bytes`: width of the access.
  Value* MemoryAddress(const MemArg& mem, uint32_t bytes, Value* index);
  // The same, always checked; `index` is an i64.
  Value* CheckedAddress(const MemArg& mem, uint32_t bytes, Value* index);
  Value* MemorySizeBytes(uint32_t memory);
  Region RegionOfMemory(uint32_t memory);
  // Load and store at such an address, unaligned, in `memory`'s alias class.
  llvm::LoadInst* LoadMemory(llvm::Type* type, Value* address, uint32_t memory);
  llvm::StoreInst* StoreMemory(Value* value, Value* address, uint32_t memory);
  // Load and store elsewhere.
  llvm::LoadInst* Load(llvm::Type* type, Value* address, Region region);
  llvm::StoreInst* Store(Value* value, Value* address, Region region);
  Value* Offset(Value* address, uint64_t bytes);  // a byte further on
  Value* Offset(Value* address, Value* bytes);

  // Sixteen bytes on the native stack, for a helper to read.
  Value* Temporary();

  // Calls a function of native_helpers.def; the context is passed first by itself. Helpers that
  // trap do not return.
  Value* CallHelper(Helper helper, llvm::ArrayRef<Value*> args);
  Value* HelperAddress(Helper helper);

  // Calls: arguments are popped, results pushed; with `tail` the function ends.
  void CallFunction(uint32_t func_index, bool tail);
  void CallFuncInst(const FuncType& type, Value* func, llvm::Function* host_call, bool tail);
  void CallIndirect(const Instr& instr, bool tail);
  Value* MaskIndex(Value* index, Value* size);
  void CallRef(const Instr& instr, bool tail);

  // Control, for lower_control.cc and for what branches (br_on_null, br_on_cast, catches).
  //
  // Goes to label `depth` with the topmost operands, which stay on the stack.
  void BranchTo(uint32_t depth);
  // The same when the i1 `condition` holds; goes on in a new block otherwise. `likely`: -1
  // unlikely, 0 unknown, 1 likely.
  void BranchIf(uint32_t depth, Value* condition, int likely = 0);
  llvm::BasicBlock* NewBlock(const char* name = "");
  // Continues in `block`, whose predecessors are all known.
  void StartBlock(llvm::BasicBlock* block);
  bool reachable() const { return reachable_; }
  // What follows in the wasm block is not reached.
  void MarkUnreachable();
  void Block(const Instr& instr);
  void Loop(const Instr& instr);
  void If(const Instr& instr);
  void Else();
  void End();
  void BrTable(const Instr& instr);
  void Return();  // from the current frame, with the topmost operands
  void TryTable(const Instr& instr);
  void Try(const Instr& instr);
  void Catch(const Instr& instr);  // and catch_all
  void Delegate(const Instr& instr);
  void Throw(uint32_t tag_index);
  void RethrowCaught(uint32_t depth);
  void ThrowRef();
  Value* ReadLocal(uint32_t index) {
    return ssa_.Read(frame_.local_base + index, builder_.GetInsertBlock());
  }
  void WriteLocal(uint32_t index, Value* value) {
    ssa_.Write(frame_.local_base + index, builder_.GetInsertBlock(), value);
  }

  llvm::Function* function() { return function_; }
  // An OSR entry stands in more loops than a function of this size may be copied for: what was made
  // is of no use.
  bool too_nested() const { return too_nested_; }

 private:
  // A place that exceptions of calls inside a try go to. `dispatch` tries its catches in turn; what
  // none of them wants goes on to `outer`.
  struct Pad {
    llvm::BasicBlock* landing = nullptr;   // unwind destination of calls, made with the first
    llvm::BasicBlock* dispatch = nullptr;  // has the exception as its phi
    llvm::PHINode* exception = nullptr;
    Pad* outer = nullptr;
  };
  struct Control {
    Op op = Op::Block;
    uint32_t height = 0;  // operands below
    std::vector<ValType> params, results;
    llvm::BasicBlock* target = nullptr;     // of branches; for a loop its header
    std::vector<llvm::PHINode*> phis;       // of the target, one per value of the label
    llvm::BasicBlock* otherwise = nullptr;  // of an `if` without its else yet
    std::vector<Value*> start;              // what the `else` begins with
    bool reached = false;                   // some branch goes to the target
    bool is_function = false;
    bool in_loop = false;                    // or is one
    size_t offset = 0;                       // of the instruction, from the start of the module
    bool goes_on_elsewhere = false;          // a loop whose target is a Reentry
    Pad* pad = nullptr;                      // of a try
    Pad* inside = nullptr;                   // the innermost one for what stands in the block
    Value* caught = nullptr;                 // in a legacy catch: the exception
    std::vector<CatchClause> catches;        // of a try_table
    llvm::BasicBlock* next_catch = nullptr;  // of a legacy try: tests the next catch
    std::span<const ValType> label() const { return op == Op::Loop ? params : results; }
  };

  // The function whose body is being lowered: the one that is made, or one inlined into it.
  struct Frame {
    uint32_t func_index = 0;
    const syntax::Function* func = nullptr;
    const FuncType* type = nullptr;
    uint32_t local_base = 0;    // of its LocalIdx 0 in locals_
    uint32_t control_base = 0;  // index of the block that stands for it
    uint32_t depth = 0;
    uint32_t call = tier::kNoLocation;  // where it was inlined
  };

  // An OSR entry into a nest of loops is no loop that LLVM knows: it has two ways in. So the code
  // from the entry on is made again, once for each loop around it: what goes back to such a loop
  // goes on in a copy that is entered at that loop's header alone, from here.
  struct Reentry {
    size_t offset = 0;  // of the loop
    llvm::BasicBlock* block = nullptr;
    std::vector<llvm::PHINode*> phis;  // per value of the label
  };

  // function_lowering.cc
  void RunFunction();
  void RunBody();
  void RunCopy(const Reentry& entry);
  void AddLocals();
  bool ShouldInline(uint32_t func_index) const;
  void Inline(uint32_t func_index);
  void EmitTrap(TrapKind kind);
  void Step(const Instr& instr);
  bool SkipUnreachable(const Instr& instr);
  void BeginFunction();
  void FinishEntry();
  llvm::CallBase* CreateCall(llvm::FunctionType* type, Value* callee, llvm::ArrayRef<Value*> args);
  void SetLocation(const Instr& instr);
  void BeginSegment();  // fuel
  void EndSegment();
  void Poll();

  // lower_context.cc
  Value* LoadInEntry(Value* base, uint64_t offset);
  Value* MemoryBase(uint32_t memory);

  // lower_control.cc
  Control& PushControl(const Instr& instr);
  bool IsOsrLoop(const Instr& instr) const;
  void EnterLoopByOsr(llvm::BasicBlock* header);
  void EnterLoopAgain(const Reentry& entry);
  void ChooseReentries();
  void LeaveForReentries();
  void Continue(Control& control);
  void AddIncoming(Control& target);
  void EmitReturn();
  Control& Target(uint32_t depth) { return controls_[controls_.size() - 1 - depth]; }
  // Whether the label is that of the function that is made. An inlined one is a block.
  bool IsReturn(uint32_t depth) const { return depth + 1 == controls_.size(); }
  std::span<Value* const> Top(size_t count) const { return {stack_.end() - count, stack_.end()}; }

  // lower_calls.cc
  // `callee_word` (native.h) may be null when `code` is compiled code for sure.
  void EmitCall(const FuncType& type, Value* code, Value* context, Value* callee_word, bool tail);
  void CallLikely(TypeIdx type_index, const std::vector<uint32_t>& likely, Value* is_null,
                  Value* func, bool tail, llvm::function_ref<Value*()> otherwise);
  Value* ArgBuffer();
  void ReturnValues(std::span<Value* const> values);
  void PushResultsOf(llvm::CallBase* call, const FuncType& type);
  void SaveToSlots(std::span<Value* const> values, std::span<const ValType> types);
  void SaveToSlot(Value* value, uint32_t slot);

  // lower_exceptions.cc
  Pad* NewPad();
  llvm::BasicBlock* DispatchOf(Pad& pad);
  llvm::BasicBlock* LandingOf(Pad& pad);
  void Rethrow(Value* exception, Pad* pad);
  Value* TagOf(Value* exception);
  void PushPayload(Value* exception, uint32_t tag_index);
  llvm::BasicBlock* TestTag(Value* exception, uint32_t tag_index);
  bool StartDispatch(Pad& pad);
  void EndTryTable();
  void EndTry(Pad* target);

  ModuleLowering& module_;
  const uint32_t func_index_;
  const FuncType& type_;  // of the function that is made
  llvm::Function* function_;
  Budget& budget_;
  const OsrEntry* osr_;
  llvm::IRBuilder<> builder_;
  Frame frame_;
  std::vector<uint32_t> inlined_;  // functions around the current frame
  size_t inlined_bytes_ = 0;
  size_t call_offset_ = 0;  // of the current instruction, from the start of the module
  llvm::BasicBlock* entry_ = nullptr;
  llvm::Instruction* entry_end_ = nullptr;  // loads that every path may use stand before it
  Value* context_ = nullptr;
  Value* fp_ = nullptr;  // of an OSR entry: the interpreter's frame
  Value* temporary_ = nullptr;
  std::unordered_map<uint32_t, Value*> pointers_;  // ContextPointer and MemoryBase, by offset
  SsaBuilder ssa_;
  std::vector<ValType> locals_;
  std::vector<Value*> stack_;
  std::vector<Control> controls_;
  std::vector<Reentry> reentries_;  // of an OSR entry: from the outermost loop inward
  bool too_nested_ = false;
  const Reentry* reentry_ = nullptr;  // that of the copy that is being made
  std::vector<Value*> osr_operands_;  // all that was on the operand stack
  std::vector<std::unique_ptr<Pad>> pads_;
  Pad* pad_ = nullptr;  // where exceptions of calls go; null: out of the function
  bool reachable_ = true;
  uint32_t skip_depth_ = 0;
  bool has_calls_ = false;
  llvm::Instruction* consume_ = nullptr;  // fuel of the current segment
  uint64_t segment_ = 0;                  // its instructions
};

}  // namespace airwasm::jit
