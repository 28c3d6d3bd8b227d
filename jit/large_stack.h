// Runs what recurses deeply.
#pragma once

#include "llvm/ADT/STLFunctionalExtras.h"

namespace airwasm::jit {

// LLVM's passes recurse along chains of blocks and of operands that are as long as the function is.
// So they get a thread of their own, whose stack is far larger than any that they find, and costs
// no memory before it is used. False: there is no room for one, and nothing was done.
bool OnLargeStack(llvm::function_ref<void()> work);

}  // namespace airwasm::jit
