// What lowerings reach of the instance and the store, and calls of helpers.
//
// Pointers that never change while an instance lives are loaded in the entry block, once, whoever
// asks first.
#include <cstddef>

#include "jit/lower.h"

namespace airwasm::jit {

using runtime::InstanceContext;

llvm::LoadInst* FunctionLowering::Load(llvm::Type* type, Value* address, Region region) {
  // What the engine lays out is aligned; a v128 may lie at any multiple of eight.
  const uint64_t size =
      type->isPointerTy() ? 8 : type->getPrimitiveSizeInBits().getFixedValue() / 8;
  const uint64_t alignment =
      region == Region::kObjects || size > 8 ? std::min<uint64_t>(size, 8) : size;
  llvm::LoadInst* const load =
      builder_.CreateAlignedLoad(type, address, llvm::Align(std::max<uint64_t>(alignment, 1)));
  module_.Annotate(load, region);
  return load;
}

llvm::StoreInst* FunctionLowering::Store(Value* value, Value* address, Region region) {
  llvm::Type* const type = value->getType();
  const uint64_t size =
      type->isPointerTy() ? 8 : type->getPrimitiveSizeInBits().getFixedValue() / 8;
  llvm::StoreInst* const store = builder_.CreateAlignedStore(
      value, address, llvm::Align(std::max<uint64_t>(std::min<uint64_t>(size, 8), 1)));
  module_.Annotate(store, region);
  return store;
}

Value* FunctionLowering::Offset(Value* address, uint64_t bytes) {
  return bytes == 0 ? address : builder_.CreatePtrAdd(address, Const64(bytes));
}
Value* FunctionLowering::Offset(Value* address, Value* bytes) {
  return builder_.CreatePtrAdd(address, bytes);
}

Value* FunctionLowering::ContextAddress(uint32_t offset) {
  return Offset(context_, offset);
}

Value* FunctionLowering::ContextPointer(uint32_t offset) {
  if (const auto found = pointers_.find(offset); found != pointers_.end()) return found->second;
  Value* const value = LoadInEntry(context_, offset);
  pointers_.emplace(offset, value);
  return value;
}

// A pointer at `base` + `offset` that never changes; `base` is known in the entry block.
Value* FunctionLowering::LoadInEntry(Value* base, uint64_t offset) {
  llvm::IRBuilder<>::InsertPointGuard guard(builder_);
  builder_.SetInsertPoint(entry_end_);
  builder_.SetCurrentDebugLocation(llvm::DebugLoc());
  llvm::LoadInst* const load = Load(Ptr(), Offset(base, offset), Region::kContext);
  module_.AnnotateInvariant(load, Region::kContext);
  return load;
}

Value* FunctionLowering::StorePtr() {
  return ContextPointer(offsetof(InstanceContext, store));
}
Value* FunctionLowering::TypeIds() {
  return ContextPointer(offsetof(InstanceContext, type_ids));
}
Value* FunctionLowering::FuncCodes() {
  return ContextPointer(offsetof(InstanceContext, func_codes));
}

Value* FunctionLowering::TypeIdOf(TypeIdx type) {
  llvm::LoadInst* const load =
      Load(I32(), Offset(TypeIds(), sizeof(TypeId) * uint64_t{type}), Region::kContext);
  module_.AnnotateInvariant(load, Region::kContext);
  return load;
}

Value* FunctionLowering::MemoryBase(uint32_t memory) {
  const uint32_t key = UINT32_MAX - memory;  // beyond any offset of a context
  if (const auto found = pointers_.find(key); found != pointers_.end()) return found->second;
  Value* const base = memory == 0 ? ContextPointer(offsetof(InstanceContext, mem0_base))
                                  : LoadInEntry(ContextPointer(wasm().layout().Memory(memory)),
                                                offsetof(runtime::MemInst, base));
  pointers_.emplace(key, base);
  return base;
}

Value* FunctionLowering::Temporary() {
  if (temporary_ == nullptr) {
    llvm::IRBuilder<>::InsertPointGuard guard(builder_);
    builder_.SetInsertPoint(entry_, entry_->begin());
    temporary_ = builder_.CreateAlloca(V128());
  }
  return temporary_;
}

Value* FunctionLowering::HelperAddress(Helper helper) {
  Value* const table = ContextPointer(offsetof(InstanceContext, helpers));
  llvm::LoadInst* const function =
      Load(Ptr(), Offset(table, 8 * static_cast<uint64_t>(helper)), Region::kContext);
  module_.AnnotateInvariant(function, Region::kContext);
  return function;
}

Value* FunctionLowering::CallHelper(Helper helper, llvm::ArrayRef<Value*> args) {
  std::vector<Value*> all = {context_};
  all.insert(all.end(), args.begin(), args.end());
  return CreateCall(module_.TypeOfHelper(helper), HelperAddress(helper), all);
}

}  // namespace airwasm::jit
