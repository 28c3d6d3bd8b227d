// Prints types, and what imports and exports are.
#include "component/text/component_printer.h"

namespace airwasm::component::text {

namespace {

constexpr std::string_view kPrimTypes[] = {
#define AIRWASM_PRIM_TYPE(name, text, code, size, flat) text,
#include "component/syntax/prim_types.def"
#undef AIRWASM_PRIM_TYPE
};

}  // namespace

void ComponentPrinter::WriteValType(const syntax::ValType& type) {
  if (type.IsPrim()) return Write(kPrimTypes[static_cast<size_t>(type.prim())]);
  Write(IdxText(Sort::kType, type.index()));
}

void ComponentPrinter::WriteOptionalValType(const std::optional<syntax::ValType>& type) {
  if (!type) return;
  Write(" ");
  WriteValType(*type);
}

struct DefTypePrinter {
  ComponentPrinter& p;

  void operator()(syntax::PrimType type) const { p.Write(kPrimTypes[static_cast<size_t>(type)]); }
  void operator()(const syntax::Record& type) const {
    p.Write("(record");
    for (const auto& field : type.fields) Labelled("field", field.label, field.type);
    p.Write(")");
  }
  void operator()(const syntax::Variant& type) const {
    p.Write("(variant");
    for (const auto& c : type.cases) Labelled("case", c.label, c.type);
    p.Write(")");
  }
  void operator()(const syntax::List& type) const {
    p.Write("(list");
    p.WriteOptionalValType(type.element);
    if (type.length) p.Write(" " + std::to_string(*type.length));
    p.Write(")");
  }
  void operator()(const syntax::Tuple& type) const {
    p.Write("(tuple");
    for (const auto& part : type.types) p.WriteOptionalValType(part);
    p.Write(")");
  }
  void operator()(const syntax::Flags& type) const { Labels("(flags", type.labels); }
  void operator()(const syntax::Enum& type) const { Labels("(enum", type.labels); }
  void operator()(const syntax::Option& type) const { One("(option", type.type); }
  void operator()(const syntax::Result& type) const {
    p.Write("(result");
    p.WriteOptionalValType(type.ok);
    if (type.error) {
      p.Write(" (error");
      p.WriteOptionalValType(type.error);
      p.Write(")");
    }
    p.Write(")");
  }
  void operator()(const syntax::Own& type) const { Resource("(own", type.resource); }
  void operator()(const syntax::Borrow& type) const { Resource("(borrow", type.resource); }
  void operator()(const syntax::Stream& type) const { One("(stream", type.element); }
  void operator()(const syntax::Future& type) const { One("(future", type.element); }
  void operator()(const syntax::Map& type) const {
    p.Write("(map");
    p.WriteOptionalValType(type.key);
    p.WriteOptionalValType(type.value);
    p.Write(")");
  }
  void operator()(const syntax::FuncType& type) const { p.PrintFuncType(type); }
  void operator()(const syntax::ComponentType& type) const {
    p.Write("(component");
    p.PrintDeclarators(type.declarators);
    p.Write(")");
  }
  void operator()(const syntax::InstanceType& type) const {
    p.Write("(instance");
    p.PrintDeclarators(type.declarators);
    p.Write(")");
  }
  void operator()(const syntax::ResourceType& type) const {
    p.Write("(resource (rep " + type.rep.ToString() + ")");
    if (type.dtor) {
      p.Write(" (dtor ");
      p.WriteItem({Sort::kCoreFunc, *type.dtor});
      p.Write(")");
    }
    p.Write(")");
  }

  void Labelled(std::string_view word, std::string_view label,
                const std::optional<syntax::ValType>& type) const {
    p.Write(" (");
    p.Write(word);
    p.Write(" ");
    p.WriteString(label);
    p.WriteOptionalValType(type);
    p.Write(")");
  }
  void Labels(std::string_view word, const std::vector<std::string_view>& labels) const {
    p.Write(word);
    for (const std::string_view label : labels) {
      p.Write(" ");
      p.WriteString(label);
    }
    p.Write(")");
  }
  void One(std::string_view word, const std::optional<syntax::ValType>& type) const {
    p.Write(word);
    p.WriteOptionalValType(type);
    p.Write(")");
  }
  void Resource(std::string_view word, uint32_t index) const {
    p.Write(word);
    p.WriteIdx(Sort::kType, index);
    p.Write(")");
  }
};

void ComponentPrinter::PrintDefType(const syntax::DefType& type) {
  std::visit(DefTypePrinter{*this}, type);
}

void ComponentPrinter::PrintFuncType(const syntax::FuncType& type) {
  Write(type.async ? "(func async" : "(func");
  for (const auto& param : type.params)
    DefTypePrinter{*this}.Labelled("param", param.label, param.type);
  if (type.result) DefTypePrinter{*this}.One(" (result", type.result);
  Write(")");
}

void ComponentPrinter::PrintDeclarators(const std::vector<syntax::Definition>& declarators) {
  Scope body;
  Scope* const outer = scope_;
  scope_ = &body;
  ++indent_;
  for (const syntax::Definition& declarator : declarators) PrintDefinition(declarator);
  --indent_;
  scope_ = outer;
}

void ComponentPrinter::PrintExternType(const syntax::ExternType& type) {
  const bool eq = type.bound == syntax::ExternType::Bound::kEq;
  if (type.sort == Sort::kType) {
    if (!eq) return Write(" (sub resource)");
    Write(" (eq");
    WriteIdx(Sort::kType, type.index);
  } else if (type.sort == Sort::kValue) {
    if (!eq) return WriteOptionalValType(type.value_type);
    Write(" (eq");
    WriteIdx(Sort::kValue, type.index);
  } else {
    Write(" (type");
    WriteIdx(type.sort == Sort::kCoreModule ? Sort::kCoreType : Sort::kType, type.index);
  }
  Write(")");
}

void ComponentPrinter::Print(const syntax::CoreType& type) {
  if (const auto* module = std::get_if<syntax::ModuleType>(&type.what)) {
    Write("(core type");
    WriteDefined(Sort::kCoreType);
    Write(" ");
    PrintModuleType(*module);
    return Write(")");
  }
  const auto& group = std::get<syntax::ModuleType::RecGroup>(type.what);
  const bool is_rec = group.types.size() != 1;
  Write(is_rec ? "(core rec" : "(core type");
  for (const SubType& sub_type : group.types) {
    if (is_rec) Write(" (type");
    WriteDefined(Sort::kCoreType);
    Write(" " + airwasm::text::SubTypeText(sub_type));
    if (is_rec) Write(")");
  }
  Write(")");
}

struct ModuleDeclPrinter {
  ComponentPrinter& p;

  void operator()(const syntax::ModuleType::Import& import) const {
    p.Write("(import ");
    p.WriteString(import.module);
    p.Write(" ");
    p.WriteString(import.name);
    p.Write(" " + airwasm::text::ExternTypeText(import.type) + ")");
  }
  void operator()(const syntax::ModuleType::Export& exported) const {
    p.Write("(export ");
    p.WriteString(exported.name);
    p.Write(" " + airwasm::text::ExternTypeText(exported.type) + ")");
  }
  void operator()(const syntax::ModuleType::OuterAlias& alias) const {
    p.Write("(alias outer " + std::to_string(alias.count) + " " + std::to_string(alias.index) +
            " (type");
    p.WriteDefined(Sort::kCoreType);
    p.Write("))");
  }
  void operator()(const std::unique_ptr<syntax::ModuleType>& type) const {
    p.Write("(type");
    p.WriteDefined(Sort::kCoreType);
    p.Write(" ");
    p.PrintModuleType(*type);
    p.Write(")");
  }
  void operator()(const syntax::ModuleType::RecGroup& group) const {
    const bool is_rec = group.types.size() != 1;
    if (is_rec) p.Write("(rec");
    for (const SubType& sub_type : group.types) {
      p.Write(is_rec ? " (type" : "(type");
      p.WriteDefined(Sort::kCoreType);
      p.Write(" " + airwasm::text::SubTypeText(sub_type) + ")");
    }
    if (is_rec) p.Write(")");
  }
};

void ComponentPrinter::PrintModuleType(const syntax::ModuleType& type) {
  Scope body;
  Scope* const outer = scope_;
  scope_ = &body;
  ++indent_;
  Write("(module");
  for (const auto& declarator : type.declarators) {
    NewLine();
    std::visit(ModuleDeclPrinter{*this}, declarator.what);
  }
  Write(")");
  --indent_;
  scope_ = outer;
}

}  // namespace airwasm::component::text
