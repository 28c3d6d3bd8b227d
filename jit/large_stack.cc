#include "jit/large_stack.h"

#include <pthread.h>

#include <cstddef>

namespace airwasm::jit {
namespace {

// The longest chains that jit/budget.h lets through take some tens of megabytes.
constexpr size_t kStackBytes = size_t{512} << 20;

}  // namespace

bool OnLargeStack(llvm::function_ref<void()> work) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_t thread;
  const auto run = [](void* argument) -> void* {
    (*static_cast<llvm::function_ref<void()>*>(argument))();
    return nullptr;
  };
  const bool started = pthread_attr_setstacksize(&attributes, kStackBytes) == 0 &&
                       pthread_create(&thread, &attributes, run, &work) == 0;
  pthread_attr_destroy(&attributes);
  if (started) pthread_join(thread, nullptr);
  return started;
}

}  // namespace airwasm::jit
