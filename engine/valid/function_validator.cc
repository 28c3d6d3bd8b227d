// The validator's stacks, and the dispatch of one instruction.
//
// Rows of opcodes.def with a fixed signature are checked here by one template over the signature;
// the others are told apart in StepSpecial and checked in the file of their topic. Spec: core,
// appendix, validation algorithm.
#include "engine/valid/function_validator.h"

#include <algorithm>
#include <cassert>

#include "engine/base/limits.h"
#include "engine/valid/sig_types.h"

namespace airwasm::valid {
namespace {

constexpr size_t kInitialOperands = 1024;
constexpr size_t kInitialFrames = 64;

template <SigTypes kTypes>
struct Operands {
  ValType types[kTypes.count == 0 ? 1 : kTypes.count];
  constexpr explicit Operands(ValType address) : types{} {
    for (size_t i = 0; i < kTypes.count; ++i) types[i] = ToValType(kTypes.types[i], address);
  }
  std::span<const ValType> span() const { return {types, kTypes.count}; }
};

}  // namespace

FunctionValidator::FunctionValidator() = default;
FunctionValidator::~FunctionValidator() = default;

void FunctionValidator::ResetStacks() {
  if (storage_ == nullptr) {
    storage_ = std::make_unique_for_overwrite<ValType[]>(kInitialOperands);
    base_ = storage_.get();
    limit_ = base_ + kInitialOperands - kStepPushes;
    frames_.reserve(kInitialFrames);
  }
  top_ = floor_ = base_;
  frames_.clear();
  error_.reset();
  runs_.clear();
  init_log_.clear();
  num_params_ = num_locals_ = num_flat_locals_ = 0;
}

bool FunctionValidator::Start(const ModuleContext& context, uint32_t func_index) {
  context_ = &context;
  actions_ = context.actions.data();
  ResetStacks();
  num_globals_ = static_cast<uint32_t>(context.globals.size());
  declared_ = nullptr;
  if (++stamp_ == 0) {
    std::fill(init_stamps_.begin(), init_stamps_.end(), 0);
    stamp_ = 1;
  }

  const FuncType& type = context.funcs[func_index]->type.func;
  const syntax::Function& function = context.module->funcs[func_index];
  op_ = Op::Block;
  offset_ = function.body.offset;
  for (ValType param : type.params) {
    if (!AddLocals(1, param, param)) return false;
  }
  num_params_ = num_locals_;
  for (auto [count, local] : function.locals) {
    if (!local.IsNumber() && !Resolve(local)) return false;
    if (!AddLocals(count, local, local.IsDefaultable() ? local : kTracked)) return false;
  }
  frames_.emplace_back().type = &type;
  return true;
}

bool FunctionValidator::StartConst(const ModuleContext& context, ValType type, uint32_t num_globals,
                                   std::vector<bool>* declared) {
  context_ = &context;
  actions_ = context.const_actions.data();
  ResetStacks();
  num_globals_ = num_globals;
  declared_ = declared;
  ControlFrame& frame = frames_.emplace_back();
  frame.has_value = true;
  frame.value = type;
  return true;
}

bool FunctionValidator::Reserve(size_t count) {
  const size_t height = static_cast<size_t>(top_ - base_);
  const size_t capacity = static_cast<size_t>(limit_ - base_);
  if (height + count <= capacity) return true;
  if (height + count > limits::kOperandStack) {
    return Fail(
        "too many operands on the stack: the limit is " + std::to_string(limits::kOperandStack),
        ErrorKind::kLimit);
  }
  const size_t grown = std::max(2 * capacity, height + count);
  auto storage = std::make_unique_for_overwrite<ValType[]>(grown + kStepPushes);
  std::copy(base_, top_, storage.get());
  floor_ = storage.get() + (floor_ - base_);
  storage_ = std::move(storage);
  base_ = storage_.get();
  top_ = base_ + height;
  limit_ = base_ + grown;
  return true;
}

bool FunctionValidator::PushAll(std::span<const ValType> types) {
  if (!Reserve(types.size())) return false;
  top_ = std::copy(types.begin(), types.end(), top_);
  return true;
}

bool FunctionValidator::Matches(ValType actual, ValType expected) const {
  if (actual == expected || actual.IsBottom()) return true;
  if (!actual.IsRef() || !expected.IsRef()) return false;
  if (actual.heap_type() == kBottomHeap) return !actual.nullable() || expected.nullable();
  return context_->registry->IsSubtype(actual, expected);
}

bool FunctionValidator::Matches(std::span<const ValType> actual,
                                std::span<const ValType> expected) const {
  if (actual.size() != expected.size()) return false;
  if (actual.data() == expected.data()) return true;
  for (size_t i = 0; i < actual.size(); ++i) {
    if (!Matches(actual[i], expected[i])) return false;
  }
  return true;
}

bool FunctionValidator::Peek(std::span<const ValType> types) const {
  const size_t available = static_cast<size_t>(top_ - floor_);
  if (available < types.size()) [[unlikely]] {
    if (!frames_.back().unreachable) return false;
    types = types.last(available);  // whatever is missing is of unknown type
  }
  const ValType* operand = top_ - types.size();
  for (ValType type : types) {
    if (*operand != type && !Matches(*operand, type)) return false;
    ++operand;
  }
  return true;
}

bool FunctionValidator::PopAny(ValType& type) {
  if (top_ > floor_) {
    type = *--top_;
    return true;
  }
  type = kBottom;
  return frames_.back().unreachable || FailOperands(std::span(&kBottom, 1));
}

bool FunctionValidator::PopRef(ValType& type) {
  if (!PopAny(type)) return false;
  if (type.IsRef() || type.IsBottom()) return true;
  return Fail("type mismatch: instruction requires a reference but stack has [" +
              context_->Describe(type) + "]");
}

template <Signature kSignature>
bool FunctionValidator::Fixed(const Instr& instr) {
  constexpr SigRow kRow = RowOf(kSignature);
  ValType address = kI32;
  if constexpr (kRow.params.begins_with_address()) {
    if (!CheckMemArg(instr)) [[unlikely]]
      return false;
    address = context_->AddressType(context_->module->memories[instr.mem.memory]);
  }
  if (kRow.params.count > 0 && !Pop(Operands<kRow.params>(address).span())) return false;
  for (size_t i = 0; i < kRow.results.count; ++i) Push(ToValType(kRow.results.types[i], address));
  return true;
}

bool FunctionValidator::Step(const Instr& instr) {
  assert(!done() && !error_.has_value());
  op_ = instr.op;
  offset_ = instr.offset;
  if (top_ > limit_) [[unlikely]] {
    if (!Reserve(kStepPushes)) return false;
  }
  uint8_t action = actions_[static_cast<size_t>(instr.op)];
  if (action == ModuleContext::kLane) {
    if (!CheckLane(instr)) return false;
    action = static_cast<uint8_t>(instr.info().signature);
  }
  switch (action) {
    case ModuleContext::kSpecial:
      return StepSpecial(instr);
#define AIRWASM_SIGNATURE(name, params, results) \
  case static_cast<uint8_t>(Signature::name):    \
    return Fixed<Signature::name>(instr);
#include "engine/instr/signatures.def"
#undef AIRWASM_SIGNATURE
    case ModuleContext::kNotConst:
      return Fail("constant expression required: " + std::string(instr.info().text) +
                  " is not constant");
    default:
      return FailDisabled(instr);
  }
}

// One case per row of opcodes.def whose signature is Special.
bool FunctionValidator::StepSpecial(const Instr& instr) {
  switch (instr.op) {
    case Op::LocalGet:
      return LocalGet(instr.index);
    case Op::LocalSet:
      return LocalSet(instr.index, false);
    case Op::LocalTee:
      return LocalSet(instr.index, true);
    case Op::GlobalGet:
      return GlobalGet(instr.index);
    case Op::GlobalSet:
      return GlobalSet(instr.index);

    case Op::Nop:
    case Op::AtomicFence:
      return true;
    case Op::Unreachable:
      SetUnreachable();
      return true;
    case Op::Block:
    case Op::Loop:
    case Op::If:
    case Op::Try:
      return Enter(instr);
    case Op::Else:
      return Else();
    case Op::End:
      return End();
    case Op::Br:
      return Br(instr);
    case Op::BrIf:
      return BrIf(instr);
    case Op::BrTable:
      return BrTable(instr);
    case Op::Return:
      return Return();
    case Op::Drop: {
      ValType dropped;
      return PopAny(dropped);
    }
    case Op::Select:
      return Select();
    case Op::SelectT:
      return SelectTyped(instr);

    case Op::Call:
    case Op::ReturnCall:
      return Call(instr);
    case Op::CallIndirect:
    case Op::ReturnCallIndirect:
      return CallIndirect(instr);
    case Op::CallRef:
    case Op::ReturnCallRef:
      return CallRef(instr);

    case Op::TryTable:
      return TryTable(instr);
    case Op::Throw:
      return Throw(instr);
    case Op::ThrowRef:
      return ThrowRef();
    case Op::Catch:
      return Catch(instr);
    case Op::CatchAll:
      return CatchAll();
    case Op::Delegate:
      return Delegate(instr);
    case Op::Rethrow:
      return Rethrow(instr);

    case Op::MemorySize:
    case Op::MemoryGrow:
    case Op::MemoryInit:
    case Op::MemoryCopy:
    case Op::MemoryFill:
    case Op::DataDrop:
      return MemoryInstr(instr);
    case Op::TableGet:
    case Op::TableSet:
    case Op::TableInit:
    case Op::TableCopy:
    case Op::TableGrow:
    case Op::TableSize:
    case Op::TableFill:
    case Op::ElemDrop:
      return TableInstr(instr);

    case Op::RefNull:
    case Op::RefIsNull:
    case Op::RefEq:
    case Op::RefAsNonNull:
    case Op::AnyConvertExtern:
    case Op::ExternConvertAny:
    case Op::RefI31:
    case Op::I31GetS:
    case Op::I31GetU:
      return ReferenceInstr(instr);
    case Op::RefFunc:
      return RefFunc(instr.index);
    case Op::BrOnNull:
      return BrOnNull(instr);
    case Op::BrOnNonNull:
      return BrOnNonNull(instr);
    case Op::BrOnCast:
    case Op::BrOnCastFail:
      return BrOnCast(instr);
    case Op::RefTest:
    case Op::RefTestNull:
    case Op::RefCast:
    case Op::RefCastNull:
      return TestOrCast(instr);

    case Op::StructNew:
    case Op::StructNewDefault:
    case Op::StructGet:
    case Op::StructGetS:
    case Op::StructGetU:
    case Op::StructSet:
      return StructInstr(instr);
    case Op::ArrayNew:
    case Op::ArrayNewDefault:
    case Op::ArrayNewFixed:
    case Op::ArrayNewData:
    case Op::ArrayNewElem:
    case Op::ArrayGet:
    case Op::ArrayGetS:
    case Op::ArrayGetU:
    case Op::ArraySet:
    case Op::ArrayLen:
    case Op::ArrayFill:
    case Op::ArrayInitData:
    case Op::ArrayInitElem:
      return ArrayInstr(instr);
    case Op::ArrayCopy:
      return ArrayCopy(instr);

    default:
      break;
  }
  // An Op has hundreds of rows, so this switch cannot be left without a default; a test steps
  // through every row instead.
  return Fail(std::string(instr.info().text) + " has no validation rule");
}

}  // namespace airwasm::valid
