// From a syntax::Module to the bytes of a binary module.
//
// Writes the shortest encoding of everything it makes itself; function bodies and constant
// expressions are copied as they stand. It does not judge: an invalid Module becomes an invalid
// binary. Decoding the result gives the same Module, offsets and LEB128 lengths aside. Spec: core,
// binary/modules.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/syntax/module.h"

namespace airwasm::binary {

// Custom sections stand behind the section that CustomSection::after names, or where it would be if
// it is empty. Module::names become the "name" section, last of all, and Module::branch_hints a
// "metadata.code.branch_hint" before the code section; a custom section of the same name in
// Module::customs is then left out, while without names or hints it is written as it stands.
std::vector<uint8_t> Encode(const syntax::Module& module);

// The declarations of locals, as they stand before a function's instructions.
void EncodeLocals(const syntax::Function& func, std::vector<uint8_t>& out);

}  // namespace airwasm::binary
