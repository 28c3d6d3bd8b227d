// What an instance hands out: its parts by index or export name, and its segments.
#include <cassert>

#include "engine/runtime/store.h"
#include "engine/runtime/store_impl.h"

namespace airwasm::runtime {

Instance::Instance() : impl_(std::make_unique<InstanceImpl>()) {}
Instance::~Instance() = default;

FuncInst* Instance::func(uint32_t index) {
  const uint32_t imported = module_->syntax().num_imported_funcs;
  if (index < imported) return context_->At<FuncInst*>(module_->layout().ImportedFunc(index));
  const uint32_t own = index - imported;
  std::unique_ptr<FuncInst[]>& chunk = impl_->func_chunks[own / InstanceImpl::kFuncsPerChunk];
  if (chunk == nullptr) chunk = std::make_unique<FuncInst[]>(InstanceImpl::kFuncsPerChunk);
  FuncInst& func = chunk[own % InstanceImpl::kFuncsPerChunk];
  if (func.code == nullptr) {
    const FuncCode& code = module_->func_code(index);
    func = {.code = &code,
            .ctx = context_,
            .type = code.type,
            .param_slots = static_cast<uint16_t>(code.param_slots),
            .result_slots = static_cast<uint16_t>(code.result_slots),
            .host = nullptr,
            .instance = this};
  }
  return &func;
}

MemInst* Instance::memory(uint32_t index) {
  return context_->At<MemInst*>(module_->layout().Memory(index));
}
TableInst* Instance::table(uint32_t index) {
  return context_->At<TableInst*>(module_->layout().Table(index));
}
TagInst* Instance::tag(uint32_t index) {
  return context_->At<TagInst*>(module_->layout().Tag(index));
}

GlobalCell* Instance::global_cell(uint32_t index) {
  const uint32_t imported = module_->syntax().num_imported_globals;
  const ContextLayout& layout = module_->layout();
  if (index < imported) return context_->At<GlobalCell*>(layout.ImportedGlobal(index));
  return &context_->At<GlobalCell>(layout.OwnGlobal(index - imported));
}

GlobalInst* Instance::global(uint32_t index) {
  if (index < impl_->imported_globals.size()) return impl_->imported_globals[index];
  GlobalInst*& global = impl_->own_globals[index];
  if (global == nullptr) {
    Owned<GlobalInst>& globals = StoreImpl::Of(*store_).globals;
    globals.push_back(std::make_unique<GlobalInst>(
        GlobalInst{.cell = global_cell(index), .type = module_->global_type(index), .own = {}}));
    global = globals.back().get();
  }
  return global;
}

std::optional<Extern> Instance::FindExport(std::string_view name) {
  const std::optional<uint32_t> found = module_->FindExport(name);
  if (!found) return std::nullopt;
  const syntax::Export& e = module_->syntax().exports[*found];
  switch (e.kind) {
    case syntax::ExternKind::kFunc:
      return func(e.index);
    case syntax::ExternKind::kTable:
      return table(e.index);
    case syntax::ExternKind::kMemory:
      return memory(e.index);
    case syntax::ExternKind::kGlobal:
      return global(e.index);
    case syntax::ExternKind::kTag:
      return tag(e.index);
  }
  return std::nullopt;
}

// Active segments count as dropped: instantiation drops each after its use, and code runs
// afterwards at the earliest. Spec: core, exec/modules, instantiation.
std::span<const uint8_t> Instance::data(uint32_t index) const {
  const syntax::DataSegment& data = module_->syntax().datas[index];
  if (data.mode != syntax::SegmentMode::kPassive) return {};
  if (!impl_->dropped_data.empty() && impl_->dropped_data[index]) return {};
  return data.bytes;
}

void Instance::DropData(uint32_t index) {
  if (impl_->dropped_data.empty()) impl_->dropped_data.resize(module_->syntax().datas.size());
  impl_->dropped_data[index] = true;
}

uint64_t Instance::elem_size(uint32_t index) const {
  const syntax::ElemSegment& elem = module_->syntax().elems[index];
  if (elem.mode != syntax::SegmentMode::kPassive) return 0;
  if (!impl_->dropped_elems.empty() && impl_->dropped_elems[index]) return 0;
  return elem.size();
}

Ref Instance::elem(uint32_t index, uint64_t i) {
  const syntax::ElemSegment& elem = module_->syntax().elems[index];
  assert(i < elem.size());
  return elem.uses_exprs ? impl_->elem_values[index][i] : gc::ToRef(func(elem.funcs[i]));
}

void Instance::DropElem(uint32_t index) {
  if (impl_->dropped_elems.empty()) impl_->dropped_elems.resize(module_->syntax().elems.size());
  impl_->dropped_elems[index] = true;
  if (!impl_->elem_values.empty()) std::vector<Ref>().swap(impl_->elem_values[index]);
}

}  // namespace airwasm::runtime
