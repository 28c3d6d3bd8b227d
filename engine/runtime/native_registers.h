// The registers of the universal signature (native.h) as the stubs keep them on their stacks, and
// the ways between them and slots.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "airwasm/types.h"

namespace airwasm::runtime {

struct alignas(16) Registers {
  uint64_t ints[6];  // five, and padding
  uint64_t floats[8][2];
};
static_assert(sizeof(Registers) == 176 && offsetof(Registers, floats) == 48);

// `buffer`: StoreContext::argbuf. Slots are laid out by LayOutSlots.
void ParamsToSlots(std::span<const ValType> types, const Registers& registers,
                   const uint64_t* buffer, uint64_t* slots);
void ResultsToRegisters(std::span<const ValType> types, const uint64_t* slots, Registers& registers,
                        uint64_t* buffer);

}  // namespace airwasm::runtime
