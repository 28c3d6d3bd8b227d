// From bytes to a Module: decode, canonicalize, validate, lay out; and the lookups that are made
// when first asked for.
#include "engine/runtime/module.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/hash_map.h"
#include "engine/base/status_macros.h"
#include "engine/binary/decoder.h"
#include "engine/binary/dwarf_line.h"
#include "engine/runtime/executor.h"
#include "engine/runtime/instance_plan.h"
#include "engine/runtime/memory_image.h"
#include "engine/runtime/memory_mapping.h"
#include "engine/runtime/native_entry.h"
#include "engine/valid/validator.h"

namespace airwasm::runtime {

// All of it is made under a lock or a once_flag: a Module is shared by threads.
struct Module::Lazy {
  struct Image {
    bool asked = false;  // the first instance has been given none
    bool built = false;
    std::shared_ptr<const MemoryImage> image;
  };

  std::mutex mutex;  // images
  std::vector<Image> images;
  std::once_flag exports_once;
  HashMap<std::string_view, uint32_t> exports;
  std::once_flag lines_once;
  std::optional<binary::DwarfLines> lines;
};

Module::Module() : lazy_(std::make_unique<Lazy>()) {}
Module::~Module() = default;

Expected<std::shared_ptr<Module>> Module::Create(std::span<const uint8_t> bytes,
                                                 const ModuleOptions& options,
                                                 std::shared_ptr<TypeRegistry> types,
                                                 Executor& executor) {
  return Create(std::vector<uint8_t>(bytes.begin(), bytes.end()), options, std::move(types),
                executor);
}

Expected<std::shared_ptr<Module>> Module::Create(std::vector<uint8_t> bytes,
                                                 const ModuleOptions& options,
                                                 std::shared_ptr<TypeRegistry> types,
                                                 Executor& executor) {
  std::shared_ptr<Module> module(new Module);
  module->bytes_ = std::move(bytes);
  module->options_ = options;
  module->types_ = std::move(types);
  ASSIGN_OR_RETURN(module->syntax_, binary::Decode(module->bytes_, options.features));
  const syntax::Module& syntax = module->syntax_;
  ASSIGN_OR_RETURN(module->type_ids_,
                   valid::ValidateTypes(syntax, options.features, *module->types_));
  ASSIGN_OR_RETURN(
      module->valid_context_,
      valid::ValidateModule(syntax, options.features, *module->types_, module->type_ids_));
  if (options.validate_bodies) RETURN_IF_ERROR(valid::ValidateBodies(*module->valid_context_));

  module->layout_ = LayOutContext(syntax);
  for (const MemoryType& memory : syntax.memories)
    module->guarded_memories_.push_back(options.guard_pages && CanBeGuarded(memory));
  module->plan_ = std::make_unique<const InstancePlan>(PlanInstances(syntax));
  module->lazy_->images.resize(syntax.memories.size() - syntax.num_imported_memories);
  module->func_codes_ = std::make_unique<FuncCode[]>(syntax.funcs.size());
  for (uint32_t i = 0; i < syntax.funcs.size(); ++i) {
    const CanonicalType& type = *module->valid_context_->funcs[i];
    FuncCode& code = module->func_codes_[i];
    code.native.store(NativeStub(), std::memory_order_relaxed);
    code.module = module.get();
    code.func_index = i;
    code.type = type.id;
    code.param_slots = type.param_slots;
    code.result_slots = type.result_slots;
  }
  for (const syntax::Export& e : syntax.exports) {
    if (e.kind == syntax::ExternKind::kMemory && e.name == "memory") module->main_memory_ = e.index;
  }
  executor.Prepare(*module);
  if (executor.observer != nullptr) executor.observer->Created(*module);
  return module;
}

const TableType& Module::table_type(uint32_t table_index) const {
  return valid_context_->tables[table_index];
}
const GlobalType& Module::global_type(uint32_t global_index) const {
  return valid_context_->globals[global_index];
}
TypeId Module::tag_type(uint32_t tag_index) const {
  return valid_context_->tags[tag_index]->id;
}

std::string Module::FuncName(uint32_t func_index) const {
  if (const auto it = syntax_.names.funcs.find(func_index); it != syntax_.names.funcs.end())
    return it->second;
  for (const syntax::Export& e : syntax_.exports) {
    if (e.kind == syntax::ExternKind::kFunc && e.index == func_index) return std::string(e.name);
  }
  return absl::StrCat("<func ", func_index, ">");
}

std::optional<uint32_t> Module::FindExport(std::string_view name) const {
  // Few exports are compared one by one; a map pays from there on.
  constexpr size_t kFewExports = 8;
  if (syntax_.exports.size() <= kFewExports) {
    for (uint32_t i = 0; i < syntax_.exports.size(); ++i) {
      if (syntax_.exports[i].name == name) return i;
    }
    return std::nullopt;
  }
  std::call_once(lazy_->exports_once, [this] {
    lazy_->exports.reserve(syntax_.exports.size());
    for (uint32_t i = 0; i < syntax_.exports.size(); ++i)
      lazy_->exports.emplace(syntax_.exports[i].name, i);
  });
  const auto it = lazy_->exports.find(name);
  if (it == lazy_->exports.end()) return std::nullopt;
  return it->second;
}

std::shared_ptr<const MemoryImage> Module::AcquireImage(uint32_t memory_index) const {
  const uint32_t own_index = memory_index - syntax_.num_imported_memories;
  if (!plan_->imageable[own_index]) return nullptr;
  const std::lock_guard lock(lazy_->mutex);
  Lazy::Image& lazy = lazy_->images[own_index];
  if (!std::exchange(lazy.asked, true)) return nullptr;
  if (!std::exchange(lazy.built, true)) {
    std::vector<ImagePart> parts;
    for (size_t i = 0; i < syntax_.datas.size(); ++i) {
      const syntax::DataSegment& data = syntax_.datas[i];
      if (data.mode == syntax::SegmentMode::kActive && data.memory == memory_index) {
        parts.push_back({*plan_->data_addresses[i], data.bytes});
      }
    }
    lazy.image = MemoryImage::Build(parts);
  }
  return lazy.image;
}

std::optional<SourceLocation> Module::FindSource(size_t module_offset) const {
  std::call_once(lazy_->lines_once,
                 [this] { lazy_->lines.emplace(binary::DwarfLines::Parse(syntax_)); });
  if (lazy_->lines->empty() || module_offset < syntax_.code_section_offset) return std::nullopt;
  // Modules have at most 1 GiB.
  const auto offset = static_cast<uint32_t>(module_offset - syntax_.code_section_offset);
  std::optional<binary::SourceLocation> found = lazy_->lines->Find(offset);
  if (!found) return std::nullopt;
  return SourceLocation{
      .file = std::move(found->file), .line = found->line, .column = found->column};
}

}  // namespace airwasm::runtime
