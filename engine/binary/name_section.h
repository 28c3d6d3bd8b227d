// The "name" custom section: names of the module and of everything inside, for people.
//
// Reading never fails: what cannot be read, names something that is not there, or goes beyond a
// bound on the number of names is left out. Spec: core, appendix, custom sections, name section;
// with the subsections of the extended-name-section, gc and exceptions proposals.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/syntax/module.h"

namespace airwasm::binary {

inline constexpr const char* kNameSection = "name";

// Reads the section's contents into `module.names`; the rest of the module is complete, since it
// tells which indices exist.
void DecodeNames(syntax::Bytes contents, syntax::Module& module);

bool HasNames(const syntax::Names& names);

// Appends the section's contents.
void EncodeNames(const syntax::Names& names, std::vector<uint8_t>& out);

}  // namespace airwasm::binary
