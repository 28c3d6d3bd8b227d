#include "engine/text/token_reader.h"

#include <unordered_set>

#include "engine/instr/op.h"
#include "engine/text/number.h"

namespace airwasm::text {
namespace {

constexpr Token kEndToken;

// Words of the grammar that are no instructions.
bool IsKnownWord(std::string_view word) {
  static const auto* const kWords = new std::unordered_set<std::string_view>{
      "module", "type", "rec", "sub", "final", "func", "struct", "array", "field", "mut", "param",
      "result", "local", "import", "export", "table", "memory", "global", "tag", "start", "elem",
      "data", "declare", "offset", "item", "then", "do", "shared", "pagesize", "i8", "i16", "i32",
      "i64", "f32", "f64", "v128", "i8x16", "i16x8", "i32x4", "i64x2", "f32x4", "f64x2", "ref",
      "null", "any", "eq", "i31", "exn", "extern", "none", "nofunc", "noextern", "noexn", "anyref",
      "eqref", "i31ref", "structref", "arrayref", "funcref", "externref", "exnref", "nullref",
      "nullfuncref", "nullexternref", "nullexnref", "catch_ref", "catch_all_ref", "nan:canonical",
      "nan:arithmetic",
      // Scripts.
      "definition", "instance", "binary", "quote", "register", "invoke", "get", "either",
      "assert_return", "assert_trap", "assert_exhaustion", "assert_invalid", "assert_malformed",
      "assert_unlinkable", "assert_exception", "assert_invalid_custom", "assert_malformed_custom",
      "ref.extern", "ref.host", "ref.any", "ref.struct", "ref.array", "ref.exn"};
  return kWords->contains(word) || word.starts_with("offset=") || word.starts_with("align=") ||
         FindOp(word) != nullptr;
}

}  // namespace

const Token& TokenReader::Peek(size_t n) const {
  if (!ok()) return kEndToken;
  const size_t at = pos_ + n;
  return at < stream_.tokens.size() ? stream_.tokens[at] : stream_.tokens.back();
}

Token TokenReader::Take() {
  const Token token = Peek();
  if (ok() && pos_ + 1 < stream_.tokens.size()) ++pos_;
  return token;
}

bool TokenReader::TakeKeyword(std::string_view word) {
  if (!AtKeyword(word)) return false;
  Take();
  return true;
}

bool TokenReader::TakeLParen(std::string_view word) {
  if (!AtLParen(word)) return false;
  Take();
  Take();
  return true;
}

bool TokenReader::TakeRParen() {
  if (Kind() != TokenKind::kRParen) return false;
  Take();
  return true;
}

void TokenReader::ExpectKeyword(std::string_view word) {
  if (!TakeKeyword(word)) Unexpected(word);
}

void TokenReader::ExpectLParen(std::string_view word) {
  if (TakeLParen(word)) return;
  if (Kind() == TokenKind::kLParen) Take();
  Unexpected("(" + std::string(word));
}

void TokenReader::ExpectRParen() {
  if (!TakeRParen()) Unexpected("\")\"");
}

std::string TokenReader::ExpectString(std::string_view expected) {
  if (Kind() != TokenKind::kString) {
    Unexpected(expected);
    return {};
  }
  return DecodeString(Text(Take()));
}

std::string TokenReader::ExpectName(std::string_view expected) {
  const Token at = Peek();
  std::string name = ExpectString(expected);
  if (ok() && !IsValidUtf8(name)) Fail(at, "malformed UTF-8 encoding");
  return name;
}

uint64_t TokenReader::ExpectNat(std::string_view expected, int bits) {
  if (Kind() != TokenKind::kNat) {
    Unexpected(expected);
    return 0;
  }
  const Token token = Take();
  const auto value = ParseNat(Text(token), ~uint64_t{0} >> (64 - bits));
  if (!value) Fail(token, "i" + std::to_string(bits) + " constant out of range");
  return value.value_or(0);
}

void TokenReader::Fail(const Token& at, std::string message, ErrorKind kind) {
  if (ok()) error_ = ErrorAt(stream_.text, at.offset, std::move(message), kind);
}

void TokenReader::Fail(Error error) {
  if (ok()) error_ = std::move(error);
}

std::string TokenReader::Quoted(std::string_view text) {
  constexpr size_t kLongest = 60;
  // Cut at a character that is ASCII, so that the message stays UTF-8.
  size_t size = text.size();
  if (size > kLongest) {
    for (size = kLongest; size > 0 && static_cast<uint8_t>(text[size]) >= 0x80;) --size;
  }
  return std::string(text.substr(0, size)) + (size < text.size() ? "..." : "");
}

void TokenReader::Unexpected(std::string_view expected) {
  if (!ok()) return;
  const Token& token = Peek();
  if (token.kind == TokenKind::kError) {
    error_ = stream_.error;
    return;
  }
  const std::string_view text = Text(token);
  if (token.kind == TokenKind::kReserved ||
      (token.kind == TokenKind::kKeyword && !IsKnownWord(text))) {
    return Fail(token, "unknown operator " + Quoted(text));
  }
  const std::string found = token.kind == TokenKind::kEnd ? "end of input" : Quoted(text);
  Fail(token, "unexpected token " + found + ", expected " + std::string(expected));
}

}  // namespace airwasm::text
