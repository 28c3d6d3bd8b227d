// Exceptions, new (try_table) and old (try, catch, delegate, rethrow).
//
// A call inside a try is an invoke; its landing pad leads to the try's dispatch, which compares
// tags in turn and hands on to the try around it what it does not catch. A throw that is caught in
// the same function is a branch. What leaves the function is the unwinder's (engine/tier/unwind.h).
#include <cstddef>
#include <utility>

#include "engine/gc/object.h"
#include "engine/valid/context.h"
#include "jit/abi.h"
#include "jit/lower.h"

namespace airwasm::jit {

using gc::ExceptionObject;

namespace {
constexpr uint64_t kPayloadOffset = sizeof(ExceptionObject);
static_assert(kPayloadOffset == 24);
}  // namespace

FunctionLowering::Pad* FunctionLowering::NewPad() {
  pads_.push_back(std::make_unique<Pad>());
  pads_.back()->outer = pad_;
  return pads_.back().get();
}

// The block that tries the catches of `pad`; the exception is its phi.
llvm::BasicBlock* FunctionLowering::DispatchOf(Pad& pad) {
  if (pad.dispatch == nullptr) {
    pad.dispatch = NewBlock("dispatch");
    pad.exception = llvm::PHINode::Create(I64(), 2, "", pad.dispatch);
  }
  return pad.dispatch;
}

llvm::BasicBlock* FunctionLowering::LandingOf(Pad& pad) {
  if (pad.landing != nullptr) return pad.landing;
  if (!function_->hasPersonalityFn()) {
    llvm::FunctionCallee personality = module_.llvm().getOrInsertFunction(
        "airwasm_personality", llvm::FunctionType::get(I32(), true));
    function_->setPersonalityFn(llvm::cast<llvm::Constant>(personality.getCallee()));
  }
  llvm::BasicBlock* const dispatch = DispatchOf(pad);
  pad.landing = NewBlock("landing");
  llvm::IRBuilder<>::InsertPointGuard guard(builder_);
  builder_.SetInsertPoint(pad.landing);
  llvm::LandingPadInst* const landing =
      builder_.CreateLandingPad(llvm::StructType::get(module_.context(), {Ptr(), I32()}), 1);
  landing->addClause(llvm::ConstantPointerNull::get(builder_.getPtrTy()));
  Value* const exception = builder_.CreatePtrToInt(builder_.CreateExtractValue(landing, 0), I64());
  pad.exception->addIncoming(exception, pad.landing);
  builder_.CreateBr(dispatch);
  return pad.landing;
}

// Raises `exception` where `pad` is the innermost try.
void FunctionLowering::Rethrow(Value* exception, Pad* pad) {
  if (pad != nullptr) {
    llvm::BasicBlock* const dispatch = DispatchOf(*pad);
    pad->exception->addIncoming(exception, builder_.GetInsertBlock());
    builder_.CreateBr(dispatch);
    return;
  }
  CallHelper(Helper::kThrow, {exception});
  builder_.CreateUnreachable();
}

Value* FunctionLowering::TagOf(Value* exception) {
  return Load(Ptr(),
              Offset(builder_.CreateIntToPtr(exception, Ptr()), offsetof(ExceptionObject, tag)),
              Region::kObjects);
}

void FunctionLowering::PushPayload(Value* exception, uint32_t tag_index) {
  const std::vector<ValType>& types = module_.valid().tags[tag_index]->type.func.params;
  budget_.Spend(types.size());
  std::vector<uint32_t> slots;
  LayOutSlots(types, &slots);
  Value* const object = builder_.CreateIntToPtr(exception, Ptr());
  for (size_t i = 0; i < types.size(); ++i) {
    Push(Load(TypeOf(types[i]), Offset(object, kPayloadOffset + 8 * uint64_t{slots[i]}),
              Region::kObjects));
  }
}

void FunctionLowering::Throw(uint32_t tag_index) {
  const std::vector<ValType>& types = module_.valid().tags[tag_index]->type.func.params;
  std::vector<uint32_t> slots;
  LayOutSlots(types, &slots);
  Value* const exception = CallHelper(Helper::kExceptionNew, {Const32(tag_index)});
  Value* const object = builder_.CreateIntToPtr(exception, Ptr());
  const std::span<Value* const> values = Top(types.size());
  for (size_t i = 0; i < types.size(); ++i) {
    Value* const value = types[i].kind() == ValKind::kI32 ? ToInt(builder_, values[i]) : values[i];
    Store(value, Offset(object, kPayloadOffset + 8 * uint64_t{slots[i]}), Region::kObjects);
  }
  Rethrow(exception, pad_);
  MarkUnreachable();
}

// Goes on in `matches` with the exception's payload when its tag is `tag_index`; the insertion
// point is there, the block for all other tags is returned.
llvm::BasicBlock* FunctionLowering::TestTag(Value* exception, uint32_t tag_index) {
  llvm::BasicBlock* const matches = NewBlock();
  llvm::BasicBlock* const others = NewBlock();
  Value* const tag = ContextPointer(wasm().layout().Tag(tag_index));
  builder_.CreateCondBr(builder_.CreateICmpEQ(TagOf(exception), tag), matches, others);
  StartBlock(matches);
  PushPayload(exception, tag_index);
  return others;
}

// All throws inside the try are known: the insertion point is its dispatch. False: nothing throws.
bool FunctionLowering::StartDispatch(Pad& pad) {
  pad_ = pad.outer;
  if (pad.dispatch == nullptr) return false;
  if (pad.landing != nullptr) ssa_.Seal(pad.landing);
  StartBlock(pad.dispatch);
  return true;
}

// ---- try_table

void FunctionLowering::TryTable(const Instr& instr) {
  Control& control = PushControl(instr);
  ByteReader catches = ListReader(instr);
  for (uint32_t i = 0; i < instr.count; ++i) control.catches.push_back(ReadCatch(catches));
  control.pad = control.inside = NewPad();
  pad_ = control.pad;
}

// The labels of the catches are counted from outside the try_table.
void FunctionLowering::EndTryTable() {
  const Control& control = controls_.back();
  const std::vector<CatchClause> catches = control.catches;
  Pad& pad = *control.pad;
  const llvm::IRBuilder<>::InsertPoint after = builder_.saveIP();
  budget_.Spend(stack_.size() / 16);  // copied, but at once
  std::vector<Value*> operands = stack_;
  stack_.resize(control.height);
  if (StartDispatch(pad)) {
    bool all = false;
    for (const CatchClause& clause : catches) {
      if (budget_.IsSpent()) break;
      const size_t height = stack_.size();
      const bool has_tag = clause.kind == CatchKind::kCatch || clause.kind == CatchKind::kCatchRef;
      llvm::BasicBlock* const others = has_tag ? TestTag(pad.exception, clause.tag) : nullptr;
      if (clause.kind == CatchKind::kCatchRef || clause.kind == CatchKind::kCatchAllRef)
        Push(pad.exception);
      BranchTo(clause.label + 1);
      stack_.resize(height);
      if (!has_tag) {
        all = true;
        break;
      }
      StartBlock(others);
    }
    if (!all) Rethrow(pad.exception, pad.outer);
  }
  stack_ = std::move(operands);
  builder_.restoreIP(after);
}

// ---- try, catch, catch_all, delegate

void FunctionLowering::Try(const Instr& instr) {
  Control& control = PushControl(instr);
  control.pad = control.inside = NewPad();
  pad_ = control.pad;
}

void FunctionLowering::Catch(const Instr& instr) {
  if (reachable_) BranchTo(0);
  Control& control = controls_.back();
  stack_.resize(control.height);
  reachable_ = true;
  skip_depth_ = 0;
  if (control.op == Op::Try) {
    reachable_ = StartDispatch(*control.pad);
    control.inside = pad_;
    control.caught = control.pad->exception;
  } else if (control.next_catch != nullptr) {
    StartBlock(control.next_catch);
  } else {
    reachable_ = false;  // nothing throws
  }
  control.op = instr.op;
  control.next_catch = nullptr;
  if (!reachable_) return MarkUnreachable();
  if (instr.op == Op::Catch) control.next_catch = TestTag(control.caught, instr.index);
  BeginSegment();
}

// What the try does not catch goes to `target`.
void FunctionLowering::EndTry(Pad* target) {
  Control& control = controls_.back();
  const llvm::IRBuilder<>::InsertPoint after = builder_.saveIP();
  if (control.op == Op::Try) {
    if (StartDispatch(*control.pad)) Rethrow(control.pad->exception, target);
  } else if (control.next_catch != nullptr) {
    StartBlock(control.next_catch);
    Rethrow(control.caught, target);
  }
  builder_.restoreIP(after);
}

void FunctionLowering::Delegate(const Instr& instr) {
  const Control& target = Target(instr.index + 1);
  EndTry(target.is_function ? nullptr : target.inside);
  Continue(controls_.back());
}

AIRWASM_LOWER(TryTable) {
  f.TryTable(instr);
}
AIRWASM_LOWER(Try) {
  f.Try(instr);
}
AIRWASM_LOWER(Catch) {
  f.Catch(instr);
}
AIRWASM_LOWER(CatchAll) {
  f.Catch(instr);
}
AIRWASM_LOWER(Delegate) {
  f.Delegate(instr);
}
AIRWASM_LOWER(Throw) {
  f.Throw(instr.index);
}
AIRWASM_LOWER(Rethrow) {
  f.RethrowCaught(instr.index);
}
AIRWASM_LOWER(ThrowRef) {
  f.ThrowRef();
}

void FunctionLowering::RethrowCaught(uint32_t depth) {
  Rethrow(Target(depth).caught, pad_);
  MarkUnreachable();
}

void FunctionLowering::ThrowRef() {
  Value* const exception = Pop();
  TrapIf(builder_.CreateICmpEQ(exception, Const64(0)), TrapKind::kNullExceptionReference);
  Rethrow(exception, pad_);
  MarkUnreachable();
}

}  // namespace airwasm::jit
