// NumericOp of the scalar instructions: i32, i64, f32, f64, their conversions and wide arithmetic.
#pragma once

#include "engine/numeric/convert_ops.h"
#include "engine/numeric/float_ops.h"
#include "engine/numeric/int_ops.h"
#include "engine/numeric/numeric_op.h"

namespace airwasm::numeric {
inline namespace AIRWASM_NUMERIC_ISA {

// clang-format off: a line for an instruction

// i32
template <> struct NumericOp<Op::I32Eqz> : Evaluates<&Eqz<uint32_t>> {};
template <> struct NumericOp<Op::I32Eq> : Evaluates<&Eq<uint32_t>> {};
template <> struct NumericOp<Op::I32Ne> : Evaluates<&Ne<uint32_t>> {};
template <> struct NumericOp<Op::I32LtS> : Evaluates<&LtS<uint32_t>> {};
template <> struct NumericOp<Op::I32LtU> : Evaluates<&LtU<uint32_t>> {};
template <> struct NumericOp<Op::I32GtS> : Evaluates<&GtS<uint32_t>> {};
template <> struct NumericOp<Op::I32GtU> : Evaluates<&GtU<uint32_t>> {};
template <> struct NumericOp<Op::I32LeS> : Evaluates<&LeS<uint32_t>> {};
template <> struct NumericOp<Op::I32LeU> : Evaluates<&LeU<uint32_t>> {};
template <> struct NumericOp<Op::I32GeS> : Evaluates<&GeS<uint32_t>> {};
template <> struct NumericOp<Op::I32GeU> : Evaluates<&GeU<uint32_t>> {};
template <> struct NumericOp<Op::I32Clz> : Evaluates<&Clz<uint32_t>> {};
template <> struct NumericOp<Op::I32Ctz> : Evaluates<&Ctz<uint32_t>> {};
template <> struct NumericOp<Op::I32Popcnt> : Evaluates<&Popcnt<uint32_t>> {};
template <> struct NumericOp<Op::I32Add> : Evaluates<&Add<uint32_t>> {};
template <> struct NumericOp<Op::I32Sub> : Evaluates<&Sub<uint32_t>> {};
template <> struct NumericOp<Op::I32Mul> : Evaluates<&Mul<uint32_t>> {};
template <> struct NumericOp<Op::I32DivS> : Evaluates<&DivS<uint32_t>> {};
template <> struct NumericOp<Op::I32DivU> : Evaluates<&DivU<uint32_t>> {};
template <> struct NumericOp<Op::I32RemS> : Evaluates<&RemS<uint32_t>> {};
template <> struct NumericOp<Op::I32RemU> : Evaluates<&RemU<uint32_t>> {};
template <> struct NumericOp<Op::I32And> : Evaluates<&And<uint32_t>> {};
template <> struct NumericOp<Op::I32Or> : Evaluates<&Or<uint32_t>> {};
template <> struct NumericOp<Op::I32Xor> : Evaluates<&Xor<uint32_t>> {};
template <> struct NumericOp<Op::I32Shl> : Evaluates<&Shl<uint32_t>> {};
template <> struct NumericOp<Op::I32ShrS> : Evaluates<&ShrS<uint32_t>> {};
template <> struct NumericOp<Op::I32ShrU> : Evaluates<&ShrU<uint32_t>> {};
template <> struct NumericOp<Op::I32Rotl> : Evaluates<&Rotl<uint32_t>> {};
template <> struct NumericOp<Op::I32Rotr> : Evaluates<&Rotr<uint32_t>> {};
template <> struct NumericOp<Op::I32Extend8S> : Evaluates<&ExtendS<uint32_t, int8_t>> {};
template <> struct NumericOp<Op::I32Extend16S> : Evaluates<&ExtendS<uint32_t, int16_t>> {};

// i64
template <> struct NumericOp<Op::I64Eqz> : Evaluates<&Eqz<uint64_t>> {};
template <> struct NumericOp<Op::I64Eq> : Evaluates<&Eq<uint64_t>> {};
template <> struct NumericOp<Op::I64Ne> : Evaluates<&Ne<uint64_t>> {};
template <> struct NumericOp<Op::I64LtS> : Evaluates<&LtS<uint64_t>> {};
template <> struct NumericOp<Op::I64LtU> : Evaluates<&LtU<uint64_t>> {};
template <> struct NumericOp<Op::I64GtS> : Evaluates<&GtS<uint64_t>> {};
template <> struct NumericOp<Op::I64GtU> : Evaluates<&GtU<uint64_t>> {};
template <> struct NumericOp<Op::I64LeS> : Evaluates<&LeS<uint64_t>> {};
template <> struct NumericOp<Op::I64LeU> : Evaluates<&LeU<uint64_t>> {};
template <> struct NumericOp<Op::I64GeS> : Evaluates<&GeS<uint64_t>> {};
template <> struct NumericOp<Op::I64GeU> : Evaluates<&GeU<uint64_t>> {};
template <> struct NumericOp<Op::I64Clz> : Evaluates<&Clz<uint64_t>> {};
template <> struct NumericOp<Op::I64Ctz> : Evaluates<&Ctz<uint64_t>> {};
template <> struct NumericOp<Op::I64Popcnt> : Evaluates<&Popcnt<uint64_t>> {};
template <> struct NumericOp<Op::I64Add> : Evaluates<&Add<uint64_t>> {};
template <> struct NumericOp<Op::I64Sub> : Evaluates<&Sub<uint64_t>> {};
template <> struct NumericOp<Op::I64Mul> : Evaluates<&Mul<uint64_t>> {};
template <> struct NumericOp<Op::I64DivS> : Evaluates<&DivS<uint64_t>> {};
template <> struct NumericOp<Op::I64DivU> : Evaluates<&DivU<uint64_t>> {};
template <> struct NumericOp<Op::I64RemS> : Evaluates<&RemS<uint64_t>> {};
template <> struct NumericOp<Op::I64RemU> : Evaluates<&RemU<uint64_t>> {};
template <> struct NumericOp<Op::I64And> : Evaluates<&And<uint64_t>> {};
template <> struct NumericOp<Op::I64Or> : Evaluates<&Or<uint64_t>> {};
template <> struct NumericOp<Op::I64Xor> : Evaluates<&Xor<uint64_t>> {};
template <> struct NumericOp<Op::I64Shl> : Evaluates<&Shl<uint64_t>> {};
template <> struct NumericOp<Op::I64ShrS> : Evaluates<&ShrS<uint64_t>> {};
template <> struct NumericOp<Op::I64ShrU> : Evaluates<&ShrU<uint64_t>> {};
template <> struct NumericOp<Op::I64Rotl> : Evaluates<&Rotl<uint64_t>> {};
template <> struct NumericOp<Op::I64Rotr> : Evaluates<&Rotr<uint64_t>> {};
template <> struct NumericOp<Op::I64Extend8S> : Evaluates<&ExtendS<uint64_t, int8_t>> {};
template <> struct NumericOp<Op::I64Extend16S> : Evaluates<&ExtendS<uint64_t, int16_t>> {};
template <> struct NumericOp<Op::I64Extend32S> : Evaluates<&ExtendS<uint64_t, int32_t>> {};

// f32
template <> struct NumericOp<Op::F32Eq> : Evaluates<&Eq<float>> {};
template <> struct NumericOp<Op::F32Ne> : Evaluates<&Ne<float>> {};
template <> struct NumericOp<Op::F32Lt> : Evaluates<&Lt<float>> {};
template <> struct NumericOp<Op::F32Gt> : Evaluates<&Gt<float>> {};
template <> struct NumericOp<Op::F32Le> : Evaluates<&Le<float>> {};
template <> struct NumericOp<Op::F32Ge> : Evaluates<&Ge<float>> {};
template <> struct NumericOp<Op::F32Abs> : Evaluates<&Abs<float>> {};
template <> struct NumericOp<Op::F32Neg> : Evaluates<&Neg<float>> {};
template <> struct NumericOp<Op::F32Ceil> : Evaluates<&Ceil<float>> {};
template <> struct NumericOp<Op::F32Floor> : Evaluates<&Floor<float>> {};
template <> struct NumericOp<Op::F32Trunc> : Evaluates<&Trunc<float>> {};
template <> struct NumericOp<Op::F32Nearest> : Evaluates<&Nearest<float>> {};
template <> struct NumericOp<Op::F32Sqrt> : Evaluates<&Sqrt<float>> {};
template <> struct NumericOp<Op::F32Add> : Evaluates<&Add<float>> {};
template <> struct NumericOp<Op::F32Sub> : Evaluates<&Sub<float>> {};
template <> struct NumericOp<Op::F32Mul> : Evaluates<&Mul<float>> {};
template <> struct NumericOp<Op::F32Div> : Evaluates<&Div<float>> {};
template <> struct NumericOp<Op::F32Min> : Evaluates<&Min<float>> {};
template <> struct NumericOp<Op::F32Max> : Evaluates<&Max<float>> {};
template <> struct NumericOp<Op::F32Copysign> : Evaluates<&Copysign<float>> {};

// f64
template <> struct NumericOp<Op::F64Eq> : Evaluates<&Eq<double>> {};
template <> struct NumericOp<Op::F64Ne> : Evaluates<&Ne<double>> {};
template <> struct NumericOp<Op::F64Lt> : Evaluates<&Lt<double>> {};
template <> struct NumericOp<Op::F64Gt> : Evaluates<&Gt<double>> {};
template <> struct NumericOp<Op::F64Le> : Evaluates<&Le<double>> {};
template <> struct NumericOp<Op::F64Ge> : Evaluates<&Ge<double>> {};
template <> struct NumericOp<Op::F64Abs> : Evaluates<&Abs<double>> {};
template <> struct NumericOp<Op::F64Neg> : Evaluates<&Neg<double>> {};
template <> struct NumericOp<Op::F64Ceil> : Evaluates<&Ceil<double>> {};
template <> struct NumericOp<Op::F64Floor> : Evaluates<&Floor<double>> {};
template <> struct NumericOp<Op::F64Trunc> : Evaluates<&Trunc<double>> {};
template <> struct NumericOp<Op::F64Nearest> : Evaluates<&Nearest<double>> {};
template <> struct NumericOp<Op::F64Sqrt> : Evaluates<&Sqrt<double>> {};
template <> struct NumericOp<Op::F64Add> : Evaluates<&Add<double>> {};
template <> struct NumericOp<Op::F64Sub> : Evaluates<&Sub<double>> {};
template <> struct NumericOp<Op::F64Mul> : Evaluates<&Mul<double>> {};
template <> struct NumericOp<Op::F64Div> : Evaluates<&Div<double>> {};
template <> struct NumericOp<Op::F64Min> : Evaluates<&Min<double>> {};
template <> struct NumericOp<Op::F64Max> : Evaluates<&Max<double>> {};
template <> struct NumericOp<Op::F64Copysign> : Evaluates<&Copysign<double>> {};

// Conversions
template <> struct NumericOp<Op::I32WrapI64> : Evaluates<&WrapI64> {};
template <> struct NumericOp<Op::I64ExtendI32S> : Evaluates<&ExtendI32S> {};
template <> struct NumericOp<Op::I64ExtendI32U> : Evaluates<&ExtendI32U> {};
template <> struct NumericOp<Op::I32TruncF32S> : Evaluates<&TruncTo<int32_t, float>> {};
template <> struct NumericOp<Op::I32TruncF32U> : Evaluates<&TruncTo<uint32_t, float>> {};
template <> struct NumericOp<Op::I32TruncF64S> : Evaluates<&TruncTo<int32_t, double>> {};
template <> struct NumericOp<Op::I32TruncF64U> : Evaluates<&TruncTo<uint32_t, double>> {};
template <> struct NumericOp<Op::I64TruncF32S> : Evaluates<&TruncTo<int64_t, float>> {};
template <> struct NumericOp<Op::I64TruncF32U> : Evaluates<&TruncTo<uint64_t, float>> {};
template <> struct NumericOp<Op::I64TruncF64S> : Evaluates<&TruncTo<int64_t, double>> {};
template <> struct NumericOp<Op::I64TruncF64U> : Evaluates<&TruncTo<uint64_t, double>> {};
template <> struct NumericOp<Op::I32TruncSatF32S> : Evaluates<&TruncSatTo<int32_t, float>> {};
template <> struct NumericOp<Op::I32TruncSatF32U> : Evaluates<&TruncSatTo<uint32_t, float>> {};
template <> struct NumericOp<Op::I32TruncSatF64S> : Evaluates<&TruncSatTo<int32_t, double>> {};
template <> struct NumericOp<Op::I32TruncSatF64U> : Evaluates<&TruncSatTo<uint32_t, double>> {};
template <> struct NumericOp<Op::I64TruncSatF32S> : Evaluates<&TruncSatTo<int64_t, float>> {};
template <> struct NumericOp<Op::I64TruncSatF32U> : Evaluates<&TruncSatTo<uint64_t, float>> {};
template <> struct NumericOp<Op::I64TruncSatF64S> : Evaluates<&TruncSatTo<int64_t, double>> {};
template <> struct NumericOp<Op::I64TruncSatF64U> : Evaluates<&TruncSatTo<uint64_t, double>> {};
template <> struct NumericOp<Op::F32ConvertI32S> : Evaluates<&ConvertFrom<float, int32_t>> {};
template <> struct NumericOp<Op::F32ConvertI32U> : Evaluates<&ConvertFrom<float, uint32_t>> {};
template <> struct NumericOp<Op::F32ConvertI64S> : Evaluates<&ConvertFrom<float, int64_t>> {};
template <> struct NumericOp<Op::F32ConvertI64U> : Evaluates<&ConvertFrom<float, uint64_t>> {};
template <> struct NumericOp<Op::F64ConvertI32S> : Evaluates<&ConvertFrom<double, int32_t>> {};
template <> struct NumericOp<Op::F64ConvertI32U> : Evaluates<&ConvertFrom<double, uint32_t>> {};
template <> struct NumericOp<Op::F64ConvertI64S> : Evaluates<&ConvertFrom<double, int64_t>> {};
template <> struct NumericOp<Op::F64ConvertI64U> : Evaluates<&ConvertFrom<double, uint64_t>> {};
template <> struct NumericOp<Op::F32DemoteF64> : Evaluates<&Demote> {};
template <> struct NumericOp<Op::F64PromoteF32> : Evaluates<&Promote> {};
template <> struct NumericOp<Op::I32ReinterpretF32> : Evaluates<&ReinterpretAsInt<float>> {};
template <> struct NumericOp<Op::I64ReinterpretF64> : Evaluates<&ReinterpretAsInt<double>> {};
template <> struct NumericOp<Op::F32ReinterpretI32> : Evaluates<&ReinterpretAsFloat<float>> {};
template <> struct NumericOp<Op::F64ReinterpretI64> : Evaluates<&ReinterpretAsFloat<double>> {};

// Wide arithmetic
template <> struct NumericOp<Op::I64Add128> : Evaluates<&Add128> {};
template <> struct NumericOp<Op::I64Sub128> : Evaluates<&Sub128> {};
template <> struct NumericOp<Op::I64MulWideS> : Evaluates<&MulWideS> {};
template <> struct NumericOp<Op::I64MulWideU> : Evaluates<&MulWideU> {};
// clang-format on

}  // namespace AIRWASM_NUMERIC_ISA
}  // namespace airwasm::numeric
