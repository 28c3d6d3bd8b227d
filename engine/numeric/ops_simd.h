// NumericOp of the vector instructions, relaxed ones included.
#pragma once

#include "engine/numeric/numeric_op.h"
#include "engine/numeric/simd.h"

namespace airwasm::numeric {
inline namespace AIRWASM_NUMERIC_ISA {

// clang-format off: a line for an instruction

// Bits
template <> struct NumericOp<Op::V128Not> : Evaluates<&simd::Not> {};
template <> struct NumericOp<Op::V128And> : Evaluates<&simd::And> {};
template <> struct NumericOp<Op::V128Andnot> : Evaluates<&simd::Andnot> {};
template <> struct NumericOp<Op::V128Or> : Evaluates<&simd::Or> {};
template <> struct NumericOp<Op::V128Xor> : Evaluates<&simd::Xor> {};
template <> struct NumericOp<Op::V128Bitselect> : Evaluates<&simd::Bitselect> {};
template <> struct NumericOp<Op::V128AnyTrue> : Evaluates<&simd::AnyTrue> {};

// Lanes
template <> struct NumericOp<Op::I8x16Shuffle> : Evaluates<&simd::Shuffle> {};
template <> struct NumericOp<Op::I8x16Swizzle> : Evaluates<&simd::Swizzle> {};
template <> struct NumericOp<Op::I8x16Splat> : Evaluates<&simd::Splat<uint8_t>> {};
template <> struct NumericOp<Op::I16x8Splat> : Evaluates<&simd::Splat<uint16_t>> {};
template <> struct NumericOp<Op::I32x4Splat> : Evaluates<&simd::Splat<uint32_t>> {};
template <> struct NumericOp<Op::I64x2Splat> : Evaluates<&simd::Splat<uint64_t>> {};
template <> struct NumericOp<Op::F32x4Splat> : Evaluates<&simd::Splat<float>> {};
template <> struct NumericOp<Op::F64x2Splat> : Evaluates<&simd::Splat<double>> {};
template <> struct NumericOp<Op::I8x16ExtractLaneS> : Evaluates<&simd::ExtractLane<int8_t>> {};
template <> struct NumericOp<Op::I8x16ExtractLaneU> : Evaluates<&simd::ExtractLane<uint8_t>> {};
template <> struct NumericOp<Op::I8x16ReplaceLane> : Evaluates<&simd::ReplaceLane<uint8_t>> {};
template <> struct NumericOp<Op::I16x8ExtractLaneS> : Evaluates<&simd::ExtractLane<int16_t>> {};
template <> struct NumericOp<Op::I16x8ExtractLaneU> : Evaluates<&simd::ExtractLane<uint16_t>> {};
template <> struct NumericOp<Op::I16x8ReplaceLane> : Evaluates<&simd::ReplaceLane<uint16_t>> {};
template <> struct NumericOp<Op::I32x4ExtractLane> : Evaluates<&simd::ExtractLane<uint32_t>> {};
template <> struct NumericOp<Op::I32x4ReplaceLane> : Evaluates<&simd::ReplaceLane<uint32_t>> {};
template <> struct NumericOp<Op::I64x2ExtractLane> : Evaluates<&simd::ExtractLane<uint64_t>> {};
template <> struct NumericOp<Op::I64x2ReplaceLane> : Evaluates<&simd::ReplaceLane<uint64_t>> {};
template <> struct NumericOp<Op::F32x4ExtractLane> : Evaluates<&simd::ExtractLane<float>> {};
template <> struct NumericOp<Op::F32x4ReplaceLane> : Evaluates<&simd::ReplaceLane<float>> {};
template <> struct NumericOp<Op::F64x2ExtractLane> : Evaluates<&simd::ExtractLane<double>> {};
template <> struct NumericOp<Op::F64x2ReplaceLane> : Evaluates<&simd::ReplaceLane<double>> {};

// i8x16
template <> struct NumericOp<Op::I8x16Eq> : Evaluates<&simd::Eq<uint8_t>> {};
template <> struct NumericOp<Op::I8x16Ne> : Evaluates<&simd::Ne<uint8_t>> {};
template <> struct NumericOp<Op::I8x16LtS> : Evaluates<&simd::Lt<int8_t>> {};
template <> struct NumericOp<Op::I8x16LtU> : Evaluates<&simd::Lt<uint8_t>> {};
template <> struct NumericOp<Op::I8x16GtS> : Evaluates<&simd::Gt<int8_t>> {};
template <> struct NumericOp<Op::I8x16GtU> : Evaluates<&simd::Gt<uint8_t>> {};
template <> struct NumericOp<Op::I8x16LeS> : Evaluates<&simd::Le<int8_t>> {};
template <> struct NumericOp<Op::I8x16LeU> : Evaluates<&simd::Le<uint8_t>> {};
template <> struct NumericOp<Op::I8x16GeS> : Evaluates<&simd::Ge<int8_t>> {};
template <> struct NumericOp<Op::I8x16GeU> : Evaluates<&simd::Ge<uint8_t>> {};
template <> struct NumericOp<Op::I8x16Abs> : Evaluates<&simd::Abs<int8_t>> {};
template <> struct NumericOp<Op::I8x16Neg> : Evaluates<&simd::Neg<uint8_t>> {};
template <> struct NumericOp<Op::I8x16Popcnt> : Evaluates<&simd::I8x16Popcnt> {};
template <> struct NumericOp<Op::I8x16AllTrue> : Evaluates<&simd::AllTrue<uint8_t>> {};
template <> struct NumericOp<Op::I8x16Bitmask> : Evaluates<&simd::Bitmask<int8_t>> {};
template <> struct NumericOp<Op::I8x16Shl> : Evaluates<&simd::Shl<uint8_t>> {};
template <> struct NumericOp<Op::I8x16ShrS> : Evaluates<&simd::Shr<int8_t>> {};
template <> struct NumericOp<Op::I8x16ShrU> : Evaluates<&simd::Shr<uint8_t>> {};
template <> struct NumericOp<Op::I8x16Add> : Evaluates<&simd::Add<uint8_t>> {};
template <> struct NumericOp<Op::I8x16Sub> : Evaluates<&simd::Sub<uint8_t>> {};
template <> struct NumericOp<Op::I8x16AddSatS> : Evaluates<&simd::AddSat<int8_t>> {};
template <> struct NumericOp<Op::I8x16AddSatU> : Evaluates<&simd::AddSat<uint8_t>> {};
template <> struct NumericOp<Op::I8x16SubSatS> : Evaluates<&simd::SubSat<int8_t>> {};
template <> struct NumericOp<Op::I8x16SubSatU> : Evaluates<&simd::SubSat<uint8_t>> {};
template <> struct NumericOp<Op::I8x16MinS> : Evaluates<&simd::Min<int8_t>> {};
template <> struct NumericOp<Op::I8x16MinU> : Evaluates<&simd::Min<uint8_t>> {};
template <> struct NumericOp<Op::I8x16MaxS> : Evaluates<&simd::Max<int8_t>> {};
template <> struct NumericOp<Op::I8x16MaxU> : Evaluates<&simd::Max<uint8_t>> {};
template <> struct NumericOp<Op::I8x16AvgrU> : Evaluates<&simd::AvgrU<uint8_t>> {};
template <> struct NumericOp<Op::I8x16NarrowI16x8S> : Evaluates<&simd::Narrow<int8_t>> {};
template <> struct NumericOp<Op::I8x16NarrowI16x8U> : Evaluates<&simd::Narrow<uint8_t>> {};

// i16x8
template <> struct NumericOp<Op::I16x8Eq> : Evaluates<&simd::Eq<uint16_t>> {};
template <> struct NumericOp<Op::I16x8Ne> : Evaluates<&simd::Ne<uint16_t>> {};
template <> struct NumericOp<Op::I16x8LtS> : Evaluates<&simd::Lt<int16_t>> {};
template <> struct NumericOp<Op::I16x8LtU> : Evaluates<&simd::Lt<uint16_t>> {};
template <> struct NumericOp<Op::I16x8GtS> : Evaluates<&simd::Gt<int16_t>> {};
template <> struct NumericOp<Op::I16x8GtU> : Evaluates<&simd::Gt<uint16_t>> {};
template <> struct NumericOp<Op::I16x8LeS> : Evaluates<&simd::Le<int16_t>> {};
template <> struct NumericOp<Op::I16x8LeU> : Evaluates<&simd::Le<uint16_t>> {};
template <> struct NumericOp<Op::I16x8GeS> : Evaluates<&simd::Ge<int16_t>> {};
template <> struct NumericOp<Op::I16x8GeU> : Evaluates<&simd::Ge<uint16_t>> {};
template <> struct NumericOp<Op::I16x8Abs> : Evaluates<&simd::Abs<int16_t>> {};
template <> struct NumericOp<Op::I16x8Neg> : Evaluates<&simd::Neg<uint16_t>> {};
template <> struct NumericOp<Op::I16x8AllTrue> : Evaluates<&simd::AllTrue<uint16_t>> {};
template <> struct NumericOp<Op::I16x8Bitmask> : Evaluates<&simd::Bitmask<int16_t>> {};
template <> struct NumericOp<Op::I16x8Shl> : Evaluates<&simd::Shl<uint16_t>> {};
template <> struct NumericOp<Op::I16x8ShrS> : Evaluates<&simd::Shr<int16_t>> {};
template <> struct NumericOp<Op::I16x8ShrU> : Evaluates<&simd::Shr<uint16_t>> {};
template <> struct NumericOp<Op::I16x8Add> : Evaluates<&simd::Add<uint16_t>> {};
template <> struct NumericOp<Op::I16x8Sub> : Evaluates<&simd::Sub<uint16_t>> {};
template <> struct NumericOp<Op::I16x8Mul> : Evaluates<&simd::Mul<uint16_t>> {};
template <> struct NumericOp<Op::I16x8AddSatS> : Evaluates<&simd::AddSat<int16_t>> {};
template <> struct NumericOp<Op::I16x8AddSatU> : Evaluates<&simd::AddSat<uint16_t>> {};
template <> struct NumericOp<Op::I16x8SubSatS> : Evaluates<&simd::SubSat<int16_t>> {};
template <> struct NumericOp<Op::I16x8SubSatU> : Evaluates<&simd::SubSat<uint16_t>> {};
template <> struct NumericOp<Op::I16x8MinS> : Evaluates<&simd::Min<int16_t>> {};
template <> struct NumericOp<Op::I16x8MinU> : Evaluates<&simd::Min<uint16_t>> {};
template <> struct NumericOp<Op::I16x8MaxS> : Evaluates<&simd::Max<int16_t>> {};
template <> struct NumericOp<Op::I16x8MaxU> : Evaluates<&simd::Max<uint16_t>> {};
template <> struct NumericOp<Op::I16x8AvgrU> : Evaluates<&simd::AvgrU<uint16_t>> {};
template <> struct NumericOp<Op::I16x8NarrowI32x4S> : Evaluates<&simd::Narrow<int16_t>> {};
template <> struct NumericOp<Op::I16x8NarrowI32x4U> : Evaluates<&simd::Narrow<uint16_t>> {};
template <> struct NumericOp<Op::I16x8Q15mulrSatS> : Evaluates<&simd::Q15mulrSatS> {};
template <> struct NumericOp<Op::I16x8ExtendLowI8x16S> : Evaluates<&simd::Extend<simd::Half::kLow, int8_t>> {};
template <> struct NumericOp<Op::I16x8ExtendLowI8x16U> : Evaluates<&simd::Extend<simd::Half::kLow, uint8_t>> {};
template <> struct NumericOp<Op::I16x8ExtendHighI8x16S> : Evaluates<&simd::Extend<simd::Half::kHigh, int8_t>> {};
template <> struct NumericOp<Op::I16x8ExtendHighI8x16U> : Evaluates<&simd::Extend<simd::Half::kHigh, uint8_t>> {};
template <> struct NumericOp<Op::I16x8ExtmulLowI8x16S> : Evaluates<&simd::Extmul<simd::Half::kLow, int8_t>> {};
template <> struct NumericOp<Op::I16x8ExtmulLowI8x16U> : Evaluates<&simd::Extmul<simd::Half::kLow, uint8_t>> {};
template <> struct NumericOp<Op::I16x8ExtmulHighI8x16S> : Evaluates<&simd::Extmul<simd::Half::kHigh, int8_t>> {};
template <> struct NumericOp<Op::I16x8ExtmulHighI8x16U> : Evaluates<&simd::Extmul<simd::Half::kHigh, uint8_t>> {};
template <> struct NumericOp<Op::I16x8ExtaddPairwiseI8x16S> : Evaluates<&simd::ExtaddPairwise<int8_t>> {};
template <> struct NumericOp<Op::I16x8ExtaddPairwiseI8x16U> : Evaluates<&simd::ExtaddPairwise<uint8_t>> {};

// i32x4
template <> struct NumericOp<Op::I32x4Eq> : Evaluates<&simd::Eq<uint32_t>> {};
template <> struct NumericOp<Op::I32x4Ne> : Evaluates<&simd::Ne<uint32_t>> {};
template <> struct NumericOp<Op::I32x4LtS> : Evaluates<&simd::Lt<int32_t>> {};
template <> struct NumericOp<Op::I32x4LtU> : Evaluates<&simd::Lt<uint32_t>> {};
template <> struct NumericOp<Op::I32x4GtS> : Evaluates<&simd::Gt<int32_t>> {};
template <> struct NumericOp<Op::I32x4GtU> : Evaluates<&simd::Gt<uint32_t>> {};
template <> struct NumericOp<Op::I32x4LeS> : Evaluates<&simd::Le<int32_t>> {};
template <> struct NumericOp<Op::I32x4LeU> : Evaluates<&simd::Le<uint32_t>> {};
template <> struct NumericOp<Op::I32x4GeS> : Evaluates<&simd::Ge<int32_t>> {};
template <> struct NumericOp<Op::I32x4GeU> : Evaluates<&simd::Ge<uint32_t>> {};
template <> struct NumericOp<Op::I32x4Abs> : Evaluates<&simd::Abs<int32_t>> {};
template <> struct NumericOp<Op::I32x4Neg> : Evaluates<&simd::Neg<uint32_t>> {};
template <> struct NumericOp<Op::I32x4AllTrue> : Evaluates<&simd::AllTrue<uint32_t>> {};
template <> struct NumericOp<Op::I32x4Bitmask> : Evaluates<&simd::Bitmask<int32_t>> {};
template <> struct NumericOp<Op::I32x4Shl> : Evaluates<&simd::Shl<uint32_t>> {};
template <> struct NumericOp<Op::I32x4ShrS> : Evaluates<&simd::Shr<int32_t>> {};
template <> struct NumericOp<Op::I32x4ShrU> : Evaluates<&simd::Shr<uint32_t>> {};
template <> struct NumericOp<Op::I32x4Add> : Evaluates<&simd::Add<uint32_t>> {};
template <> struct NumericOp<Op::I32x4Sub> : Evaluates<&simd::Sub<uint32_t>> {};
template <> struct NumericOp<Op::I32x4Mul> : Evaluates<&simd::Mul<uint32_t>> {};
template <> struct NumericOp<Op::I32x4MinS> : Evaluates<&simd::Min<int32_t>> {};
template <> struct NumericOp<Op::I32x4MinU> : Evaluates<&simd::Min<uint32_t>> {};
template <> struct NumericOp<Op::I32x4MaxS> : Evaluates<&simd::Max<int32_t>> {};
template <> struct NumericOp<Op::I32x4MaxU> : Evaluates<&simd::Max<uint32_t>> {};
template <> struct NumericOp<Op::I32x4DotI16x8S> : Evaluates<&simd::DotI16x8S> {};
template <> struct NumericOp<Op::I32x4ExtendLowI16x8S> : Evaluates<&simd::Extend<simd::Half::kLow, int16_t>> {};
template <> struct NumericOp<Op::I32x4ExtendLowI16x8U> : Evaluates<&simd::Extend<simd::Half::kLow, uint16_t>> {};
template <> struct NumericOp<Op::I32x4ExtendHighI16x8S> : Evaluates<&simd::Extend<simd::Half::kHigh, int16_t>> {};
template <> struct NumericOp<Op::I32x4ExtendHighI16x8U> : Evaluates<&simd::Extend<simd::Half::kHigh, uint16_t>> {};
template <> struct NumericOp<Op::I32x4ExtmulLowI16x8S> : Evaluates<&simd::Extmul<simd::Half::kLow, int16_t>> {};
template <> struct NumericOp<Op::I32x4ExtmulLowI16x8U> : Evaluates<&simd::Extmul<simd::Half::kLow, uint16_t>> {};
template <> struct NumericOp<Op::I32x4ExtmulHighI16x8S> : Evaluates<&simd::Extmul<simd::Half::kHigh, int16_t>> {};
template <> struct NumericOp<Op::I32x4ExtmulHighI16x8U> : Evaluates<&simd::Extmul<simd::Half::kHigh, uint16_t>> {};
template <> struct NumericOp<Op::I32x4ExtaddPairwiseI16x8S> : Evaluates<&simd::ExtaddPairwise<int16_t>> {};
template <> struct NumericOp<Op::I32x4ExtaddPairwiseI16x8U> : Evaluates<&simd::ExtaddPairwise<uint16_t>> {};

// i64x2
template <> struct NumericOp<Op::I64x2Eq> : Evaluates<&simd::Eq<uint64_t>> {};
template <> struct NumericOp<Op::I64x2Ne> : Evaluates<&simd::Ne<uint64_t>> {};
template <> struct NumericOp<Op::I64x2LtS> : Evaluates<&simd::Lt<int64_t>> {};
template <> struct NumericOp<Op::I64x2GtS> : Evaluates<&simd::Gt<int64_t>> {};
template <> struct NumericOp<Op::I64x2LeS> : Evaluates<&simd::Le<int64_t>> {};
template <> struct NumericOp<Op::I64x2GeS> : Evaluates<&simd::Ge<int64_t>> {};
template <> struct NumericOp<Op::I64x2Abs> : Evaluates<&simd::Abs<int64_t>> {};
template <> struct NumericOp<Op::I64x2Neg> : Evaluates<&simd::Neg<uint64_t>> {};
template <> struct NumericOp<Op::I64x2AllTrue> : Evaluates<&simd::AllTrue<uint64_t>> {};
template <> struct NumericOp<Op::I64x2Bitmask> : Evaluates<&simd::Bitmask<int64_t>> {};
template <> struct NumericOp<Op::I64x2Shl> : Evaluates<&simd::Shl<uint64_t>> {};
template <> struct NumericOp<Op::I64x2ShrS> : Evaluates<&simd::Shr<int64_t>> {};
template <> struct NumericOp<Op::I64x2ShrU> : Evaluates<&simd::Shr<uint64_t>> {};
template <> struct NumericOp<Op::I64x2Add> : Evaluates<&simd::Add<uint64_t>> {};
template <> struct NumericOp<Op::I64x2Sub> : Evaluates<&simd::Sub<uint64_t>> {};
template <> struct NumericOp<Op::I64x2Mul> : Evaluates<&simd::Mul<uint64_t>> {};
template <> struct NumericOp<Op::I64x2ExtendLowI32x4S> : Evaluates<&simd::Extend<simd::Half::kLow, int32_t>> {};
template <> struct NumericOp<Op::I64x2ExtendLowI32x4U> : Evaluates<&simd::Extend<simd::Half::kLow, uint32_t>> {};
template <> struct NumericOp<Op::I64x2ExtendHighI32x4S> : Evaluates<&simd::Extend<simd::Half::kHigh, int32_t>> {};
template <> struct NumericOp<Op::I64x2ExtendHighI32x4U> : Evaluates<&simd::Extend<simd::Half::kHigh, uint32_t>> {};
template <> struct NumericOp<Op::I64x2ExtmulLowI32x4S> : Evaluates<&simd::Extmul<simd::Half::kLow, int32_t>> {};
template <> struct NumericOp<Op::I64x2ExtmulLowI32x4U> : Evaluates<&simd::Extmul<simd::Half::kLow, uint32_t>> {};
template <> struct NumericOp<Op::I64x2ExtmulHighI32x4S> : Evaluates<&simd::Extmul<simd::Half::kHigh, int32_t>> {};
template <> struct NumericOp<Op::I64x2ExtmulHighI32x4U> : Evaluates<&simd::Extmul<simd::Half::kHigh, uint32_t>> {};

// f32x4
template <> struct NumericOp<Op::F32x4Eq> : Evaluates<&simd::Eq<float>> {};
template <> struct NumericOp<Op::F32x4Ne> : Evaluates<&simd::Ne<float>> {};
template <> struct NumericOp<Op::F32x4Lt> : Evaluates<&simd::Lt<float>> {};
template <> struct NumericOp<Op::F32x4Gt> : Evaluates<&simd::Gt<float>> {};
template <> struct NumericOp<Op::F32x4Le> : Evaluates<&simd::Le<float>> {};
template <> struct NumericOp<Op::F32x4Ge> : Evaluates<&simd::Ge<float>> {};
template <> struct NumericOp<Op::F32x4Abs> : Evaluates<&simd::Abs<float>> {};
template <> struct NumericOp<Op::F32x4Neg> : Evaluates<&simd::Neg<float>> {};
template <> struct NumericOp<Op::F32x4Sqrt> : Evaluates<&simd::Sqrt<float>> {};
template <> struct NumericOp<Op::F32x4Ceil> : Evaluates<&simd::Ceil<float>> {};
template <> struct NumericOp<Op::F32x4Floor> : Evaluates<&simd::Floor<float>> {};
template <> struct NumericOp<Op::F32x4Trunc> : Evaluates<&simd::Trunc<float>> {};
template <> struct NumericOp<Op::F32x4Nearest> : Evaluates<&simd::Nearest<float>> {};
template <> struct NumericOp<Op::F32x4Add> : Evaluates<&simd::Add<float>> {};
template <> struct NumericOp<Op::F32x4Sub> : Evaluates<&simd::Sub<float>> {};
template <> struct NumericOp<Op::F32x4Mul> : Evaluates<&simd::Mul<float>> {};
template <> struct NumericOp<Op::F32x4Div> : Evaluates<&simd::Div<float>> {};
template <> struct NumericOp<Op::F32x4Min> : Evaluates<&simd::Min<float>> {};
template <> struct NumericOp<Op::F32x4Max> : Evaluates<&simd::Max<float>> {};
template <> struct NumericOp<Op::F32x4Pmin> : Evaluates<&simd::Pmin<float>> {};
template <> struct NumericOp<Op::F32x4Pmax> : Evaluates<&simd::Pmax<float>> {};

// f64x2
template <> struct NumericOp<Op::F64x2Eq> : Evaluates<&simd::Eq<double>> {};
template <> struct NumericOp<Op::F64x2Ne> : Evaluates<&simd::Ne<double>> {};
template <> struct NumericOp<Op::F64x2Lt> : Evaluates<&simd::Lt<double>> {};
template <> struct NumericOp<Op::F64x2Gt> : Evaluates<&simd::Gt<double>> {};
template <> struct NumericOp<Op::F64x2Le> : Evaluates<&simd::Le<double>> {};
template <> struct NumericOp<Op::F64x2Ge> : Evaluates<&simd::Ge<double>> {};
template <> struct NumericOp<Op::F64x2Abs> : Evaluates<&simd::Abs<double>> {};
template <> struct NumericOp<Op::F64x2Neg> : Evaluates<&simd::Neg<double>> {};
template <> struct NumericOp<Op::F64x2Sqrt> : Evaluates<&simd::Sqrt<double>> {};
template <> struct NumericOp<Op::F64x2Ceil> : Evaluates<&simd::Ceil<double>> {};
template <> struct NumericOp<Op::F64x2Floor> : Evaluates<&simd::Floor<double>> {};
template <> struct NumericOp<Op::F64x2Trunc> : Evaluates<&simd::Trunc<double>> {};
template <> struct NumericOp<Op::F64x2Nearest> : Evaluates<&simd::Nearest<double>> {};
template <> struct NumericOp<Op::F64x2Add> : Evaluates<&simd::Add<double>> {};
template <> struct NumericOp<Op::F64x2Sub> : Evaluates<&simd::Sub<double>> {};
template <> struct NumericOp<Op::F64x2Mul> : Evaluates<&simd::Mul<double>> {};
template <> struct NumericOp<Op::F64x2Div> : Evaluates<&simd::Div<double>> {};
template <> struct NumericOp<Op::F64x2Min> : Evaluates<&simd::Min<double>> {};
template <> struct NumericOp<Op::F64x2Max> : Evaluates<&simd::Max<double>> {};
template <> struct NumericOp<Op::F64x2Pmin> : Evaluates<&simd::Pmin<double>> {};
template <> struct NumericOp<Op::F64x2Pmax> : Evaluates<&simd::Pmax<double>> {};

// Conversions
template <> struct NumericOp<Op::I32x4TruncSatF32x4S> : Evaluates<&simd::TruncSatF32x4<int32_t>> {};
template <> struct NumericOp<Op::I32x4TruncSatF32x4U> : Evaluates<&simd::TruncSatF32x4<uint32_t>> {};
template <> struct NumericOp<Op::I32x4TruncSatF64x2SZero> : Evaluates<&simd::TruncSatF64x2Zero<int32_t>> {};
template <> struct NumericOp<Op::I32x4TruncSatF64x2UZero> : Evaluates<&simd::TruncSatF64x2Zero<uint32_t>> {};
template <> struct NumericOp<Op::F32x4ConvertI32x4S> : Evaluates<&simd::ConvertI32x4<int32_t>> {};
template <> struct NumericOp<Op::F32x4ConvertI32x4U> : Evaluates<&simd::ConvertI32x4<uint32_t>> {};
template <> struct NumericOp<Op::F64x2ConvertLowI32x4S> : Evaluates<&simd::ConvertLowI32x4<int32_t>> {};
template <> struct NumericOp<Op::F64x2ConvertLowI32x4U> : Evaluates<&simd::ConvertLowI32x4<uint32_t>> {};
template <> struct NumericOp<Op::F32x4DemoteF64x2Zero> : Evaluates<&simd::DemoteF64x2Zero> {};
template <> struct NumericOp<Op::F64x2PromoteLowF32x4> : Evaluates<&simd::PromoteLowF32x4> {};

// Relaxed, with a strict twin
template <> struct NumericOp<Op::I8x16RelaxedSwizzle> : NumericOp<Op::I8x16Swizzle> {};
template <> struct NumericOp<Op::I32x4RelaxedTruncF32x4S> : NumericOp<Op::I32x4TruncSatF32x4S> {};
template <> struct NumericOp<Op::I32x4RelaxedTruncF32x4U> : NumericOp<Op::I32x4TruncSatF32x4U> {};
template <> struct NumericOp<Op::I32x4RelaxedTruncF64x2SZero> : NumericOp<Op::I32x4TruncSatF64x2SZero> {};
template <> struct NumericOp<Op::I32x4RelaxedTruncF64x2UZero> : NumericOp<Op::I32x4TruncSatF64x2UZero> {};
template <> struct NumericOp<Op::I8x16RelaxedLaneselect> : NumericOp<Op::V128Bitselect> {};
template <> struct NumericOp<Op::I16x8RelaxedLaneselect> : NumericOp<Op::V128Bitselect> {};
template <> struct NumericOp<Op::I32x4RelaxedLaneselect> : NumericOp<Op::V128Bitselect> {};
template <> struct NumericOp<Op::I64x2RelaxedLaneselect> : NumericOp<Op::V128Bitselect> {};
template <> struct NumericOp<Op::F32x4RelaxedMin> : NumericOp<Op::F32x4Min> {};
template <> struct NumericOp<Op::F32x4RelaxedMax> : NumericOp<Op::F32x4Max> {};
template <> struct NumericOp<Op::F64x2RelaxedMin> : NumericOp<Op::F64x2Min> {};
template <> struct NumericOp<Op::F64x2RelaxedMax> : NumericOp<Op::F64x2Max> {};
template <> struct NumericOp<Op::I16x8RelaxedQ15mulrS> : NumericOp<Op::I16x8Q15mulrSatS> {};

// Relaxed, without one
template <> struct NumericOp<Op::F32x4RelaxedMadd> : Evaluates<&simd::RelaxedMadd<float>> {};
template <> struct NumericOp<Op::F32x4RelaxedNmadd> : Evaluates<&simd::RelaxedNmadd<float>> {};
template <> struct NumericOp<Op::F64x2RelaxedMadd> : Evaluates<&simd::RelaxedMadd<double>> {};
template <> struct NumericOp<Op::F64x2RelaxedNmadd> : Evaluates<&simd::RelaxedNmadd<double>> {};
template <> struct NumericOp<Op::I16x8RelaxedDotI8x16I7x16S> : Evaluates<&simd::RelaxedDotI8x16I7x16S> {};
template <> struct NumericOp<Op::I32x4RelaxedDotI8x16I7x16AddS> : Evaluates<&simd::RelaxedDotI8x16I7x16AddS> {};
// clang-format on

}  // namespace AIRWASM_NUMERIC_ISA
}  // namespace airwasm::numeric
