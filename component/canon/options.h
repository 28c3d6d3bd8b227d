// The options of a canonical definition, bound to one instance.
// Spec: canonical ABI, "Canonical ABI Options".
#pragma once

#include "component/canon/instance_state.h"
#include "component/syntax/component.h"
#include "engine/runtime/store.h"

namespace airwasm::component::canon {

using syntax::StringEncoding;

struct CanonOptions {
  ComponentInstanceState* instance = nullptr;  // always there
  runtime::MemInst* memory = nullptr;          // null where no value needs one
  runtime::FuncInst* realloc = nullptr;
  runtime::FuncInst* post_return = nullptr;  // lift only
  runtime::FuncInst* callback = nullptr;     // lift only
  StringEncoding encoding = StringEncoding::kUtf8;
  bool async = false;

  bool memory64() const { return memory != nullptr && memory->type.is_64; }
};

}  // namespace airwasm::component::canon
