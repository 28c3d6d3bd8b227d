// Names, indices, and the aliases that the sugar for them stands for.
// Spec: component model, Explainer, "Index Spaces" and "Alias Definitions".
#include <string>

#include "component/text/component_parser.h"
#include "component/types/limits.h"

namespace airwasm::component::text {

using syntax::Alias;
using syntax::RowOf;

namespace {

std::string SortText(Sort sort) {
  return (RowOf(sort).core ? "core " : "") + std::string(RowOf(sort).text);
}

// What a component's outer aliases may refer to.
bool IsOuterAliasSort(Sort sort) {
  return sort == Sort::kCoreModule || sort == Sort::kCoreType || sort == Sort::kComponent ||
         sort == Sort::kType;
}

// Whether things of this sort are exported by core instances.
bool IsOfCoreInstance(Sort sort) {
  return RowOf(sort).core && sort != Sort::kCoreModule;
}

}  // namespace

ComponentParser::Id ComponentParser::TakeId() {
  Id id = TakePlainId();
  id.name = core_.annotations().TakeName(in_, "definition");
  return id;
}

ComponentParser::Id ComponentParser::TakePlainId() {
  Id id;
  if (in_.Kind() != TokenKind::kId) return id;
  id.at = in_.Take();
  id.text = core_.IdText(id.at);
  return id;
}

void ComponentParser::Bind(Sort sort, uint32_t index, const Id& id) {
  auto& space = scope().spaces[static_cast<size_t>(sort)];
  if (!id.text.empty() && !space.ids.emplace(id.text, index).second) {
    in_.Fail(id.at, "duplicate " + SortText(sort) + " " + TokenReader::Quoted(in_.Text(id.at)));
    return;
  }
  if (scope().names == nullptr || (id.text.empty() && !id.name)) return;
  scope().names->sorts[sort][index] = id.name ? *id.name : std::string(id.text);
}

void ComponentParser::CountItem() {
  if (++items_ > limits::kItems) in_.Fail(in_.Peek(), "too many items", ErrorKind::kLimit);
}

void ComponentParser::Append(const Token& at, decltype(syntax::Definition::what) what) {
  if (++definitions_ > limits::kDefinitions)
    in_.Fail(at, "too many definitions", ErrorKind::kLimit);
  scope().definitions->push_back({.what = std::move(what), .offset = at.offset});
}

uint32_t ComponentParser::Define(Sort sort, const Id& id, const Token& at,
                                 decltype(syntax::Definition::what) what) {
  Append(at, std::move(what));
  const uint32_t index = scope().spaces[static_cast<size_t>(sort)].count++;
  if (sort == Sort::kType)
    scope().types.push_back(static_cast<uint32_t>(scope().definitions->size() - 1));
  Bind(sort, index, id);
  return index;
}

uint32_t ComponentParser::DefineType(syntax::DefType type, const Token& at, const Id& id) {
  return Define(Sort::kType, id, at, syntax::Type{std::move(type)});
}

uint32_t ComponentParser::TakeIdx(Sort sort) {
  if (in_.Kind() == TokenKind::kNat) return static_cast<uint32_t>(in_.ExpectNat("an index"));
  if (in_.Kind() != TokenKind::kId) {
    Unexpected("an index of a " + SortText(sort));
    return 0;
  }
  const Token id = in_.Take();
  if (const auto index = Find(sort, id)) return *index;
  in_.Fail(id, "unknown " + SortText(sort) + " " + TokenReader::Quoted(in_.Text(id)));
  return 0;
}

// Scopes are looked through from the inside out. An alias that was made for a name serves the
// scope from then on, and the scopes within it.
std::optional<uint32_t> ComponentParser::Find(Sort sort, const Token& id) {
  const std::string_view text = core_.IdText(id);
  const size_t slot = static_cast<size_t>(sort);
  for (uint32_t count = 0; count < scopes_.size(); ++count) {
    const Scope::Space& space = scopes_[scopes_.size() - 1 - count]->spaces[slot];
    auto found = space.ids.find(text);
    if (found == space.ids.end()) {
      found = space.outer.find(text);
      if (found == space.outer.end()) continue;
    }
    if (count == 0) return found->second;
    if (!IsOuterAliasSort(sort)) {
      in_.Fail(
          id, "outer item `" + TokenReader::Quoted(text) + "` is not a module, type, or component");
      return 0;
    }
    const uint32_t index = AddOuterAlias(sort, count, found->second, id, {});
    scope().spaces[slot].outer.emplace(text, index);
    return index;
  }
  return std::nullopt;
}

uint32_t ComponentParser::AddOuterAlias(Sort sort, uint32_t count, uint32_t index, const Token& at,
                                        const Id& id) {
  if (scope().kind == Scope::Kind::kModuleType) {
    scope().module_type->declarators.push_back(
        {.what = syntax::ModuleType::OuterAlias{count, index}, .offset = at.offset});
    const uint32_t own = scope().spaces[static_cast<size_t>(Sort::kCoreType)].count++;
    Bind(Sort::kCoreType, own, id);
    CountItem();
    return own;
  }
  Alias alias;
  alias.target = Alias::Target::kOuter;
  alias.sort = sort;
  alias.outer_count = count;
  alias.outer_index = index;
  return Define(sort, id, at, alias);
}

// Each name but the last leads to an instance, in which the next one is looked up.
uint32_t ComponentParser::TakeProjection(Sort sort) {
  if (in_.Kind(1) != TokenKind::kString) return TakeIdx(sort);
  const bool core = IsOfCoreInstance(sort);
  const Sort instance = core ? Sort::kCoreInstance : Sort::kInstance;
  const Token at = in_.Peek();
  uint32_t index = TakeIdx(instance);
  while (in_.Kind() == TokenKind::kString) {
    Alias alias;
    alias.target = core ? Alias::Target::kCoreExport : Alias::Target::kExport;
    alias.instance = index;
    alias.name = TakeString("a name");
    alias.sort = in_.Kind() == TokenKind::kString ? instance : sort;
    index = Define(alias.sort, {}, at, alias);
  }
  return index;
}

uint32_t ComponentParser::TakeRef(Sort sort, bool in_core) {
  if (AtIdx()) return TakeIdx(sort);
  const syntax::SortRow& row = RowOf(sort);
  if (in_.Kind() == TokenKind::kLParen) {
    const size_t skip = row.core && in_.AtKeyword("core", 1) ? 1 : 0;
    const bool complete = skip == 1 || !row.core || in_core || forms_ == IndexForms::kAll;
    if (complete && in_.AtKeyword(row.text, 1 + skip)) {
      for (size_t i = 0; i < 2 + skip; ++i) in_.Take();
      const uint32_t index = TakeProjection(sort);
      Close();
      return index;
    }
    in_.Take();
  }
  Unexpected("an index of a " + SortText(sort));
  return 0;
}

std::optional<Sort> ComponentParser::TakeSort(bool in_core) {
  const size_t skip = in_.AtKeyword("core") ? 1 : 0;
  const bool core = in_core || skip == 1;
  for (size_t i = 0; i < syntax::kSortCount; ++i) {
    if (syntax::kSorts[i].core != core || !in_.AtKeyword(syntax::kSorts[i].text, skip)) continue;
    if (skip == 1) in_.Take();
    in_.Take();
    return static_cast<Sort>(i);
  }
  if (skip == 1) in_.Take();
  Unexpected("a sort");
  return std::nullopt;
}

syntax::SortIdx ComponentParser::TakeExternIdx(bool in_core) {
  if (in_.Kind() != TokenKind::kLParen) {
    Unexpected("\"(\" and a sort");
    return {Sort::kFunc, 0};
  }
  in_.Take();
  const Sort sort = TakeSort(in_core).value_or(Sort::kFunc);
  const uint32_t index = TakeProjection(sort);
  Close();
  return {sort, index};
}

std::string_view ComponentParser::Keep(std::string text) {
  root_.strings.push_back(std::move(text));
  return root_.strings.back();
}

syntax::Bytes ComponentParser::KeepBytes(std::vector<uint8_t> bytes) {
  bytes.shrink_to_fit();
  root_.storage.push_back(std::move(bytes));
  return root_.storage.back();
}

std::string_view ComponentParser::TakeString(std::string_view expected) {
  return Keep(in_.ExpectName(expected));
}

std::string ComponentParser::TakeStrings(std::string_view separator) {
  std::string out;
  while (in_.Kind() == TokenKind::kString) {
    if (!out.empty()) out += separator;
    out += in_.ExpectString("a string");
  }
  return out;
}

syntax::ExternName ComponentParser::TakeExternName() {
  syntax::ExternName name;
  name.name = TakeString("a name");
  TakeAttributes(name);
  return name;
}

void ComponentParser::TakeAttributes(syntax::ExternName& name) {
  const struct {
    std::string_view word;
    std::optional<std::string_view>& value;
  } attributes[] = {{"implements", name.implements},
                    {"versionsuffix", name.version_suffix},
                    {"external-id", name.external_id}};
  for (bool found = true; found;) {
    found = false;
    for (const auto& row : attributes) {
      if (!in_.AtLParen(row.word)) continue;
      in_.Take();
      if (row.value) return Unexpected("each attribute at most once");
      in_.Take();
      row.value = TakeString("a string");
      Close();
      found = true;
    }
  }
}

void ComponentParser::Close() {
  if (!in_.TakeRParen()) Unexpected("\")\"");
}

void ComponentParser::Unexpected(std::string_view expected) {
  const Token at = in_.Peek();
  if (at.kind == TokenKind::kEnd || at.kind == TokenKind::kError || !in_.ok())
    return in_.Unexpected(expected);
  in_.Fail(at, "unexpected token " + TokenReader::Quoted(in_.Text(at)) + ", expected " +
                   std::string(expected));
}

}  // namespace airwasm::component::text
