// Functions, tables, memories, globals, tags and imports: their types, limits and initializers.
// Spec: core, valid/modules and valid/types; threads and custom-page-sizes proposals.
#include <algorithm>

#include "engine/base/limits.h"
#include "engine/base/status_macros.h"
#include "engine/valid/module_validator.h"
#include "engine/valid/validator.h"
#include "engine/valid/value_types.h"

namespace airwasm::valid {
namespace {

constexpr uint64_t kMemory64Pages = uint64_t{1} << 48;
constexpr uint32_t kDefaultPageLog2 = 16;

}  // namespace

ModuleValidator::ModuleValidator(const syntax::Module& module, const Features& features,
                                 const TypeRegistry& registry, std::span<const TypeId> ids)
    : module_(module), context_(std::make_unique<ModuleContext>()) {
  context_->module = &module;
  context_->registry = &registry;
  context_->features = features;
  context_->type_ids.assign(ids.begin(), ids.end());
  context_->types.reserve(ids.size());
  for (TypeId id : ids) context_->types.push_back(&registry.Get(id));
}

bool ModuleValidator::Fail(size_t offset, std::string message, ErrorKind kind) {
  error_.kind = kind;
  error_.offset = offset;
  error_.message = std::move(message);
  return false;
}

bool ModuleValidator::FailUnknown(size_t offset, const char* space, uint32_t index) {
  return Fail(offset, std::string("unknown ") + space + " " + std::to_string(index));
}

bool ModuleValidator::FailDisabled(size_t offset, const char* what, Feature feature) {
  return Fail(offset, std::string(what) + ": the feature " + std::string(FeatureText(feature)) +
                          " is switched off");
}

bool ModuleValidator::Validate() {
  PrepareActions();
  PrepareStructs();
  declared_.resize(module_.funcs.size(), false);
  // The types of all definitions come first, since initializers refer to them.
  if (!Functions() || !Tags() || !Tables() || !Memories() || !GlobalTypes() || !Imports())
    return false;
  if (!GlobalInits() || !TableInits() || !Elems() || !Datas() || !Exports() || !Start())
    return false;
  context_->declared_funcs = std::move(declared_);
  return true;
}

void ModuleValidator::PrepareActions() {
  const Features& features = context_->features;
  for (size_t i = 0; i < kNumOps; ++i) {
    const OpInfo& op = kOps[i];
    const bool lane = op.immediate == Immediate::kLane || op.immediate == Immediate::kLanes16 ||
                      op.immediate == Immediate::kMemArgLane;
    const uint8_t action = !features.Has(op.feature) ? ModuleContext::kDisabled
                           : lane                    ? ModuleContext::kLane
                                                     : static_cast<uint8_t>(op.signature);
    const bool constant = (op.flags & kConst) != 0 || ((op.flags & kExtendedConst) != 0 &&
                                                       features.Has(Feature::kExtendedConst));
    context_->actions[i] = action;
    context_->const_actions[i] = constant ? action : ModuleContext::kNotConst;
  }
  context_->fast_handlers = MakeFastHandlers(*context_);
}

void ModuleValidator::PrepareStructs() {
  for (size_t i = 0; i < context_->types.size(); ++i) {
    const SubType& type = context_->types[i]->type;
    if (type.kind != CompositeKind::kStruct) continue;
    context_->struct_operands.resize(context_->types.size());
    std::vector<ValType>& operands = context_->struct_operands[i];
    operands.reserve(type.fields.size());
    for (const FieldType& field : type.fields) operands.push_back(field.type);
  }
}

bool ModuleValidator::Resolve(size_t offset, ValType& type) {
  std::string problem =
      CheckValType(type, static_cast<uint32_t>(context_->type_ids.size()), context_->features);
  if (!problem.empty()) return Fail(offset, std::move(problem));
  type = Canonical(type, context_->type_ids);
  return true;
}

bool ModuleValidator::FuncTypeAt(size_t offset, uint32_t type_index, const CanonicalType*& type) {
  if (type_index >= context_->types.size()) return FailUnknown(offset, "type", type_index);
  type = context_->types[type_index];
  if (type->type.kind == CompositeKind::kFunc) return true;
  return Fail(offset, "type mismatch: type " + std::to_string(type_index) + " is " +
                          CompositeKindText(type->type.kind) + ", not a function type");
}

bool ModuleValidator::Functions() {
  context_->funcs.resize(module_.funcs.size());
  for (size_t i = 0; i < module_.funcs.size(); ++i) {
    if (!FuncTypeAt(module_.funcs[i].body.offset, module_.funcs[i].type, context_->funcs[i]))
      return false;
  }
  return true;
}

bool ModuleValidator::Tags() {
  context_->tags.resize(module_.tags.size());
  for (size_t i = 0; i < module_.tags.size(); ++i) {
    const CanonicalType*& type = context_->tags[i];
    if (!FuncTypeAt(0, module_.tags[i].type, type)) return false;
    if (!type->type.func.results.empty())
      return Fail(0, "non-empty tag result type of tag " + std::to_string(i));
  }
  return true;
}

bool ModuleValidator::CheckLimits(const Limits& limits, uint64_t bound,
                                  const std::string& too_big) {
  if (limits.min > bound || (limits.max.has_value() && *limits.max > bound))
    return Fail(0, too_big);
  if (limits.max.has_value() && limits.min > *limits.max) {
    return Fail(0, "size minimum must not be greater than maximum: " + std::to_string(limits.min) +
                       " and " + std::to_string(*limits.max));
  }
  return true;
}

bool ModuleValidator::CheckTableType(const TableType& type) {
  if (type.is_64 && !context_->features.Has(Feature::kMemory64)) {
    return FailDisabled(0, "table with 64-bit indices", Feature::kMemory64);
  }
  return CheckLimits(type.limits, type.is_64 ? UINT64_MAX : UINT32_MAX,
                     "table size must be at most 4294967295 elements");
}

bool ModuleValidator::Tables() {
  if (module_.tables.size() > 1 && !context_->features.Has(Feature::kReferenceTypes)) {
    return FailDisabled(0, "multiple tables", Feature::kReferenceTypes);
  }
  for (size_t i = 0; i < module_.tables.size(); ++i) {
    const syntax::Table& table = module_.tables[i];
    TableType type = table.type;
    // The MVP's one table type needs no feature.
    if (type.element != kFuncRef && !Resolve(0, type.element)) return false;
    if (!CheckTableType(type)) return false;
    if (i >= module_.num_imported_tables && !table.init.has_value() &&
        !type.element.IsDefaultable()) {
      return Fail(0, "type mismatch: table " + std::to_string(i) + " of type " +
                         context_->Describe(type.element) + " needs an initializer");
    }
    context_->tables.push_back(type);
  }
  return true;
}

bool ModuleValidator::TableInits() {
  for (size_t i = module_.num_imported_tables; i < module_.tables.size(); ++i) {
    const std::optional<syntax::Expr>& init = module_.tables[i].init;
    if (!init.has_value()) continue;
    // Tables are made before globals, so they see imported globals alone. Spec: core,
    // valid/modules.
    if (!ConstExpr(*init, context_->tables[i].element, module_.num_imported_globals)) return false;
  }
  return true;
}

bool ModuleValidator::CheckMemoryType(const MemoryType& type) {
  const Features& features = context_->features;
  if (type.is_64 && !features.Has(Feature::kMemory64)) {
    return FailDisabled(0, "memory with 64-bit addresses", Feature::kMemory64);
  }
  if (type.shared && !features.Has(Feature::kThreads))
    return FailDisabled(0, "shared memory", Feature::kThreads);
  if (type.page_size_log2 != kDefaultPageLog2) {
    if (!features.Has(Feature::kCustomPageSizes)) {
      return FailDisabled(0, "invalid custom page size", Feature::kCustomPageSizes);
    }
    if (type.page_size_log2 != 0) {
      return Fail(0, "invalid custom page size 2^" + std::to_string(type.page_size_log2) +
                         ": it is 1 or 65536");
    }
    if (!CheckLimits(type.limits, type.is_64 ? UINT64_MAX : UINT32_MAX,
                     "memory size must be at most " +
                         std::to_string(type.is_64 ? UINT64_MAX : UINT32_MAX) + " bytes")) {
      return false;
    }
  } else if (!CheckLimits(type.limits, type.is_64 ? kMemory64Pages : limits::kMemory32Pages,
                          type.is_64 ? "memory size must be at most 281474976710656 pages (16EiB)"
                                     : "memory size must be at most 65536 pages (4GiB)")) {
    return false;
  }
  if (type.shared && !type.limits.max.has_value())
    return Fail(0, "shared memory must have maximum");
  return true;
}

bool ModuleValidator::Memories() {
  if (module_.memories.size() > 1 && !context_->features.Has(Feature::kMultiMemory)) {
    return FailDisabled(0, "multiple memories", Feature::kMultiMemory);
  }
  return std::all_of(module_.memories.begin(), module_.memories.end(),
                     [this](const MemoryType& type) { return CheckMemoryType(type); });
}

bool ModuleValidator::GlobalTypes() {
  context_->globals.reserve(module_.globals.size());
  for (const syntax::Global& global : module_.globals) {
    GlobalType type = global.type;
    if (!Resolve(global.init.offset, type.type)) return false;
    context_->globals.push_back(type);
  }
  return true;
}

bool ModuleValidator::GlobalInits() {
  const uint32_t imported = module_.num_imported_globals;
  for (uint32_t i = imported; i < module_.globals.size(); ++i) {
    // Before garbage collection, initializers saw imported globals alone.
    const uint32_t visible = context_->features.Has(Feature::kGc) ? i : imported;
    if (!ConstExpr(module_.globals[i].init, context_->globals[i].type, visible)) return false;
  }
  return true;
}

// The types of imports are those of the first entries of each index space, checked there.
bool ModuleValidator::Imports() {
  if (context_->features.Has(Feature::kMutableGlobals)) return true;
  for (const syntax::Import& import : module_.imports) {
    const auto* global = std::get_if<GlobalType>(&import.type);
    if (global != nullptr && global->mut) {
      return FailDisabled(import.offset, "mutable globals cannot be imported",
                          Feature::kMutableGlobals);
    }
  }
  return true;
}

Expected<std::unique_ptr<ModuleContext>> ValidateModule(const syntax::Module& module,
                                                        const Features& features,
                                                        const TypeRegistry& registry,
                                                        std::span<const TypeId> ids) {
  ModuleValidator validator(module, features, registry, ids);
  if (!validator.Validate()) return validator.error();
  return validator.TakeContext();
}

Checked ValidateBodies(const ModuleContext& context) {
  FunctionValidator validator;
  const syntax::Module& module = *context.module;
  for (uint32_t i = module.num_imported_funcs; i < module.funcs.size(); ++i) {
    if (!validator.Start(context, i) || !validator.Run(module.funcs[i].body))
      return validator.error();
  }
  return Ok();
}

Checked Validate(const syntax::Module& module, const Features& features, TypeRegistry& registry) {
  ASSIGN_OR_RETURN(const std::vector<TypeId> ids, ValidateTypes(module, features, registry));
  ASSIGN_OR_RETURN(const std::unique_ptr<ModuleContext> context,
                   ValidateModule(module, features, registry, ids));
  return ValidateBodies(*context);
}

}  // namespace airwasm::valid
