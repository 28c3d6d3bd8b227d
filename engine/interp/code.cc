// The register of translated code, and the search for exception handlers, which is its main reader.
#include "engine/interp/code.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <shared_mutex>

#include "engine/gc/object.h"
#include "engine/interp/slow_paths.h"

namespace airwasm::interp {
namespace {

struct CodeRegister {
  std::shared_mutex mutex;
  std::map<const Cell*, const FunctionCode*> by_end;  // key: one past the last cell
};
CodeRegister& Register() {
  static CodeRegister* const instance = new CodeRegister;
  return *instance;
}

}  // namespace

size_t FunctionCode::OffsetOf(const Cell* pc) const {
  const auto cell = static_cast<uint32_t>(pc - cells.data());
  const auto next = std::upper_bound(
      offsets.begin(), offsets.end(), cell,
      [](uint32_t wanted, const CodeOffset& entry) { return wanted < entry.cell; });
  return body_offset + (next == offsets.begin() ? 0 : std::prev(next)->offset);
}

InterpModuleCode::~InterpModuleCode() {
  UnregisterCode(functions);
}

void RegisterCode(const FunctionCode* code) {
  CodeRegister& r = Register();
  const std::unique_lock lock(r.mutex);
  r.by_end.emplace(code->cells.data() + code->cells.size(), code);
}

void UnregisterCode(std::span<const std::unique_ptr<FunctionCode>> codes) {
  if (codes.empty()) return;
  CodeRegister& r = Register();
  const std::unique_lock lock(r.mutex);
  for (const auto& code : codes) r.by_end.erase(code->cells.data() + code->cells.size());
}

const FunctionCode* FindCode(const Cell* pc) {
  CodeRegister& r = Register();
  const std::shared_lock lock(r.mutex);
  const auto it = r.by_end.upper_bound(pc);
  if (it == r.by_end.end() || pc < it->second->cells.data()) return nullptr;
  return it->second;
}

namespace {

// The handler of this function for an exception thrown at `pc`, or null.
const CatchEntry* FindEntry(const FunctionCode& code, const Cell* pc, runtime::InstanceContext& ctx,
                            const void* tag) {
  const auto cell = static_cast<uint32_t>(pc - code.cells.data());
  uint32_t max_depth = UINT32_MAX;
  for (const CatchRange& range : code.catches) {
    if (cell < range.begin || cell >= range.end || range.depth > max_depth) continue;
    if (range.delegate_depth != kNoSlot) {
      max_depth = range.delegate_depth;
      continue;
    }
    for (const CatchEntry& entry : range.entries) {
      if (entry.kind == CatchKind::kCatchAll || entry.kind == CatchKind::kCatchAllRef)
        return &entry;
      if (ctx.At<const void*>(code.code->module->layout().Tag(entry.tag)) == tag) return &entry;
    }
  }
  return nullptr;
}

}  // namespace

// Spec: core, exec/instructions, throw_ref.
CatchSite FindCatch(const Cell* pc, uint64_t* fp, gc::Ref exception) {
  auto* const object = reinterpret_cast<gc::ExceptionObject*>(exception);
  while (fp != nullptr) {
    if (const FunctionCode* const code = FindCode(pc)) {
      runtime::InstanceContext& ctx =
          *reinterpret_cast<runtime::InstanceContext**>(fp)[runtime::kFrameContext];
      if (const CatchEntry* const entry = FindEntry(*code, pc, ctx, object->tag)) {
        const bool has_payload =
            entry->kind == CatchKind::kCatch || entry->kind == CatchKind::kCatchRef;
        if (has_payload)
          std::memcpy(fp + entry->payload_slot, object->slots(), 8 * size_t{object->num_slots});
        if (entry->exn_slot != kNoSlot) fp[entry->exn_slot] = exception;
        return {code->cells.data() + entry->target, fp};
      }
    }
    // The caller stands at the call, the cell before where it would go on.
    pc = reinterpret_cast<const Cell**>(fp)[runtime::kFrameReturnPc] - 1;
    fp = reinterpret_cast<uint64_t**>(fp)[runtime::kFrameCallerFp];
  }
  return {};
}

}  // namespace airwasm::interp
