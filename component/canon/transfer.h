// Runs an adapter program: moves the values of one direction of one call.
#pragma once

#include "component/canon/adapter.h"
#include "component/canon/functions.h"

namespace airwasm::component::canon {

// What a program is run with.
struct Transfer {
  runtime::Store& store;
  const CanonOptions& from;
  const CanonOptions& to;
  const ResourceType* const* resources;
  Lenders& lenders;    // of `from`: handles lent with parameters
  BorrowScope& scope;  // of `to`
};

// `from_flat` holds the flat values, or the pointer to them if the program says that they are
// spilled. `to_flat` gets them, or the pointer to where they have been put; when values in memory
// go to a place that the receiver has chosen, `place` is that place's address.
TrapKind RunProgram(const Program& program, const Transfer& transfer, const uint64_t* from_flat,
                    uint64_t* to_flat, const uint64_t* place);

// Where the elements of a list begin in the host's memory; null, with the reason noted, when it is
// too long or not all there. Spec: canonical ABI, load_list_from_range.
const uint8_t* CheckList(runtime::Store& store, const CanonOptions& options, const ListShape& shape,
                         uint64_t address, uint64_t count);

// The same for a program of scalars only.
// FAST: no set-up, one predictable branch per value (bench: component/scalars).
inline void MoveScalars(const Program& program, const uint64_t* from, uint64_t* to) {
  for (const Op* op = program.ops.data();; ++op, ++from, ++to) {
    switch (op->code) {
      case OpCode::kU32:
        *to = static_cast<uint32_t>(*from);
        break;
      case OpCode::kU64:
        *to = *from;
        break;
      case OpCode::kU8:
        *to = static_cast<uint8_t>(*from);
        break;
      case OpCode::kS8:
        *to = static_cast<uint32_t>(static_cast<int8_t>(*from));
        break;
      case OpCode::kU16:
        *to = static_cast<uint16_t>(*from);
        break;
      case OpCode::kS16:
        *to = static_cast<uint32_t>(static_cast<int16_t>(*from));
        break;
      case OpCode::kBool:
        *to = static_cast<uint32_t>(*from) != 0;
        break;
      default:  // kReturn
        return;
    }
  }
}

}  // namespace airwasm::component::canon
