// Baseline code: a function's cells as machine code, each a copy of its handler with the cell's
// operands filled in (stencil_format.h). It costs nanoseconds a cell, and no dispatch is left.
//
// It is the interpreter all the same: state, frames and traps are the handlers', and a cell's
// handler field leads to its code, so that what runs goes on in it at the next cell. What has no
// stencil, or one that the operands do not fit, is run by its handler, which goes on likewise.
// Slots that are in registers are in the frame as well (slot_registers.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/interp/cell.h"

namespace airwasm::interp {

struct FunctionCode;

// Of one function.
class BaselineCode {
 public:
  BaselineCode(const BaselineCode&) = delete;
  BaselineCode& operator=(const BaselineCode&) = delete;
  ~BaselineCode();

  std::span<const uint8_t> native() const { return {base_, bytes_}; }

 private:
  friend bool AddBaseline(FunctionCode& code);
  friend const Cell* BaselineCellAt(const void* native_pc);
  BaselineCode() = default;

  const uint8_t* base_ = nullptr;  // in runtime::CodeMemory::Baseline
  size_t bytes_ = 0;
  const Cell* cells_ = nullptr;
  std::vector<uint32_t> starts_;  // of each cell's code, from base_
};

// Gives `code` baseline code. False: there are no stencils for this machine, or no memory. The
// caller holds Module::code_mutex; any thread may be running the function.
bool AddBaseline(FunctionCode& code);

// Whether cells of this handler become code of their own, as far as their operands fit.
bool HasStencil(Handler* handler);

// The cell that the baseline code at `native_pc` stands for, or null. Called for a fault in that
// code, whose thread holds no lock then.
const Cell* BaselineCellAt(const void* native_pc);

}  // namespace airwasm::interp
