// Loads and stores of linear memory. Spec: core, exec/instructions, memory instructions.
#include <cstddef>

#include "jit/lower.h"
#include "jit/simd_types.h"

namespace airwasm::jit {

using runtime::MemInst;

// The host address. A 32-bit memory with guard pages needs no check: address and offset together
// stay within its reservation (engine/runtime/memory.h). Plain GEPs: nothing is promised to LLVM
// about where the sum lies.
Value* FunctionLowering::MemoryAddress(const MemArg& mem, uint32_t bytes, Value* index) {
  const bool is_64 = wasm().syntax().memories[mem.memory].is_64;
  Value* const base = MemoryBase(mem.memory);
  Value* const wide = is_64 ? index : builder_.CreateZExt(index, I64());
  if (!is_64 && wasm().MemoryIsGuarded(mem.memory)) return Offset(Offset(base, wide), mem.offset);
  return CheckedAddress(mem, bytes, wide);
}

// Checked against the size, which never shrinks: so it is never below the declared minimum either.
Value* FunctionLowering::CheckedAddress(const MemArg& mem, uint32_t bytes, Value* index) {
  const MemoryType& type = wasm().syntax().memories[mem.memory];
  Value* const size = MemorySizeBytes(mem.memory);
  Value* effective = index;
  Value* out = nullptr;
  if (mem.offset != 0) {
    effective = builder_.CreateAdd(index, Const64(mem.offset));
    // The sum of two 32-bit numbers does not wrap.
    if (type.is_64) out = builder_.CreateICmpULT(effective, index);
  }
  Value* fails = builder_.CreateICmpUGT(effective, builder_.CreateSub(size, Const64(bytes)));
  if (type.limits.min << type.page_size_log2 < bytes)
    fails = builder_.CreateOr(builder_.CreateICmpULT(size, Const64(bytes)), fails);
  TrapIf(out != nullptr ? builder_.CreateOr(out, fails) : fails, TrapKind::kOutOfBoundsMemory);
  return Offset(MemoryBase(mem.memory), effective);
}

Value* FunctionLowering::MemorySizeBytes(uint32_t memory) {
  llvm::LoadInst* const size = Load(
      I64(), Offset(ContextPointer(wasm().layout().Memory(memory)), offsetof(MemInst, size_bytes)),
      Region::kContext);
  // Another thread may grow a shared one.
  if (wasm().syntax().memories[memory].shared) size->setAtomic(llvm::AtomicOrdering::Monotonic);
  return size;
}

// A memory can be imported twice, so one that is may be any other that is.
Region FunctionLowering::RegionOfMemory(uint32_t memory) {
  const bool alone = memory == 0 && wasm().syntax().num_imported_memories <= 1;
  return alone ? Region::kMemory0 : Region::kMemories;
}

llvm::LoadInst* FunctionLowering::LoadMemory(llvm::Type* type, Value* address, uint32_t memory) {
  llvm::LoadInst* const load = builder_.CreateAlignedLoad(type, address, llvm::Align(1));
  module_.Annotate(load, RegionOfMemory(memory));
  // Where there are checks, they are what traps.
  if (wasm().MemoryIsGuarded(memory)) module_.AnnotateTrapping(load);
  return load;
}
llvm::StoreInst* FunctionLowering::StoreMemory(Value* value, Value* address, uint32_t memory) {
  llvm::StoreInst* const store = builder_.CreateAlignedStore(value, address, llvm::Align(1));
  module_.Annotate(store, RegionOfMemory(memory));
  return store;
}

namespace {

uint32_t BytesOf(llvm::Type* type) {
  return static_cast<uint32_t>(type->getPrimitiveSizeInBits().getFixedValue() / 8);
}

Value* LoadAt(FunctionLowering& f, const Instr& instr, llvm::Type* type) {
  Value* const address = f.MemoryAddress(instr.mem, BytesOf(type), f.Pop());
  return f.LoadMemory(type, address, instr.mem.memory);
}
void LoadValue(FunctionLowering& f, const Instr& instr, llvm::Type* type) {
  f.Push(LoadAt(f, instr, type));
}
void LoadExtended(FunctionLowering& f, const Instr& instr, llvm::Type* memory, llvm::Type* to,
                  bool is_signed) {
  Value* const value = LoadAt(f, instr, memory);
  f.Push(is_signed ? f.b().CreateSExt(value, to) : f.b().CreateZExt(value, to));
}
void StoreValue(FunctionLowering& f, const Instr& instr, llvm::Type* memory) {
  Value* value = f.Pop();
  if (value->getType() != memory) value = f.b().CreateTrunc(value, memory);
  Value* const address = f.MemoryAddress(instr.mem, BytesOf(memory), f.Pop());
  f.StoreMemory(value, address, instr.mem.memory);
}

}  // namespace

AIRWASM_LOWER(I32Load) {
  LoadValue(f, instr, f.I32());
}
AIRWASM_LOWER(I64Load) {
  LoadValue(f, instr, f.I64());
}
AIRWASM_LOWER(F32Load) {
  LoadValue(f, instr, f.F32());
}
AIRWASM_LOWER(F64Load) {
  LoadValue(f, instr, f.F64());
}
AIRWASM_LOWER(I32Load8S) {
  LoadExtended(f, instr, f.I8(), f.I32(), true);
}
AIRWASM_LOWER(I32Load8U) {
  LoadExtended(f, instr, f.I8(), f.I32(), false);
}
AIRWASM_LOWER(I32Load16S) {
  LoadExtended(f, instr, f.I16(), f.I32(), true);
}
AIRWASM_LOWER(I32Load16U) {
  LoadExtended(f, instr, f.I16(), f.I32(), false);
}
AIRWASM_LOWER(I64Load8S) {
  LoadExtended(f, instr, f.I8(), f.I64(), true);
}
AIRWASM_LOWER(I64Load8U) {
  LoadExtended(f, instr, f.I8(), f.I64(), false);
}
AIRWASM_LOWER(I64Load16S) {
  LoadExtended(f, instr, f.I16(), f.I64(), true);
}
AIRWASM_LOWER(I64Load16U) {
  LoadExtended(f, instr, f.I16(), f.I64(), false);
}
AIRWASM_LOWER(I64Load32S) {
  LoadExtended(f, instr, f.I32(), f.I64(), true);
}
AIRWASM_LOWER(I64Load32U) {
  LoadExtended(f, instr, f.I32(), f.I64(), false);
}
AIRWASM_LOWER(I32Store) {
  StoreValue(f, instr, f.I32());
}
AIRWASM_LOWER(I64Store) {
  StoreValue(f, instr, f.I64());
}
AIRWASM_LOWER(F32Store) {
  StoreValue(f, instr, f.F32());
}
AIRWASM_LOWER(F64Store) {
  StoreValue(f, instr, f.F64());
}
AIRWASM_LOWER(I32Store8) {
  StoreValue(f, instr, f.I8());
}
AIRWASM_LOWER(I32Store16) {
  StoreValue(f, instr, f.I16());
}
AIRWASM_LOWER(I64Store8) {
  StoreValue(f, instr, f.I8());
}
AIRWASM_LOWER(I64Store16) {
  StoreValue(f, instr, f.I16());
}
AIRWASM_LOWER(I64Store32) {
  StoreValue(f, instr, f.I32());
}

// ---- v128

namespace {

// Eight bytes of narrow lanes, widened.
void LoadWidened(FunctionLowering& f, const Instr& instr, llvm::Type* lane, unsigned lanes,
                 bool is_signed) {
  Value* const narrow = LoadAt(f, instr, llvm::FixedVectorType::get(lane, lanes));
  f.PushV128(Extended(f, narrow, is_signed));
}
void LoadSplat(FunctionLowering& f, const Instr& instr, llvm::FixedVectorType* lanes) {
  Value* const value = LoadAt(f, instr, lanes->getElementType());
  f.PushV128(f.b().CreateVectorSplat(lanes->getNumElements(), value));
}
void LoadZero(FunctionLowering& f, const Instr& instr, llvm::FixedVectorType* lanes) {
  Value* const value = LoadAt(f, instr, lanes->getElementType());
  f.PushV128(f.b().CreateInsertElement(llvm::Constant::getNullValue(lanes), value, uint64_t{0}));
}
void LoadLane(FunctionLowering& f, const Instr& instr, llvm::FixedVectorType* lanes) {
  Value* const vector = f.PopAs(lanes);
  Value* const value = LoadAt(f, instr, lanes->getElementType());
  f.PushV128(f.b().CreateInsertElement(vector, value, uint64_t{instr.lane}));
}
void StoreLane(FunctionLowering& f, const Instr& instr, llvm::FixedVectorType* lanes) {
  Value* const value = f.b().CreateExtractElement(f.PopAs(lanes), uint64_t{instr.lane});
  Value* const address = f.MemoryAddress(instr.mem, BytesOf(value->getType()), f.Pop());
  f.StoreMemory(value, address, instr.mem.memory);
}

}  // namespace

AIRWASM_LOWER(V128Load) {
  LoadValue(f, instr, f.V128());
}
AIRWASM_LOWER(V128Store) {
  StoreValue(f, instr, f.V128());
}
AIRWASM_LOWER(V128Load8x8S) {
  LoadWidened(f, instr, f.I8(), 8, true);
}
AIRWASM_LOWER(V128Load8x8U) {
  LoadWidened(f, instr, f.I8(), 8, false);
}
AIRWASM_LOWER(V128Load16x4S) {
  LoadWidened(f, instr, f.I16(), 4, true);
}
AIRWASM_LOWER(V128Load16x4U) {
  LoadWidened(f, instr, f.I16(), 4, false);
}
AIRWASM_LOWER(V128Load32x2S) {
  LoadWidened(f, instr, f.I32(), 2, true);
}
AIRWASM_LOWER(V128Load32x2U) {
  LoadWidened(f, instr, f.I32(), 2, false);
}
AIRWASM_LOWER(V128Load32Zero) {
  LoadZero(f, instr, I32x4(f));
}
AIRWASM_LOWER(V128Load64Zero) {
  LoadZero(f, instr, I64x2(f));
}

#define AIRWASM_LOWER_LANE_MEMORY(bits, lanes) \
  AIRWASM_LOWER(V128Load##bits##Splat) {       \
    LoadSplat(f, instr, lanes(f));             \
  }                                            \
  AIRWASM_LOWER(V128Load##bits##Lane) {        \
    LoadLane(f, instr, lanes(f));              \
  }                                            \
  AIRWASM_LOWER(V128Store##bits##Lane) {       \
    StoreLane(f, instr, lanes(f));             \
  }
AIRWASM_LOWER_LANE_MEMORY(8, I8x16)
AIRWASM_LOWER_LANE_MEMORY(16, I16x8)
AIRWASM_LOWER_LANE_MEMORY(32, I32x4)
AIRWASM_LOWER_LANE_MEMORY(64, I64x2)

}  // namespace airwasm::jit
