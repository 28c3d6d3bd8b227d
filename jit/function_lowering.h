// Lowers the body of one function to LLVM IR, in one pass over its instructions.
//
// Values on the operand stack are SSA values: i32, i64, float, double, <2 x i64> for v128, and i64
// for every reference. Locals become SSA too (ssa.h): there is no alloca. Code that cannot be
// reached is not lowered. Only valid bodies may be given.
//
// What the lower_*.cc files use is the public part; the control stack is lower_control.cc's.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "airwasm/trap_kind.h"
#include "engine/instr/instr.h"
#include "engine/runtime/module.h"
#include "jit/module_lowering.h"
#include "jit/ssa.h"
#include "llvm/IR/IRBuilder.h"

namespace airwasm::jit {

using llvm::Value;

// A loop that compiled code is entered at with the interpreter's frame: what lies where.
struct OsrEntry {
  struct Slot {
    bool is_const = false;
    uint32_t slot = 0;
    uint64_t bits[2] = {0, 0};
  };
  uint32_t loop_offset = 0;      // of the loop instruction, from the start of the body
  std::vector<uint32_t> locals;  // slot of each local
  std::vector<Slot> operands;    // all operands at the loop's label, parameters of the loop included
};

class FunctionLowering {
 public:
  // `function` is of the universal type, or with `osr` of EnterType(); it has no body yet.
  FunctionLowering(ModuleLowering& module, uint32_t func_index, llvm::Function* function,
                   const OsrEntry* osr = nullptr);
  // False when the function is more than this tier takes on; `reason` says why.
  bool Run(std::string* reason);

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
  Value* PopAs(llvm::Type* vector) { return builder_.CreateBitCast(Pop(), vector); }
  void PushV128(Value* vector) { Push(builder_.CreateBitCast(vector, V128())); }
  // i1 → i32.
  void PushBool(Value* condition) { Push(builder_.CreateZExt(condition, I32())); }

  // Ends in a trap when the i1 `condition` holds; goes on in a new block otherwise.
  void TrapIf(Value* condition, TrapKind kind);
  // Ends in a trap; what follows in the wasm block is not reached.
  void Trap(TrapKind kind);
  // Ends in the trap that the i32 TrapKind says, unless that is kNone.
  void TrapIfKind(Value* kind);

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
  // Load and store at such an address, unaligned, in `memory`'s alias class.
  llvm::LoadInst* LoadMemory(llvm::Type* type, Value* address, uint32_t memory);
  llvm::StoreInst* StoreMemory(Value* value, Value* address, uint32_t memory);
  // Load and store elsewhere.
  llvm::LoadInst* Load(llvm::Type* type, Value* address, Region region);
  llvm::StoreInst* Store(Value* value, Value* address, Region region);
  Value* Offset(Value* address, uint64_t bytes);  // a byte further on
  Value* Offset(Value* address, Value* bytes);

  // Calls a function of native_helpers.def; the context is passed first by itself. Helpers that
  // trap do not return.
  Value* CallHelper(Helper helper, llvm::ArrayRef<Value*> args);

  // Calls. `results` are pushed. `callee_word`: native.h.
  void EmitCall(const FuncType& type, Value* code, Value* context, Value* callee_word, bool tail);

  // Control, for lower_control.cc and for what branches (br_on_null, br_on_cast, catches).
  //
  // Goes to label `depth` with the topmost operands, which stay on the stack.
  void BranchTo(uint32_t depth);
  // The same when the i1 `condition` holds; goes on in a new block otherwise. `likely`: -1 unlikely,
  // 0 unknown, 1 likely.
  void BranchIf(uint32_t depth, Value* condition, int likely = 0);
  llvm::BasicBlock* NewBlock(const char* name);
  // Continues in `block`, whose predecessors are all known.
  void StartBlock(llvm::BasicBlock* block);
  bool reachable() const { return reachable_; }

  llvm::Function* function() { return function_; }

 private:
  friend struct ControlLowering;
  struct Control {
    Op op = Op::Block;
    uint32_t height = 0;  // operands below
    std::vector<ValType> params, results;
    llvm::BasicBlock* target = nullptr;      // of branches; for a loop its header
    llvm::BasicBlock* otherwise = nullptr;   // of an `if` without its else yet
    std::vector<Value*> else_params;         // what the else begins with
    std::vector<llvm::PHINode*> phis;        // of the target, one per value of the label
    llvm::BasicBlock* outer_pad = nullptr;   // of a try: where throws outside of it go
    bool reached = false;                    // some branch goes to the target
    bool is_function = false;
  };

  void Step(const Instr& instr);
  bool SkipUnreachable(const Instr& instr);
  void MarkUnreachable();
  void BeginFunction();
  void BeginOsr();
  void CheckStack();
  Value* ReadLocal(uint32_t index) { return ssa_.Read(index, builder_.GetInsertBlock()); }
  void EmitReturn();
  Control& Target(uint32_t depth) { return controls_[controls_.size() - 1 - depth]; }
  llvm::CallBase* CreateCall(llvm::FunctionType* type, Value* callee, llvm::ArrayRef<Value*> args);
  void SetLocation(const Instr& instr);

  ModuleLowering& module_;
  const uint32_t func_index_;
  const syntax::Function& func_;
  const FuncType& type_;
  llvm::Function* function_;
  const OsrEntry* osr_;
  llvm::IRBuilder<> builder_;
  llvm::BasicBlock* entry_ = nullptr;
  llvm::Instruction* entry_end_ = nullptr;  // loads that every path may use stand before it
  Value* context_ = nullptr;
  Value* fp_ = nullptr;  // of an OSR entry: the interpreter's frame
  Value* store_ = nullptr;
  Value* type_ids_ = nullptr;
  Value* func_codes_ = nullptr;
  Value* helpers_ = nullptr;
  std::vector<std::pair<uint32_t, Value*>> pointers_;  // ContextPointer, by offset
  SsaBuilder ssa_;
  std::vector<ValType> locals_;
  std::vector<Value*> stack_;
  std::vector<Control> controls_;
  bool reachable_ = true;
  uint32_t skip_depth_ = 0;
  // Where a throw goes; null: out of the function.
  llvm::BasicBlock* pad_ = nullptr;
  bool too_much_ = false;
  std::string reason_;
};

}  // namespace airwasm::jit
