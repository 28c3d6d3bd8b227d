// The thread that LLVM works on: it recurses deeply, and may run out of memory.
#pragma once

#include "llvm/ADT/STLFunctionalExtras.h"

namespace airwasm::jit {

enum class Ending {
  kDone,
  kNoThread,     // there is no room for its stack: nothing was done
  kOutOfMemory,  // it was left where an allocation failed
};

// LLVM's passes recurse along chains of blocks and of operands that are as long as the function is.
// So they get a thread of their own, whose stack is far larger than any that they find, and costs
// no memory before it is used.
//
// LLVM and the code of this folder are built without exceptions. So when an allocation fails, which
// is std::bad_alloc all the same, `work` is left without anything of it being dropped: what it had
// changed may be half done and what it had locked stays so. That is never to be touched again, and
// no more work of LLVM's to be begun; what is under way on other threads goes on.
Ending OnCompileThread(llvm::function_ref<void()> work);

// What lets OnCompileThread see all of that. Once for the process: it sets LLVM's handler for
// failed allocations that do not throw, and std::terminate's, which goes on as before on other
// threads.
void HandleOutOfMemory();

}  // namespace airwasm::jit
