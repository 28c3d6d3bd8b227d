// Values between guests and Val: lifting, lowering, and whether a Val fits a type.
#pragma once

#include <span>

#include "absl/status/status.h"
#include "airwasm/component_val.h"
#include "component/canon/adapter.h"
#include "component/canon/functions.h"
#include "component/canon/rules.h"

namespace airwasm::component::canon {

// Host memory that the lifted values of one call may take. A guest can make a list point at the
// same bytes again and again, so what it describes can be far larger than its memory.
inline constexpr uint64_t kMaxLiftedBytes = uint64_t{1} << 30;

// Is `val` a value of `type`? The error names the place: "argument 'a', field 'b': expected u8,
// found string".
absl::Status CheckVal(const Function& function, ValType type, const Val& val);

// Lifts the values of `list`; `flat` as in RunProgram.
TrapKind LiftVals(runtime::Store& store, const Function& function, const CanonOptions& options,
                  Lenders& lenders, std::span<const ValType> list, uint32_t max_flat,
                  const uint64_t* flat, std::vector<Val>* out);

// Lowers values that CheckVal has passed. `place` as in RunProgram.
TrapKind LowerVals(runtime::Store& store, const Function& function, const CanonOptions& options,
                   BorrowScope& scope, std::span<const ValType> list, uint32_t max_flat,
                   std::span<const Val> vals, uint64_t* flat, const uint64_t* place);

// The thunk of functions made by MakeDynamicHost.
TrapKind CallDynamicHost(HostCallContext& call, void* env);

}  // namespace airwasm::component::canon
