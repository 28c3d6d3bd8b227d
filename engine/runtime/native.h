// What compiled code and the rest of the engine agree on: the calling convention, the table of
// helpers, and the ways in and out.
//
// UNIVERSAL SIGNATURE. Every compiled function, and every stub that stands in for one, has the type
//     {i64, i64, <4 x f32>, <4 x f32>} f(ctx, callee, i64 × 5, <4 x f32> × 8)
// in the C convention of the machine. On x86-64:
//     rdi            InstanceContext* of the callee; of the caller, if the callee is a host
//     function r10            callee word: address of a word that holds the FuncCode*, a FuncInst
//     or
//                    FuncCode::self. Only stubs look at it.
//     rsi rdx rcx r8 r9   the first five i32 (zero-extended), i64 and references
//     xmm0 .. xmm7        the first eight f32, f64 and v128
//     rax rdx xmm0 xmm1   results, the first two of each class
//   Values beyond lie in StoreContext::argbuf, in their order, 8 bytes each (v128: 16, unaligned;
//   i32 as an argument zero-extended): the callee reads them before it does anything else, the
//   caller right behind the call.
//   Code keeps a chain of frame pointers (rbp).
//
// ENTRY SIGNATURE, of what the interpreter and the host call: void f(ctx, fp, callee word): the
// arguments lie in slots at fp, results go there. Where it is called is what a
// trap comes back to (native_entry.h).
#pragma once

#include <cstdint>

#include "engine/runtime/context.h"

namespace airwasm::runtime {

enum class Helper : uint32_t {
#define AIRWASM_HELPER(name, ...) k##name,
#include "engine/runtime/native_helpers.def"
#undef AIRWASM_HELPER
};
inline constexpr uint32_t kNumHelpers = 0
#define AIRWASM_HELPER(...) +1
#include "engine/runtime/native_helpers.def"
#undef AIRWASM_HELPER
    ;

}  // namespace airwasm::runtime
