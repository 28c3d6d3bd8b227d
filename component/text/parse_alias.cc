// Alias definitions, in both directions of writing.
// Spec: component model, Explainer, "Alias Definitions".
#include "component/text/component_parser.h"

namespace airwasm::component::text {

using syntax::Alias;

// "(" "alias" target "(" sort id? ")" ")"
void ComponentParser::ParseAlias() {
  const Token at = in_.Peek();
  in_.TakeLParen("alias");
  // An outer alias' index is looked up by its sort, which stands behind it.
  uint32_t outer_pos = 0;
  Alias alias = TakeAliasTarget(outer_pos);
  if (in_.Kind() != TokenKind::kLParen) return Unexpected("\"(\" and a sort");
  in_.Take();
  const bool core = alias.target == Alias::Target::kCoreExport;
  const auto sort = TakeSort(core);
  if (!sort) return;
  alias.sort = *sort;
  const Id id = TakeId();
  Close();
  Close();
  if (alias.target == Alias::Target::kOuter) {
    const uint32_t end = in_.pos();
    in_.Seek(outer_pos);
    alias.outer_index = TakeOuterIdx(alias.sort, alias.outer_count);
    in_.Seek(end);
  }
  Define(alias.sort, id, at, alias);
}

// "export" idx name | "core" "export" idx name | "outer" idx idx. `outer_pos` becomes the place of
// the last index, which is only skipped.
Alias ComponentParser::TakeAliasTarget(uint32_t& outer_pos) {
  Alias alias;
  if (in_.TakeKeyword("outer")) {
    alias.target = Alias::Target::kOuter;
    alias.outer_count = TakeOuterScope();
    outer_pos = in_.pos();
    if (!AtIdx()) {
      Unexpected("an index");
      return alias;
    }
    in_.Take();
    return alias;
  }
  const bool core = in_.TakeKeyword("core");
  if (!in_.TakeKeyword("export")) {
    Unexpected("export, core export or outer");
    return alias;
  }
  alias.target = core ? Alias::Target::kCoreExport : Alias::Target::kExport;
  alias.instance = TakeIdx(core ? Sort::kCoreInstance : Sort::kInstance);
  alias.name = TakeString("a name");
  return alias;
}

// How many scopes to go outwards: a number, or the name of an enclosing scope.
uint32_t ComponentParser::TakeOuterScope() {
  if (in_.Kind() == TokenKind::kNat) return static_cast<uint32_t>(in_.ExpectNat("a number"));
  if (in_.Kind() != TokenKind::kId) {
    Unexpected("an enclosing component");
    return 0;
  }
  const Id id = TakePlainId();
  for (uint32_t count = 0; count < scopes_.size(); ++count) {
    if (scopes_[scopes_.size() - 1 - count]->id == id.text) return count;
  }
  in_.Fail(id.at, "outer component " + TokenReader::Quoted(in_.Text(id.at)) + " not found");
  return 0;
}

// An index in the scope `count` outwards. Whether a number exists is a matter of validation.
uint32_t ComponentParser::TakeOuterIdx(Sort sort, uint32_t count) {
  if (in_.Kind() != TokenKind::kId) return static_cast<uint32_t>(in_.ExpectNat("an index"));
  const Id id = TakePlainId();
  if (count < scopes_.size()) {
    const Scope& outer = *scopes_[scopes_.size() - 1 - count];
    const IdMap& ids = outer.spaces[static_cast<size_t>(sort)].ids;
    if (const auto it = ids.find(id.text); it != ids.end()) return it->second;
  }
  in_.Fail(id.at, "unknown outer item " + TokenReader::Quoted(in_.Text(id.at)));
  return 0;
}

// What looks like one but goes on with a sort is a definition of a nested body.
bool ComponentParser::AtInvertedAlias() const {
  if (!in_.AtLParen("alias")) return false;
  const size_t skip = in_.AtKeyword("core", 2) ? 1 : 0;
  return in_.Kind(5 + skip) == TokenKind::kRParen;
}

// "(" "alias" target ")" ")"
uint32_t ComponentParser::ParseInvertedAlias(Sort sort, const Id& id, const Token& at) {
  in_.TakeLParen("alias");
  uint32_t outer_pos = 0;
  Alias alias = TakeAliasTarget(outer_pos);
  alias.sort = sort;
  Close();
  Close();
  if (alias.target == Alias::Target::kOuter) {
    const uint32_t end = in_.pos();
    in_.Seek(outer_pos);
    alias.outer_index = TakeOuterIdx(sort, alias.outer_count);
    in_.Seek(end);
  }
  return Define(sort, id, at, alias);
}

}  // namespace airwasm::component::text
