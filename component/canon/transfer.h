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

}  // namespace airwasm::component::canon
