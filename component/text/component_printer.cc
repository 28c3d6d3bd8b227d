// Lines, names, and the order of a printed component's definitions.
#include "component/text/component_printer.h"

#include "engine/text/lexer.h"

namespace airwasm::component::text {

using airwasm::text::StringLiteral;

namespace {

// The sort that a definition adds an index to, and how many.
struct Added {
  std::optional<Sort> sort;
  uint32_t count = 1;
};

struct AddedBy {
  Added operator()(const syntax::CoreModule&) const { return {Sort::kCoreModule}; }
  Added operator()(const syntax::CoreInstance&) const { return {Sort::kCoreInstance}; }
  Added operator()(const syntax::CoreType& type) const {
    const auto* group = std::get_if<syntax::ModuleType::RecGroup>(&type.what);
    return {Sort::kCoreType, group != nullptr ? static_cast<uint32_t>(group->types.size()) : 1};
  }
  Added operator()(const std::unique_ptr<syntax::Component>&) const { return {Sort::kComponent}; }
  Added operator()(const syntax::Instance&) const { return {Sort::kInstance}; }
  Added operator()(const syntax::Alias& alias) const { return {alias.sort}; }
  Added operator()(const syntax::Type&) const { return {Sort::kType}; }
  Added operator()(const syntax::Canon& canon) const {
    return {canon.kind == syntax::CanonKind::kLift ? Sort::kFunc : Sort::kCoreFunc};
  }
  Added operator()(const syntax::Start& start) const { return {Sort::kValue, start.results}; }
  Added operator()(const syntax::Import& import) const { return {import.type.sort}; }
  Added operator()(const syntax::Export& exported) const { return {exported.item.sort}; }
  Added operator()(const syntax::Value&) const { return {Sort::kValue}; }
  Added operator()(const syntax::CustomSection&) const { return {std::nullopt, 0}; }
};

}  // namespace

std::string Print(const syntax::Component& component, const PrintOptions& options) {
  return ComponentPrinter(options).Run(component);
}

std::string ComponentPrinter::Run(const syntax::Component& component) {
  Write("(component");
  std::string id;
  const auto& name = component.names.component;
  if (name && !name->empty() && airwasm::text::IsValidUtf8(*name)) {
    id = airwasm::text::IdLiteral(*name);
    Write(" " + id);
  }
  WriteOwnName(name, id);
  PrintBody(component);
  Write(")\n");
  return std::move(out_);
}

// Deep nesting stops moving to the right, so that the output's size stays in proportion to the
// input's.
void ComponentPrinter::NewLine() {
  constexpr size_t kDeepest = 40;
  out_ += '\n';
  out_.append(2 * (indent_ < kDeepest ? indent_ : kDeepest), ' ');
}

// The name that a component or module has in itself, if the identifier does not say it.
void ComponentPrinter::WriteOwnName(const std::optional<std::string>& name, std::string_view id) {
  if (!name || !airwasm::text::IsValidUtf8(*name)) return;
  if (!name->empty() && airwasm::text::IdLiteral(*name) == id) return;
  Write(" (@name " + StringLiteral(*name) + ")");
}

std::string_view ComponentPrinter::IdOf(Sort sort, uint32_t index) const {
  return scope_->ids[static_cast<size_t>(sort)].Find(index);
}

void ComponentPrinter::WriteIdx(Sort sort, uint32_t index) {
  Write(" " + IdxText(sort, index));
}

// What a component that is not valid refers to may only come later; an identifier then means
// nothing yet.
std::string ComponentPrinter::IdxText(Sort sort, uint32_t index) const {
  const std::string_view id = IdOf(sort, index);
  if (id.empty() || index >= scope_->counts[static_cast<size_t>(sort)])
    return std::to_string(index);
  return std::string(id);
}

void ComponentPrinter::WriteSort(Sort sort) {
  if (syntax::RowOf(sort).core) Write("core ");
  Write(syntax::RowOf(sort).text);
}

void ComponentPrinter::WriteItem(const syntax::SortIdx& item, bool in_core) {
  Write("(");
  if (in_core) {
    Write(syntax::RowOf(item.sort).text);
  } else {
    WriteSort(item.sort);
  }
  WriteIdx(item.sort, item.index);
  Write(")");
}

void ComponentPrinter::WriteDefined(Sort sort, bool with_name) {
  const uint32_t index = scope_->counts[static_cast<size_t>(sort)]++;
  const std::string_view id = IdOf(sort, index);
  if (!id.empty()) {
    Write(" ");
    Write(id);
  }
  if (options_.index_comments) Write(" (;" + std::to_string(index) + ";)");
  if (!id.empty() || !with_name || scope_->names == nullptr) return;
  const auto names = scope_->names->sorts.find(sort);
  if (names == scope_->names->sorts.end()) return;
  const auto name = names->second.find(index);
  if (name != names->second.end() && airwasm::text::IsValidUtf8(name->second))
    Write(" (@name " + StringLiteral(name->second) + ")");
}

void ComponentPrinter::PrintBody(const syntax::Component& component) {
  Scope body;
  body.names = &component.names;
  std::array<uint32_t, syntax::kSortCount> totals{};
  for (const syntax::Definition& definition : component.definitions) {
    const Added added = std::visit(AddedBy(), definition.what);
    if (added.sort) totals[static_cast<size_t>(*added.sort)] += added.count;
  }
  for (const auto& [sort, names] : component.names.sorts) {
    const size_t slot = static_cast<size_t>(sort);
    body.ids[slot].Assign(names, totals[slot], /*must_differ=*/false);
  }
  Scope* const outer = scope_;
  scope_ = &body;
  ++indent_;
  for (const syntax::Definition& definition : component.definitions) PrintDefinition(definition);
  --indent_;
  scope_ = outer;
}

void ComponentPrinter::PrintDefinition(const syntax::Definition& definition) {
  NewLine();
  std::visit([this](const auto& what) { Print(what); }, definition.what);
}

void ComponentPrinter::WriteExternName(const syntax::ExternName& name) {
  WriteString(name.name);
  const struct {
    std::string_view word;
    const std::optional<std::string_view>& value;
  } attributes[] = {{"implements", name.implements},
                    {"versionsuffix", name.version_suffix},
                    {"external-id", name.external_id}};
  for (const auto& row : attributes) {
    if (!row.value) continue;
    Write(" (");
    Write(row.word);
    Write(" ");
    WriteString(*row.value);
    Write(")");
  }
}

}  // namespace airwasm::component::text
