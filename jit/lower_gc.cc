// References, structs, arrays, casts. Spec: core, exec/instructions, reference and aggregate
// instructions.
#include <cstddef>

#include "engine/gc/object.h"
#include "engine/valid/context.h"
#include "jit/lower.h"

namespace airwasm::jit {
namespace {

using gc::ArrayObject;

constexpr uint64_t kElementsOffset = sizeof(ArrayObject);

Value* IsNull(FunctionLowering& f, Value* ref) {
  return f.b().CreateICmpEQ(ref, f.Const64(0));
}
Value* Pointer(FunctionLowering& f, Value* ref) {
  return f.b().CreateIntToPtr(ref, f.Ptr());
}
const CanonicalType& TypeAt(FunctionLowering& f, TypeIdx index) {
  return *f.module().valid().types[index];
}

// What a field or element takes in memory.
llvm::Type* StorageOf(FunctionLowering& f, const FieldType& field) {
  switch (field.packed) {
    case Packed::kI8:
      return f.I8();
    case Packed::kI16:
      return f.I16();
    case Packed::kNone:
      break;
  }
  return f.TypeOf(field.type);
}
void PushField(FunctionLowering& f, const FieldType& field, Value* address, bool is_signed) {
  Value* value = f.Load(StorageOf(f, field), address, Region::kObjects);
  if (field.packed != Packed::kNone)
    value = is_signed ? f.b().CreateSExt(value, f.I32()) : f.b().CreateZExt(value, f.I32());
  f.Push(value);
}
void StoreField(FunctionLowering& f, const FieldType& field, Value* value, Value* address) {
  if (field.packed != Packed::kNone) value = f.b().CreateTrunc(value, StorageOf(f, field));
  f.Store(value, address, Region::kObjects);
}

}  // namespace

// ---- References

AIRWASM_LOWER(RefNull) {
  f.Push(f.Const64(0));
}
AIRWASM_LOWER(RefIsNull) {
  f.PushBool(IsNull(f, f.Pop()));
}
AIRWASM_LOWER(RefFunc) {
  f.Push(f.CallHelper(Helper::kFuncRef, {f.Const32(instr.index)}));
}
AIRWASM_LOWER(RefEq) {
  Value* const b = f.Pop();
  f.PushBool(f.b().CreateICmpEQ(f.Pop(), b));
}
AIRWASM_LOWER(RefAsNonNull) {
  Value* const ref = f.Pop();
  f.TrapIf(IsNull(f, ref), TrapKind::kNullReference);
  f.Push(ref);
}
AIRWASM_LOWER(BrOnNull) {
  Value* const ref = f.Pop();
  f.BranchIf(instr.index, IsNull(f, ref));
  f.Push(ref);
}
AIRWASM_LOWER(BrOnNonNull) {
  // The reference is the last of the label's values.
  Value* const ref = f.Pop();
  f.Push(ref);
  f.BranchIf(instr.index, f.b().CreateNot(IsNull(f, ref)));
  f.Pop();
}
AIRWASM_LOWER(AnyConvertExtern) {}  // the same word
AIRWASM_LOWER(ExternConvertAny) {}

AIRWASM_LOWER(RefI31) {
  Value* const tagged = f.b().CreateOr(f.b().CreateShl(f.Pop(), 1), f.Const32(1));
  f.Push(f.b().CreateZExt(tagged, f.I64()));
}
namespace {
void I31Get(FunctionLowering& f, bool is_signed) {
  Value* const ref = f.Pop();
  f.TrapIf(IsNull(f, ref), TrapKind::kNullI31Reference);
  Value* const word = f.b().CreateTrunc(ref, f.I32());
  f.Push(is_signed ? f.b().CreateAShr(word, 1) : f.b().CreateLShr(word, 1));
}
}  // namespace
AIRWASM_LOWER(I31GetS) {
  I31Get(f, true);
}
AIRWASM_LOWER(I31GetU) {
  I31Get(f, false);
}

// ---- Allocation

namespace {

// No access moves across, for a trap or a signal must find the order that gc::FreeRun asks for.
// Costs no machine instruction.
void OrderAllocation(FunctionLowering& f) {
  f.b().CreateFence(llvm::AtomicOrdering::SequentiallyConsistent, llvm::SyncScope::SingleThread);
}

// A zeroed object of `bytes` (an i64, a multiple of eight) from the store's free run; from slow()
// when the run is too short or there is no heap yet. `length` is null for a struct.
template <typename Slow>
Value* Allocate(FunctionLowering& f, TypeIdx type, Value* bytes, Value* length, Slow slow) {
  Value* const run = f.Offset(f.StorePtr(), offsetof(runtime::StoreContext, free_run));
  Value* const object = f.Load(f.Ptr(), run, Region::kContext);
  Value* const limit =
      f.Load(f.Ptr(), f.Offset(run, offsetof(gc::FreeRun, limit)), Region::kContext);
  Value* const address = f.b().CreatePtrToInt(object, f.I64());
  Value* const left = f.b().CreateSub(f.b().CreatePtrToInt(limit, f.I64()), address);
  llvm::BasicBlock* const fast = f.NewBlock();
  llvm::BasicBlock* const full = f.NewBlock();
  llvm::BasicBlock* const done = f.NewBlock();
  f.b().CreateCondBr(f.b().CreateICmpULE(bytes, left), fast, full, f.module().likely());
  f.StartBlock(fast);
  f.Store(f.TypeIdOf(type), f.Offset(object, offsetof(gc::Object, type)), Region::kObjects);
  if (length != nullptr)
    f.Store(length, f.Offset(object, offsetof(ArrayObject, length)), Region::kObjects);
  OrderAllocation(f);
  f.Store(f.Offset(object, bytes), run, Region::kContext);
  OrderAllocation(f);
  f.b().CreateBr(done);
  f.StartBlock(full);
  Value* const made = slow();
  llvm::BasicBlock* const full_end = f.b().GetInsertBlock();
  f.b().CreateBr(done);
  f.StartBlock(done);
  llvm::PHINode* const ref = f.b().CreatePHI(f.I64(), 2);
  ref->addIncoming(address, fast);
  ref->addIncoming(made, full_end);
  return ref;
}

Value* AllocateStruct(FunctionLowering& f, TypeIdx type) {
  return Allocate(f, type, f.Const64(TypeAt(f, type).size_bytes), nullptr,
                  [&] { return f.CallHelper(Helper::kStructNew, {f.Const32(type)}); });
}

Value* AllocateArray(FunctionLowering& f, TypeIdx type, Value* length) {
  // 2^32 elements of sixteen bytes: no overflow.
  Value* const elements = f.b().CreateMul(f.b().CreateZExt(length, f.I64()),
                                          f.Const64(TypeAt(f, type).elem_size_bytes));
  Value* const bytes =
      f.b().CreateAnd(f.b().CreateAdd(elements, f.Const64(kElementsOffset + 7)), ~uint64_t{7});
  return Allocate(f, type, bytes, length,
                  [&] { return f.CallHelper(Helper::kArrayNew, {f.Const32(type), length}); });
}

}  // namespace

// ---- Structs

AIRWASM_LOWER(StructNewDefault) {
  f.Push(AllocateStruct(f, instr.index));
}
AIRWASM_LOWER(StructNew) {
  const CanonicalType& type = TypeAt(f, instr.index);
  const std::vector<FieldType>& fields = type.type.fields;
  Value* const ref = AllocateStruct(f, instr.index);
  Value* const object = Pointer(f, ref);
  for (size_t i = fields.size(); i-- > 0;)
    StoreField(f, fields[i], f.Pop(), f.Offset(object, type.field_offsets[i]));
  f.Push(ref);
}
namespace {
Value* FieldAddress(FunctionLowering& f, const Instr& instr) {
  Value* const ref = f.Pop();
  f.TrapIf(IsNull(f, ref), TrapKind::kNullStructReference);
  return f.Offset(Pointer(f, ref), TypeAt(f, instr.index).field_offsets[instr.index2]);
}
void StructGet(FunctionLowering& f, const Instr& instr, bool is_signed) {
  PushField(f, TypeAt(f, instr.index).type.fields[instr.index2], FieldAddress(f, instr), is_signed);
}
}  // namespace
AIRWASM_LOWER(StructGet) {
  StructGet(f, instr, false);
}
AIRWASM_LOWER(StructGetS) {
  StructGet(f, instr, true);
}
AIRWASM_LOWER(StructGetU) {
  StructGet(f, instr, false);
}
AIRWASM_LOWER(StructSet) {
  Value* const value = f.Pop();
  StoreField(f, TypeAt(f, instr.index).type.fields[instr.index2], value, FieldAddress(f, instr));
}

// ---- Arrays

namespace {

Value* LengthOf(FunctionLowering& f, Value* ref) {
  f.TrapIf(IsNull(f, ref), TrapKind::kNullArrayReference);
  return f.Load(f.I32(), f.Offset(Pointer(f, ref), offsetof(ArrayObject, length)),
                Region::kObjects);
}
// Of the element whose index is on the stack, below it the array.
Value* ElementAddress(FunctionLowering& f, const CanonicalType& type) {
  Value* const index = f.Pop();
  Value* const ref = f.Pop();
  f.TrapIf(f.b().CreateICmpUGE(index, LengthOf(f, ref)), TrapKind::kOutOfBoundsArray);
  Value* const bytes =
      f.b().CreateMul(f.b().CreateZExt(index, f.I64()), f.Const64(type.elem_size_bytes));
  return f.Offset(f.Offset(Pointer(f, ref), kElementsOffset), bytes);
}
void ArrayGet(FunctionLowering& f, const Instr& instr, bool is_signed) {
  const CanonicalType& type = TypeAt(f, instr.index);
  PushField(f, type.type.fields[0], ElementAddress(f, type), is_signed);
}
// `value` in memory as the helper reads it.
Value* Spill(FunctionLowering& f, const FieldType& field, Value* value) {
  if (field.packed != Packed::kNone) value = f.b().CreateTrunc(value, StorageOf(f, field));
  Value* const place = f.Temporary();
  f.b().CreateStore(value, place);
  return place;
}

}  // namespace

AIRWASM_LOWER(ArrayNew) {
  const FieldType& field = TypeAt(f, instr.index).type.fields[0];
  Value* const length = f.Pop();
  Value* const value = f.Pop();
  Value* const ref = AllocateArray(f, instr.index, length);
  const auto* const constant = llvm::dyn_cast<llvm::Constant>(value);
  if (constant == nullptr || !constant->isNullValue())
    f.CallHelper(Helper::kArrayFill, {ref, f.Const32(0), Spill(f, field, value), length});
  f.Push(ref);
}
AIRWASM_LOWER(ArrayNewDefault) {
  Value* const length = f.Pop();
  f.Push(AllocateArray(f, instr.index, length));
}
AIRWASM_LOWER(ArrayNewFixed) {
  const CanonicalType& type = TypeAt(f, instr.index);
  Value* const ref = AllocateArray(f, instr.index, f.Const32(static_cast<uint32_t>(instr.count)));
  Value* const elements = f.Offset(Pointer(f, ref), kElementsOffset);
  for (uint64_t i = instr.count; i-- > 0;)
    StoreField(f, type.type.fields[0], f.Pop(), f.Offset(elements, i * type.elem_size_bytes));
  f.Push(ref);
}
namespace {
void ArrayNewFrom(FunctionLowering& f, const Instr& instr, Helper helper) {
  Value* const length = f.Pop();
  Value* const offset = f.Pop();
  f.Push(f.CallHelper(helper, {f.Const32(instr.index), f.Const32(instr.index2), offset, length}));
}
void ArrayInitFrom(FunctionLowering& f, const Instr& instr, Helper helper) {
  Value* const count = f.Pop();
  Value* const offset = f.Pop();
  Value* const index = f.Pop();
  Value* const ref = f.Pop();
  f.CallHelper(helper, {ref, index, f.Const32(instr.index2), offset, count});
}
}  // namespace
AIRWASM_LOWER(ArrayNewData) {
  ArrayNewFrom(f, instr, Helper::kArrayNewData);
}
AIRWASM_LOWER(ArrayNewElem) {
  ArrayNewFrom(f, instr, Helper::kArrayNewElem);
}
AIRWASM_LOWER(ArrayGet) {
  ArrayGet(f, instr, false);
}
AIRWASM_LOWER(ArrayGetS) {
  ArrayGet(f, instr, true);
}
AIRWASM_LOWER(ArrayGetU) {
  ArrayGet(f, instr, false);
}
AIRWASM_LOWER(ArraySet) {
  const CanonicalType& type = TypeAt(f, instr.index);
  Value* const value = f.Pop();
  StoreField(f, type.type.fields[0], value, ElementAddress(f, type));
}
AIRWASM_LOWER(ArrayLen) {
  f.Push(LengthOf(f, f.Pop()));
}
AIRWASM_LOWER(ArrayFill) {
  Value* const count = f.Pop();
  Value* const value = f.Pop();
  Value* const index = f.Pop();
  Value* const ref = f.Pop();
  const FieldType& field = TypeAt(f, instr.index).type.fields[0];
  f.CallHelper(Helper::kArrayFill, {ref, index, Spill(f, field, value), count});
}
AIRWASM_LOWER(ArrayCopy) {
  Value* const count = f.Pop();
  Value* const src_index = f.Pop();
  Value* const src = f.Pop();
  Value* const dst_index = f.Pop();
  Value* const dst = f.Pop();
  f.CallHelper(Helper::kArrayCopy, {dst, dst_index, src, src_index, count});
}
AIRWASM_LOWER(ArrayInitData) {
  ArrayInitFrom(f, instr, Helper::kArrayInitData);
}
AIRWASM_LOWER(ArrayInitElem) {
  ArrayInitFrom(f, instr, Helper::kArrayInitElem);
}

// ---- Casts

namespace {

// An i1: whether `ref` is of the type. Equality of types is tested in line, the rest by a helper.
Value* Matches(FunctionLowering& f, Value* ref, HeapType heap, bool nullable) {
  llvm::BasicBlock* const start = f.b().GetInsertBlock();
  llvm::BasicBlock* const not_null = f.NewBlock();
  llvm::BasicBlock* const done = f.NewBlock();
  f.b().CreateCondBr(IsNull(f, ref), done, not_null);
  std::vector<std::pair<llvm::BasicBlock*, Value*>> outcomes = {{start, f.b().getInt1(nullable)}};
  f.StartBlock(not_null);
  const auto finish = [&](Value* outcome) {
    outcomes.emplace_back(f.b().GetInsertBlock(), outcome);
    f.b().CreateBr(done);
  };
  const auto as_bool = [&](Value* flag) { return f.b().CreateICmpNE(flag, f.Const32(0)); };
  if (!heap.IsConcrete()) {
    Value* const is_i31 = f.b().CreateTrunc(ref, f.I1());
    if (heap.kind() == HeapKind::kI31) {
      finish(is_i31);
    } else {
      finish(as_bool(
          f.CallHelper(Helper::kRefHasKind, {ref, f.Const32(static_cast<uint32_t>(heap.kind()))})));
    }
  } else {
    const SubType& type = TypeAt(f, heap.index()).type;
    const bool is_func = type.kind == CompositeKind::kFunc;
    Value* const wanted = f.TypeIdOf(heap.index());
    if (!is_func) {
      llvm::BasicBlock* const object = f.NewBlock();
      outcomes.emplace_back(f.b().GetInsertBlock(), f.b().getFalse());
      f.b().CreateCondBr(f.b().CreateTrunc(ref, f.I1()), done, object, f.module().unlikely());
      f.StartBlock(object);
    }
    const uint64_t offset =
        is_func ? offsetof(runtime::FuncInst, type) : offsetof(gc::Object, type);
    Value* const actual = f.Load(f.I32(), f.Offset(Pointer(f, ref), offset),
                                 is_func ? Region::kContext : Region::kObjects);
    Value* const same = f.b().CreateICmpEQ(actual, wanted);
    if (type.is_final) {
      finish(same);
    } else {
      llvm::BasicBlock* const other = f.NewBlock();
      outcomes.emplace_back(f.b().GetInsertBlock(), f.b().getTrue());
      f.b().CreateCondBr(same, done, other);
      f.StartBlock(other);
      finish(as_bool(f.CallHelper(Helper::kRefHasType, {ref, wanted})));
    }
  }
  f.StartBlock(done);
  llvm::PHINode* const result = f.b().CreatePHI(f.I1(), 3);
  for (const auto& [block, value] : outcomes) result->addIncoming(value, block);
  return result;
}

void Cast(FunctionLowering& f, const Instr& instr, bool nullable) {
  Value* const ref = f.Pop();
  Value* const matches = Matches(f, ref, instr.ref_type.heap_type(), nullable);
  f.TrapIf(f.b().CreateNot(matches), TrapKind::kCastFailure);
  f.Push(ref);
}
void Test(FunctionLowering& f, const Instr& instr, bool nullable) {
  f.PushBool(Matches(f, f.Pop(), instr.ref_type.heap_type(), nullable));
}
void BranchOnCast(FunctionLowering& f, const Instr& instr, bool on_success) {
  // The reference is the last of the label's values and stays for the other path.
  Value* const ref = f.Pop();
  Value* const matches = Matches(f, ref, instr.ref_type2.heap_type(), instr.ref_type2.nullable());
  f.Push(ref);
  f.BranchIf(instr.index, on_success ? matches : f.b().CreateNot(matches));
}

}  // namespace

AIRWASM_LOWER(RefTest) {
  Test(f, instr, false);
}
AIRWASM_LOWER(RefTestNull) {
  Test(f, instr, true);
}
AIRWASM_LOWER(RefCast) {
  Cast(f, instr, false);
}
AIRWASM_LOWER(RefCastNull) {
  Cast(f, instr, true);
}
AIRWASM_LOWER(BrOnCast) {
  BranchOnCast(f, instr, true);
}
AIRWASM_LOWER(BrOnCastFail) {
  BranchOnCast(f, instr, false);
}

}  // namespace airwasm::jit
