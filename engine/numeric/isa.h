// Which machine the numeric templates are compiled for.
//
// The interpreter's handlers may be compiled for a newer instruction set than the rest of the
// engine. Everything in this folder that becomes code therefore lives in an inline namespace named
// after the instruction set, so that the linker never folds the two versions of one template
// together. Types that cross translation units (V128, TrapOr, I128Parts) stay outside of it.
#pragma once

#include <bit>
#include <type_traits>

#if defined(__x86_64__)
#include <immintrin.h>
#if defined(__AVX512VL__)
#define AIRWASM_NUMERIC_ISA x86_64_v4
#elif defined(__AVX2__)
#define AIRWASM_NUMERIC_ISA x86_64_v3
#elif defined(__SSE4_2__)
#define AIRWASM_NUMERIC_ISA x86_64_v2
#elif defined(__SSE4_1__)
#define AIRWASM_NUMERIC_ISA x86_64_sse41
#else
#define AIRWASM_NUMERIC_ISA x86_64_v1
#endif
#elif defined(__aarch64__)
#include <arm_neon.h>
#define AIRWASM_NUMERIC_ISA aarch64
#else
#define AIRWASM_NUMERIC_ISA portable
#endif

namespace airwasm::numeric {

static_assert(std::endian::native == std::endian::little,
              "v128 lanes and linear memory are little endian");

inline namespace AIRWASM_NUMERIC_ISA {

// One instruction rounds a float to an integral float (roundss and its kin, frintm and its kin).
#if defined(__SSE4_1__) || defined(__aarch64__)
inline constexpr bool kHasRoundInstruction = true;
#else
inline constexpr bool kHasRoundInstruction = false;
#endif

}  // namespace AIRWASM_NUMERIC_ISA
}  // namespace airwasm::numeric
