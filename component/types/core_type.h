// The core type that stands for a flat value.
#pragma once

#include "airwasm/value_type.h"
#include "component/types/value_types.h"

namespace airwasm::component {

// Spec: canonical ABI, "Flattening".
constexpr airwasm::ValType CoreType(FlatType type) {
  switch (type) {
    case FlatType::kI32:
      return kI32;
    case FlatType::kI64:
      return kI64;
    case FlatType::kF32:
      return kF32;
    case FlatType::kF64:
      return kF64;
  }
  return kI32;
}

}  // namespace airwasm::component
