// The ways between registers and slots, one for each function type: into compiled code, and from it
// to host functions.
#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "airwasm/host_call.h"
#include "engine/runtime/context.h"
#include "jit/abi.h"
#include "jit/module_lowering.h"

namespace airwasm::jit {
namespace {

using llvm::Value;
using runtime::Activation;
using runtime::FuncCode;
using runtime::FuncInst;
using runtime::HostCall;
using runtime::HostFunc;
using runtime::InstanceContext;
using runtime::StoreContext;

// Types that need the same trampoline have the same name.
std::string NameOf(const char* prefix, const FuncType& type) {
  std::string name = prefix;
  const auto add = [&name](const std::vector<ValType>& types) {
    constexpr char kLetters[] = "iIfFvr";  // by ValKind
    for (const ValType value : types) name += kLetters[static_cast<size_t>(value.kind())];
  };
  add(type.params);
  name += '_';
  add(type.results);
  return name;
}

class Trampoline {
 public:
  Trampoline(ModuleLowering& module, llvm::Function* function)
      : module_(module), b_(llvm::BasicBlock::Create(module.context(), "", function)) {}

  llvm::IRBuilder<>& b() { return b_; }
  llvm::Type* Ptr() { return b_.getPtrTy(); }
  Value* Offset(Value* address, uint64_t bytes) {
    return b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), address, bytes);
  }
  Value* Load(llvm::Type* type, Value* address, Region region = Region::kContext) {
    llvm::LoadInst* const load = b_.CreateAlignedLoad(type, address, llvm::Align(1));
    module_.Annotate(load, region);
    return load;
  }
  void Store(Value* value, Value* address, Region region = Region::kContext) {
    module_.Annotate(b_.CreateAlignedStore(value, address, llvm::Align(1)), region);
  }
  Value* Field(Value* base, uint64_t offset) { return Load(Ptr(), Offset(base, offset)); }

  // Calls visit(type, place, address of the slot).
  template <typename Visit>
  void ForEach(const std::vector<ValType>& types, const Places& places, Value* slots, Visit visit) {
    std::vector<uint32_t> numbers;
    LayOutSlots(types, &numbers);
    for (size_t i = 0; i < types.size(); ++i)
      visit(types[i], places.places[i], Offset(slots, 8 * uint64_t{numbers[i]}));
  }
  Value* InBuffer(Value* store, Place place) {
    return Offset(Field(store, offsetof(StoreContext, argbuf)), 8 * uint64_t{place.index});
  }
  void SaveToSlot(Value* value, Value* slot) { Store(ToWord(b_, value), slot, Region::kFrame); }

 private:
  ModuleLowering& module_;
  llvm::IRBuilder<> b_;
};

}  // namespace

llvm::Function* ModuleLowering::EntryFor(const FuncType& type) {
  const std::string name = NameOf("entry.", type);
  if (llvm::Function* const known = module_->getFunction(name)) return known;
  llvm::Function* const function = NewTrampoline(enter_, name);
  Trampoline t(*this, function);
  Value* const ctx = function->getArg(0);
  Value* const slots = function->getArg(1);
  Value* const callee = function->getArg(2);
  Value* const store = t.Field(ctx, offsetof(InstanceContext, store));

  std::vector<Value*> args;
  for (llvm::Type* const param : universal_->params())
    args.push_back(llvm::PoisonValue::get(param));
  args[kArgContext] = ctx;
  args[kArgCallee] = callee;
  const Places params = PlaceParams(type.params);
  t.ForEach(type.params, params, slots, [&](ValType value_type, Place place, Value* slot) {
    Value* const value = t.Load(TypeOf(value_type), slot, Region::kFrame);
    switch (place.kind) {
      case Place::Kind::kInt:
        args[kArgInts + place.index] = ToInt(t.b(), value);
        break;
      case Place::Kind::kFloat:
        args[kArgFloats + place.index] = ToFloat(t.b(), value);
        break;
      case Place::Kind::kBuffer:
        t.Store(ToWord(t.b(), value), t.InBuffer(store, place), Region::kBuffer);
        break;
    }
  });
  Value* const code = t.Load(t.Ptr(), callee);
  llvm::CallInst* const call =
      t.b().CreateCall(universal_, t.Field(code, offsetof(FuncCode, native)), args);
  call->addParamAttr(kArgCallee, llvm::Attribute::Nest);
  call->setTailCallKind(llvm::CallInst::TCK_NoTail);
  t.ForEach(type.results, PlaceResults(type.results), slots,
            [&](ValType value_type, Place place, Value* slot) {
              Value* value = nullptr;
              switch (place.kind) {
                case Place::Kind::kInt:
                  value =
                      FromRegister(t.b(), t.b().CreateExtractValue(call, place.index), value_type);
                  break;
                case Place::Kind::kFloat:
                  value = FromRegister(t.b(), t.b().CreateExtractValue(call, 2 + place.index),
                                       value_type);
                  break;
                case Place::Kind::kBuffer:
                  value = t.Load(TypeOf(value_type), t.InBuffer(store, place), Region::kBuffer);
                  break;
              }
              t.SaveToSlot(value, slot);
            });
  t.b().CreateRetVoid();
  return function;
}

// Arguments lie on the native stack. The frame of the trampoline itself is what a backtrace starts
// from: above it stands the caller.
llvm::Function* ModuleLowering::HostCallFor(const FuncType& type) {
  const std::string name = NameOf("host.", type);
  if (llvm::Function* const known = module_->getFunction(name)) return known;
  llvm::Function* const function = NewTrampoline(universal_, name);
  function->addParamAttr(kArgCallee, llvm::Attribute::Nest);
  Trampoline t(*this, function);
  llvm::IRBuilder<>& b = t.b();
  Value* const ctx = function->getArg(kArgContext);
  Value* const func = function->getArg(kArgCallee);
  llvm::Type* const i64 = b.getInt64Ty();
  const uint32_t num_slots =
      std::max({1u, LayOutSlots(type.params, nullptr), LayOutSlots(type.results, nullptr)});
  llvm::AllocaInst* const slots = b.CreateAlloca(llvm::ArrayType::get(i64, num_slots));
  slots->setAlignment(llvm::Align(16));
  llvm::AllocaInst* const call = b.CreateAlloca(llvm::ArrayType::get(i64, sizeof(HostCall) / 8));
  Value* const store = t.Field(ctx, offsetof(InstanceContext, store));

  t.ForEach(type.params, PlaceParams(type.params), slots,
            [&](ValType value_type, Place place, Value* slot) {
              Value* value = nullptr;
              switch (place.kind) {
                case Place::Kind::kInt:
                  value = FromRegister(b, function->getArg(kArgInts + place.index), value_type);
                  break;
                case Place::Kind::kFloat:
                  value = FromRegister(b, function->getArg(kArgFloats + place.index), value_type);
                  break;
                case Place::Kind::kBuffer:
                  value = t.Load(TypeOf(value_type), t.InBuffer(store, place), Region::kBuffer);
                  break;
              }
              t.SaveToSlot(value, slot);
            });
  Value* const activation = t.Field(store, offsetof(StoreContext, activation));
  Value* const null = llvm::ConstantPointerNull::get(b.getPtrTy());
  t.Store(null, t.Offset(activation, offsetof(Activation, native_pc)));
  Value* const frame =
      b.CreateIntrinsic(b.getPtrTy(), llvm::Intrinsic::frameaddress, {b.getInt32(0)});
  t.Store(frame, t.Offset(activation, offsetof(Activation, native_fp)));

  Value* const host = t.Field(func, offsetof(FuncInst, host));
  // The members of HostCall in their order; its first, a reference, is a pointer.
  static_assert(sizeof(HostCall) == 4 * 8);
  Value* const members[] = {store, ctx, slots, t.Field(host, offsetof(HostFunc, env))};
  for (uint64_t i = 0; i < std::size(members); ++i)
    t.Store(members[i], t.Offset(call, 8 * i), Region::kFrame);
  // The capability test. FAST: one load more than the call has anyhow (bench/guard_bench).
  llvm::LoadInst* const word = b.CreateAlignedLoad(
      i64, t.Field(store, offsetof(StoreContext, capabilities)), llvm::Align(8));
  word->setAtomic(llvm::AtomicOrdering::Monotonic);  // another thread may change it
  Value* const wanted = t.Load(i64, t.Offset(host, offsetof(HostFunc, gate.capabilities)));
  llvm::BasicBlock* const granted = b.GetInsertBlock();
  llvm::BasicBlock* const denied = llvm::BasicBlock::Create(context(), "denied", function);
  llvm::BasicBlock* const enter = llvm::BasicBlock::Create(context(), "enter", function);
  Value* const body = t.Field(host, offsetof(HostFunc, call));
  b.CreateCondBr(b.CreateIsNotNull(b.CreateAnd(word, wanted)), enter, denied, likely_);
  b.SetInsertPoint(denied);
  Value* const refusal = t.Field(host, offsetof(HostFunc, gate.denied));
  b.CreateBr(enter);
  b.SetInsertPoint(enter);
  llvm::PHINode* const target = b.CreatePHI(b.getPtrTy(), 2);
  target->addIncoming(body, granted);
  target->addIncoming(refusal, denied);
  llvm::FunctionType* const host_type =
      llvm::FunctionType::get(b.getInt8Ty(), {b.getPtrTy()}, false);
  Value* const kind = b.CreateCall(host_type, target, {call});

  // What has failed, or an interruption that found the host function running.
  Value* const poll_word = t.Field(ctx, offsetof(InstanceContext, poll_word));
  Value* const poll = b.CreateAnd(t.Load(b.getInt32Ty(), poll_word), runtime::kPollInterrupt);
  llvm::BasicBlock* const failed = llvm::BasicBlock::Create(context(), "failed", function);
  llvm::BasicBlock* const done = llvm::BasicBlock::Create(context(), "done", function);
  Value* const failure = b.CreateZExt(kind, b.getInt32Ty());
  b.CreateCondBr(b.CreateIsNull(b.CreateOr(failure, poll)), done, failed, likely_);
  b.SetInsertPoint(failed);
  Value* const helpers = t.Field(ctx, offsetof(InstanceContext, helpers));
  Value* const helper = t.Field(helpers, 8 * static_cast<uint64_t>(Helper::kHostFailed));
  Value* const interrupted = b.getInt32(static_cast<uint32_t>(TrapKind::kInterrupted));
  b.CreateCall(TypeOfHelper(Helper::kHostFailed), helper,
               {ctx, b.CreateSelect(b.CreateIsNull(failure), interrupted, failure)})
      ->setDoesNotReturn();
  b.CreateUnreachable();

  b.SetInsertPoint(done);
  Value* result = llvm::PoisonValue::get(function->getReturnType());
  t.ForEach(type.results, PlaceResults(type.results), slots,
            [&](ValType value_type, Place place, Value* slot) {
              Value* const value = t.Load(TypeOf(value_type), slot, Region::kFrame);
              switch (place.kind) {
                case Place::Kind::kInt:
                  result = b.CreateInsertValue(result, ToInt(b, value), place.index);
                  break;
                case Place::Kind::kFloat:
                  result = b.CreateInsertValue(result, ToFloat(b, value), 2 + place.index);
                  break;
                case Place::Kind::kBuffer:
                  t.Store(value, t.InBuffer(store, place), Region::kBuffer);
                  break;
              }
            });
  b.CreateRet(result);
  return function;
}

}  // namespace airwasm::jit
