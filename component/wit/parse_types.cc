// Types and functions.
#include <charconv>

#include "component/types/limits.h"
#include "component/wit/parser.h"
#include "component/wit/strings.h"
#include "engine/base/utf8.h"

namespace airwasm::component::wit {
namespace {

using Kind = ast::TypeExpr::Kind;

struct DeclRow {
  std::string_view text;
  ast::TypeDecl::Kind kind;
};
constexpr DeclRow kDecls[] = {
    {"record", ast::TypeDecl::Kind::kRecord},     {"variant", ast::TypeDecl::Kind::kVariant},
    {"enum", ast::TypeDecl::Kind::kEnum},         {"flags", ast::TypeDecl::Kind::kFlags},
    {"resource", ast::TypeDecl::Kind::kResource}, {"type", ast::TypeDecl::Kind::kAlias},
};

// Words that take types in angle brackets: how many at least and at most; none at all is the bare
// word.
struct ConstructorRow {
  std::string_view text;
  Kind kind;
  bool bare;
  uint32_t min;
  uint32_t max;
};
constexpr ConstructorRow kConstructors[] = {
    {"tuple", Kind::kTuple, false, 1, limits::kFields},
    {"list", Kind::kList, false, 1, 1},
    {"option", Kind::kOption, false, 1, 1},
    {"result", Kind::kResult, true, 1, 2},
    {"map", Kind::kMap, false, 2, 2},
    {"own", Kind::kOwn, false, 1, 1},
    {"borrow", Kind::kBorrow, false, 1, 1},
    {"future", Kind::kFuture, true, 1, 1},
    {"stream", Kind::kStream, true, 1, 1},
};

struct PrimRow {
  std::string_view text;
  syntax::PrimType prim;
};
constexpr PrimRow kPrims[] = {
#define AIRWASM_PRIM_TYPE(name, text, code, size, flat) {text, syntax::PrimType::k##name},
#include "component/syntax/prim_types.def"
#undef AIRWASM_PRIM_TYPE
};

void AppendUtf8(uint32_t c, std::string& out) {
  if (c < 0x80) {
    out += static_cast<char>(c);
    return;
  }
  const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  constexpr uint8_t kLead[] = {0, 0xC0, 0xE0, 0xF0};
  out += static_cast<char>(kLead[more] | c >> (6 * more));
  for (int i = more - 1; i >= 0; --i) out += static_cast<char>(0x80 | ((c >> (6 * i)) & 0x3F));
}

std::optional<uint32_t> Hex(std::string_view digits) {
  uint32_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, 16);
  if (digits.empty() || error != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace

bool Parser::AtTypeDecl() const {
  for (const DeclRow& row : kDecls) {
    if (AtWord(row.text)) return true;
  }
  return false;
}

ast::TypeDecl Parser::TypeDecl(ast::Attributes attributes) {
  ast::TypeDecl decl;
  decl.attributes = std::move(attributes);
  for (const DeclRow& row : kDecls) {
    if (AtWord(row.text)) decl.kind = row.kind;
  }
  lexer_.Advance();
  decl.name = ExpectId("the name of a type");
  if (decl.kind == ast::TypeDecl::Kind::kAlias) {
    Expect(Tok::kEquals);
    decl.aliased = TypeExpr();
    Expect(Tok::kSemicolon);
  } else if (decl.kind == ast::TypeDecl::Kind::kResource) {
    if (Take(Tok::kSemicolon)) return decl;
    if (!At(Tok::kLeftBrace)) Unexpected("`;` or `{`");
    Expect(Tok::kLeftBrace);
    while (!At(Tok::kRightBrace) && !Ended()) decl.methods.push_back(ResourceItem());
    Expect(Tok::kRightBrace);
  } else {
    Members(decl);
  }
  return decl;
}

// Fields, cases or labels.
void Parser::Members(ast::TypeDecl& decl) {
  Expect(Tok::kLeftBrace);
  while (!At(Tok::kRightBrace) && !Ended()) {
    ast::NamedType member;
    member.docs = lexer_.docs();
    member.name = ExpectId("a name or `}`");
    if (decl.kind == ast::TypeDecl::Kind::kRecord) {
      Expect(Tok::kColon);
      member.type = TypeExpr();
    } else if (decl.kind == ast::TypeDecl::Kind::kVariant && Take(Tok::kLeftParen)) {
      member.type = TypeExpr();
      Expect(Tok::kRightParen);
    }
    if (decl.members.size() == limits::kFields) {
      lexer_.Fail(member.name.at, Cat("`", decl.name.text, "` has too many members"));
    }
    decl.members.push_back(std::move(member));
    if (!Take(Tok::kComma)) break;
  }
  if (decl.members.empty()) Unexpected("a name, because a type needs at least one member");
  if (!At(Tok::kRightBrace)) Unexpected("`,` or `}`");
  Expect(Tok::kRightBrace);
}

ast::Func Parser::ResourceItem() {
  ast::Func func;
  func.attributes = Attributes();
  func.name = {lexer_.token().text, lexer_.location()};
  if (TakeWord("constructor")) {
    func.kind = FunctionKind::kConstructor;
    func.sig = Params();
  } else {
    func.kind = FunctionKind::kMethod;
    func.name = ExpectId("`constructor`, the name of a method, or `}`");
    Expect(Tok::kColon);
    if (TakeWord("static")) func.kind = FunctionKind::kStatic;
    func.sig = FuncSig();
  }
  Expect(Tok::kSemicolon);
  return func;
}

ast::FuncSig Parser::FuncSig() {
  const bool async = TakeWord("async");
  if (!AtWord("func")) Unexpected(async ? "`func`" : "`func` or `async func`");
  ExpectWord("func");
  ast::FuncSig sig = Params();
  sig.async = async;
  return sig;
}

// Parameters, and the result if there is one.
ast::FuncSig Parser::Params() {
  ast::FuncSig sig;
  Expect(Tok::kLeftParen);
  while (!At(Tok::kRightParen) && !Ended()) {
    ast::NamedType param;
    param.name = ExpectId("the name of a parameter, or `)`");
    Expect(Tok::kColon);
    param.type = TypeExpr();
    if (sig.params.size() == limits::kParams) {
      lexer_.Fail(param.name.at, "the function has too many parameters");
    }
    sig.params.push_back(std::move(param));
    if (!Take(Tok::kComma)) break;
  }
  if (!At(Tok::kRightParen)) Unexpected("`,` or `)`");
  Expect(Tok::kRightParen);
  if (Take(Tok::kArrow)) sig.result = TypeExpr();
  return sig;
}

void Parser::TypeArgs(ast::TypeExpr& type, uint32_t max) {
  if (type.kind == Kind::kOwn || type.kind == Kind::kBorrow) {
    type.id = ExpectId("the name of a resource");
    return;
  }
  while (!Ended()) {
    if (type.kind == Kind::kResult && type.args.empty() && Take(Tok::kUnderscore)) {
      Expect(Tok::kComma);
      type.args.push_back(TypeExpr());
      return;
    }
    if (type.kind == Kind::kResult && type.args.empty()) type.has_ok = true;
    type.args.push_back(TypeExpr());
    if (type.kind == Kind::kList && Take(Tok::kComma)) {
      uint32_t length = 0;
      if (!At(Tok::kInteger)) Unexpected("the length of the list");
      const std::string_view digits = lexer_.token().text;
      if (std::from_chars(digits.data(), digits.data() + digits.size(), length).ec != std::errc() ||
          length == 0) {
        lexer_.Fail(lexer_.location(), "the length of a list is from 1 to 4294967295");
      }
      type.length = length;
      lexer_.Advance();
      return;
    }
    if (type.args.size() == max || !Take(Tok::kComma)) return;
    if (type.kind == Kind::kTuple && At(Tok::kRightAngle)) return;
  }
}

ast::TypeExpr Parser::TypeExpr() {
  ast::TypeExpr type;
  type.id = {lexer_.token().text, lexer_.location()};
  if (At(Tok::kId)) {
    type.kind = Kind::kName;
    lexer_.Advance();
    return type;
  }
  for (const PrimRow& row : kPrims) {
    if (!TakeWord(row.text)) continue;
    type.prim = row.prim;
    return type;
  }
  for (const ConstructorRow& row : kConstructors) {
    if (!TakeWord(row.text)) continue;
    type.kind = row.kind;
    if (row.bare && !At(Tok::kLeftAngle)) return type;
    if (++depth_ > limits::kTypeNesting) lexer_.Fail(type.id.at, "types are nested too deeply");
    Expect(Tok::kLeftAngle);
    TypeArgs(type, row.max);
    if (type.args.size() < row.min && !Ended() && row.kind != Kind::kOwn &&
        row.kind != Kind::kBorrow && type.kind != Kind::kResult) {
      Unexpected("`,` and another type");
    }
    if (row.max > type.args.size() && row.min != row.max && !At(Tok::kRightAngle)) {
      Unexpected("`,` or `>`");
    }
    Expect(Tok::kRightAngle);
    --depth_;
    return type;
  }
  Unexpected("a type");
  return type;
}

// Spec: core, text/values, strings.
std::string Parser::String() {
  if (!At(Tok::kString)) {
    Unexpected("a string");
    return {};
  }
  const Location at = lexer_.location();
  std::string_view rest = lexer_.token().text;
  rest = rest.substr(1, rest.size() - 2);
  std::string value;
  constexpr std::pair<char, char> kEscapes[] = {{'t', '\t'}, {'n', '\n'},  {'r', '\r'},
                                                {'"', '"'},  {'\'', '\''}, {'\\', '\\'}};
  while (!rest.empty()) {
    const char c = rest[0];
    rest.remove_prefix(1);
    if (c != '\\') {
      value += c;
      continue;
    }
    bool known = false;
    for (const auto& [sign, meaning] : kEscapes) {
      if (rest.empty() || rest[0] != sign) continue;
      value += meaning;
      rest.remove_prefix(1);
      known = true;
      break;
    }
    if (known) continue;
    if (rest.substr(0, 2) == "u{") {
      const size_t end = std::min(rest.find('}'), rest.size());
      const auto code = Hex(rest.substr(2, end < 2 ? 0 : end - 2));
      if (!code || *code > 0x10FFFF || (*code >= 0xD800 && *code < 0xE000)) {
        lexer_.Fail(at, "the string has an escape that is no character");
        return {};
      }
      AppendUtf8(*code, value);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      continue;
    }
    const auto byte = Hex(rest.substr(0, 2));
    if (rest.size() < 2 || !byte) {
      lexer_.Fail(at, "the string has an unknown escape");
      return {};
    }
    value += static_cast<char>(*byte);
    rest.remove_prefix(2);
  }
  if (!IsUtf8({reinterpret_cast<const uint8_t*>(value.data()), value.size()})) {
    lexer_.Fail(at, "the string is not UTF-8");
    return {};
  }
  lexer_.Advance();
  return value;
}

}  // namespace airwasm::component::wit
