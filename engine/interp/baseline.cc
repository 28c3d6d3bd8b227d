#include "engine/interp/baseline.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <shared_mutex>
#include <utility>

#include "engine/interp/baseline_assembler.h"
#include "engine/interp/code.h"
#include "engine/runtime/code_memory.h"

namespace airwasm::interp {
namespace {

// All baseline code by its end.
struct BaselineRegister {
  std::shared_mutex mutex;
  std::map<const uint8_t*, const BaselineCode*> by_end;
};
BaselineRegister& Register() {
  static BaselineRegister* const instance = new BaselineRegister;
  return *instance;
}

}  // namespace

BaselineCode::~BaselineCode() {
  if (base_ == nullptr) return;
  BaselineRegister& r = Register();
  {
    const std::unique_lock lock(r.mutex);
    r.by_end.erase(base_ + bytes_);
  }
  runtime::CodeMemory::Baseline().Free(base_, bytes_);
}

bool AddBaseline(FunctionCode& code) try {
#ifdef AIRWASM_HAS_STENCILS
  if (code.baseline != nullptr) return true;
  BaselineAssembler assembly(code.cells);
  if (!assembly.Run()) return false;
  std::unique_ptr<BaselineCode> baseline(new BaselineCode);
  baseline->base_ = runtime::CodeMemory::Baseline().Allocate(assembly.bytes);
  if (baseline->base_ == nullptr) return false;
  baseline->bytes_ = assembly.bytes.size();
  baseline->cells_ = code.cells.data();
  baseline->starts_ = std::move(assembly.starts);
  {
    BaselineRegister& r = Register();
    const std::unique_lock lock(r.mutex);
    r.by_end.emplace(baseline->base_ + baseline->bytes_, baseline.get());
  }
  for (const uint32_t cell : assembly.copied) {
    const auto native = reinterpret_cast<Handler*>(
        reinterpret_cast<uintptr_t>(baseline->base_ + assembly.entries[cell]));
    std::atomic_ref(code.cells[cell].handler).store(native, std::memory_order_release);
  }
  code.baseline = std::move(baseline);
  return true;
#else
  (void)code;
  return false;
#endif
} catch (const std::bad_alloc&) {
  return false;
}

#ifndef AIRWASM_HAS_STENCILS
bool HasStencil(Handler* handler) {
  (void)handler;
  return false;
}
#endif

const Cell* BaselineCellAt(const void* native_pc) {
  if (!runtime::baseline_code_range.Contains(native_pc)) return nullptr;
  const auto* const pc = static_cast<const uint8_t*>(native_pc);
  BaselineRegister& r = Register();
  const std::shared_lock lock(r.mutex);
  const auto it = r.by_end.upper_bound(pc);
  if (it == r.by_end.end() || pc < it->second->base_) return nullptr;
  const BaselineCode& code = *it->second;
  const auto offset = static_cast<uint32_t>(pc - code.base_);
  const auto next = std::upper_bound(code.starts_.begin(), code.starts_.end(), offset);
  // Of an instruction's cells, which start at one place, the first.
  const auto first = std::lower_bound(code.starts_.begin(), next, *std::prev(next));
  return code.cells_ + (first - code.starts_.begin());
}

}  // namespace airwasm::interp
