// Packages, uses, interfaces, worlds and gates.
#include <array>

#include "component/types/limits.h"
#include "component/wit/ast_parser.h"
#include "component/wit/parser.h"
#include "component/wit/strings.h"

namespace airwasm::component::wit {

void Parser::Unexpected(std::string_view expected) {
  const Token& token = lexer_.token();
  std::string found(Describe(token.kind));
  if (token.kind == Tok::kKeyword) {
    found = Cat("the keyword `", token.text, "`");
  } else if (token.kind == Tok::kId || token.kind == Tok::kInteger) {
    found = Cat("`", token.text, "`");
  }
  std::string message = Cat("expected ", expected, ", found ", found);
  if (token.kind == Tok::kKeyword && expected.find("name") != std::string_view::npos) {
    Append(message, " (as a name it is written `%", token.text, "`)");
  }
  lexer_.Fail(lexer_.location(), message);
}

void Parser::ExpectWord(std::string_view word) {
  if (!TakeWord(word)) Unexpected(Cat("`", word, "`"));
}

ast::Id Parser::ExpectId(std::string_view what) {
  ast::Id id{lexer_.token().text, lexer_.location()};
  if (!Take(Tok::kId)) Unexpected(what);
  return id;
}

// Spec: component model, WIT, "Package declaration". Nested namespaces and packages are a feature
// that stands behind a gate of its own there; it is refused here.
ast::PackageRef Parser::PackageName(ast::Id space) {
  ast::PackageRef ref;
  ref.space = space;
  Expect(Tok::kColon);
  ref.name = ExpectId("the name of a package");
  if (At(Tok::kColon)) {
    lexer_.Fail(lexer_.location(), "nested namespaces are not supported");
  }
  return ref;
}

ast::PackageDecl Parser::PackageDecl() {
  ast::PackageDecl decl;
  decl.docs = lexer_.docs();
  ExpectWord("package");
  decl.name = PackageName(ExpectId("the namespace of a package name"));
  if (At(Tok::kSlash)) lexer_.Fail(lexer_.location(), "nested packages are not supported");
  if (Take(Tok::kAt)) decl.name.version = lexer_.TakeVersion();
  return decl;
}

ast::UsePath Parser::Path() {
  return PathAfter(ExpectId("the name of an interface"));
}

// The rest of a path whose first identifier has been taken.
ast::UsePath Parser::PathAfter(ast::Id first) {
  ast::UsePath path;
  path.name = first;
  if (!At(Tok::kColon)) return path;
  path.package = PackageName(first);
  if (!At(Tok::kSlash)) {
    Unexpected("`/` and the name of an interface, because this names a package");
  }
  Expect(Tok::kSlash);
  path.name = ExpectId("the name of an interface");
  if (At(Tok::kSlash)) lexer_.Fail(lexer_.location(), "nested packages are not supported");
  if (Take(Tok::kAt)) path.package->version = lexer_.TakeVersion();
  return path;
}

ast::TopUse Parser::TopUse() {
  ast::TopUse use;
  ExpectWord("use");
  use.path = Path();
  use.as = TakeWord("as") ? ExpectId("a name") : use.path.name;
  Expect(Tok::kSemicolon);
  return use;
}

// Spec: component model, WIT, "Feature gate syntax".
ast::Attributes Parser::Attributes() {
  ast::Attributes attributes;
  attributes.docs = lexer_.docs();
  while (At(Tok::kAt)) {
    lexer_.Advance();
    const ast::Id gate = ExpectId("`since`, `unstable`, `deprecated` or `external-id`");
    Expect(Tok::kLeftParen);
    std::optional<ast::Id>* slot = nullptr;
    std::string_view field = "version";
    bool repeated = false;
    if (gate.text == "since") {
      slot = &attributes.since;
    } else if (gate.text == "deprecated") {
      slot = &attributes.deprecated;
    } else if (gate.text == "unstable") {
      slot = &attributes.unstable;
      field = "feature";
    } else if (gate.text == "external-id") {
      repeated = attributes.external_id.has_value();
      attributes.external_id = String();
    } else {
      constexpr auto kGates =
          std::to_array<std::string_view>({"since", "unstable", "deprecated", "external-id"});
      lexer_.Fail(gate.at, Cat("unknown gate `@", gate.text, "`", NearestHint(gate.text, kGates)));
      break;
    }
    if (slot != nullptr) {
      if (!AtName(field)) Unexpected(Cat("`", field, "`"));
      lexer_.Advance();
      Expect(Tok::kEquals);
      const Location at = lexer_.location();
      repeated = slot->has_value();
      *slot = field == "version" ? ast::Id{lexer_.TakeVersion(), at}
                                 : ExpectId("the name of a feature");
    }
    if (repeated) lexer_.Fail(gate.at, Cat("`@", gate.text, "` stands here twice"));
    Expect(Tok::kRightParen);
    // Documentation may follow the gates.
    if (!lexer_.docs().empty()) {
      Append(attributes.docs, attributes.docs.empty() ? "" : "\n", lexer_.docs());
    }
    if (attributes.since && attributes.unstable) {
      lexer_.Fail(gate.at, "an item has `@since` or `@unstable`, not both");
    }
  }
  if (attributes.deprecated && !attributes.since && !attributes.unstable) {
    lexer_.Fail(attributes.deprecated->at, "`@deprecated` needs `@since` or `@unstable` beside it");
  }
  return attributes;
}

std::vector<ast::Rename> Parser::Renames(bool need_as) {
  std::vector<ast::Rename> names;
  Expect(Tok::kLeftBrace);
  while (!At(Tok::kRightBrace) && !Ended()) {
    ast::Rename rename;
    rename.name = ExpectId("a name");
    rename.as = rename.name;
    if (need_as || AtWord("as")) {
      ExpectWord("as");
      rename.as = ExpectId("a name");
    }
    names.push_back(rename);
    if (!Take(Tok::kComma)) break;
  }
  if (names.empty()) Unexpected("a name");
  if (!At(Tok::kRightBrace)) Unexpected("`,` or `}`");
  Expect(Tok::kRightBrace);
  return names;
}

ast::Use Parser::Use(ast::Attributes attributes) {
  ast::Use use;
  use.attributes = std::move(attributes);
  ExpectWord("use");
  use.path = Path();
  Expect(Tok::kDot);
  use.names = Renames(false);
  Expect(Tok::kSemicolon);
  return use;
}

ast::Body Parser::Body() {
  ast::Body body;
  Expect(Tok::kLeftBrace);
  while (!At(Tok::kRightBrace) && !Ended()) {
    ast::Attributes attributes = Attributes();
    if (AtWord("use")) {
      body.uses.push_back(Use(std::move(attributes)));
    } else if (AtTypeDecl()) {
      body.types.push_back(TypeDecl(std::move(attributes)));
    } else if (At(Tok::kId)) {
      ast::Func func;
      func.attributes = std::move(attributes);
      func.name = ExpectId("the name of a function");
      Expect(Tok::kColon);
      func.sig = FuncSig();
      Expect(Tok::kSemicolon);
      body.funcs.push_back(std::move(func));
    } else {
      Unexpected("`use`, a type, the name of a function, or `}`");
    }
  }
  Expect(Tok::kRightBrace);
  return body;
}

ast::Interface Parser::Interface(ast::Attributes attributes) {
  ast::Interface interface;
  interface.attributes = std::move(attributes);
  ExpectWord("interface");
  interface.name = ExpectId("the name of an interface");
  interface.body = Body();
  return interface;
}

ast::Extern Parser::Extern(ast::Attributes attributes) {
  ast::Extern item;
  item.attributes = std::move(attributes);
  item.is_export = AtWord("export");
  lexer_.Advance();
  item.at = lexer_.location();
  const ast::Id first = ExpectId("the name of an import or export, or of an interface");
  // `a:b` is a path and `a: b` a name with its type.
  const bool colon_sticks = At(Tok::kColon) && lexer_.token().offset == lexer_.previous_end();
  if (!At(Tok::kColon)) {
    item.path = PathAfter(first);
  } else {
    const Lexer before = lexer_;
    Expect(Tok::kColon);
    const bool name_sticks = lexer_.token().offset == lexer_.previous_end();
    if (At(Tok::kId) && colon_sticks && name_sticks) {
      lexer_ = before;
      item.path = PathAfter(first);
    } else {
      item.name = first;
      if (AtWord("interface")) {
        lexer_.Advance();
        item.kind = ast::Extern::Kind::kInline;
        item.body = Body();
        return item;
      }
      if (At(Tok::kId)) {
        item.path = Path();
      } else if (AtWord("func") || AtWord("async")) {
        item.kind = ast::Extern::Kind::kFunc;
        item.sig = FuncSig();
      } else {
        Unexpected("`func`, `async func`, `interface` or the name of an interface");
      }
    }
  }
  Expect(Tok::kSemicolon);
  return item;
}

ast::Include Parser::Include(ast::Attributes attributes) {
  ast::Include include;
  include.attributes = std::move(attributes);
  ExpectWord("include");
  include.path = Path();
  if (TakeWord("with")) {
    include.with = Renames(true);
    Take(Tok::kSemicolon);  // the grammar has none here, and some write one
  } else {
    Expect(Tok::kSemicolon);
  }
  return include;
}

void Parser::WorldItem(ast::World& world) {
  ast::Attributes attributes = Attributes();
  if (AtWord("import") || AtWord("export")) {
    world.externs.push_back(Extern(std::move(attributes)));
  } else if (AtWord("use")) {
    world.uses.push_back(Use(std::move(attributes)));
  } else if (AtWord("include")) {
    world.includes.push_back(Include(std::move(attributes)));
  } else if (AtTypeDecl()) {
    world.types.push_back(TypeDecl(std::move(attributes)));
  } else {
    Unexpected("`import`, `export`, `use`, `include`, a type, or `}`");
  }
}

ast::World Parser::World(ast::Attributes attributes) {
  ast::World world;
  world.attributes = std::move(attributes);
  ExpectWord("world");
  world.name = ExpectId("the name of a world");
  Expect(Tok::kLeftBrace);
  while (!At(Tok::kRightBrace) && !Ended()) WorldItem(world);
  Expect(Tok::kRightBrace);
  return world;
}

// False if nothing of the kind stands here.
bool Parser::TopItem(ast::Items& items) {
  if (AtWord("use")) {
    items.uses.push_back(TopUse());
    return true;
  }
  ast::Attributes attributes = Attributes();
  if (AtWord("interface")) {
    items.interfaces.push_back(Interface(std::move(attributes)));
  } else if (AtWord("world")) {
    items.worlds.push_back(World(std::move(attributes)));
  } else {
    return false;
  }
  return true;
}

ast::File Parser::File() {
  ast::File file;
  file.index = file_;
  bool first = true;
  while (!Ended()) {
    if (AtWord("package")) {
      ast::PackageDecl decl = PackageDecl();
      if (At(Tok::kSemicolon)) {
        if (!first) {
          lexer_.Fail(decl.name.space.at, "the declaration of a file's package comes first in it");
        }
        lexer_.Advance();
        file.package = std::move(decl);
      } else {
        ast::NestedPackage nested;
        nested.decl = std::move(decl);
        if (!At(Tok::kLeftBrace)) Unexpected("`;` or `{`");
        const uint32_t start = lexer_.token().offset + 1;
        Expect(Tok::kLeftBrace);
        while (!At(Tok::kRightBrace) && !Ended()) {
          if (!TopItem(nested.items)) Unexpected("`use`, `interface`, `world` or `}`");
        }
        const uint32_t end = lexer_.token().offset;
        Expect(Tok::kRightBrace);
        if (end >= start) nested.text = lexer_.text().substr(start, end - start);
        file.nested.push_back(std::move(nested));
      }
    } else if (!TopItem(file.items)) {
      Unexpected("`package`, `use`, `interface` or `world`");
    }
    first = false;
  }
  return file;
}

ast::File ParseFile(const Sources& sources, uint32_t file, Diagnostics& diagnostics) {
  return Parser(sources, file, diagnostics).File();
}

}  // namespace airwasm::component::wit
