// Tokens of the text format, shared by the module parser and the script parser.
//
// Lex() turns a whole text into tokens once; comments and white space are dropped, annotations that
// mean something to us (@custom, @name,
// @metadata.code.branch_hint) are kept aside, all others are checked and dropped. A lexical error
// becomes the last token, so that errors are reported in the order of the text. Nothing here
// recurses. Spec: core, text/lexical and text/values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"

namespace airwasm::text {

enum class TokenKind : uint8_t {
  kEnd,    // end of input
  kError,  // TokenStream::error says what is wrong
  kLParen,
  kRParen,
  kKeyword,   // starts with a..z
  kNat,       // unsigned integer literal
  kInt,       // integer literal with a sign
  kFloat,     // any other number, inf and nan included
  kString,    // with its quotes; escapes are valid
  kId,        // with its '$'; quoted ones are valid
  kReserved,  // made of legal characters, but no token of the grammar
};

struct Token {
  uint32_t offset = 0;  // bytes from the start of the text
  uint32_t size = 0;
  TokenKind kind = TokenKind::kEnd;
};

struct Annotation {
  std::string_view id;      // without the '@'
  uint32_t offset = 0;      // of its parenthesis
  uint32_t next_token = 0;  // index into TokenStream::tokens of what follows it
  uint32_t first = 0;       // its contents: a range of TokenStream::annotation_tokens
  uint32_t count = 0;
};

struct TokenStream {
  std::string_view text;
  std::vector<Token> tokens;  // the last one is kEnd or kError
  std::vector<Annotation> annotations;
  std::vector<Token> annotation_tokens;
  Error error;  // if the last token is kError

  std::string_view Text(const Token& t) const { return text.substr(t.offset, t.size); }
};

// `text` must outlive the result. Texts above limits::kModuleBytes yield an error token.
TokenStream Lex(std::string_view text);

// The bytes that a kString token stands for; also the quoted part of an id.
std::string DecodeString(std::string_view quoted);

// An error at `offset` of `text`, with line and column filled in. Lines end with '\n'.
Error ErrorAt(std::string_view text, size_t offset, std::string message,
              ErrorKind kind = ErrorKind::kMalformed);

bool IsValidUtf8(std::string_view s);

// Whether `c` may stand in identifiers and keywords.
bool IsIdChar(char c);

}  // namespace airwasm::text
