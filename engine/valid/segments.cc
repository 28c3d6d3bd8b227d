// Segments, exports, the start function, and constant expressions.
// Spec: core, valid/modules; valid/instructions, constant expressions.
#include <string_view>

#include "engine/base/hash_map.h"
#include "engine/valid/module_validator.h"

namespace airwasm::valid {

bool ModuleValidator::ConstExpr(const syntax::Expr& expr, ValType type, uint32_t num_globals) {
  if (expressions_.StartConst(*context_, type, num_globals, &declared_) && expressions_.Run(expr))
    return true;
  error_ = expressions_.error();
  return false;
}

bool ModuleValidator::Elems() {
  const auto num_globals = static_cast<uint32_t>(context_->globals.size());
  context_->elems.reserve(module_.elems.size());
  for (const syntax::ElemSegment& segment : module_.elems) {
    ValType type = segment.type;
    if (type != kFuncRef && segment.uses_exprs && !Resolve(segment.offset, type)) return false;
    context_->elems.push_back(type);
    if (segment.mode == syntax::SegmentMode::kActive) {
      if (segment.table >= context_->tables.size())
        return FailUnknown(segment.offset, "table", segment.table);
      const TableType& table = context_->tables[segment.table];
      if (!context_->registry->IsSubtype(type, table.element)) {
        return Fail(segment.offset, "type mismatch: elements of type " + context_->Describe(type) +
                                        " in a table of type " + context_->Describe(table.element));
      }
      if (!ConstExpr(segment.offset_expr, context_->AddressType(table), num_globals)) return false;
    }
    for (uint32_t func : segment.funcs) {
      if (func >= module_.funcs.size()) return FailUnknown(segment.offset, "function", func);
      declared_[func] = true;
    }
    for (const syntax::Expr& expr : segment.exprs) {
      if (!ConstExpr(expr, type, num_globals)) return false;
    }
  }
  return true;
}

bool ModuleValidator::Datas() {
  for (const syntax::DataSegment& segment : module_.datas) {
    if (segment.mode != syntax::SegmentMode::kActive) continue;
    if (segment.memory >= module_.memories.size())
      return FailUnknown(segment.offset, "memory", segment.memory);
    const ValType address = context_->AddressType(module_.memories[segment.memory]);
    if (!ConstExpr(segment.offset_expr, address, static_cast<uint32_t>(context_->globals.size())))
      return false;
  }
  return true;
}

bool ModuleValidator::Exports() {
  const struct {
    const char* space;
    size_t size;
  } kSpaces[] = {
      {"function", module_.funcs.size()},  {"table", module_.tables.size()},
      {"memory", module_.memories.size()}, {"global", module_.globals.size()},
      {"tag", module_.tags.size()},
  };
  HashSet<std::string_view> names;
  names.reserve(module_.exports.size());
  for (const syntax::Export& e : module_.exports) {
    const auto& space = kSpaces[static_cast<size_t>(e.kind)];
    if (e.index >= space.size) return FailUnknown(e.offset, space.space, e.index);
    if (!names.insert(e.name).second) {
      return Fail(e.offset, "duplicate export name \"" + std::string(e.name) + "\"");
    }
    if (e.kind == syntax::ExternKind::kFunc) declared_[e.index] = true;
    if (e.kind == syntax::ExternKind::kGlobal && module_.globals[e.index].type.mut &&
        !context_->features.Has(Feature::kMutableGlobals)) {
      return FailDisabled(e.offset, "mutable globals cannot be exported", Feature::kMutableGlobals);
    }
  }
  return true;
}

bool ModuleValidator::Start() {
  if (!module_.start.has_value()) return true;
  if (*module_.start >= context_->funcs.size())
    return FailUnknown(module_.start_offset, "function", *module_.start);
  const FuncType& type = context_->funcs[*module_.start]->type.func;
  if (type.params.empty() && type.results.empty()) return true;
  return Fail(module_.start_offset,
              "start function must have no parameters and no results, but has " +
                  context_->Describe(type.params) + " -> " + context_->Describe(type.results));
}

}  // namespace airwasm::valid
