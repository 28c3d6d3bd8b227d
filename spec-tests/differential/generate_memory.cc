// Loads, stores, atomics and bulk operations, most of them in bounds, and loops over memory.
#include <map>

#include "spec-tests/differential/generator.h"

namespace airwasm::differential {
namespace {

bool AccessesMemory(Op op) {
  const Immediate immediate = Info(op).immediate;
  return (immediate == Immediate::kMemArg || immediate == Immediate::kMemArgLane) &&
         op != Op::MemoryAtomicWait32 && op != Op::MemoryAtomicWait64;
}

// By the type of the result; kBottom: those without one.
const std::vector<Op>& AccessesYielding(ValType type) {
  static const auto* const all = [] {
    auto* const ops = new std::map<ValKind, std::vector<Op>>;
    for (size_t i = 0; i < kNumOps; ++i) {
      const Op op = static_cast<Op>(i);
      if (!AccessesMemory(op)) continue;
      const SignatureInfo& signature = Info(Info(op).signature);
      const ValType result = signature.results.empty() ? kBottom : ValTypeOf(signature.results[0]);
      (*ops)[result.kind()].push_back(op);
    }
    return ops;
  }();
  return all->at(type.kind());
}

constexpr uint32_t kBulkBytes = 31;

}  // namespace

void FunctionGenerator::Address(uint32_t memory) {
  const bool is_64 = plan_.module.memories[memory].is_64;
  const auto mask = static_cast<int64_t>(plan_.AddressMask(memory));
  if (random_.Chance(1, 4)) {
    const auto address = static_cast<int64_t>(random_.Below(512)) & mask;
    return is_64 ? code_.I64(address) : code_.I32(static_cast<int32_t>(address));
  }
  Expr(is_64 ? kI64 : kI32);
  if (random_.Chance(1, 150)) return;  // anywhere
  if (is_64) {
    code_.I64(mask);
    code_.Do(Op::I64And);
  } else {
    code_.I32(static_cast<int32_t>(mask));
    code_.Do(Op::I32And);
  }
}

// The instruction with its operands.
void FunctionGenerator::Access(Op op) {
  const OpInfo& info = Info(op);
  const SignatureInfo& signature = Info(info.signature);
  const uint32_t memory = random_.Below(static_cast<uint32_t>(plan_.module.memories.size()));
  Address(memory);
  for (const SigType param : signature.params.subspan(1)) {
    const ValType type = ValTypeOf(param);
    Clean(type, Expr(type));
  }
  const bool exact = (info.flags & kAtomic) != 0;
  const uint32_t natural = NaturalAlignLog2(info);
  MemArg mem{.align_log2 = exact ? natural : random_.Below(natural + 1), .memory = memory};
  mem.offset = random_.Below(16);
  if (exact && random_.Chance(127, 128)) mem.offset &= ~((uint64_t{1} << natural) - 1);
  if (random_.Chance(1, 300)) mem.offset = random_.Chance(1, 2) ? 0xFFFFFFFF : 65536 - natural;
  if (info.immediate == Immediate::kMemArgLane)
    code_.Access(op, mem, static_cast<uint8_t>(random_.Below(16u >> natural)));
  else
    code_.Access(op, mem);
}

// Mostly a passive segment (the odd ones): an active one is empty by now.
uint32_t FunctionGenerator::DataIndex() {
  const uint32_t index = random_.Below(static_cast<uint32_t>(plan_.module.datas.size()));
  return random_.Chance(1, 50) ? index : index | 1;
}

NanLanes FunctionGenerator::Load(ValType type) {
  if (random_.Chance(1, 16) && type == kI32) {
    const uint32_t memory = random_.Below(static_cast<uint32_t>(plan_.module.memories.size()));
    if (random_.Chance(1, 2) && !plan_.module.memories[memory].is_64) {
      Expr(kI32);
      code_.I32(1);
      code_.Do(Op::I32And);
      code_.Do(Op::MemoryGrow, memory);
    } else {
      code_.Do(Op::MemorySize, memory);
      if (plan_.module.memories[memory].is_64) code_.Do(Op::I32WrapI64);
    }
    return NanLanes::kNone;
  }
  Access(random_.OneOf(AccessesYielding(type)));
  return NanLanes::kNone;
}

void FunctionGenerator::Store() {
  Access(random_.OneOf(AccessesYielding(kBottom)));
}

void FunctionGenerator::Bulk() {
  const auto count = static_cast<uint32_t>(plan_.module.memories.size());
  const uint32_t to = random_.Below(count);
  const uint32_t from = random_.Below(count);
  const auto length = [&](bool is_64) {
    Expr(kI32);
    code_.I32(random_.Chance(1, 80) ? -1 : static_cast<int32_t>(kBulkBytes));
    code_.Do(Op::I32And);
    if (is_64) code_.Do(Op::I64ExtendI32U);
  };
  const bool to_64 = plan_.module.memories[to].is_64;
  const bool from_64 = plan_.module.memories[from].is_64;
  switch (random_.Below(5)) {
    case 0:
      Address(to);
      Expr(kI32);
      length(to_64);
      return code_.Do(Op::MemoryFill, to);
    case 1:
      Address(to);
      Address(from);
      length(to_64 && from_64);
      return code_.Do(Op::MemoryCopy, to, from);
    case 2: {
      const uint32_t data = DataIndex();
      Address(to);
      code_.I32(static_cast<int32_t>(random_.Below(kSegmentSize / 2)));
      code_.I32(
          static_cast<int32_t>(random_.Below(kSegmentSize / 2) * (1 + random_.Chance(1, 40))));
      return code_.Do(Op::MemoryInit, data, to);
    }
    case 3:
      if (random_.Chance(1, 12)) code_.Do(Op::DataDrop, DataIndex());
      return code_.Fence();
    case 4: {
      if (!random_.Chance(1, 8)) return;
      // Ends at once: it times out, or the memory holds something else, or is not shared.
      Address(to);
      const bool is_32 = random_.Chance(1, 2);
      Expr(is_32 ? kI32 : kI64);
      code_.I64(random_.Below(2));
      const Op op = is_32 ? Op::MemoryAtomicWait32 : Op::MemoryAtomicWait64;
      code_.Access(op, {.align_log2 = NaturalAlignLog2(Info(op)), .memory = to});
      return code_.Do(Op::Drop);
    }
  }
}

// for (i = 0; i < n; ++i) memory[to + i * size] = op(memory[from + i * size], value): a loop that
// is vectorised, unrolled or made a memory.copy, with bounds that it may run over.
void FunctionGenerator::Kernel() {
  if (Deep() || loops_ >= 2) return;
  static constexpr struct {
    Op load, store, binary;
    ValType type;
    int32_t size;
  } kKernels[] = {{Op::I32Load, Op::I32Store, Op::I32Add, kI32, 4},
                  {Op::I32Load8U, Op::I32Store8, Op::I32Xor, kI32, 1},
                  {Op::I32Load16S, Op::I32Store16, Op::I32Mul, kI32, 2},
                  {Op::I32Load8S, Op::I32Store, Op::I32Sub, kI32, 4},
                  {Op::I64Load, Op::I64Store, Op::I64Rotl, kI64, 8},
                  {Op::I64Load32S, Op::I64Store32, Op::I64And, kI64, 4},
                  {Op::F32Load, Op::F32Store, Op::F32Mul, kF32, 4},
                  {Op::F64Load, Op::F64Store, Op::F64Add, kF64, 8},
                  {Op::F32Load, Op::F32Store, Op::F32Max, kF32, 4},
                  {Op::F64Load, Op::F64Store, Op::F64Copysign, kF64, 8},
                  {Op::V128Load, Op::V128Store, Op::I16x8SubSatS, kV128, 16}};
  const auto& kernel = random_.OneOf(kKernels);
  const uint32_t i = NewLocal(kI32);
  const uint32_t value = NewLocal(kernel.type);
  Clean(kernel.type, Expr(kernel.type));
  code_.Do(Op::LocalSet, value);
  // Where the loop begins: in bounds, overlapping, or near the end of the first page.
  const auto place = [&] {
    return random_.Chance(1, 30) ? 65536 - random_.Below(600) : random_.Below(256);
  };
  const MemArg to{.offset = place()};
  const MemArg from{.offset = place()};
  const auto n = static_cast<int32_t>(1 + random_.Below(40));
  code_.I32(0);
  code_.Do(Op::LocalSet, i);
  code_.Open(Op::Loop, {});
  const auto at = [&] {
    code_.Do(Op::LocalGet, i);
    code_.I32(kernel.size);
    code_.Do(Op::I32Mul);
  };
  at();
  at();
  code_.Access(kernel.load, from);
  code_.Do(Op::LocalGet, value);
  code_.Do(kernel.binary);
  Clean(kernel.type, NanLanesOf(kernel.binary));
  // A running value as well: a reduction, or a recurrence that cannot be vectorised.
  if (random_.Chance(1, 3)) code_.Do(Op::LocalTee, value);
  code_.Access(kernel.store, to);
  code_.Do(Op::LocalGet, i);
  code_.I32(1);
  code_.Do(Op::I32Add);
  code_.Do(Op::LocalTee, i);
  code_.I32(n);
  code_.Do(Op::I32LtU);
  code_.Do(Op::BrIf, 0);
  code_.End();
}

}  // namespace airwasm::differential
