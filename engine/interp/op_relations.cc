// The two relations between comparisons, as tables of pairs.
#include "engine/interp/op_relations.h"

#include "engine/interp/handler_tables.h"

namespace airwasm::interp {

Op Exchanged(Op op) {
  if (IsCommutative(op)) return op;
  switch (static_cast<int>(op)) {
#define AIRWASM_EXCHANGE(a, b) \
  case int(Op::a):             \
    return Op::b;              \
  case int(Op::b):             \
    return Op::a;
    AIRWASM_EXCHANGE(I32LtS, I32GtS)
    AIRWASM_EXCHANGE(I32LtU, I32GtU)
    AIRWASM_EXCHANGE(I32LeS, I32GeS)
    AIRWASM_EXCHANGE(I32LeU, I32GeU)
    AIRWASM_EXCHANGE(I64LtS, I64GtS)
    AIRWASM_EXCHANGE(I64LtU, I64GtU)
    AIRWASM_EXCHANGE(I64LeS, I64GeS)
    AIRWASM_EXCHANGE(I64LeU, I64GeU)
    AIRWASM_EXCHANGE(F32Lt, F32Gt)
    AIRWASM_EXCHANGE(F32Le, F32Ge)
    AIRWASM_EXCHANGE(F64Lt, F64Gt)
    AIRWASM_EXCHANGE(F64Le, F64Ge)
#undef AIRWASM_EXCHANGE
    default:
      return Op::Nop;
  }
}

Op Inverse(Op op) {
  switch (static_cast<int>(op)) {
#define AIRWASM_INVERSE(a, b) \
  case int(Op::a):            \
    return Op::b;             \
  case int(Op::b):            \
    return Op::a;
    AIRWASM_INVERSE(I32Eq, I32Ne)
    AIRWASM_INVERSE(I32LtS, I32GeS)
    AIRWASM_INVERSE(I32LtU, I32GeU)
    AIRWASM_INVERSE(I32GtS, I32LeS)
    AIRWASM_INVERSE(I32GtU, I32LeU)
    AIRWASM_INVERSE(I64Eq, I64Ne)
    AIRWASM_INVERSE(I64LtS, I64GeS)
    AIRWASM_INVERSE(I64LtU, I64GeU)
    AIRWASM_INVERSE(I64GtS, I64LeS)
    AIRWASM_INVERSE(I64GtU, I64LeU)
#undef AIRWASM_INVERSE
    default:
      return Op::Nop;
  }
}

}  // namespace airwasm::interp
