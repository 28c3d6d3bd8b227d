// Streaming validation of one function body (or one constant expression).
//
// Run walks all of it. Another walker can drive the validator by a Step per instruction instead,
// and look at the operand and control stacks in between: types on both are canonical. Storage is
// kept from function to function, so that in steady state nothing is allocated. Spec: core,
// appendix, validation algorithm.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "engine/instr/instr.h"
#include "engine/valid/context.h"

namespace airwasm::valid {

// One entry of the control stack. The function itself is a Block whose label is the return.
struct ControlFrame {
  Op op = Op::Block;         // Block, Loop, If, Else, Try, Catch, CatchAll or TryTable
  bool unreachable = false;  // what follows cannot be reached; the operand stack is polymorphic
  bool has_value = false;    // if there is no `type`: whether the result is `value`, or nothing
  uint32_t height = 0;       // of the operand stack below the construct's parameters
  uint32_t init_height = 0;  // of the log of initialized locals
  ValType value;
  const FuncType* type = nullptr;

  std::span<const ValType> start_types() const {
    return type != nullptr ? std::span<const ValType>(type->params) : std::span<const ValType>();
  }
  std::span<const ValType> end_types() const {
    return type != nullptr ? std::span<const ValType>(type->results)
                           : std::span<const ValType>(&value, has_value ? 1 : 0);
  }
  // What a branch to the construct's label carries.
  std::span<const ValType> label_types() const {
    return op == Op::Loop ? start_types() : end_types();
  }
};

class FunctionValidator {
 public:
  FunctionValidator();
  ~FunctionValidator();
  FunctionValidator(const FunctionValidator&) = delete;
  FunctionValidator& operator=(const FunctionValidator&) = delete;

  // Prepares for the body of a defined function. False on error (in its locals).
  // `context` must live until the next Start.
  bool Start(const ModuleContext& context, uint32_t func_index);
  // Prepares for a constant expression that yields one `type` (canonical) and sees the first
  // `num_globals` globals. Functions that it refers to are marked in `declared`.
  bool StartConst(const ModuleContext& context, ValType type, uint32_t num_globals,
                  std::vector<bool>* declared);

  // Checks one instruction and carries out its effect on the stacks. False on error; then error()
  // says what is wrong, and the validator must be started anew. Not to be called once done().
  bool Step(const Instr& instr);
  // Whether the final `end` has been seen.
  bool done() const { return frames_.empty(); }

  // Validates all instructions of `expr` (which Start or StartConst was told about): does what
  // reading and stepping does, faster (fast_path.cc), and checks that the last is the final `end`.
  bool Run(const syntax::Expr& expr);

  const Error& error() const { return *error_; }
  const ModuleContext& context() const { return *context_; }

  // Bottom first. In unreachable code operands can be kBottom or have the heap type kBottomHeap,
  // and there may be fewer than an instruction pops.
  std::span<const ValType> operands() const { return {base_, static_cast<size_t>(top_ - base_)}; }
  uint32_t height() const { return static_cast<uint32_t>(top_ - base_); }
  // Outermost first.
  std::span<const ControlFrame> frames() const { return frames_; }
  // The frame that label `depth` names; depth < frames().size().
  const ControlFrame& label(uint32_t depth) const { return frames_[frames_.size() - 1 - depth]; }
  bool unreachable() const { return frames_.back().unreachable; }

  // Parameters and locals.
  uint32_t num_params() const { return num_params_; }
  uint32_t num_locals() const { return num_locals_; }
  ValType local_type(uint32_t index) const {
    return index < num_flat_locals_ && flat_locals_[index] != kTracked ? flat_locals_[index]
                                                                       : DeepLocalType(index);
  }

 private:
  struct FastPath;  // fast_path.cc
  friend FastHandlers MakeFastHandlers(const ModuleContext& context);

  struct LocalRun {
    uint32_t end;  // first index after the run
    ValType type;
  };

  // Errors (errors.cc). Each keeps the message and returns false.
  bool Fail(std::string message, ErrorKind kind = ErrorKind::kInvalid);
  bool FailUnknown(std::string_view space, uint32_t index);
  bool FailOperands(std::span<const ValType> required);
  bool FailBlockEnd(std::span<const ValType> required);
  bool FailDisabled(const Instr& instr);

  // Operand stack.
  void ResetStacks();
  bool Reserve(size_t count);
  void Push(ValType type) { *top_++ = type; }  // Step has made room for kStepPushes
  bool PushAll(std::span<const ValType> types);
  bool Matches(ValType actual, ValType expected) const;
  bool Matches(std::span<const ValType> actual, std::span<const ValType> expected) const;
  // Whether the topmost operands match `types`.
  bool Peek(std::span<const ValType> types) const;
  bool Pop(std::span<const ValType> types) {
    if (!Peek(types)) return FailOperands(types);
    Discard(types.size());
    return true;
  }
  bool Pop(std::initializer_list<ValType> types) {
    return Pop(std::span(types.begin(), types.size()));
  }
  bool Pop(ValType type) {
    if (top_ > floor_ && top_[-1] == type) [[likely]] {
      --top_;
      return true;
    }
    return Pop(std::span(&type, 1));
  }
  void Discard(size_t count) { top_ -= std::min(count, static_cast<size_t>(top_ - floor_)); }
  // The topmost operand, any type; kBottom when the stack is polymorphic and empty.
  bool PopAny(ValType& type);
  bool PopRef(ValType& type);

  // Types and indices out of instructions.
  bool Resolve(ValType& type);  // checks a type of the module and makes it canonical
  const CanonicalType* Type(uint32_t index, CompositeKind kind);
  bool CheckLabel(uint32_t depth) { return depth < frames_.size() || FailUnknown("label", depth); }
  const TableType* Table(uint32_t index);
  bool CheckMemory(uint32_t index);
  bool CheckElem(uint32_t index);
  bool CheckData(uint32_t index);
  const CanonicalType* Tag(uint32_t index);

  // Instructions whose types are fixed (function_validator.cc, memory.cc).
  template <Signature kSignature>
  bool Fixed(const Instr& instr);
  bool CheckMemArg(const Instr& instr);
  bool CheckLane(const Instr& instr);

  bool StepSpecial(const Instr& instr);

  // control.cc
  bool BlockTypes(const BlockType& type, ControlFrame& frame);
  bool Enter(const Instr& instr);
  bool PushFrame(ControlFrame& frame, std::span<const ValType> operands);
  bool EndPart();
  bool LeaveFrame();
  void SetUnreachable();
  bool Else();
  bool End();
  bool Br(const Instr& instr);
  bool BrIf(const Instr& instr);
  bool BrTable(const Instr& instr);
  bool Return();
  bool Select();
  bool SelectTyped(const Instr& instr);

  // calls.cc
  bool Call(const Instr& instr);
  bool CallIndirect(const Instr& instr);
  bool CallRef(const Instr& instr);
  bool ApplyCall(const CanonicalType& callee, bool is_tail);

  // exceptions.cc
  bool TryTable(const Instr& instr);
  bool Throw(const Instr& instr);
  bool ThrowRef();
  bool Catch(const Instr& instr);
  bool CatchAll();
  bool Delegate(const Instr& instr);
  bool Rethrow(const Instr& instr);

  // variables.cc
  bool LocalGet(uint32_t index);
  bool LocalSet(uint32_t index, bool is_tee);
  bool AddLocals(uint64_t count, ValType type, ValType flat);
  ValType DeepLocalType(uint32_t index) const;
  bool IsInitialized(uint32_t index, ValType type) const;
  void Initialize(uint32_t index, ValType type);
  void Uninitialize(uint32_t init_height);
  bool GlobalGet(uint32_t index);
  bool GlobalSet(uint32_t index);

  // memory.cc
  bool MemoryInstr(const Instr& instr);
  bool TableInstr(const Instr& instr);

  // references.cc
  bool ReferenceInstr(const Instr& instr);
  bool RefFunc(uint32_t index);
  bool BrOnNull(const Instr& instr);
  bool BrOnNonNull(const Instr& instr);
  bool BrOnCast(const Instr& instr);
  bool TestOrCast(const Instr& instr);

  // gc.cc
  bool StructInstr(const Instr& instr);
  bool ArrayInstr(const Instr& instr);
  bool ArrayCopy(const Instr& instr);
  bool CheckSegmentElements(const Instr& instr, const FieldType& element);

  // Most operands that an instruction pushes one by one.
  static constexpr size_t kStepPushes = 8;
  // Locals beyond these are looked up in runs_: declaring 50,000 takes a few bytes, so they are not
  // laid out one by one.
  static constexpr size_t kFlatLocals = 256;
  // Stands in flat_locals_ for the type of a local that begins uninitialized, and equals none.
  static constexpr ValType kTracked = static_cast<ValKind>(7);

  const ModuleContext* context_ = nullptr;
  const uint8_t* actions_ = nullptr;  // of context_
  ByteReader* reader_ = nullptr;      // of Run
  Instr instr_;                       // of Run
  Op op_ = Op::Nop;                   // the current instruction
  size_t offset_ = 0;

  // The operand stack: [base_, top_), room up to limit_ and kStepPushes beyond. floor_: where the
  // innermost frame's operands begin.
  std::unique_ptr<ValType[]> storage_;
  ValType* base_ = nullptr;
  ValType* top_ = nullptr;
  ValType* floor_ = nullptr;
  ValType* limit_ = nullptr;
  std::vector<ControlFrame> frames_;

  ValType flat_locals_[kFlatLocals];
  uint32_t num_flat_locals_ = 0;
  std::vector<LocalRun> runs_;
  uint32_t num_params_ = 0;
  uint32_t num_locals_ = 0;
  // Local i that is not defaultable is initialized if init_stamps_[i] == stamp_; the log lists
  // those that were initialized in the function, for frames to take back. Stamps save clearing the
  // array for every function.
  std::vector<uint32_t> init_stamps_;
  std::vector<uint32_t> init_log_;
  uint32_t stamp_ = 0;

  // Globals that global.get may name; in constant expressions fewer than there are. declared_ is
  // null in bodies.
  uint32_t num_globals_ = 0;
  std::vector<bool>* declared_ = nullptr;

  std::optional<Error> error_;
};

}  // namespace airwasm::valid
