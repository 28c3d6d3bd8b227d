// How comparisons relate to one another: what the translator uses to bring operands into an order
// that a handler has.
#pragma once

#include "engine/instr/op.h"

namespace airwasm::interp {

// What gives the same result with its operands exchanged: `op` itself if it is commutative, the
// mirrored comparison; Nop if there is none.
Op Exchanged(Op op);
// The integer comparison that holds exactly when `op` does not; Nop if there is none.
Op Inverse(Op op);

}  // namespace airwasm::interp
