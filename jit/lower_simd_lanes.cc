// Constants, splats, single lanes and permutations of v128. Spec: core, exec/instructions, vector
// instructions.
#include <cstring>

#include "jit/lower.h"
#include "jit/simd_types.h"
#include "llvm/IR/IntrinsicsX86.h"

namespace airwasm::jit {
namespace {

using Lanes = llvm::FixedVectorType;

void Splat(FunctionLowering& f, Lanes* lanes) {
  Value* value = f.Pop();
  if (lanes->getElementType()->isIntegerTy())
    value = f.b().CreateTrunc(value, lanes->getElementType());
  f.PushV128(f.b().CreateVectorSplat(lanes->getNumElements(), value));
}

enum class Extension { kNone, kSigned, kUnsigned };
void ExtractLane(FunctionLowering& f, const Instr& instr, Lanes* lanes, Extension extension) {
  Value* const lane = f.b().CreateExtractElement(f.PopAs(lanes), uint64_t{instr.lane});
  switch (extension) {
    case Extension::kNone:
      return f.Push(lane);
    case Extension::kSigned:
      return f.Push(f.b().CreateSExt(lane, f.I32()));
    case Extension::kUnsigned:
      return f.Push(f.b().CreateZExt(lane, f.I32()));
  }
}

void ReplaceLane(FunctionLowering& f, const Instr& instr, Lanes* lanes) {
  Value* value = f.Pop();
  if (lanes->getElementType()->isIntegerTy())
    value = f.b().CreateTrunc(value, lanes->getElementType());
  f.PushV128(f.b().CreateInsertElement(f.PopAs(lanes), value, uint64_t{instr.lane}));
}

// An index of 16 or more gives 0. The machine's shuffle gives 0 for indices with the top bit set
// and looks at four bits of the others, so 0x70 is added with saturation first.
void Swizzle(FunctionLowering& f) {
  Value* const indices = f.PopAs(I8x16(f));
  Value* const a = f.PopAs(I8x16(f));
  Value* const saturated = f.b().CreateBinaryIntrinsic(
      llvm::Intrinsic::uadd_sat, indices, llvm::ConstantInt::get(indices->getType(), 0x70));
  f.PushV128(f.b().CreateIntrinsic(llvm::Intrinsic::x86_ssse3_pshuf_b_128, {a, saturated}));
}

}  // namespace

AIRWASM_LOWER(V128Const) {
  uint64_t halves[2];
  std::memcpy(halves, instr.bytes.data(), sizeof(halves));
  f.Push(llvm::ConstantDataVector::get(f.module().context(), halves));
}
AIRWASM_LOWER(I8x16Shuffle) {
  Value* const b = f.PopAs(I8x16(f));
  Value* const a = f.PopAs(I8x16(f));
  const llvm::SmallVector<int, 16> mask(instr.bytes.begin(), instr.bytes.end());
  f.PushV128(f.b().CreateShuffleVector(a, b, mask));
}
AIRWASM_LOWER(I8x16Swizzle) {
  Swizzle(f);
}
AIRWASM_LOWER(I8x16RelaxedSwizzle) {
  Swizzle(f);
}

#define AIRWASM_LOWER_ONE_LANE(lanes) \
  AIRWASM_LOWER(lanes##Splat) {       \
    Splat(f, lanes(f));               \
  }                                   \
  AIRWASM_LOWER(lanes##ReplaceLane) { \
    ReplaceLane(f, instr, lanes(f));  \
  }
AIRWASM_LOWER_ONE_LANE(I8x16)
AIRWASM_LOWER_ONE_LANE(I16x8)
AIRWASM_LOWER_ONE_LANE(I32x4)
AIRWASM_LOWER_ONE_LANE(I64x2)
AIRWASM_LOWER_ONE_LANE(F32x4)
AIRWASM_LOWER_ONE_LANE(F64x2)

AIRWASM_LOWER(I8x16ExtractLaneS) {
  ExtractLane(f, instr, I8x16(f), Extension::kSigned);
}
AIRWASM_LOWER(I8x16ExtractLaneU) {
  ExtractLane(f, instr, I8x16(f), Extension::kUnsigned);
}
AIRWASM_LOWER(I16x8ExtractLaneS) {
  ExtractLane(f, instr, I16x8(f), Extension::kSigned);
}
AIRWASM_LOWER(I16x8ExtractLaneU) {
  ExtractLane(f, instr, I16x8(f), Extension::kUnsigned);
}
AIRWASM_LOWER(I32x4ExtractLane) {
  ExtractLane(f, instr, I32x4(f), Extension::kNone);
}
AIRWASM_LOWER(I64x2ExtractLane) {
  ExtractLane(f, instr, I64x2(f), Extension::kNone);
}
AIRWASM_LOWER(F32x4ExtractLane) {
  ExtractLane(f, instr, F32x4(f), Extension::kNone);
}
AIRWASM_LOWER(F64x2ExtractLane) {
  ExtractLane(f, instr, F64x2(f), Extension::kNone);
}

}  // namespace airwasm::jit
