// From a syntax::Component to the bytes of a binary component.
//
// Neighbouring definitions of one kind share a section. Writes the shortest encoding; core modules
// and values are copied as they stand. It does not judge: an invalid Component becomes an invalid
// binary. Decoding the result gives the same Component, offsets and the division into sections
// aside. Spec: component model, Binary.
#pragma once

#include <cstdint>
#include <vector>

#include "component/syntax/component.h"

namespace airwasm::component::binary {

// Component::names become a "component-name" section, last of all; a custom section of that name
// among the definitions is then left out.
std::vector<uint8_t> Encode(const syntax::Component& component);

}  // namespace airwasm::component::binary
