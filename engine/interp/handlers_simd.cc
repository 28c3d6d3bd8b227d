// Handlers of the vector instructions: operands and v128 results in slots, scalar results in their
// accumulator as well.
#include <array>
#include <utility>

#include "engine/interp/handler.h"
#include "engine/interp/handler_tables.h"
#include "engine/interp/simd_tables.h"
#include "engine/numeric/ops_simd.h"

namespace airwasm::interp {
inline namespace simd_handlers {  // stencils name them

using numeric::NumericOp;

template <typename T>
[[gnu::always_inline]] inline T Operand(Pc pc, uint8_t* fp, int index) {
  const SlotOffset fields[] = {pc->a, pc->b, pc->aux};
  return At<T>(fp, fields[index]);
}

template <typename F>
struct Caller;
template <typename R, typename A>
struct Caller<R(A)> {
  template <Op op>
  [[gnu::always_inline]] static R Eval(Pc pc, uint8_t* fp) {
    return NumericOp<op>::Eval(Operand<A>(pc, fp, 0));
  }
};
template <typename R, typename A, typename B>
struct Caller<R(A, B)> {
  template <Op op>
  [[gnu::always_inline]] static R Eval(Pc pc, uint8_t* fp) {
    // A lane index comes last and stands in aux.
    if constexpr (std::is_same_v<B, uint8_t>)
      return NumericOp<op>::Eval(Operand<A>(pc, fp, 0), static_cast<uint8_t>(uint64_t{pc->aux}));
    else
      return NumericOp<op>::Eval(Operand<A>(pc, fp, 0), Operand<B>(pc, fp, 1));
  }
};
template <typename R, typename A, typename B, typename C>
struct Caller<R(A, B, C)> {
  template <Op op>
  [[gnu::always_inline]] static R Eval(Pc pc, uint8_t* fp) {
    if constexpr (std::is_same_v<C, uint8_t>) {
      return NumericOp<op>::Eval(Operand<A>(pc, fp, 0), Operand<B>(pc, fp, 1),
                                 static_cast<uint8_t>(uint64_t{pc->aux}));
    } else if constexpr (op == Op::I8x16Shuffle) {
      V128 lanes;
      std::memcpy(&lanes, pc + 1, sizeof(lanes));
      return NumericOp<op>::Eval(Operand<A>(pc, fp, 0), Operand<B>(pc, fp, 1), lanes);
    } else {
      return NumericOp<op>::Eval(Operand<A>(pc, fp, 0), Operand<B>(pc, fp, 1),
                                 Operand<C>(pc, fp, 2));
    }
  }
};

template <Op op>
AIRWASM_HANDLER SimdOp(AIRWASM_HANDLER_PARAMS) {
  using Result = typename NumericOp<op>::Result;
  const Result result = Caller<typename NumericOp<op>::Function>::template Eval<op>(pc, fp);
  if constexpr (std::is_same_v<Result, V128>) {
    At<V128>(fp, pc->dst) = result;
  } else {
    Write<Dst::kSlot>(fp, acc, facc, pc->dst, result);
  }
  AIRWASM_NEXT(op == Op::I8x16Shuffle ? 2 : 1);
}

template <typename Lane>
AIRWASM_HANDLER Canonicalize128(AIRWASM_HANDLER_PARAMS) {
  At<V128>(fp, pc->dst) = numeric::FromLanes(numeric::Canonicalize(At<V128>(fp, pc->a).As<Lane>()));
  AIRWASM_NEXT(1);
}

template <Op op>
constexpr Handler* SimdHandler() {
  if constexpr (numeric::IsNumeric(op) && Info(op).prefix == 0xFD) {
    return &SimdOp<op>;
  } else {
    return nullptr;
  }
}

}  // namespace simd_handlers

Handler* const kCanonicalize128[2] = {&Canonicalize128<float>, &Canonicalize128<double>};

constinit const std::array<Handler*, kSimdCount> kSimdHandlers =
    []<size_t... i>(std::index_sequence<i...>) {
      return std::array<Handler*, kSimdCount>{SimdHandler<static_cast<Op>(kFirstSimd + i)>()...};
    }(std::make_index_sequence<kSimdCount>());

}  // namespace airwasm::interp
