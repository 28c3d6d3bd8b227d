// Instantiation: from a module and its imports to an instance in the store.
//
// First everything that can be refused without a trace (imports, limits, address space), then the
// steps that guests can observe, in the order of the specification: globals, table initializers and
// segment values, active element segments, active data segments, start function. An instance whose
// later steps trap stays in the store: its functions may be in imported tables by then. Spec: core,
// exec/modules, instantiation.
#include <algorithm>
#include <cstring>

#include "engine/base/format.h"
#include "engine/base/status_macros.h"
#include "engine/runtime/const_expr.h"
#include "engine/runtime/extern_match.h"
#include "engine/runtime/instance_plan.h"
#include "engine/runtime/limit_hook.h"
#include "engine/runtime/store.h"
#include "engine/runtime/store_impl.h"

namespace airwasm::runtime {
namespace {

// Lazy ranges in one table. More segments than this are written out: reading an element searches
// all ranges.
constexpr size_t kMaxLazyRanges = 8;

}  // namespace

class Instantiator {
 public:
  Instantiator(Store& store, std::shared_ptr<Module> module, std::span<const Extern> imports)
      : store_(store),
        impl_(StoreImpl::Of(store)),
        module_(*module),
        syntax_(module->syntax()),
        layout_(module->layout()),
        imports_(imports) {
    owned_ = std::make_unique<Instance>();
    instance_ = owned_.get();
    instance_->module_ = std::move(module);
    instance_->store_ = &store;
  }

  absl::StatusOr<Instance*> Run(Trap* trap) {
    RETURN_IF_ERROR(MatchImports(module_, imports_));
    RETURN_IF_ERROR(CheckCounts());
    RETURN_IF_ERROR(AllocateMemories());
    RETURN_IF_ERROR(AllocateTables());
    RETURN_IF_ERROR(MakeContext());
    Publish();

    TrapKind kind = EvaluateGlobals();
    if (kind == TrapKind::kNone) kind = EvaluateTables();
    if (kind == TrapKind::kNone) kind = EvaluateElems();
    if (kind == TrapKind::kNone) kind = WriteElems();
    if (kind == TrapKind::kNone) kind = WriteData();
    if (kind != TrapKind::kNone) {
      trap->kind = kind;
      trap->message = TrapText(kind);
      return nullptr;
    }
    if (syntax_.start) {
      FuncInst* const start = instance_->func(*syntax_.start);
      if (!store_.CallInPlace(start, store_.PrepareCall(start), trap)) return nullptr;
    }
    return instance_;
  }

 private:
  absl::Status CheckCounts() const {
    const StoreLimits& limits = store_.limits();
    // The engine's own have as much room again.
    const size_t internal = impl_.internal_instances;
    const size_t instances =
        module_.options().is_internal ? internal : impl_.instances.size() - internal;
    if (instances >= limits.instances) {
      TellLimit(store_, LimitedSpace::kInstances);
      return absl::ResourceExhaustedError(
          FormatText("resource limit exceeded: instance count too high at %d", instances + 1));
    }
    RETURN_IF_ERROR(
        impl_.CheckMemoryCount(limits, syntax_.memories.size() - syntax_.num_imported_memories));
    return impl_.CheckTableCount(limits, syntax_.tables.size() - syntax_.num_imported_tables);
  }

  absl::Status AllocateMemories() {
    const StoreLimits& limits = store_.limits();
    uint64_t left = impl_.MemoryBytesLeft(limits);
    for (auto i = syntax_.num_imported_memories; i < syntax_.memories.size(); ++i) {
      std::shared_ptr<const MemoryImage> image = module_.AcquireImage(i);
      const bool imaged = image != nullptr;
      const MemoryType& type = syntax_.memories[i];
      if (type.limits.min > left >> type.page_size_log2) TellLimit(store_, LimitedSpace::kMemory);
      ASSIGN_OR_RETURN(std::shared_ptr<MemoryMapping> mapping,
                       NewMemoryMapping(type, std::min(limits.memory_bytes, left),
                                        module_.MemoryIsGuarded(i), std::move(image)));
      left -= mapping->inst.size_bytes.load(std::memory_order_relaxed);
      imaged_.push_back(imaged);
      memories_.push_back(std::move(mapping));
    }
    return absl::OkStatus();
  }

  absl::Status AllocateTables() {
    const StoreLimits& limits = store_.limits();
    uint64_t left = impl_.TableElementsLeft(limits);
    for (auto i = syntax_.num_imported_tables; i < syntax_.tables.size(); ++i) {
      const TableType& type = module_.table_type(i);
      if (type.limits.min > left) TellLimit(store_, LimitedSpace::kTable);
      ASSIGN_OR_RETURN(std::unique_ptr<OwnedTable> table,
                       NewTableInst(type, std::min(limits.table_elements, left)));
      left -= table->inst.size;
      tables_.push_back(std::move(table));
    }
    return absl::OkStatus();
  }

  absl::Status MakeContext() {
    InstanceImpl& impl = StoreImpl::Of(*instance_);
    impl.context_block.reset(std::aligned_alloc(16, layout_.size_bytes));
    if (impl.context_block == nullptr)
      return absl::ResourceExhaustedError("out of memory for an instance");
    auto* const context = new (impl.context_block.get()) InstanceContext{};
    instance_->context_ = context;
    context->store = &store_.context();
    context->poll_word = store_.context().poll_word;
    context->helpers = store_.executor().native_helpers();
    context->func_codes = module_.func_codes();
    context->type_ids = module_.type_ids().data();
    context->instance = instance_;

    const uint32_t own_funcs =
        static_cast<uint32_t>(syntax_.funcs.size()) - syntax_.num_imported_funcs;
    impl.func_chunks = std::make_unique<std::unique_ptr<FuncInst[]>[]>(
        (own_funcs + InstanceImpl::kFuncsPerChunk - 1) / InstanceImpl::kFuncsPerChunk);

    LinkImports(*context, impl);
    for (size_t i = 0; i < memories_.size(); ++i) {
      const auto index = static_cast<uint32_t>(syntax_.num_imported_memories + i);
      context->At<MemInst*>(layout_.Memory(index)) = &memories_[i]->inst;
    }
    for (size_t i = 0; i < tables_.size(); ++i) {
      const auto index = static_cast<uint32_t>(syntax_.num_imported_tables + i);
      context->At<TableInst*>(layout_.Table(index)) = &tables_[i]->inst;
    }
    if (!syntax_.memories.empty()) {
      context->mem0 = instance_->memory(0);
      context->mem0_base = context->mem0->base;
    }
    MakeTags(*context, impl);
    const std::vector<GlobalCell>& globals = module_.plan().own_globals;
    if (!globals.empty()) {
      std::memcpy(&context->At<GlobalCell>(layout_.own_globals), globals.data(),
                  globals.size() * sizeof(GlobalCell));
    }
    return absl::OkStatus();
  }

  // Imports have been matched: each is of the kind that its place asks for.
  void LinkImports(InstanceContext& context, InstanceImpl& impl) {
    uint32_t funcs = 0, tables = 0, memories = 0, globals = 0, tags = 0;
    for (size_t i = 0; i < syntax_.imports.size(); ++i) {
      switch (syntax_.imports[i].kind()) {
        case syntax::ExternKind::kFunc:
          context.At<FuncInst*>(layout_.ImportedFunc(funcs++)) = std::get<FuncInst*>(imports_[i]);
          break;
        case syntax::ExternKind::kTable:
          context.At<TableInst*>(layout_.Table(tables++)) = std::get<TableInst*>(imports_[i]);
          break;
        case syntax::ExternKind::kMemory:
          context.At<MemInst*>(layout_.Memory(memories++)) = std::get<MemInst*>(imports_[i]);
          break;
        case syntax::ExternKind::kGlobal: {
          GlobalInst* const global = std::get<GlobalInst*>(imports_[i]);
          context.At<GlobalCell*>(layout_.ImportedGlobal(globals++)) = global->cell;
          impl.imported_globals.push_back(global);
          break;
        }
        case syntax::ExternKind::kTag:
          context.At<TagInst*>(layout_.Tag(tags++)) = std::get<TagInst*>(imports_[i]);
          break;
      }
    }
  }

  void MakeTags(InstanceContext& context, InstanceImpl& impl) {
    const uint32_t imported = syntax_.num_imported_tags;
    const auto count = static_cast<uint32_t>(syntax_.tags.size()) - imported;
    if (count == 0) return;
    impl.own_tags = std::make_unique<TagInst[]>(count);
    for (uint32_t i = 0; i < count; ++i) {
      const CanonicalType& type = module_.types().Get(module_.tag_type(imported + i));
      impl.own_tags[i] = {.type = type.id, .param_slots = type.param_slots};
      context.At<TagInst*>(layout_.Tag(imported + i)) = &impl.own_tags[i];
    }
  }

  // From here on the store owns everything, and the collector sees it.
  void Publish() {
    ReserveMore(impl_.memories, memories_.size());
    ReserveMore(impl_.tables, tables_.size());
    ReserveMore(impl_.instances, 1);
    own_tables_.reserve(tables_.size());
    // Nothing fails any more, so that a store has all of an instance or nothing.
    for (const std::shared_ptr<MemoryMapping>& memory : memories_) impl_.Add(memory);
    for (std::unique_ptr<OwnedTable>& table : tables_) {
      own_tables_.push_back(table.get());
      impl_.Add(std::move(table));
    }
    impl_.instances.push_back(std::move(owned_));
    if (module_.options().is_internal) ++impl_.internal_instances;
  }

  TrapKind EvaluateGlobals() {
    for (const uint32_t i : module_.plan().computed_globals) {
      const uint32_t index = syntax_.num_imported_globals + i;
      const TrapOr<GlobalCell> value = EvalConstExpr(*instance_, syntax_.globals[index].init);
      if (!value.ok()) return value.trap;
      *instance_->global_cell(index) = value.value;
    }
    return TrapKind::kNone;
  }

  TrapKind EvaluateTables() {
    for (size_t i = 0; i < own_tables_.size(); ++i) {
      const std::optional<syntax::Expr>& init =
          syntax_.tables[syntax_.num_imported_tables + i].init;
      if (!init) continue;
      const TrapOr<GlobalCell> value = EvalConstExpr(*instance_, *init);
      if (!value.ok()) return value.trap;
      if (value.value.slots[0] == gc::kNullRef) continue;
      const TableInst& table = own_tables_[i]->inst;
      std::fill_n(table.elements, table.size, value.value.slots[0]);
      own_tables_[i]->pristine = false;
    }
    return TrapKind::kNone;
  }

  // Segments of function indices are evaluated as they are read: ref.func has no effect.
  TrapKind EvaluateElems() {
    if (!module_.plan().has_elem_values) return TrapKind::kNone;
    std::vector<std::vector<Ref>>& values = StoreImpl::Of(*instance_).elem_values;
    values.resize(syntax_.elems.size());
    for (size_t i = 0; i < syntax_.elems.size(); ++i) {
      const syntax::ElemSegment& elem = syntax_.elems[i];
      if (!elem.uses_exprs || elem.mode == syntax::SegmentMode::kDeclarative) continue;
      values[i].reserve(elem.exprs.size());
      for (const syntax::Expr& expr : elem.exprs) {
        const TrapOr<GlobalCell> value = EvalConstExpr(*instance_, expr);
        if (!value.ok()) return value.trap;
        values[i].push_back(value.value.slots[0]);
      }
    }
    return TrapKind::kNone;
  }

  TrapOr<uint64_t> Offset(const syntax::Expr& expr) {
    if (const std::optional<GlobalCell> constant = SingleConstant(expr))
      return {.value = constant->slots[0]};
    const TrapOr<GlobalCell> value = EvalConstExpr(*instance_, expr);
    return {.value = value.value.slots[0], .trap = value.trap};
  }

  TrapKind WriteElems() {
    for (uint32_t i = 0; i < syntax_.elems.size(); ++i) {
      if (syntax_.elems[i].mode != syntax::SegmentMode::kActive) continue;
      if (const TrapKind kind = WriteElem(i); kind != TrapKind::kNone) {
        UndoImages(0);
        return kind;
      }
    }
    return TrapKind::kNone;
  }

  TrapKind WriteElem(uint32_t elem_index) {
    const syntax::ElemSegment& elem = syntax_.elems[elem_index];
    TableInst& table = *instance_->table(elem.table);
    const TrapOr<uint64_t> offset = Offset(elem.offset_expr);
    if (!offset.ok()) return offset.trap;
    const uint64_t count = elem.size();
    if (offset.value > table.size || count > table.size - offset.value)
      return TrapKind::kOutOfBoundsTable;
    if (count == 0) return TrapKind::kNone;
    if (elem.table >= syntax_.num_imported_tables) {
      OwnedTable& own = *own_tables_[elem.table - syntax_.num_imported_tables];
      if (!elem.uses_exprs && own.lazy.ranges.size() < kMaxLazyRanges) {
        AddLazyRange(own, {.begin = offset.value,
                           .count = count,
                           .instance = instance_,
                           .funcs = elem.funcs.data()});
        return TrapKind::kNone;
      }
      own.pristine = false;
    }
    for (uint64_t i = 0; i < count; ++i)
      TableSet(table, offset.value + i, instance_->elem(elem_index, i));
    if (elem.uses_exprs) std::vector<Ref>().swap(StoreImpl::Of(*instance_).elem_values[elem_index]);
    return TrapKind::kNone;
  }

  TrapKind WriteData() {
    for (uint32_t i = 0; i < syntax_.datas.size(); ++i) {
      const syntax::DataSegment& data = syntax_.datas[i];
      if (data.mode != syntax::SegmentMode::kActive || IsImaged(data.memory)) continue;
      uint64_t address = 0;
      if (const std::optional<uint64_t>& constant = module_.plan().data_addresses[i]) {
        address = *constant;
      } else {
        const TrapOr<uint64_t> offset = Offset(data.offset_expr);
        if (!offset.ok()) return offset.trap;
        address = offset.value;
      }
      const MemInst& memory = *instance_->memory(data.memory);
      const uint64_t size = memory.size_bytes.load(std::memory_order_acquire);
      if (address > size || data.bytes.size() > size - address) {
        UndoImages(i);
        return TrapKind::kOutOfBoundsMemory;
      }
      if (!data.bytes.empty())
        std::memcpy(memory.base + address, data.bytes.data(), data.bytes.size());
    }
    return TrapKind::kNone;
  }

  bool IsImaged(uint32_t memory_index) const {
    return memory_index >= syntax_.num_imported_memories &&
           imaged_[memory_index - syntax_.num_imported_memories];
  }

  // Instantiation ends before data segment `end`: memories whose image holds later segments are
  // made to look as if those had never been written. Functions in imported tables can still read
  // them.
  void UndoImages(uint32_t end) {
    for (const bool erase : {true, false}) {
      for (uint32_t i = 0; i < syntax_.datas.size(); ++i) {
        const syntax::DataSegment& data = syntax_.datas[i];
        if (data.mode != syntax::SegmentMode::kActive || !IsImaged(data.memory) ||
            data.bytes.empty())
          continue;
        uint8_t* const at =
            instance_->memory(data.memory)->base + *module_.plan().data_addresses[i];
        if (erase) {
          std::memset(at, 0, data.bytes.size());
        } else if (i < end) {
          std::memcpy(at, data.bytes.data(), data.bytes.size());
        }
      }
    }
  }

  Store& store_;
  StoreImpl& impl_;
  Module& module_;
  const syntax::Module& syntax_;
  const ContextLayout& layout_;
  std::span<const Extern> imports_;

  std::unique_ptr<Instance> owned_;  // until Publish
  Instance* instance_;
  std::vector<std::shared_ptr<MemoryMapping>> memories_;  // defined ones
  std::vector<bool> imaged_;                              // whether their image is mapped
  std::vector<std::unique_ptr<OwnedTable>> tables_;       // until Publish
  std::vector<OwnedTable*> own_tables_;
};

absl::StatusOr<Instance*> Store::Instantiate(std::shared_ptr<Module> module,
                                             std::span<const Extern> imports, Trap* trap) {
  return Instantiator(*this, std::move(module), imports).Run(trap);
}

}  // namespace airwasm::runtime
