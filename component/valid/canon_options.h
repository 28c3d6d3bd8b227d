// The options of a canonical definition, read and checked each for itself.
//
// Internal to this folder.
#pragma once

#include <optional>

#include "component/valid/component_validator.h"

namespace airwasm::component::valid {

struct ComponentValidator::CanonOptions {
  bool has_memory = false;
  bool memory64 = false;
  bool has_realloc = false;
  std::optional<airwasm::TypeId> post_return;
  bool async = false;
  bool has_callback = false;

  airwasm::ValType address() const { return memory64 ? kI64 : kI32; }
};

}  // namespace airwasm::component::valid
