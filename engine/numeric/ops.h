// The meaning of every numeric instruction: NumericOp<op> for all ops for which IsNumeric(op)
// holds.
#pragma once

#include "engine/numeric/numeric_op.h"
#include "engine/numeric/ops_scalar.h"
#include "engine/numeric/ops_simd.h"
