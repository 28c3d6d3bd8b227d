// NumericOp against opcodes.def: defined for exactly the numeric rows, with the types that the
// row's signature gives.
#include "engine/numeric/ops.h"

#include <algorithm>
#include <array>
#include <concepts>

#include "gtest/gtest.h"

namespace airwasm::numeric {
namespace {

template <Op op>
concept HasNumericOp = requires { &NumericOp<op>::Eval; };

#define AIRWASM_OP(name, ...) \
  static_assert(IsNumeric(Op::name) == HasNumericOp<Op::name>, "NumericOp<Op::" #name ">");
#include "engine/instr/opcodes.def"
#undef AIRWASM_OP

// The type of Eval, in the words of the table.
struct Shape {
  std::array<SigType, 4> params{};
  size_t num_params = 0;
  std::array<SigType, 2> results{};
  size_t num_results = 0;
  bool may_trap = false;
  Immediate immediate = Immediate::kNone;
};

template <class T>
constexpr SigType kSigType = SigType::Addr;
template <>
constexpr SigType kSigType<uint32_t> = SigType::I32;
template <>
constexpr SigType kSigType<uint64_t> = SigType::I64;
template <>
constexpr SigType kSigType<float> = SigType::F32;
template <>
constexpr SigType kSigType<double> = SigType::F64;
template <>
constexpr SigType kSigType<V128> = SigType::V128;

template <class R>
struct ResultShape {
  static constexpr void Add(Shape& shape) { shape.results[shape.num_results++] = kSigType<R>; }
};
template <class T>
struct ResultShape<TrapOr<T>> {
  static constexpr void Add(Shape& shape) {
    shape.may_trap = true;
    ResultShape<T>::Add(shape);
  }
};
template <>
struct ResultShape<I128Parts> {
  static constexpr void Add(Shape& shape) {
    ResultShape<uint64_t>::Add(shape);
    ResultShape<uint64_t>::Add(shape);
  }
};

template <class T>
constexpr void AddParam(Shape& shape) {
  if constexpr (std::same_as<T, uint8_t>) {
    shape.immediate = Immediate::kLane;
  } else {
    shape.params[shape.num_params++] = kSigType<T>;
  }
}
template <class Function>
struct ShapeOf;
template <class R, class... Args>
struct ShapeOf<R(Args...)> {
  static constexpr Shape Get() {
    Shape shape;
    (AddParam<Args>(shape), ...);
    ResultShape<R>::Add(shape);
    return shape;
  }
};

template <Op op>
constexpr Shape ShapeOfOp() {
  if constexpr (IsNumeric(op)) {
    return ShapeOf<typename NumericOp<op>::Function>::Get();
  } else {
    return {};
  }
}

constexpr Shape kShapes[] = {
#define AIRWASM_OP(name, ...) ShapeOfOp<Op::name>(),
#include "engine/instr/opcodes.def"
#undef AIRWASM_OP
};

TEST(OpsTest, EveryNumericRowHasTheTypesOfItsSignature) {
  int num_numeric = 0;
  for (size_t i = 0; i < kNumOps; ++i) {
    if (!IsNumeric(static_cast<Op>(i))) continue;
    ++num_numeric;
    const OpInfo& info = kOps[i];
    SCOPED_TRACE(info.text);
    Shape shape = kShapes[i];
    if (info.immediate == Immediate::kLanes16) {  // the lane indices come last, as a V128
      shape.immediate = Immediate::kLanes16;
      --shape.num_params;
    }
    const SignatureInfo& signature = Info(info.signature);
    EXPECT_TRUE(std::equal(shape.params.begin(), shape.params.begin() + shape.num_params,
                           signature.params.begin(), signature.params.end()));
    EXPECT_TRUE(std::equal(shape.results.begin(), shape.results.begin() + shape.num_results,
                           signature.results.begin(), signature.results.end()));
    EXPECT_EQ(shape.may_trap, (info.flags & kMayTrap) != 0);
    EXPECT_EQ(shape.immediate, info.immediate);
  }
  EXPECT_GT(num_numeric, 350);
}

// The definition behind a name: one value per scalar row that tells it from its neighbours in the
// table.
static_assert(NumericOp<Op::I32LtS>::Eval(0xFFFFFFFF, 0) == 1 &&
              NumericOp<Op::I32LtU>::Eval(0xFFFFFFFF, 0) == 0);
static_assert(NumericOp<Op::I64GeS>::Eval(0, ~uint64_t{0}) == 1 &&
              NumericOp<Op::I64GeU>::Eval(0, ~uint64_t{0}) == 0);
static_assert(NumericOp<Op::I32DivS>::Eval(0xFFFFFFF9, 2).value == 0xFFFFFFFD);
static_assert(NumericOp<Op::I32DivU>::Eval(0xFFFFFFF9, 2).value == 0x7FFFFFFC);
static_assert(NumericOp<Op::I64RemS>::Eval(uint64_t(-7), 4).value == uint64_t(-3));
static_assert(NumericOp<Op::I64RemU>::Eval(uint64_t(-7), 4).value == 1);
static_assert(NumericOp<Op::I32ShrS>::Eval(0x80000000, 4) == 0xF8000000);
static_assert(NumericOp<Op::I32ShrU>::Eval(0x80000000, 4) == 0x08000000);
static_assert(NumericOp<Op::I32Rotl>::Eval(0x80000001, 1) == 3 &&
              NumericOp<Op::I32Rotr>::Eval(3, 1) == 0x80000001);
static_assert(NumericOp<Op::I64Extend16S>::Eval(0x8000) == 0xFFFFFFFFFFFF8000);
static_assert(NumericOp<Op::F64ConvertI32S>::Eval(0xFFFFFFFF) == -1.0);
static_assert(NumericOp<Op::F64ConvertI32U>::Eval(0xFFFFFFFF) == 4294967295.0);
static_assert(NumericOp<Op::F32ConvertI64S>::Eval(~uint64_t{0}) == -1.0f);
static_assert(NumericOp<Op::I64TruncF32U>::Eval(3.9f).value == 3);
static_assert(NumericOp<Op::I32TruncSatF64S>::Eval(-1e10) == 0x80000000);
static_assert(NumericOp<Op::I32ReinterpretF32>::Eval(1.0f) == 0x3F800000);

}  // namespace
}  // namespace airwasm::numeric
