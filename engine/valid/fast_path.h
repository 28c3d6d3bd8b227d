// The handlers that FunctionValidator::Run goes through a body with: one for each opcode byte.
//
// Internal to this folder; context.h holds a table of them for each module.
#pragma once

#include <cstdint>

#include "airwasm/value_type.h"

namespace airwasm::valid {

class FunctionValidator;
struct ModuleContext;
struct FastHandlers;

// Validates the instruction at `p`, and then all that follow: a handler ends in a jump to the next
// instruction's. False on error. `last` is the body's last byte, `top` the top of the operand
// stack. Few enough to stay in registers from handler to handler.
using FastHandler = bool(FunctionValidator& v, const uint8_t* p, const FastHandlers& handlers,
                         const uint8_t* last, ValType* top);

struct FastHandlers {
  FastHandler* of_byte[256] = {};
};

// The handlers that fit the module's features and its first memory.
FastHandlers MakeFastHandlers(const ModuleContext& context);

}  // namespace airwasm::valid
