// memory.size, grow, fill, copy, init; table.*; globals: what is a load, a store, or a helper.
// Spec: core, exec/instructions.
#include <cstddef>
#include <optional>

#include "engine/valid/context.h"
#include "jit/lower.h"

namespace airwasm::jit {
namespace {

using runtime::TableInst;

Value* Wide(FunctionLowering& f, Value* value) {
  return f.b().CreateZExt(value, f.I64());
}
// A size or an old size, in the address type.
void PushAddress(FunctionLowering& f, Value* value, bool is_64) {
  f.Push(is_64 ? value : f.b().CreateTrunc(value, f.I32()));
}
bool MemoryIs64(FunctionLowering& f, uint32_t memory) {
  return f.wasm().syntax().memories[memory].is_64;
}
bool TableIs64(FunctionLowering& f, uint32_t table) {
  return f.module().valid().tables[table].is_64;
}
Value* TablePointer(FunctionLowering& f, uint32_t table) {
  return f.ContextPointer(f.wasm().layout().Table(table));
}
Value* TableSize(FunctionLowering& f, uint32_t table) {
  return f.Load(f.I64(), f.Offset(TablePointer(f, table), offsetof(TableInst, size)),
                Region::kContext);
}
Value* TableElement(FunctionLowering& f, uint32_t table, Value* index) {
  llvm::LoadInst* const elements = f.Load(f.Ptr(), TablePointer(f, table), Region::kContext);
  f.module().AnnotateInvariant(elements, Region::kContext);
  return f.Offset(elements, f.b().CreateShl(index, 3));
}
// Elements that nobody has read yet are made by the helper.
Value* IsLazy(FunctionLowering& f, uint32_t table) {
  Value* const lazy = f.Load(f.Ptr(), f.Offset(TablePointer(f, table), offsetof(TableInst, lazy)),
                             Region::kContext);
  return f.b().CreateIsNotNull(lazy);
}

struct Three {
  Value *a, *b, *c;
};
Three PopThree(FunctionLowering& f) {
  Three three;
  three.c = f.Pop();
  three.b = f.Pop();
  three.a = f.Pop();
  return three;
}

}  // namespace

AIRWASM_LOWER(MemorySize) {
  const MemoryType& type = f.wasm().syntax().memories[instr.index];
  Value* const pages =
      f.b().CreateLShr(f.MemorySizeBytes(instr.index), uint64_t{type.page_size_log2});
  PushAddress(f, pages, type.is_64);
}
AIRWASM_LOWER(MemoryGrow) {
  Value* const pages = Wide(f, f.Pop());
  PushAddress(f, f.CallHelper(Helper::kMemoryGrow, {f.Const32(instr.index), pages}),
              MemoryIs64(f, instr.index));
}

namespace {

// Fills and copies of a constant count up to this are some moves in line.
constexpr uint64_t kMaxInlineBytes = 64;

std::optional<uint32_t> InlineCount(Value* count) {
  const auto* const constant = llvm::dyn_cast<llvm::ConstantInt>(count);
  if (constant == nullptr || constant->getZExtValue() > kMaxInlineBytes) return std::nullopt;
  return static_cast<uint32_t>(constant->getZExtValue());
}
// Where `bytes` bytes at `address` begin, all of them in bounds.
Value* RangeOf(FunctionLowering& f, uint32_t memory, uint32_t bytes, Value* address) {
  return f.CheckedAddress({.memory = memory}, bytes, Wide(f, address));
}

}  // namespace

AIRWASM_LOWER(MemoryFill) {
  const Three operands = PopThree(f);
  if (const auto count = InlineCount(operands.c)) {
    Value* const to = RangeOf(f, instr.index, *count, operands.a);
    if (*count == 0) return;
    f.module().Annotate(f.b().CreateMemSet(to, f.b().CreateTrunc(operands.b, f.I8()),
                                           uint64_t{*count}, llvm::Align(1)),
                        f.RegionOfMemory(instr.index));
    return;
  }
  f.CallHelper(Helper::kMemoryFill,
               {f.Const32(instr.index), Wide(f, operands.a), operands.b, Wide(f, operands.c)});
}
AIRWASM_LOWER(MemoryCopy) {
  const Three operands = PopThree(f);
  if (const auto count = InlineCount(operands.c)) {
    Value* const to = RangeOf(f, instr.index, *count, operands.a);
    Value* const from = RangeOf(f, instr.index2, *count, operands.b);
    if (*count == 0) return;
    llvm::CallInst* const move =
        f.b().CreateMemMove(to, llvm::Align(1), from, llvm::Align(1), uint64_t{*count});
    const Region region = f.RegionOfMemory(instr.index);
    if (region == f.RegionOfMemory(instr.index2)) f.module().Annotate(move, region);
    return;
  }
  f.CallHelper(Helper::kMemoryCopy,
               {f.Const32(instr.index), f.Const32(instr.index2), Wide(f, operands.a),
                Wide(f, operands.b), Wide(f, operands.c)});
}
AIRWASM_LOWER(MemoryInit) {
  const Three operands = PopThree(f);
  f.CallHelper(Helper::kMemoryInit,
               {f.Const32(instr.index2), f.Const32(instr.index), Wide(f, operands.a),
                Wide(f, operands.b), Wide(f, operands.c)});
}
AIRWASM_LOWER(DataDrop) {
  f.CallHelper(Helper::kDataDrop, {f.Const32(instr.index)});
}

// ---- Tables

AIRWASM_LOWER(TableGet) {
  const uint32_t table = instr.index;
  Value* const index = Wide(f, f.Pop());
  Value* const size = TableSize(f, table);
  f.TrapIf(f.b().CreateICmpUGE(index, size), TrapKind::kOutOfBoundsTable);
  Value* const ref =
      f.Load(f.I64(), TableElement(f, table, f.MaskIndex(index, size)), Region::kTables);
  llvm::BasicBlock* const start = f.b().GetInsertBlock();
  llvm::BasicBlock* const null = f.NewBlock();
  llvm::BasicBlock* const slow = f.NewBlock();
  llvm::BasicBlock* const done = f.NewBlock();
  f.b().CreateCondBr(f.b().CreateICmpEQ(ref, f.Const64(0)), null, done);
  f.StartBlock(null);
  f.b().CreateCondBr(IsLazy(f, table), slow, done, f.module().unlikely());
  f.StartBlock(slow);
  Value* const made = f.CallHelper(Helper::kTableGet, {f.Const32(table), index});
  llvm::BasicBlock* const slow_end = f.b().GetInsertBlock();
  f.b().CreateBr(done);
  f.StartBlock(done);
  llvm::PHINode* const result = f.b().CreatePHI(f.I64(), 3);
  result->addIncoming(ref, start);
  result->addIncoming(ref, null);
  result->addIncoming(made, slow_end);
  f.Push(result);
}
AIRWASM_LOWER(TableSet) {
  const uint32_t table = instr.index;
  Value* const ref = f.Pop();
  Value* const index = Wide(f, f.Pop());
  f.TrapIf(f.b().CreateICmpUGE(index, TableSize(f, table)), TrapKind::kOutOfBoundsTable);
  // Null over an element that nobody has read yet would let it be made later.
  llvm::BasicBlock* const null = f.NewBlock();
  llvm::BasicBlock* const slow = f.NewBlock();
  llvm::BasicBlock* const fast = f.NewBlock();
  llvm::BasicBlock* const done = f.NewBlock();
  f.b().CreateCondBr(f.b().CreateICmpEQ(ref, f.Const64(0)), null, fast);
  f.StartBlock(null);
  f.b().CreateCondBr(IsLazy(f, table), slow, fast, f.module().unlikely());
  f.StartBlock(slow);
  f.CallHelper(Helper::kTableSet, {f.Const32(table), index, ref});
  f.b().CreateBr(done);
  f.StartBlock(fast);
  f.Store(ref, TableElement(f, table, index), Region::kTables);
  f.b().CreateBr(done);
  f.StartBlock(done);
}
AIRWASM_LOWER(TableSize) {
  PushAddress(f, TableSize(f, instr.index), TableIs64(f, instr.index));
}
AIRWASM_LOWER(TableGrow) {
  Value* const delta = Wide(f, f.Pop());
  Value* const init = f.Pop();
  PushAddress(f, f.CallHelper(Helper::kTableGrow, {f.Const32(instr.index), delta, init}),
              TableIs64(f, instr.index));
}
AIRWASM_LOWER(TableFill) {
  const Three operands = PopThree(f);
  f.CallHelper(Helper::kTableFill,
               {f.Const32(instr.index), Wide(f, operands.a), operands.b, Wide(f, operands.c)});
}
AIRWASM_LOWER(TableCopy) {
  const Three operands = PopThree(f);
  f.CallHelper(Helper::kTableCopy, {f.Const32(instr.index), f.Const32(instr.index2),
                                    Wide(f, operands.a), Wide(f, operands.b), Wide(f, operands.c)});
}
AIRWASM_LOWER(TableInit) {
  const Three operands = PopThree(f);
  f.CallHelper(Helper::kTableInit, {f.Const32(instr.index2), f.Const32(instr.index),
                                    Wide(f, operands.a), Wide(f, operands.b), Wide(f, operands.c)});
}
AIRWASM_LOWER(ElemDrop) {
  f.CallHelper(Helper::kElemDrop, {f.Const32(instr.index)});
}

// ---- Globals

namespace {

struct GlobalPlace {
  Value* address;
  llvm::Type* type;
  Region region;
};
GlobalPlace PlaceOf(FunctionLowering& f, uint32_t global) {
  const uint32_t imported = f.wasm().syntax().num_imported_globals;
  llvm::Type* const type = f.TypeOf(f.module().valid().globals[global].type);
  const runtime::ContextLayout& layout = f.wasm().layout();
  if (global < imported)
    return {f.ContextPointer(layout.ImportedGlobal(global)), type, Region::kImportedGlobals};
  return {f.ContextAddress(layout.OwnGlobal(global - imported)), type, Region::kGlobals};
}

}  // namespace

AIRWASM_LOWER(GlobalGet) {
  const GlobalPlace place = PlaceOf(f, instr.index);
  f.Push(f.Load(place.type, place.address, place.region));
}
AIRWASM_LOWER(GlobalSet) {
  const GlobalPlace place = PlaceOf(f, instr.index);
  Value* value = f.Pop();
  // The whole cell of an i32, whose upper half is zero (context.h).
  if (value->getType()->isIntegerTy(32)) value = Wide(f, value);
  f.Store(value, place.address, place.region);
}

}  // namespace airwasm::jit
