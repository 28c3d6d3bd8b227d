// From the bytes of a binary module to a syntax::Module.
//
// The decoder checks the binary grammar of everything but function bodies and allocates no more
// than what the input's size justifies. It leaves to the validator: what the bodies hold (malformed
// instructions included, they come out of ReadInstr), every rule of validation, and the features of
// instructions. Features of sections, types, limits, imports and segments are checked here. Spec:
// core, binary/modules.
#pragma once

#include <cstdint>
#include <span>

#include "airwasm/features.h"
#include "engine/base/error.h"
#include "engine/syntax/module.h"

namespace airwasm::binary {

struct DecodeOptions {
  // Also walks each function body and reports what is malformed in it. For tools that decode
  // without validating.
  bool check_bodies = false;
};

// Decodes one module. `bytes` outlive the Module, which points into them.
//
// Custom sections end up in Module::customs as they stand, except the two that have a form of their
// own: "name" becomes Module::names (whatever can be read of it: a broken name section is never an
// error) and a well-formed "metadata.code.branch_hint" becomes Module::branch_hints.
//
// Errors: kMalformed  the bytes do not follow the grammar, or use a feature that is switched off
// (the message names it)
//         kInvalid    a type index that no module could have
//         kLimit      a count or size is above limits.h
Expected<syntax::Module> Decode(std::span<const uint8_t> bytes,
                                const Features& features = Features(),
                                const DecodeOptions& options = {});

}  // namespace airwasm::binary
