// Handlers of the scalar numeric instructions, as templates over the table of instructions and over
// where operands come from.
//
// Binary<op, a, b, dst> and Unary<op, a, dst> are instantiated for the combinations that Row()
// lists; the translator swaps operands of commutative instructions and comparisons, and moves
// constants into the accumulator, until a combination exists. CompareBranch fuses a comparison with
// the branch behind it.
#pragma once

#include <array>
#include <utility>

#include "engine/interp/handler.h"
#include "engine/interp/handler_tables.h"
#include "engine/numeric/ops_scalar.h"

namespace airwasm::interp {

using numeric::NumericOp;

template <typename F>
struct Types;
template <typename R, typename X>
struct Types<R(X)> {
  using Result = R;
  using A = X;
  using B = X;
};
template <typename R, typename X, typename Y>
struct Types<R(X, Y)> {
  using Result = R;
  using A = X;
  using B = Y;
};
template <Op op>
using TypesOf = Types<typename NumericOp<op>::Function>;

constexpr bool Traps(Op op) {
  return (Info(op).flags & kMayTrap) != 0;
}
constexpr int CellsOf(Src a, Src b) {
  return a == Src::kWide || b == Src::kWide ? 2 : 1;
}

template <Op op, Src a, Src b, Dst dst>
AIRWASM_HANDLER Binary(AIRWASM_HANDLER_PARAMS) {
  using T = TypesOf<op>;
  const auto x = Read<typename T::A, a>(pc, fp, acc, facc, pc->a);
  // With an immediate in imm, the slot operand is `a` on either side.
  constexpr bool kImmediate =
      a == Src::kImm || b == Src::kImm || a == Src::kWide || b == Src::kWide;
  const auto y =
      Read<typename T::B, b>(pc, fp, acc, facc, kImmediate ? SlotOffset{pc->a} : SlotOffset{pc->b});
  if constexpr (Traps(op)) {
    const auto result = NumericOp<op>::Eval(x, y);
    if (!result.ok()) [[unlikely]]
      AIRWASM_TRAP_NOW(result.trap);
    Write<dst>(fp, acc, facc, pc->dst, result.value);
  } else {
    Write<dst>(fp, acc, facc, pc->dst, NumericOp<op>::Eval(x, y));
  }
  AIRWASM_NEXT(CellsOf(a, b));
}

template <Op op, Src a, Dst dst>
AIRWASM_HANDLER Unary(AIRWASM_HANDLER_PARAMS) {
  using T = TypesOf<op>;
  const auto x = Read<typename T::A, a>(pc, fp, acc, facc, pc->a);
  if constexpr (Traps(op)) {
    const auto result = NumericOp<op>::Eval(x);
    if (!result.ok()) [[unlikely]]
      AIRWASM_TRAP_NOW(result.trap);
    Write<dst>(fp, acc, facc, pc->dst, result.value);
  } else {
    Write<dst>(fp, acc, facc, pc->dst, NumericOp<op>::Eval(x));
  }
  AIRWASM_NEXT(1);
}

// The second operand of a branch cell: the slot, or the 16-bit constant, in `dst`; imm is the
// distance.
template <typename T, Src src>
[[gnu::always_inline]] inline T ReadBranch(Pc pc, uint8_t* fp, uint64_t acc, Facc facc) {
  if constexpr (src == Src::kImm) {
    return SmallConstant<T>(pc->dst);
  } else {
    return Read<T, src>(pc, fp, acc, facc, pc->dst);
  }
}

// Goes to pc + imm when the comparison gives `when`. A branch backward looks at the poll word.
template <Op op, Src a, Src b, bool when, bool backward>
AIRWASM_HANDLER CompareBranch(AIRWASM_HANDLER_PARAMS) {
  using T = TypesOf<op>;
  bool taken;
  const auto x = Read<typename T::A, a>(pc, fp, acc, facc, pc->a);
  if constexpr (NumericOp<op>::kArity == 1) {
    taken = (NumericOp<op>::Eval(x) != 0) == when;
  } else {
    const auto y = ReadBranch<typename T::B, b>(pc, fp, acc, facc);
    taken = (NumericOp<op>::Eval(x, y) != 0) == when;
  }
  if (taken) AIRWASM_BRANCH(backward);
  AIRWASM_NEXT(CellsOf(a, b));
}

constexpr bool IsCompare(Op op) {
  return (op >= Op::I32Eq && op <= Op::I32GeU) || (op >= Op::I64Eq && op <= Op::I64GeU) ||
         (op >= Op::F32Eq && op <= Op::F64Ge);
}

// The variants of one instruction. Combinations that no row has are reached by swapping or through
// the accumulator.
template <Op op>
constexpr NumericRow MakeRow() {
  NumericRow row{};
  using T = TypesOf<op>;
  const auto set = [&row]<Src a, Src b>() {
    row.handlers[int(a)][int(b)][0] = &Binary<op, a, b, Dst::kAcc>;
    row.handlers[int(a)][int(b)][1] = &Binary<op, a, b, Dst::kSlot>;
  };
  if constexpr (NumericOp<op>::kArity == 1) {
    row.handlers[int(Src::kSlot)][0][0] = &Unary<op, Src::kSlot, Dst::kAcc>;
    row.handlers[int(Src::kSlot)][0][1] = &Unary<op, Src::kSlot, Dst::kSlot>;
    row.handlers[int(Src::kAcc)][0][0] = &Unary<op, Src::kAcc, Dst::kAcc>;
    row.handlers[int(Src::kAcc)][0][1] = &Unary<op, Src::kAcc, Dst::kSlot>;
  } else {
    constexpr bool kIsF64 = std::is_same_v<typename T::A, double>;
    constexpr bool kIsI64 = std::is_same_v<typename T::A, uint64_t>;
    constexpr Src kConst = kIsF64 ? Src::kWide : Src::kImm;
    set.template operator()<Src::kSlot, Src::kSlot>();
    set.template operator()<Src::kSlot, kConst>();
    set.template operator()<Src::kSlot, Src::kAcc>();
    set.template operator()<Src::kAcc, kConst>();
    if constexpr (kIsI64) {
      set.template operator()<Src::kSlot, Src::kWide>();
      set.template operator()<Src::kAcc, Src::kWide>();
    }
    if constexpr (!IsCommutative(op) && !IsCompare(op)) {
      set.template operator()<Src::kAcc, Src::kSlot>();
      set.template operator()<kConst, Src::kSlot>();
      set.template operator()<kConst, Src::kAcc>();
    }
  }
  return row;
}

template <Op op>
constexpr BranchRow MakeBranchRow() {
  BranchRow row{};
  using T = TypesOf<op>;
  const auto set = [&row]<Src a, Src b>() {
    row.handlers[int(a)][int(b)][1][0] = &CompareBranch<op, a, b, true, false>;
    row.handlers[int(a)][int(b)][1][1] = &CompareBranch<op, a, b, true, true>;
    // The opposite of an integer comparison is another comparison.
    if constexpr (!IsCompare(op) || FloatScalar<typename T::A>) {
      row.handlers[int(a)][int(b)][0][0] = &CompareBranch<op, a, b, false, false>;
      row.handlers[int(a)][int(b)][0][1] = &CompareBranch<op, a, b, false, true>;
    }
  };
  if constexpr (NumericOp<op>::kArity == 1) {
    set.template operator()<Src::kSlot, Src::kSlot>();
    set.template operator()<Src::kAcc, Src::kSlot>();
  } else {
    set.template operator()<Src::kSlot, Src::kSlot>();
    set.template operator()<Src::kAcc, Src::kSlot>();
    set.template operator()<Src::kSlot, Src::kWide>();
    set.template operator()<Src::kAcc, Src::kWide>();
    if constexpr (!FloatScalar<typename T::A>) {
      set.template operator()<Src::kSlot, Src::kImm>();
      set.template operator()<Src::kAcc, Src::kImm>();
    }
  }
  return row;
}

template <Op first, Op last>
constexpr auto MakeRows() {
  return []<size_t... i>(std::index_sequence<i...>) {
    return std::array<NumericRow, sizeof...(i)>{
        MakeRow<static_cast<Op>(static_cast<size_t>(first) + i)>()...};
  }(std::make_index_sequence<static_cast<size_t>(last) - static_cast<size_t>(first) + 1>());
}
template <Op first, Op last>
constexpr auto MakeBranchRows() {
  return []<size_t... i>(std::index_sequence<i...>) {
    return std::array<BranchRow, sizeof...(i)>{
        MakeBranchRow<static_cast<Op>(static_cast<size_t>(first) + i)>()...};
  }(std::make_index_sequence<static_cast<size_t>(last) - static_cast<size_t>(first) + 1>());
}

}  // namespace airwasm::interp
