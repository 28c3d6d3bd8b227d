// Values of number literals. The lexer has checked their form; here they get their bits.
//
// Floats are rounded once, to nearest with ties to even, from the exact value that the literal
// denotes. Spec: core, text/values, integers and floating-point.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace airwasm::text {

// Unsigned literal (kNat) up to `max`; nullopt if it is larger.
std::optional<uint64_t> ParseNat(std::string_view token, uint64_t max);

// Integer literal (kNat or kInt) of `bits` (8..64) bits, signed or unsigned: the two's complement
// pattern in the low bits.
std::optional<uint64_t> ParseInteger(std::string_view token, int bits);

// Number literal (kNat, kInt or kFloat): the IEEE bit pattern. nullopt if the value rounds to
// infinity, or a NaN payload does not fit.
std::optional<uint32_t> ParseF32(std::string_view token);
std::optional<uint64_t> ParseF64(std::string_view token);

}  // namespace airwasm::text
