// Writes the contents of each section; the mirror of sections.h.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/syntax/module.h"

namespace airwasm::binary {

// Appends the contents of section `id`; nothing when the module does not need the section.
void EncodeSection(uint8_t id, const syntax::Module& module, std::vector<uint8_t>& out);

// Append a `subtype`, and an `externtype` with the byte of its kind before it.
void EncodeSubType(const SubType& type, std::vector<uint8_t>& out);
void EncodeExternType(const syntax::ExternType& type, std::vector<uint8_t>& out);

}  // namespace airwasm::binary
