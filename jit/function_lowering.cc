// The walk over a body: entry, dispatch by the table, traps, calls, fuel.
#include "jit/function_lowering.h"

#include <algorithm>

#include "engine/valid/context.h"
#include "jit/abi.h"
#include "jit/lower.h"
#include "llvm/Analysis/ConstantFolding.h"
#include "llvm/IR/Intrinsics.h"

namespace airwasm::jit {
namespace {

using LowerFn = void (*)(FunctionLowering&, const Instr&);
constexpr LowerFn kLower[] = {
#define AIRWASM_OP(name, ...) &Lower<Op::name>,
#include "engine/instr/opcodes.def"
#undef AIRWASM_OP
};

}  // namespace

FunctionLowering::FunctionLowering(ModuleLowering& module, uint32_t func_index,
                                   llvm::Function* function, Budget& budget, const OsrEntry* osr)
    : module_(module),
      func_index_(func_index),
      type_(module.valid().funcs[func_index]->type.func),
      function_(function),
      budget_(budget),
      osr_(osr),
      builder_(module.context()),
      frame_{.func_index = func_index,
             .func = &module.wasm().syntax().funcs[func_index],
             .type = &type_},
      ssa_(budget) {}

bool FunctionLowering::Run() {
  AddLocals();
  BeginFunction();
  RunFunction();
  for (size_t i = reentries_.size(); i-- > 0 && !too_nested_ && !budget_.MustStop();)
    RunCopy(reentries_[i]);
  if (budget_.MustStop()) return false;
  FinishEntry();
  ssa_.Finish();
  return !budget_.MustStop();
}

void FunctionLowering::Forward() {
  entry_ = NewBlock("entry");
  builder_.SetInsertPoint(entry_);
  entry_end_ = builder_.CreateUnreachable();
  builder_.SetInsertPoint(entry_end_);
  context_ = function_->getArg(kArgContext);
  Value* const code = Offset(FuncCodes(), uint64_t{func_index_} * sizeof(runtime::FuncCode));
  Value* const native =
      Load(Ptr(), Offset(code, offsetof(runtime::FuncCode, native)), Region::kContext);
  std::vector<Value*> args;
  for (llvm::Argument& arg : function_->args()) args.push_back(&arg);
  args[kArgCallee] = Offset(code, offsetof(runtime::FuncCode, self));
  llvm::CallInst* const call = builder_.CreateCall(module_.universal_type(), native, args);
  call->addParamAttr(kArgCallee, llvm::Attribute::Nest);
  call->setTailCallKind(llvm::CallInst::TCK_MustTail);
  builder_.CreateRet(call);
  entry_end_->eraseFromParent();
}

void FunctionLowering::RunFunction() {
  Control control;
  control.is_function = true;
  control.results = type_.results;
  controls_.push_back(std::move(control));
  RunBody();
}

// The copies further in are made: all branches to the re-entry are known. What stands before the
// loop is never reached.
void FunctionLowering::RunCopy(const Reentry& entry) {
  reentry_ = &entry;
  stack_.clear();
  pad_ = nullptr;
  reachable_ = true;
  skip_depth_ = 0;
  ssa_.Seal(entry.block);
  llvm::BasicBlock* const unreached = NewBlock();
  StartBlock(unreached);
  for (uint32_t i = 0; i < osr_->locals.size(); ++i)
    ssa_.Write(i, unreached, llvm::Constant::getNullValue(TypeOf(locals_[i])));
  RunFunction();
}

// Lowers the current frame's body, to the end of the block that stands for the function.
void FunctionLowering::RunBody() {
  const syntax::Expr& body = frame_.func->body;
  const size_t outside = controls_.size() - 1;
  BeginSegment();
  ByteReader reader(body.bytes, body.offset);
  Instr instr;
  while (controls_.size() > outside) {
    if (budget_.MustStop() || too_nested_) {
      // Nobody wants it. As if nothing more were reached, here and in what this is inlined into.
      reachable_ = false;
      return;
    }
    ReadInstr(reader, instr);
    Step(instr);
  }
}

// Parameters and locals of the current frame come behind those of the frames around it.
void FunctionLowering::AddLocals() {
  frame_.local_base = static_cast<uint32_t>(locals_.size());
  const std::vector<ValType>& params = frame_.type->params;
  locals_.insert(locals_.end(), params.begin(), params.end());
  for (const auto& [count, type] : frame_.func->locals) locals_.insert(locals_.end(), count, type);
  for (size_t i = frame_.local_base; i < locals_.size(); ++i) ssa_.AddLocal(TypeOf(locals_[i]));
}

// ---- Inlining

// Calls are inlined here, not by LLVM: so every instruction knows which calls it stands in, and
// backtraces are those of the interpreter.
bool FunctionLowering::ShouldInline(uint32_t func_index) const {
  // Sizes of bodies in bytes of wasm; measured on bench/kernels. Outside of loops a call costs too
  // little of the whole to have much compiled for it.
  constexpr size_t kSmall = 60, kMedium = 240, kBudget = 4000;
  constexpr uint32_t kMaxDepth = 4;
  // How often a function may stand within itself: recursion then goes that many levels deep per
  // call (bench/kernels/fib.c, nqueens.c, trees.wat).
  constexpr uint32_t kMaxRecursion = 2;
  constexpr uint64_t kMaxLocals = 64;
  if (module_.wasm().options().fuel) return false;  // it is charged by segments of one function
  const syntax::Function& callee = module_.wasm().syntax().funcs[func_index];
  const size_t bytes = callee.body.bytes.size();
  const bool often = controls_.back().in_loop || func_index == func_index_;
  if (bytes > (often ? kMedium : kSmall) || frame_.depth >= kMaxDepth ||
      inlined_bytes_ + bytes > kBudget)
    return false;
  const auto around =
      std::ranges::count(inlined_, func_index) + (func_index == func_index_ ? 1 : 0);
  if (around > kMaxRecursion) return false;
  uint64_t locals = 0;
  for (const auto& [count, type] : callee.locals) locals += count;
  return locals <= kMaxLocals;
}

void FunctionLowering::Inline(uint32_t func_index) {
  const Frame caller = frame_;
  const FuncType& type = module_.valid().funcs[func_index]->type.func;
  inlined_bytes_ += module_.wasm().syntax().funcs[func_index].body.bytes.size();
  inlined_.push_back(func_index);
  frame_ = {.func_index = func_index,
            .func = &module_.wasm().syntax().funcs[func_index],
            .type = &type,
            .control_base = static_cast<uint32_t>(controls_.size()),
            .depth = caller.depth + 1,
            .call = module_.LocationOf(caller.func_index, call_offset_, caller.call)};
  AddLocals();
  llvm::BasicBlock* const here = builder_.GetInsertBlock();
  for (size_t i = locals_.size(); i-- > frame_.local_base;) {
    const bool is_param = i - frame_.local_base < type.params.size();
    ssa_.Write(static_cast<uint32_t>(i), here,
               is_param ? Pop() : llvm::Constant::getNullValue(TypeOf(locals_[i])));
  }
  Control control;
  control.results = type.results;
  control.height = static_cast<uint32_t>(stack_.size());
  control.in_loop = controls_.back().in_loop;
  control.inside = pad_;
  control.target = NewBlock();
  for (const ValType result : type.results)
    control.phis.push_back(llvm::PHINode::Create(TypeOf(result), 2, "", control.target));
  controls_.push_back(std::move(control));
  RunBody();
  frame_ = caller;
  inlined_.pop_back();
}

// The entry block holds what every path may use; the body begins in a block of its own, which an
// OSR entry never reaches.
void FunctionLowering::BeginFunction() {
  entry_ = NewBlock("entry");
  llvm::BasicBlock* const body = NewBlock("body");
  builder_.SetInsertPoint(entry_);
  // Stands for the end of the entry until FinishEntry.
  entry_end_ = builder_.CreateUnreachable();
  builder_.SetInsertPoint(entry_end_);
  context_ = function_->getArg(kArgContext);
  // Traps name it wherever they stand.
  if (!module_.options().signals) ContextPointer(offsetof(runtime::InstanceContext, helpers));
  std::vector<Value*> params;
  if (osr_ != nullptr) {
    fp_ = function_->getArg(1);
    for (const ValType type : type_.params) params.push_back(llvm::PoisonValue::get(TypeOf(type)));
  } else {
    const Places places = PlaceParams(type_.params);
    Value* buffer = nullptr;
    for (size_t i = 0; i < places.places.size(); ++i) {
      const Place place = places.places[i];
      switch (place.kind) {
        case Place::Kind::kInt:
          params.push_back(
              FromRegister(builder_, function_->getArg(kArgInts + place.index), type_.params[i]));
          break;
        case Place::Kind::kFloat:
          params.push_back(
              FromRegister(builder_, function_->getArg(kArgFloats + place.index), type_.params[i]));
          break;
        case Place::Kind::kBuffer:
          if (buffer == nullptr)
            buffer = Load(Ptr(), Offset(StorePtr(), offsetof(runtime::StoreContext, argbuf)),
                          Region::kContext);
          params.push_back(
              Load(TypeOf(type_.params[i]), Offset(buffer, 8 * place.index), Region::kBuffer));
          break;
      }
    }
  }
  ssa_.Seal(entry_);
  builder_.SetInsertPoint(body);
  for (uint32_t i = 0; i < locals_.size(); ++i) {
    ssa_.Write(i, body,
               i < params.size() ? params[i] : llvm::Constant::getNullValue(TypeOf(locals_[i])));
  }
  ssa_.Seal(body);
}

void FunctionLowering::FinishEntry() {
  if (osr_ != nullptr) return;  // EnterLoopByOsr has done it
  llvm::BasicBlock* const body = entry_->getNextNode();
  builder_.SetInsertPoint(entry_end_);
  if (has_calls_) {
    // Spec: core, exec/instructions leaves the limit to the implementation. Traps run on what is
    // left of the stack.
    Value* const frame =
        builder_.CreateIntrinsic(Ptr(), llvm::Intrinsic::frameaddress, {builder_.getInt32(0)});
    Value* const limit = Load(
        I64(), Offset(StorePtr(), offsetof(runtime::StoreContext, native_limit)), Region::kContext);
    TrapIf(builder_.CreateICmpULT(builder_.CreatePtrToInt(frame, I64()), limit),
           TrapKind::kCallStackExhausted);
  }
  if (!module_.options().signals) Poll();
  builder_.CreateBr(body);
  entry_end_->eraseFromParent();
}

void FunctionLowering::Step(const Instr& instr) {
  if (!reachable_ && SkipUnreachable(instr)) return;
  budget_.Spend(1);
  ++segment_;
  SetLocation(instr);
  kLower[static_cast<size_t>(instr.op)](*this, instr);
}

// Of instructions that can trap or call, which backtraces ask for.
void FunctionLowering::SetLocation(const Instr& instr) {
  const bool is_needed =
      (instr.info().flags & kMayTrap) != 0 || instr.op == Op::Loop || instr.op == Op::MemoryGrow;
  call_offset_ = instr.offset;
  builder_.SetCurrentDebugLocation(
      is_needed ? module_.Location(function_,
                                   module_.LocationOf(frame_.func_index, instr.offset, frame_.call))
                : llvm::DebugLoc());
}

void FunctionLowering::MarkUnreachable() {
  reachable_ = false;
  skip_depth_ = 0;
  EndSegment();
  stack_.resize(controls_.back().height);
}

// True if `instr` was dealt with: only what closes the innermost reachable block matters.
bool FunctionLowering::SkipUnreachable(const Instr& instr) {
  switch (instr.op) {
    case Op::Block:
    case Op::Loop:
    case Op::If:
    case Op::Try:
    case Op::TryTable:
      ++skip_depth_;
      return true;
    case Op::Else:
    case Op::Catch:
    case Op::CatchAll:
      return skip_depth_ != 0;
    case Op::End:
    case Op::Delegate:
      if (skip_depth_ == 0) return false;
      --skip_depth_;
      return true;
    default:
      return true;
  }
}

Value* FunctionLowering::BitCast(Value* value, llvm::Type* type) {
  // The builder folds no vectors whose lanes change, as that takes the order of bytes.
  if (auto* const constant = llvm::dyn_cast<llvm::Constant>(value)) {
    if (llvm::Constant* const folded = llvm::ConstantFoldCastOperand(
            llvm::Instruction::BitCast, constant, type, module_.llvm().getDataLayout()))
      return folded;
  }
  return builder_.CreateBitCast(value, type);
}

llvm::BasicBlock* FunctionLowering::NewBlock(const char* name) {
  budget_.Spend(kUnitsOfBlock);
  return llvm::BasicBlock::Create(module_.context(), name, function_);
}

void FunctionLowering::StartBlock(llvm::BasicBlock* block) {
  ssa_.Seal(block);
  builder_.SetInsertPoint(block);
}

// ---- Traps

void FunctionLowering::EmitTrap(TrapKind kind) {
  if (module_.options().signals) {
    llvm::CallInst* const trap =
        builder_.CreateIntrinsic(builder_.getVoidTy(), llvm::Intrinsic::ubsantrap,
                                 {builder_.getInt8(static_cast<uint8_t>(kind))});
    trap->addFnAttr(llvm::Attribute::NoMerge);
    // To LLVM a trap is the end of the world, before which no store matters; but the store lives
    // on, and what was written can be read from outside.
    trap->getCalledFunction()->setMemoryEffects(llvm::MemoryEffects::unknown());
    trap->setDoesNotReturn();
  } else {
    CallHelper(Helper::kTrap, {Const32(static_cast<uint32_t>(kind))});
  }
  builder_.CreateUnreachable();
}

void FunctionLowering::TrapIf(Value* condition, TrapKind kind) {
  if (const auto* const known = llvm::dyn_cast<llvm::ConstantInt>(condition);
      known != nullptr && known->isZero())
    return;
  llvm::BasicBlock* const trap = NewBlock("trap");
  llvm::BasicBlock* const next = NewBlock();
  llvm::BasicBlock* const here = builder_.GetInsertBlock();
  const bool in_entry =
      entry_end_ != nullptr && here == entry_ && &*builder_.GetInsertPoint() == entry_end_;
  builder_.CreateCondBr(condition, trap, next, module_.unlikely());
  ssa_.Seal(trap);
  builder_.SetInsertPoint(trap);
  EmitTrap(kind);
  StartBlock(next);
  if (in_entry) {
    // What is still to be said of the entry follows in the new block.
    entry_end_->removeFromParent();
    entry_end_->insertInto(next, next->end());
    builder_.SetInsertPoint(entry_end_);
  }
}

void FunctionLowering::Trap(TrapKind kind) {
  EmitTrap(kind);
  MarkUnreachable();
}

void FunctionLowering::Poll() {
  Value* const word = Load(Ptr(), Offset(context_, offsetof(runtime::InstanceContext, poll_word)),
                           Region::kContext);
  llvm::LoadInst* const set = Load(I32(), word, Region::kContext);
  set->setVolatile(true);
  TrapIf(builder_.CreateICmpNE(builder_.CreateAnd(set, 1), Const32(0)), TrapKind::kInterrupted);
}

// ---- Fuel: a segment of straight code is charged as a whole when it is entered, as the
// interpreter does it (Translator::BeginSegment).

void FunctionLowering::BeginSegment() {
  if (!wasm().options().fuel) return;
  EndSegment();
  Value* const address = Offset(StorePtr(), offsetof(runtime::StoreContext, fuel));
  llvm::LoadInst* const fuel = Load(I64(), address, Region::kContext);
  // Not folded, so that the number can be filled in.
  consume_ = llvm::BinaryOperator::CreateSub(fuel, Const64(0));
  builder_.Insert(consume_);
  Store(consume_, address, Region::kContext);
  TrapIf(builder_.CreateICmpSLT(consume_, Const64(0)), TrapKind::kOutOfFuel);
}

void FunctionLowering::EndSegment() {
  if (consume_ != nullptr) consume_->setOperand(1, Const64(segment_));
  consume_ = nullptr;
  segment_ = 0;
}

// ---- Calls

// A call that may throw goes to the landing pad of the try around it.
llvm::CallBase* FunctionLowering::CreateCall(llvm::FunctionType* type, Value* callee,
                                             llvm::ArrayRef<Value*> args) {
  has_calls_ = true;
  // Helpers do not throw, but for the one whose throw leaves the function.
  if (pad_ == nullptr || type != module_.universal_type())
    return builder_.CreateCall(type, callee, args);
  llvm::BasicBlock* const next = NewBlock();
  llvm::InvokeInst* const call = builder_.CreateInvoke(type, callee, next, LandingOf(*pad_), args);
  StartBlock(next);
  return call;
}

}  // namespace airwasm::jit
