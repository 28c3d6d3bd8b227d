// Evaluates constant expressions: globals, segment offsets, element expressions, table
// initializers.
//
// They have been validated, so operands are there and have the right types; what can still go wrong
// is a lack of GC memory. Spec: core, valid/instructions, "Constant Expressions".
#pragma once

#include "airwasm/trap_kind.h"
#include "engine/runtime/context.h"
#include "engine/syntax/module.h"

namespace airwasm::runtime {

// The value of `expr` in `instance`, whose imports and preceding globals are in place.
TrapOr<GlobalCell> EvalConstExpr(Instance& instance, const syntax::Expr& expr);

}  // namespace airwasm::runtime
