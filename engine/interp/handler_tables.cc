// The tables of handlers put together.
#include "engine/interp/handler_tables.h"

#include "engine/interp/numeric_tables.h"
#include "engine/interp/simd_tables.h"

// Bounds of the handlers' section, defined by the linker.
extern "C" {
extern const char __start_airwasm_handlers[] __attribute__((visibility("hidden")));
extern const char __stop_airwasm_handlers[] __attribute__((visibility("hidden")));
}

namespace airwasm::interp {

Handler* const kRegHandlers[kNumRegOps] = {
#define AIRWASM_REG(name, operands, cells) &reg::name,
#include "engine/interp/regcode.def"
#undef AIRWASM_REG
};
const RegInfo kRegInfos[kNumRegOps] = {
#define AIRWASM_REG(name, operands, cells) {#name, operands, cells},
#include "engine/interp/regcode.def"
#undef AIRWASM_REG
};

namespace {

template <typename Row, size_t kSize>
const Row* Find(const std::array<Row, kSize>& rows, Op first, Op op) {
  const size_t i = static_cast<size_t>(op) - static_cast<size_t>(first);
  return i < kSize ? &rows[i] : nullptr;
}

}  // namespace

const NumericRow* FindNumericRow(Op op) {
  if (const NumericRow* row = Find(kIntCompareRows, Op::I32Eqz, op)) return row;
  if (const NumericRow* row = Find(kIntArithRows, Op::I32Clz, op)) return row;
  if (const NumericRow* row = Find(kFloatCompareRows, Op::F32Eq, op)) return row;
  if (const NumericRow* row = Find(kFloatArithRows, Op::F32Abs, op)) return row;
  if (const NumericRow* row = Find(kConvertRows, Op::I32WrapI64, op)) return row;
  return Find(kTruncSatRows, Op::I32TruncSatF32S, op);
}

const BranchRow* FindBranchRow(Op op) {
  if (op == Op::I32And) return &kAndBranchRow;
  if (const BranchRow* row = Find(kIntBranchRows, Op::I32Eqz, op)) return row;
  return Find(kFloatBranchRows, Op::F32Eq, op);
}

Handler* FindSimdHandler(Op op) {
  const size_t i = static_cast<size_t>(op) - kFirstSimd;
  return i < kSimdCount ? kSimdHandlers[i] : nullptr;
}

bool IsHandlerCode(const void* native_pc) {
  const char* const pc = static_cast<const char*>(native_pc);
  return pc >= __start_airwasm_handlers && pc < __stop_airwasm_handlers;
}

}  // namespace airwasm::interp
