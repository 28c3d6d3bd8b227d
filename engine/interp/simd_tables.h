// The table of handlers of vector instructions that compute, by instruction.
#pragma once

#include <array>

#include "engine/interp/handler_tables.h"

namespace airwasm::interp {

inline constexpr size_t kFirstSimd = static_cast<size_t>(Op::V128Load);
inline constexpr size_t kSimdCount =
    static_cast<size_t>(Op::I32x4RelaxedDotI8x16I7x16AddS) - kFirstSimd + 1;
extern const std::array<Handler*, kSimdCount> kSimdHandlers;

}  // namespace airwasm::interp
