// Handlers of instruction pairs that occur together: sums with a shifted operand (array indices),
// and a comparison with its select.
#include "engine/interp/numeric_handler.h"
#include "engine/interp/numeric_tables.h"

namespace airwasm::interp {
inline namespace fused_handlers {  // stencils name them

// FAST: bench/vm, bench/sort: an index is scaled and added to a base in one dispatch.
template <int shift, bool y_imm, bool x_acc, Dst dst>
AIRWASM_HANDLER ShiftAdd(AIRWASM_HANDLER_PARAMS) {
  const uint32_t x = x_acc ? static_cast<uint32_t>(acc)
                           : At<uint32_t>(fp, y_imm ? SlotOffset{pc->a} : SlotOffset{pc->b});
  const uint32_t y = y_imm ? Constant<uint32_t>(pc->imm) : At<uint32_t>(fp, pc->a);
  Write<dst>(fp, acc, facc, pc->dst, y + (x << shift));
  AIRWASM_NEXT(1);
}

// FAST: bench/collatz: minimum, maximum and two-way choices.
template <Op op, bool a_acc, bool b_imm, bool is_float, Dst dst>
AIRWASM_HANDLER CompareSelect(AIRWASM_HANDLER_PARAMS) {
  using T = TypesOf<op>;
  const auto x = Read<typename T::A, a_acc ? Src::kAcc : Src::kSlot>(pc, fp, acc, facc, pc[1].a);
  typename T::B y;
  if constexpr (b_imm) {
    y = Constant<typename T::B>(pc[1].imm);
  } else {
    y = At<typename T::B>(fp, pc[1].b);
  }
  const bool cond = NumericOp<op>::Eval(x, y) != 0;
  if constexpr (is_float) {
    const SlotOffset from = cond ? SlotOffset{pc->a} : SlotOffset{pc->b};
    Write<dst>(fp, acc, facc, pc->dst, At<double>(fp, from));
  } else {
    const uint64_t first = At<uint64_t>(fp, pc->a);
    const uint64_t second = At<uint64_t>(fp, pc->b);
    Write<dst>(fp, acc, facc, pc->dst, cond ? first : second);
  }
  AIRWASM_NEXT(2);
}

template <Op op>
constexpr SelectRow MakeSelectRow() {
  SelectRow row{};
  const auto set = [&row]<bool a_acc, bool b_imm>() {
    row.handlers[a_acc][b_imm][0][0] = &CompareSelect<op, a_acc, b_imm, false, Dst::kAcc>;
    row.handlers[a_acc][b_imm][0][1] = &CompareSelect<op, a_acc, b_imm, false, Dst::kSlot>;
    row.handlers[a_acc][b_imm][1][0] = &CompareSelect<op, a_acc, b_imm, true, Dst::kAcc>;
    row.handlers[a_acc][b_imm][1][1] = &CompareSelect<op, a_acc, b_imm, true, Dst::kSlot>;
  };
  if constexpr (IsCompare(op)) {
    set.template operator()<false, false>();
    set.template operator()<true, false>();
    if constexpr (!FloatScalar<typename TypesOf<op>::A>) {
      set.template operator()<false, true>();
      set.template operator()<true, true>();
    }
  }
  return row;
}

constexpr size_t kFirst = static_cast<size_t>(Op::I32Eqz);
constexpr auto kSelectRows = []<size_t... i>(std::index_sequence<i...>) {
  return std::array<SelectRow, sizeof...(i)>{MakeSelectRow<static_cast<Op>(kFirst + i)>()...};
}(std::make_index_sequence<CountOps(Op::I32Eqz, Op::F64Ge)>());

}  // namespace fused_handlers

#define AIRWASM_SHIFT_ADD(k)                                                           \
  {                                                                                    \
    {{&ShiftAdd<k, false, false, Dst::kAcc>, &ShiftAdd<k, false, false, Dst::kSlot>},  \
     {&ShiftAdd<k, false, true, Dst::kAcc>, &ShiftAdd<k, false, true, Dst::kSlot>}},   \
    {                                                                                  \
      {&ShiftAdd<k, true, false, Dst::kAcc>, &ShiftAdd<k, true, false, Dst::kSlot>}, { \
        &ShiftAdd<k, true, true, Dst::kAcc>, &ShiftAdd<k, true, true, Dst::kSlot>      \
      }                                                                                \
    }                                                                                  \
  }
Handler* const kShiftAdd[3][2][2][kNumDst] = {AIRWASM_SHIFT_ADD(1), AIRWASM_SHIFT_ADD(2),
                                              AIRWASM_SHIFT_ADD(3)};
#undef AIRWASM_SHIFT_ADD

const SelectRow* FindSelectRow(Op op) {
  const size_t i = static_cast<size_t>(op) - kFirst;
  return i < kSelectRows.size() && IsCompare(op) ? &kSelectRows[i] : nullptr;
}

}  // namespace airwasm::interp
