// The functions of native_helpers.def: what compiled code calls when an instruction is more than it
// says in line.
//
// A helper that traps leaves through runtime::RaiseTrap, over its own frame: no object with
// anything to clean up may be alive then, and the file keeps frame pointers (CMakeLists.txt).
//
// Each looks at the poll word last: a signal that came while it ran has found compiled code out of
// itself, and is repeated only at the next tick of Tiering::Clock.
#pragma once

#include <cstdint>

#include "engine/runtime/native.h"
#include "engine/runtime/native_entry.h"

namespace airwasm::tier {

extern const void* const kNativeHelpers[runtime::kNumHelpers];

// Ends the calling helper, and with it the guest.
#define AIRWASM_RAISE(ctx, kind) \
  ::airwasm::runtime::RaiseTrap(*(ctx)->store, kind, __builtin_frame_address(0))
#define AIRWASM_RAISE_IF_TRAP(ctx, expr)                              \
  do {                                                                \
    const ::airwasm::TrapKind kind = (expr);                          \
    if (kind != ::airwasm::TrapKind::kNone) AIRWASM_RAISE(ctx, kind); \
  } while (false)
#define AIRWASM_POLL(ctx)                                        \
  do {                                                           \
    if (::airwasm::runtime::InterruptPending(*(ctx)->poll_word)) \
      AIRWASM_RAISE(ctx, ::airwasm::TrapKind::kInterrupted);     \
  } while (false)

// Their declarations.
namespace helper_types {
using None = void;
using I32 = uint32_t;
using I64 = uint64_t;
using Ptr = void*;
template <typename Result, typename Params>
struct Signature;
template <typename Result, typename... Params>
struct Signature<Result, void(Params...)> {
  using Type = Result(runtime::InstanceContext*, Params...);
};
#define AIRWASM_HELPER(name, memory, result, params) \
  using name = Signature<result, void params>::Type;
#include "engine/runtime/native_helpers.def"
#undef AIRWASM_HELPER
}  // namespace helper_types

#define AIRWASM_HELPER(name, ...) helper_types::name Helper##name;
#include "engine/runtime/native_helpers.def"
#undef AIRWASM_HELPER

}  // namespace airwasm::tier
