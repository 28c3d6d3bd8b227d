// The text format of modules: syntax::Module to WAT.
#pragma once

#include <string>

#include "engine/syntax/module.h"

namespace airwasm::text {

struct PrintOptions {
  bool fold = false;           // operands inside the parentheses of their operator
  bool index_comments = true;  // "(;3;)" beside definitions, "(;@1;)" beside numbered labels
};

// Prints `module`, valid or not. Parsing the result and encoding it gives the bytes that encoding
// `module` gives, names and custom sections included, if the module came from text or from our
// encoder. Names that cannot be identifiers are made unique or become @name annotations. What the
// text format cannot say is left out with a comment: malformed function bodies, an unused data
// count section. Spec: core, text.
std::string Print(const syntax::Module& module, const PrintOptions& options = {});

// Core types in the text of components: "(sub final 0 (struct (field i32)))", "(func (type 3))",
// "(memory 1)". Types are referred to by number.
std::string SubTypeText(const SubType& type);
std::string ExternTypeText(const syntax::ExternType& type);

// `name` as an identifier of the text format: $name, or $"..." if it needs quotes. `name` must not
// be empty.
std::string IdLiteral(std::string_view name);
// `bytes` as a string literal, with its quotes.
std::string StringLiteral(std::string_view bytes);
// Literals that ParseF32 and ParseF64 read back to the same pattern.
std::string F32LiteralText(uint32_t bits);
std::string F64LiteralText(uint64_t bits);

}  // namespace airwasm::text
