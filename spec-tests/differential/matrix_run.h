// Runs one module in every way and holds the outcomes of its calls against the interpreter's.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "airwasm/airwasm.h"
#include "engine/syntax/module.h"
#include "spec-tests/differential/nan.h"
#include "spec-tests/differential/tiers.h"

namespace airwasm::differential {

struct MatrixCall {
  std::string function;
  std::vector<Value> args;
  // Of the float results, and of what the function leaves in memory.
  NanLanes nans = NanLanes::kNone;
  // Bytes at the start of memory 0 that belong to the outcome, in pieces of 16.
  uint32_t stored_bytes = 0;
};

// Each way that `module` is run in calls the same functions in the same order, in one instance.
// Reports the first difference of a way as a failure of the test; memories are compared at the
// end. Imports are "env" "clobber", a function without parameters.
void ExpectAgreement(const std::string& name, const std::vector<uint8_t>& module,
                     const std::vector<MatrixCall>& calls, std::span<const Way> ways);

// Calls of every exported function with few edge values in all combinations.
std::vector<MatrixCall> CallsOfExports(const std::vector<uint8_t>& module);

}  // namespace airwasm::differential
