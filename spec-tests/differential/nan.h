// Which instructions may choose the bits of a NaN, and what is left to compare when they have.
//
// Spec: core, exec/numerics, nans_N: of an operation whose result is a NaN the sign is open, and so
// is the payload unless all NaNs among the operands are canonical. Every tier may choose otherwise,
// so a NaN counts as equal to another one here. That it is quiet is no choice: a signaling NaN
// stays what it is, and so shows.
#pragma once

#include <cstdint>

#include "airwasm/value.h"
#include "engine/instr/op.h"

namespace airwasm::differential {

// The lanes, if any, whose NaNs are open; scalars have one lane.
enum class NanLanes : uint8_t { kNone, kF32, kF64 };

// Of the results of `op`.
NanLanes NanLanesOf(Op op);

// Of the lanes in which `op` takes its float operands, so that open NaNs among those lanes leave
// nothing open but NaNs of its result; kNone for what looks at bits.
NanLanes OperandLanesOf(Op op);

// abs, neg, splat and the like move an operand's NaN to the result as it is.
bool MovesNans(Op op);

// Makes each quiet NaN among the lanes the canonical one.
V128Bytes WithoutNanBits(const V128Bytes& value, NanLanes lanes, uint32_t size_bytes);

}  // namespace airwasm::differential
