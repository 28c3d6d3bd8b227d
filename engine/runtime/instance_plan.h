// What is known about all instances of a module before there is one: constant globals, constant
// segment offsets, where references lie in the context block.
//
// Made once by Module::Create; instantiation copies from it instead of evaluating again.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/runtime/context.h"
#include "engine/syntax/module.h"

namespace airwasm::runtime {

struct InstancePlan {
  // Cells of the defined globals; those in `computed_globals` are still to be evaluated, in this
  // order. Numbers count defined globals from 0.
  std::vector<GlobalCell> own_globals;
  std::vector<uint32_t> computed_globals;
  std::vector<uint32_t> ref_globals;  // defined globals that hold GC references

  // Address of each active data segment whose offset is a constant; nothing for the others.
  std::vector<std::optional<uint64_t>> data_addresses;
  // Defined memories whose active data segments all have constant addresses within the minimum
  // size: an image can hold them.
  std::vector<bool> imageable;  // by MemIdx - num_imported_memories

  bool has_elem_values = false;  // some segment is given by expressions and must be evaluated
};

ContextLayout LayOutContext(const syntax::Module& module);

InstancePlan PlanInstances(const syntax::Module& module);

// The value of an expression that is a single constant instruction. References: null only.
std::optional<GlobalCell> SingleConstant(const syntax::Expr& expr);

}  // namespace airwasm::runtime
