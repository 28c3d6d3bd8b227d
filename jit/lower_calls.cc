// Calls in the universal signature (engine/runtime/native.h), and how values travel in it.
#include <llvm/IR/InlineAsm.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "engine/valid/context.h"
#include "jit/abi.h"
#include "jit/lower.h"

namespace airwasm::jit {

using runtime::FuncCode;
using runtime::FuncInst;

// ---- Values in registers

void FunctionLowering::ReturnValues(std::span<Value* const> values) {
  budget_.Spend(kUnitsOfArgument * values.size());
  const Places places = PlaceResults(type_.results);
  Value* result = llvm::PoisonValue::get(function_->getReturnType());
  Value* buffer = nullptr;
  for (size_t i = 0; i < values.size(); ++i) {
    const Place place = places.places[i];
    switch (place.kind) {
      case Place::Kind::kInt:
        result = builder_.CreateInsertValue(result, ToInt(builder_, values[i]), place.index);
        break;
      case Place::Kind::kFloat:
        result = builder_.CreateInsertValue(result, ToFloat(builder_, values[i]), 2 + place.index);
        break;
      case Place::Kind::kBuffer:
        if (buffer == nullptr) buffer = ArgBuffer();
        Store(values[i], Offset(buffer, 8 * uint64_t{place.index}), Region::kBuffer);
        break;
    }
  }
  builder_.CreateRet(result);
}

void FunctionLowering::PushResultsOf(llvm::CallBase* call, const FuncType& type) {
  const Places places = PlaceResults(type.results);
  Value* buffer = nullptr;
  for (size_t i = 0; i < type.results.size(); ++i) {
    const Place place = places.places[i];
    switch (place.kind) {
      case Place::Kind::kInt:
        Push(FromRegister(builder_, builder_.CreateExtractValue(call, place.index),
                          type.results[i]));
        break;
      case Place::Kind::kFloat:
        Push(FromRegister(builder_, builder_.CreateExtractValue(call, 2 + place.index),
                          type.results[i]));
        break;
      case Place::Kind::kBuffer:
        if (buffer == nullptr) buffer = ArgBuffer();
        Push(Load(TypeOf(type.results[i]), Offset(buffer, 8 * uint64_t{place.index}),
                  Region::kBuffer));
        break;
    }
  }
}

Value* FunctionLowering::ArgBuffer() {
  return Load(Ptr(), Offset(StorePtr(), offsetof(runtime::StoreContext, argbuf)), Region::kContext);
}

// Into a slot of the interpreter's frame, i32 zero-extended.
void FunctionLowering::SaveToSlot(Value* value, uint32_t slot) {
  Store(ToWord(builder_, value), Offset(fp_, 8 * uint64_t{slot}), Region::kFrame);
}

// Results of an OSR entry.
void FunctionLowering::SaveToSlots(std::span<Value* const> values, std::span<const ValType> types) {
  budget_.Spend(values.size());
  std::vector<uint32_t> slots;
  LayOutSlots(types, &slots);
  for (size_t i = 0; i < values.size(); ++i) SaveToSlot(values[i], slots[i]);
}

// ---- Calls

void FunctionLowering::EmitCall(const FuncType& type, Value* code, Value* context,
                                Value* callee_word, bool tail) {
  llvm::FunctionType* const universal = module_.universal_type();
  std::vector<Value*> args;
  for (llvm::Type* const param : universal->params()) args.push_back(llvm::PoisonValue::get(param));
  args[kArgContext] = context;
  if (callee_word != nullptr) args[kArgCallee] = callee_word;
  budget_.Spend(kUnitsOfArgument * (type.params.size() + type.results.size()));
  const Places places = PlaceParams(type.params);
  const std::span<Value* const> values = Top(type.params.size());
  Value* buffer = nullptr;
  for (size_t i = 0; i < values.size(); ++i) {
    const Place place = places.places[i];
    switch (place.kind) {
      case Place::Kind::kInt:
        args[kArgInts + place.index] = ToInt(builder_, values[i]);
        break;
      case Place::Kind::kFloat:
        args[kArgFloats + place.index] = ToFloat(builder_, values[i]);
        break;
      case Place::Kind::kBuffer:
        if (buffer == nullptr) buffer = ArgBuffer();
        Store(ToWord(builder_, values[i]), Offset(buffer, 8 * uint64_t{place.index}),
              Region::kBuffer);
        break;
    }
  }
  stack_.resize(stack_.size() - type.params.size());
  if (tail && osr_ == nullptr && frame_.depth == 0) {
    has_calls_ = true;
    llvm::CallInst* const call = builder_.CreateCall(universal, code, args);
    call->addParamAttr(kArgCallee, llvm::Attribute::Nest);
    call->setTailCallKind(llvm::CallInst::TCK_MustTail);
    builder_.CreateRet(call);
    return MarkUnreachable();
  }
  if (tail && osr_ != nullptr && frame_.depth == 0) {
    // The entry has another type than its callee, and stands in for a frame of the interpreter,
    // which the callee is given.
    Value* const stub = HelperAddress(Helper::kTailCall);
    llvm::CallInst* const call = builder_.CreateCall(universal, stub, args);
    call->addParamAttr(kArgCallee, llvm::Attribute::Nest);
    call->setDoesNotReturn();
    builder_.CreateUnreachable();
    return MarkUnreachable();
  }
  // An inlined function is no frame to replace: a tail call is a call there. It makes one frame at
  // most: the callee's own tail calls are jumps. But the handlers of the function itself are not
  // the callee's.
  Pad* const pad = pad_;
  if (tail) pad_ = controls_[frame_.control_base].inside;
  llvm::CallBase* const call = CreateCall(universal, code, args);
  call->addParamAttr(kArgCallee, llvm::Attribute::Nest);
  if (auto* const plain = llvm::dyn_cast<llvm::CallInst>(call))
    plain->setTailCallKind(llvm::CallInst::TCK_NoTail);
  PushResultsOf(call, type);
  pad_ = pad;
  if (tail) {
    Return();
    MarkUnreachable();
  }
}

// A function of the module, imported or not.
void FunctionLowering::CallFunction(uint32_t func_index, bool tail) {
  const FuncType& type = module_.valid().funcs[func_index]->type.func;
  if (func_index < wasm().syntax().num_imported_funcs) {
    Value* const func = ContextPointer(wasm().layout().ImportedFunc(func_index));
    // What adapters between components import is wasm, but for one function, which returns nothing:
    // the engine's stub will do, for a trampoline takes as long to compile as the adapter.
    const bool likely_wasm = wasm().options().is_internal && !type.results.empty();
    llvm::Function* const host_call = likely_wasm ? nullptr : module_.HostCallFor(type);
    return CallFuncInst(type, func, host_call, tail);
  }
  if (!tail && ShouldInline(func_index)) return Inline(func_index);
  if (llvm::Function* const callee = module_.FindFunction(func_index))
    return EmitCall(type, callee, context_, nullptr, tail);
  Value* const code = Offset(FuncCodes(), uint64_t{func_index} * sizeof(FuncCode));
  Value* const native = Load(Ptr(), Offset(code, offsetof(FuncCode, native)), Region::kContext);
  EmitCall(type, native, context_, Offset(code, offsetof(FuncCode, self)), tail);
}

// A function by its FuncInst*, not null. A host function is given the caller's context, and called
// through `host_call`, if that is not null.
void FunctionLowering::CallFuncInst(const FuncType& type, Value* func, llvm::Function* host_call,
                                    bool tail) {
  Value* const host = Load(Ptr(), Offset(func, offsetof(FuncInst, host)), Region::kContext);
  Value* const own = Load(Ptr(), Offset(func, offsetof(FuncInst, ctx)), Region::kContext);
  Value* const is_wasm = builder_.CreateIsNull(host);
  Value* const context = builder_.CreateSelect(is_wasm, own, context_);
  Value* const code = Load(Ptr(), func, Region::kContext);
  Value* native = Load(Ptr(), Offset(code, offsetof(FuncCode, native)), Region::kContext);
  if (host_call != nullptr) native = builder_.CreateSelect(is_wasm, native, host_call);
  EmitCall(type, native, context, func, tail);
}

// The index, or 0 where it is not below `size`, without a branch that could be predicted wrongly:
// what is loaded from a table is called or dereferenced, and a processor that runs ahead of the
// check must not find it beyond the table. The size goes through an empty piece of assembly, for
// LLVM would see that the check has been made; the mask too, for it might make a branch of it.
Value* FunctionLowering::MaskIndex(Value* index, Value* size) {
  auto* const type = llvm::FunctionType::get(I64(), {I64()}, /*isVarArg=*/false);
  auto* const hide = llvm::InlineAsm::get(type, "", "=r,0", /*hasSideEffects=*/false);
  Value* const hidden = builder_.CreateCall(type, hide, {size});
  Value* const mask = builder_.CreateSExt(builder_.CreateICmpULT(index, hidden), I64());
  return builder_.CreateAnd(index, builder_.CreateCall(type, hide, {mask}));
}

void FunctionLowering::CallIndirect(const Instr& instr, bool tail) {
  const TableType& table_type = module_.valid().tables[instr.index2];
  Value* index = Pop();
  if (!table_type.is_64) index = builder_.CreateZExt(index, I64());
  Value* const table = ContextPointer(wasm().layout().Table(instr.index2));
  Value* const size =
      Load(I64(), Offset(table, offsetof(runtime::TableInst, size)), Region::kContext);
  TrapIf(builder_.CreateICmpUGE(index, size), TrapKind::kUndefinedElement);
  llvm::LoadInst* const elements = Load(Ptr(), table, Region::kContext);
  module_.AnnotateInvariant(elements, Region::kContext);
  Value* const masked = MaskIndex(index, size);
  Value* const element =
      Load(I64(), Offset(elements, builder_.CreateShl(masked, 3)), Region::kTables);
  Value* const func = builder_.CreateIntToPtr(element, Ptr());
  Value* const is_null = builder_.CreateIsNull(func);
  // Before samples say which of them it is, all that have the type.
  std::vector<uint32_t> likely =
      module_.LikelyCallees(frame_.func_index, call_offset_, instr.index);
  for (const uint32_t callee : module_.TableCallees(instr.index)) {
    // Where nothing more is inlined, a guess would only make the function larger.
    if (ShouldInline(callee) && std::ranges::find(likely, callee) == likely.end())
      likely.push_back(callee);
  }
  CallLikely(instr.index, likely, is_null, func, tail, [&] {
    // Null, lazy, or of another type: the helper finds out, or traps.
    Value* const wanted = TypeIdOf(instr.index);
    llvm::BasicBlock* const check = NewBlock();
    llvm::BasicBlock* const slow = NewBlock();
    llvm::BasicBlock* const call = NewBlock();
    builder_.CreateCondBr(is_null, slow, check, module_.unlikely());
    StartBlock(check);
    Value* const actual = Load(I32(), Offset(func, offsetof(FuncInst, type)), Region::kContext);
    builder_.CreateCondBr(builder_.CreateICmpEQ(actual, wanted), call, slow, module_.likely());
    StartBlock(slow);
    Value* const found =
        CallHelper(Helper::kIndirectCallee, {Const32(instr.index2), index, wanted});
    llvm::BasicBlock* const slow_end = builder_.GetInsertBlock();
    builder_.CreateBr(call);
    StartBlock(call);
    llvm::PHINode* const callee = builder_.CreatePHI(Ptr(), 2);
    callee->addIncoming(func, check);
    callee->addIncoming(found, slow_end);
    return callee;
  });
}

void FunctionLowering::CallRef(const Instr& instr, bool tail) {
  Value* const ref = Pop();
  TrapIf(builder_.CreateICmpEQ(ref, Const64(0)), TrapKind::kNullFunctionReference);
  Value* const func = builder_.CreateIntToPtr(ref, Ptr());
  CallLikely(instr.index, module_.LikelyCallees(frame_.func_index, call_offset_, instr.index),
             builder_.getFalse(), func, tail, [&] { return func; });
}

// Calls the FuncInst* that `otherwise` makes of `func`. The likely callees are tried first, and
// inlined if they are small: being such a function stands for having its type.
void FunctionLowering::CallLikely(TypeIdx type_index, const std::vector<uint32_t>& likely,
                                  Value* is_null, Value* func, bool tail,
                                  llvm::function_ref<Value*()> otherwise) {
  const FuncType& type = module_.valid().types[type_index]->type.func;
  if (tail || likely.empty()) return CallFuncInst(type, otherwise(), nullptr, tail);
  const size_t call_offset = call_offset_;
  const llvm::DebugLoc location = builder_.getCurrentDebugLocation();
  const std::span<Value* const> top = Top(type.params.size());
  const std::vector<Value*> args(top.begin(), top.end());
  stack_.resize(stack_.size() - args.size());
  llvm::BasicBlock* const done = NewBlock();
  std::vector<llvm::PHINode*> phis;
  for (const ValType result : type.results)
    phis.push_back(llvm::PHINode::Create(TypeOf(result), 2, "", done));
  // With the call's arguments pushed: what `call` does, and on to the end.
  const auto arm = [&](auto call) {
    call_offset_ = call_offset;
    builder_.SetCurrentDebugLocation(location);
    stack_.insert(stack_.end(), args.begin(), args.end());
    call();
    if (!std::exchange(reachable_, true)) return;  // inlined, and always traps
    const std::span<Value* const> results = Top(phis.size());
    for (size_t i = 0; i < phis.size(); ++i)
      phis[i]->addIncoming(results[i], builder_.GetInsertBlock());
    builder_.CreateBr(done);
    stack_.resize(stack_.size() - phis.size());
  };

  llvm::BasicBlock* const not_null = NewBlock();
  llvm::BasicBlock* const same_instance = NewBlock();
  llvm::BasicBlock* const other = NewBlock();
  builder_.CreateCondBr(is_null, other, not_null, module_.unlikely());
  StartBlock(not_null);
  Value* const own = Load(Ptr(), Offset(func, offsetof(FuncInst, ctx)), Region::kContext);
  builder_.CreateCondBr(builder_.CreateICmpEQ(own, context_), same_instance, other,
                        module_.likely());
  StartBlock(same_instance);
  Value* const code = Load(Ptr(), func, Region::kContext);
  for (const uint32_t callee : likely) {
    llvm::BasicBlock* const hit = NewBlock();
    llvm::BasicBlock* const miss = callee == likely.back() ? other : NewBlock();
    Value* const expected = Offset(FuncCodes(), uint64_t{callee} * sizeof(FuncCode));
    builder_.CreateCondBr(builder_.CreateICmpEQ(code, expected), hit, miss);
    StartBlock(hit);
    arm([&] { CallFunction(callee, false); });
    StartBlock(miss);
  }
  arm([&] { CallFuncInst(type, otherwise(), nullptr, false); });
  StartBlock(done);
  stack_.insert(stack_.end(), phis.begin(), phis.end());
}

AIRWASM_LOWER(Call) {
  f.CallFunction(instr.index, false);
}
AIRWASM_LOWER(ReturnCall) {
  f.CallFunction(instr.index, true);
}
AIRWASM_LOWER(CallIndirect) {
  f.CallIndirect(instr, false);
}
AIRWASM_LOWER(ReturnCallIndirect) {
  f.CallIndirect(instr, true);
}
AIRWASM_LOWER(CallRef) {
  f.CallRef(instr, false);
}
AIRWASM_LOWER(ReturnCallRef) {
  f.CallRef(instr, true);
}

}  // namespace airwasm::jit
