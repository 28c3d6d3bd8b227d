// The printer's state, shared by the files that each print one topic. Private to component/text.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "component/syntax/component.h"
#include "component/text/printer.h"
#include "engine/text/module_printer.h"

namespace airwasm::component::text {

using syntax::Sort;

class ComponentPrinter {
 public:
  explicit ComponentPrinter(const PrintOptions& options) : options_(options) {}

  std::string Run(const syntax::Component& component);

 private:
  // A component, or the body of a type: how many indices are in use so far, and their names.
  struct Scope {
    const syntax::Names* names = nullptr;  // none in types
    std::array<uint32_t, syntax::kSortCount> counts{};
    std::array<airwasm::text::Ids, syntax::kSortCount> ids;
  };
  friend struct DefinitionPrinter;
  friend struct DefTypePrinter;
  friend struct ModuleDeclPrinter;

  // --- lines, names and definitions (printer.cc)
  void NewLine();
  void Write(std::string_view text) { out_ += text; }
  void WriteString(std::string_view text) { out_ += airwasm::text::StringLiteral(text); }
  // " " and the identifier or number.
  void WriteIdx(Sort sort, uint32_t index);
  std::string IdxText(Sort sort, uint32_t index) const;
  // "(core module 3)"; within core definitions without `core`.
  void WriteItem(const syntax::SortIdx& item, bool in_core = false);
  // "core module"
  void WriteSort(Sort sort);
  // " $id (;3;) (@name ...)" of the next index of `sort`.
  void WriteDefined(Sort sort, bool with_name = true);
  std::string_view IdOf(Sort sort, uint32_t index) const;
  void WriteOwnName(const std::optional<std::string>& name, std::string_view id);
  void PrintBody(const syntax::Component& component);
  void PrintDefinition(const syntax::Definition& definition);
  void WriteExternName(const syntax::ExternName& name);

  // --- definitions (print_definitions.cc)
  void Print(const syntax::CoreModule& module);
  void Print(const syntax::CoreInstance& instance);
  void Print(const syntax::CoreType& type);
  void Print(const std::unique_ptr<syntax::Component>& component);
  void Print(const syntax::Instance& instance);
  void Print(const syntax::Alias& alias);
  void Print(const syntax::Type& type);
  void Print(const syntax::Canon& canon);
  void Print(const syntax::Start& start);
  void Print(const syntax::Import& import);
  void Print(const syntax::Export& exported);
  void Print(const syntax::Value& value);
  void Print(const syntax::CustomSection& section);
  void PrintCanonImmediates(const syntax::Canon& canon);
  void PrintCanonOpts(const syntax::Canon& canon);

  // --- types (print_types.cc)
  void WriteValType(const syntax::ValType& type);
  void WriteOptionalValType(const std::optional<syntax::ValType>& type);
  void PrintDefType(const syntax::DefType& type);
  void PrintFuncType(const syntax::FuncType& type);
  void PrintDeclarators(const std::vector<syntax::Definition>& declarators);
  // " (type 3)" and the like: what follows the sort and its identifier.
  void PrintExternType(const syntax::ExternType& type);
  void PrintModuleType(const syntax::ModuleType& type);

  Scope& scope() { return *scope_; }

  const PrintOptions options_;
  std::string out_;
  size_t indent_ = 0;
  Scope* scope_ = nullptr;
};

}  // namespace airwasm::component::text
