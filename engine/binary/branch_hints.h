// The "metadata.code.branch_hint" custom section: which way an `if` or `br_if` usually goes.
// Spec: branch-hinting proposal; core, appendix, code metadata.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/error.h"
#include "engine/syntax/module.h"

namespace airwasm::binary {

inline constexpr const char* kBranchHintSection = "metadata.code.branch_hint";

// Reads the section's contents, which begin at `offset` of the module, into `module.branch_hints`;
// the module's functions are decoded already. On an error the module is as it was.
Checked DecodeBranchHints(syntax::Bytes contents, size_t offset, syntax::Module& module);

// Appends the section's contents.
void EncodeBranchHints(const syntax::Module& module, std::vector<uint8_t>& out);

// Whether the module's hints make sense: a section that could not be read (Module::customs still
// has it) is kMalformed, a hint for something other than `if` or `br_if` is kInvalid. An engine may
// ignore either; nothing else of the module depends on hints.
Checked CheckBranchHints(const syntax::Module& module);

}  // namespace airwasm::binary
