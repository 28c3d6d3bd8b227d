// A component's definitions: which there are, functions, imports, exports, start, and the inline
// forms of imports and exports that definitions share.
// Spec: component model, Explainer, "Component Definitions" and "Import and Export Definitions".
#include "component/text/component_parser.h"
#include "component/text/parser.h"
#include "component/types/limits.h"

namespace airwasm::component::text {

Expected<syntax::Component> ParseComponent(std::string_view text, const Features& features,
                                           IndexForms forms) {
  const airwasm::text::TokenStream stream = airwasm::text::Lex(text);
  auto component = ComponentParser(stream, features, forms).Run();
  if (component.ok()) return component;
  Error error = std::move(component).error();
  // The component suite has another word for this one.
  if (error.message == "illegal escape") error.message = "invalid string escape";
  return error;
}

bool IsComponentText(std::string_view text) {
  // Enough of the text for the first word behind comments of ordinary size.
  constexpr size_t kHead = 64 << 10;
  const airwasm::text::TokenStream head = airwasm::text::Lex(text.substr(0, kHead));
  if (head.tokens.size() > 2 || text.size() <= kHead)
    return TokenReader(head).AtLParen("component");
  const airwasm::text::TokenStream stream = airwasm::text::Lex(text);
  return TokenReader(stream).AtLParen("component");
}

ComponentParser::ComponentParser(const airwasm::text::TokenStream& stream, const Features& features,
                                 IndexForms forms)
    : core_(stream, features), in_(core_.in()), features_(features), forms_(forms) {
  core_.set_find_type([this](const Token& id) { return Find(Sort::kCoreType, id); });
}

ComponentParser::Nest::Nest(ComponentParser& parser, uint32_t& depth, uint32_t limit,
                            std::string_view what)
    : depth_(depth) {
  if (++depth_ > limit)
    parser.in_.Fail(parser.in_.Peek(), std::string(what) + " nesting too deep", ErrorKind::kLimit);
}

Expected<syntax::Component> ComponentParser::Run() {
  Scope outermost;
  const bool has_parens = in_.TakeLParen("component");
  if (has_parens) {
    const Id id = TakePlainId();
    outermost.id = id.text;
    TakeComponentName(id, root_);
  }
  outermost.definitions = &root_.definitions;
  outermost.names = &root_.names;
  const Inside inside(*this, outermost);
  ParseBody(root_);
  if (has_parens) Close();
  if (in_.ok() && in_.Kind() != TokenKind::kEnd) Unexpected("end of input");
  if (!in_.ok()) return in_.error();
  return std::move(root_);
}

// The identifier is the name that the component has in itself, unless an annotation says another.
void ComponentParser::TakeComponentName(const Id& id, syntax::Component& component) {
  component.names.component = core_.annotations().TakeName(in_, "component");
  if (!component.names.component && !id.text.empty())
    component.names.component = std::string(id.text);
}

// definition*
void ComponentParser::ParseBody(syntax::Component& component) {
  const Nest nest(*this, component_depth_, limits::kComponentNesting + 1, "component");
  scope().definitions = &component.definitions;
  scope().names = &component.names;
  TakeCustoms();
  while (in_.ok() && in_.Kind() == TokenKind::kLParen) {
    ParseDefinition();
    TakeCustoms();
  }
}

void ComponentParser::TakeCustoms() {
  airwasm::syntax::Module& taken = core_.module();
  core_.annotations().TakeCustom(in_, taken);
  for (const airwasm::syntax::CustomSection& section : taken.customs) {
    Append(in_.Peek(), syntax::CustomSection{Keep(std::string(section.name)),
                                             KeepBytes(std::vector<uint8_t>(section.bytes.begin(),
                                                                            section.bytes.end()))});
  }
  taken.customs.clear();
}

void ComponentParser::ParseDefinition() {
  using Parse = void (ComponentParser::*)();
  static constexpr struct {
    std::string_view word;
    Parse parse;
  } kDefinitions[] = {
      {"component", &ComponentParser::ParseComponentDef},
      {"instance", &ComponentParser::ParseInstance},
      {"alias", &ComponentParser::ParseAlias},
      {"type", &ComponentParser::ParseType},
      {"canon", &ComponentParser::ParseCanon},
      {"func", &ComponentParser::ParseFunc},
      {"import", &ComponentParser::ParseImport},
      {"export", &ComponentParser::ParseExport},
      {"start", &ComponentParser::ParseStart},
      {"value", &ComponentParser::ParseValue},
  };
  static constexpr struct {
    std::string_view word;
    Parse parse;
  } kCoreDefinitions[] = {
      {"module", &ComponentParser::ParseCoreModule},
      {"instance", &ComponentParser::ParseCoreInstance},
      {"type", &ComponentParser::ParseCoreType},
      {"rec", &ComponentParser::ParseCoreRec},
  };
  if (in_.AtKeyword("core", 1)) {
    for (const auto& row : kCoreDefinitions) {
      if (in_.AtKeyword(row.word, 2)) return (this->*row.parse)();
    }
    for (size_t i = 0; i < syntax::kSortCount; ++i) {
      if (syntax::kSorts[i].core && in_.AtKeyword(syntax::kSorts[i].text, 2))
        return ParseCoreItem(static_cast<Sort>(i));
    }
    in_.Take();
  } else {
    for (const auto& row : kDefinitions) {
      if (in_.AtKeyword(row.word, 1)) return (this->*row.parse)();
    }
  }
  in_.Take();
  Unexpected("a definition");
}

// "(" "component" id? export* (import type | alias | definition*) ")"
void ComponentParser::ParseComponentDef() {
  const Token at = in_.Peek();
  in_.TakeLParen("component");
  const Id id = TakePlainId();
  auto component = std::make_unique<syntax::Component>();
  TakeComponentName(id, *component);
  const ExternNames exports = TakeInlineExports();
  uint32_t index = 0;
  if (const auto import = TakeInlineImport()) {
    index = FinishImport(*import, Sort::kComponent, id, at);
  } else if (AtInvertedAlias()) {
    index = ParseInvertedAlias(Sort::kComponent, id, at);
  } else {
    {
      Scope body;
      body.id = id.text;
      const Inside inside(*this, body);
      ParseBody(*component);
    }
    Close();
    index = Define(Sort::kComponent, id, at, std::move(component));
  }
  AddExports(exports, Sort::kComponent, index, at);
}

// "(" "func" id? export* (import type | alias | type "(" "canon" "lift" ... ")") ")"
void ComponentParser::ParseFunc() {
  const Token at = in_.Peek();
  in_.TakeLParen("func");
  const Id id = TakeId();
  const ExternNames exports = TakeInlineExports();
  uint32_t index = 0;
  if (const auto import = TakeInlineImport()) {
    index = FinishImport(*import, Sort::kFunc, id, at);
  } else if (AtInvertedAlias()) {
    index = ParseInvertedAlias(Sort::kFunc, id, at);
  } else {
    const uint32_t type = ParseFuncTypeUse();
    if (!in_.TakeLParen("canon")) return Unexpected("(canon lift");
    const Token word = in_.Peek();
    syntax::Canon canon = ParseCanonBody();
    if (canon.kind != syntax::CanonKind::kLift)
      in_.Fail(word, "unexpected token " + std::string(in_.Text(word)) + ", expected lift");
    Close();
    Close();
    canon.type = type;
    index = Define(Sort::kFunc, id, at, std::move(canon));
  }
  AddExports(exports, Sort::kFunc, index, at);
}

// "(" "import" name attribute* "(" sort id? type ")" ")"
void ComponentParser::ParseImport() {
  const Token at = in_.Peek();
  in_.TakeLParen("import");
  syntax::Import import;
  import.name = TakeExternName();
  if (in_.Kind() != TokenKind::kLParen) return Unexpected("\"(\" and a sort");
  in_.Take();
  const Sort sort = TakeSort(/*in_core=*/false).value_or(Sort::kFunc);
  const Id id = TakeId();
  import.type = ParseExternType(sort);
  Close();
  Close();
  Define(sort, id, at, import);
}

// "(" "export" id? name attribute* "(" sort idx ")" type? ")"
void ComponentParser::ParseExport() {
  const Token at = in_.Peek();
  in_.TakeLParen("export");
  const Id id = TakeId();
  syntax::Export exported;
  exported.name = TakeExternName();
  exported.item = TakeExternIdx(/*in_core=*/false);
  if (in_.Kind() == TokenKind::kLParen) {
    in_.Take();
    exported.type = ParseExternType(TakeSort(/*in_core=*/false).value_or(Sort::kFunc));
    Close();
  }
  Close();
  Define(exported.item.sort, id, at, exported);
}

// "(" "start" func ("(" "value" idx ")")* ("(" "result" "(" "value" id? ")" ")")* ")"
void ComponentParser::ParseStart() {
  const Token at = in_.Peek();
  in_.TakeLParen("start");
  syntax::Start start;
  start.func = TakeRef(Sort::kFunc);
  while (in_.TakeLParen("value")) {
    start.args.push_back(TakeProjection(Sort::kValue));
    CountItem();
    Close();
  }
  std::vector<Id> results;
  while (in_.TakeLParen("result")) {
    if (!in_.TakeLParen("value")) return Unexpected("(value");
    results.push_back(TakeId());
    CountItem();
    Close();
    Close();
  }
  Close();
  start.results = static_cast<uint32_t>(results.size());
  Append(at, std::move(start));
  for (const Id& id : results)
    Bind(Sort::kValue, scope().spaces[static_cast<size_t>(Sort::kValue)].count++, id);
}

ComponentParser::ExternNames ComponentParser::TakeInlineExports() {
  ExternNames names;
  while (in_.AtLParen("export") && in_.Kind(2) == TokenKind::kString) {
    // A bundle's exports and a module's go on behind the name.
    const uint32_t start = in_.pos();
    in_.TakeLParen("export");
    const Token string = in_.Take();
    syntax::ExternName name;
    TakeAttributes(name);
    if (!in_.TakeRParen()) {
      in_.Seek(start);
      break;
    }
    std::string text = airwasm::text::DecodeString(in_.Text(string));
    if (!airwasm::text::IsValidUtf8(text)) in_.Fail(string, "malformed UTF-8 encoding");
    name.name = Keep(std::move(text));
    names.push_back(name);
    CountItem();
  }
  return names;
}

void ComponentParser::AddExports(const ExternNames& names, Sort sort, uint32_t index,
                                 const Token& at) {
  for (const syntax::ExternName& name : names)
    Define(sort, {}, at, syntax::Export{.name = name, .item = {sort, index}, .type = {}});
}

// An import that stands for itself goes on with a type, or with a second name in modules.
bool ComponentParser::AtInlineImport() const {
  if (!in_.AtLParen("import") || in_.Kind(2) != TokenKind::kString) return false;
  size_t n = 3;
  constexpr std::string_view kAttributes[] = {"implements", "versionsuffix", "external-id"};
  for (bool found = true; found;) {
    found = false;
    for (const std::string_view word : kAttributes) {
      if (in_.Kind(n) != TokenKind::kLParen || !in_.AtKeyword(word, n + 1)) continue;
      n += 4;
      found = true;
    }
  }
  return in_.Kind(n) == TokenKind::kRParen;
}

std::optional<syntax::ExternName> ComponentParser::TakeInlineImport() {
  if (!AtInlineImport()) return std::nullopt;
  in_.TakeLParen("import");
  const syntax::ExternName name = TakeExternName();
  Close();
  return name;
}

uint32_t ComponentParser::FinishImport(const syntax::ExternName& name, Sort sort, const Id& id,
                                       const Token& at) {
  syntax::Import import;
  import.name = name;
  import.type = ParseExternType(sort);
  Close();
  return Define(sort, id, at, import);
}

}  // namespace airwasm::component::text
