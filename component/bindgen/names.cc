#include "component/bindgen/names.h"

#include <algorithm>
#include <iterator>

namespace airwasm::component::bindgen {
namespace {

// Keywords of C++20, alternative tokens, and names that the C library may have as macros. Sorted.
constexpr std::string_view kTaken[] = {
    "alignas",
    "alignof",
    "and",
    "and_eq",
    "asm",
    "assert",
    "auto",
    "bitand",
    "bitor",
    "bool",
    "break",
    "case",
    "catch",
    "char",
    "char16_t",
    "char32_t",
    "char8_t",
    "class",
    "co_await",
    "co_return",
    "co_yield",
    "compl",
    "concept",
    "const",
    "const_cast",
    "consteval",
    "constexpr",
    "constinit",
    "continue",
    "decltype",
    "default",
    "delete",
    "do",
    "double",
    "dynamic_cast",
    "else",
    "enum",
    "errno",
    "explicit",
    "export",
    "extern",
    "false",
    "float",
    "for",
    "friend",
    "goto",
    "if",
    "inline",
    "int",
    "linux",
    "long",
    "major",
    "minor",
    "mutable",
    "namespace",
    "new",
    "noexcept",
    "not",
    "not_eq",
    "nullptr",
    "operator",
    "or",
    "or_eq",
    "private",
    "protected",
    "public",
    "register",
    "reinterpret_cast",
    "requires",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "static_assert",
    "static_cast",
    "stderr",
    "stdin",
    "stdout",
    "struct",
    "switch",
    "template",
    "this",
    "thread_local",
    "throw",
    "true",
    "try",
    "typedef",
    "typeid",
    "typename",
    "union",
    "unix",
    "unsigned",
    "using",
    "virtual",
    "void",
    "volatile",
    "wchar_t",
    "while",
    "xor",
    "xor_eq",
};

std::string Escaped(std::string name) {
  if (std::binary_search(std::begin(kTaken), std::end(kTaken), std::string_view(name))) name += '_';
  return name;
}

}  // namespace

std::string PascalCase(std::string_view name) {
  std::string out;
  bool first = true;
  for (const char c : name) {
    if (c == '-') {
      first = true;
    } else {
      out += first && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      first = false;
    }
  }
  // Macros of the C library.
  return out == "NULL" || out == "EOF" ? out + "_" : out;
}

std::string ConstantCase(std::string_view name) {
  return "k" + PascalCase(name);
}

std::string SnakeCase(std::string_view name) {
  std::string out(name);
  std::replace(out.begin(), out.end(), '-', '_');
  return Escaped(std::move(out));
}

std::string NamespaceCase(std::string_view name) {
  std::string out = SnakeCase(name);
  if (out == "std" || out == "absl" || out == "airwasm" || out == "exports") out += '_';
  return out;
}

std::string VersionCase(std::string_view version) {
  std::string out = "v";
  for (const char c : version) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    out += plain ? c : '_';
  }
  return out;
}

}  // namespace airwasm::component::bindgen
