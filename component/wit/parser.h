// The parser's parts: parse_items.cc has packages, interfaces and worlds, parse_types.cc what
// stands in them.
//
// After the first error the lexer stands at the end of the file, so that every loop ends; results
// are then meaningless.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "component/wit/ast.h"
#include "component/wit/lexer.h"

namespace airwasm::component::wit {

class Parser {
 public:
  Parser(const Sources& sources, uint32_t file, Diagnostics& diagnostics)
      : lexer_(sources, file, diagnostics), file_(file) {}

  ast::File File();

 private:
  // parse_items.cc
  bool TopItem(ast::Items& items);
  ast::PackageDecl PackageDecl();
  ast::PackageRef PackageName(ast::Id space);
  ast::UsePath Path();
  ast::UsePath PathAfter(ast::Id first);
  ast::TopUse TopUse();
  ast::Interface Interface(ast::Attributes attributes);
  ast::Body Body();
  ast::World World(ast::Attributes attributes);
  void WorldItem(ast::World& world);
  ast::Extern Extern(ast::Attributes attributes);
  ast::Include Include(ast::Attributes attributes);
  ast::Use Use(ast::Attributes attributes);
  std::vector<ast::Rename> Renames(bool need_as);
  ast::Attributes Attributes();

  // parse_types.cc
  bool AtTypeDecl() const;
  ast::TypeDecl TypeDecl(ast::Attributes attributes);
  void Members(ast::TypeDecl& decl);
  ast::Func ResourceItem();
  ast::FuncSig FuncSig();
  ast::FuncSig Params();
  ast::TypeExpr TypeExpr();
  void TypeArgs(ast::TypeExpr& type, uint32_t count);
  std::string String();

  // Tokens.
  bool At(Tok kind) const { return lexer_.token().kind == kind; }
  bool AtWord(std::string_view word) const {
    return At(Tok::kKeyword) && lexer_.token().text == word;
  }
  // An identifier that is no keyword but means something here.
  bool AtName(std::string_view name) const { return At(Tok::kId) && lexer_.token().text == name; }
  bool Take(Tok kind) {
    if (!At(kind)) return false;
    lexer_.Advance();
    return true;
  }
  bool TakeWord(std::string_view word) {
    if (!AtWord(word)) return false;
    lexer_.Advance();
    return true;
  }
  void Expect(Tok kind) {
    if (!Take(kind)) Unexpected(Describe(kind));
  }
  void ExpectWord(std::string_view word);
  ast::Id ExpectId(std::string_view what);
  // "expected `;`, found `}`"
  void Unexpected(std::string_view expected);
  bool Ended() const { return At(Tok::kEnd); }

  Lexer lexer_;
  uint32_t file_;
  uint32_t depth_ = 0;  // of TypeExpr
};

}  // namespace airwasm::component::wit
