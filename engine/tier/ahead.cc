#include "engine/tier/ahead.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/valid/function_validator.h"

namespace airwasm::tier {
namespace {

// Functions go to the compiler in batches that cost as much as so many bytes of wasm at most, if
// they are not larger themselves.
constexpr size_t kBatchBytes = 16 << 10;
// The compiler keeps what so many take (jit/back_end.cc).
constexpr unsigned kMostThreads = 8;

std::vector<CompileRequest> BatchesOf(const runtime::Module& module, const CompileOptions& options,
                                      const std::function<bool(uint32_t)>& is_wanted) {
  const syntax::Module& syntax = module.syntax();
  std::vector<CompileRequest> batches;
  size_t bytes = kBatchBytes;  // of the last one
  valid::FunctionValidator validator;
  for (uint32_t i = syntax.num_imported_funcs; i < syntax.funcs.size(); ++i) {
    if (!is_wanted(i) ||
        (!module.options().validate_bodies &&
         !(validator.Start(module.valid_context(), i) && validator.Run(syntax.funcs[i].body))))
      continue;
    const size_t size = syntax.funcs[i].body.bytes.size() + kFixedCostBytes;
    if (bytes + size > kBatchBytes) {
      batches.push_back({.module = &module, .options = options});
      bytes = 0;
    }
    batches.back().functions.push_back(i);
    bytes += size;
  }
  return batches;
}

}  // namespace

bool CompileAll(const runtime::Module& module, const CompileOptions& options,
                const std::function<bool(uint32_t)>& is_wanted,
                const std::function<bool(const CompileRequest&)>& compile) {
  const std::vector<CompileRequest> batches = BatchesOf(module, options, is_wanted);
  std::atomic<size_t> next = 0;
  std::atomic<bool> failed = false;
  std::mutex mutex;
  std::exception_ptr thrown;
  const auto work = [&] {
    try {
      for (size_t i; !failed && (i = next++) < batches.size();)
        if (!compile(batches[i])) failed = true;
    } catch (...) {
      failed = true;
      const std::lock_guard lock(mutex);
      thrown = std::current_exception();
    }
  };
  std::vector<std::thread> others;
  const size_t threads = std::min<size_t>(
      {batches.size(), kMostThreads, std::max(std::thread::hardware_concurrency(), 1u)});
  try {
    while (others.size() + 1 < threads) others.emplace_back(work);
  } catch (const std::exception&) {  // no memory or no thread for another: those that are there do
  }
  work();
  for (std::thread& other : others) other.join();
  if (thrown != nullptr) std::rethrow_exception(thrown);
  return !failed;
}

}  // namespace airwasm::tier
