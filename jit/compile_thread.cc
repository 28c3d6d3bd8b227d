// The one file of this folder that is built with exceptions, to catch one.
#include "jit/compile_thread.h"

#include <pthread.h>

#include <csetjmp>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <new>

#include "llvm/Support/ErrorHandling.h"

namespace airwasm::jit {
namespace {

// The longest chains that jit/budget.h lets through take some tens of megabytes.
constexpr size_t kStackBytes = size_t{512} << 20;

struct Call {
  llvm::function_ref<void()> work;
  bool is_done = false;
};

// Where a compile thread goes on when an exception finds no way there.
thread_local std::jmp_buf* t_end_of_work = nullptr;
constinit std::terminate_handler g_next_handler = nullptr;

void* Run(void* argument) {
  Call& call = *static_cast<Call*>(argument);
  std::jmp_buf end_of_work;
  if (setjmp(end_of_work) == 0) {
    t_end_of_work = &end_of_work;
    try {
      call.work();
      call.is_done = true;
    } catch (const std::bad_alloc&) {
    }
  }
  t_end_of_work = nullptr;
  return nullptr;
}

bool IsOutOfMemory() {
  if (std::current_exception() == nullptr) return false;
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return true;
  } catch (...) {
    return false;
  }
}

// LLVM's library can have holes in its unwind tables: where a function of no bytes stands before
// another, the tables name two functions at that address, and the empty one is found.
[[noreturn]] void Terminate() {
  if (t_end_of_work != nullptr && IsOutOfMemory()) std::longjmp(*t_end_of_work, 1);
  if (g_next_handler != nullptr) g_next_handler();
  std::abort();
}

}  // namespace

Ending OnCompileThread(llvm::function_ref<void()> work) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return Ending::kNoThread;
  pthread_t thread;
  Call call{work};
  const bool started = pthread_attr_setstacksize(&attributes, kStackBytes) == 0 &&
                       pthread_create(&thread, &attributes, Run, &call) == 0;
  pthread_attr_destroy(&attributes);
  if (!started) return Ending::kNoThread;
  pthread_join(thread, nullptr);
  return call.is_done ? Ending::kDone : Ending::kOutOfMemory;
}

void HandleOutOfMemory() {
  g_next_handler = std::set_terminate(Terminate);
  llvm::install_bad_alloc_error_handler(
      [](void*, const char*, bool) -> void { throw std::bad_alloc(); });
}

}  // namespace airwasm::jit
