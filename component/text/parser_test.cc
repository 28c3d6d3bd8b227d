// What sugar stands for, told by printing what was parsed; and errors with their places.
#include "component/text/parser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "component/binary/component_test_util.h"
#include "component/binary/decoder.h"
#include "component/binary/encoder.h"
#include "component/syntax/canon_table.h"
#include "component/text/printer.h"

namespace airwasm::component::text {
namespace {

// The definitions of `text` without sugar, one a line, without the component around them.
std::string Desugar(const std::string& text) {
  const auto component = ParseComponent(text, Features());
  if (!component.ok()) return component.error().ToString();
  PrintOptions options;
  options.index_comments = false;
  std::string printed = Print(*component, options);
  printed = printed.substr(0, printed.rfind(')'));
  printed.erase(0, printed.find('\n') + 1);
  std::string out;
  for (size_t from = 0; from < printed.size();) {
    const size_t to = std::min(printed.find('\n', from), printed.size());
    out += printed.substr(from + 2, to - from - 2) + "\n";
    from = to + 1;
  }
  return out;
}

TEST(ComponentText, SugarStandsForDefinitions) {
  const struct {
    std::string_view name, text, definitions;
  } kCases[] = {
      {"types in a function's type", R"((import "f" (func (param "x" (list (tuple string u8))))))",
       R"((type (tuple string u8))
(type (list 0))
(type (func (param "x" 1)))
(import "f" (func (type 2)))
)"},
      {"an import inside a function", R"((func $f (export "a") (import "x") (result u8)))",
       R"((type (func (result u8)))
(import "x" (func $f (type 0)))
(export "a" (func $f))
)"},
      {"aliases through two instances",
       R"((import "i" (instance $i)) (export "e" (func $i "a" "b" "f")))",
       R"((type (instance))
(import "i" (instance $i (type 0)))
(alias export $i "a" (instance))
(alias export 1 "b" (instance))
(alias export 2 "f" (func))
(export "e" (func 0))
)"},
      {"outer aliases by name, once for each scope",
       R"((type $t u8) (component (type (list $t)) (type (option $t)) (type (instance
            (export "x" (type (eq $t)))))))",
       R"((type $t u8)
(component
  (alias outer 1 0 (type))
  (type (list 0))
  (type (option 0))
  (type (instance
    (alias outer 1 0 (type))
    (export "x" (type (eq 0))))))
)"},
      {"a nearer name hides an outer one",
       R"((type $t u8) (component (type $a (list $t)) (type $t u16) (type (list $t))))",
       R"((type $t u8)
(component
  (alias outer 1 0 (type))
  (type $a (list 0))
  (type $t u16)
  (type (list $t)))
)"},
      {"an outer alias by the name of the component",
       R"((component $C (type $t u8)) (component $D (type $u u8)
            (component (alias outer $D $u (type $v)) (type (list $v)))))",
       R"((component $C
  (type $t u8))
(component $D
  (type $u u8)
  (component
    (alias outer 1 0 (type $v))
    (type (list $v))))
)"},
      {"aliases with the sort first",
       R"((import "i" (instance $i)) (func $f (alias export $i "f")) (type $t u8)
          (component $c (alias export $i "c")) (core module $m (alias export $i "m"))
          (core instance $ci) (core func $cf (alias core export $ci "f"))
          (component (type $u (alias outer 1 $t))))",
       R"((type (instance))
(import "i" (instance $i (type 0)))
(alias export $i "f" (func $f))
(type $t u8)
(alias export $i "c" (component $c))
(alias export $i "m" (core module $m))
(core instance $ci)
(alias core export $ci "f" (core func $cf))
(component
  (alias outer 1 1 (type $u)))
)"},
      {"canonical definitions both ways round",
       R"((core instance $i) (canon lift (core func $i "f") (memory (core memory $i "m"))
            (func $g (param "x" string)))
          (func $h (param "x" string) (canon lift (core func $i "f") (memory $i "m")))
          (canon lower (func $g) async (core func $l)) (core func (canon lower (func $h))))",
       R"((core instance $i)
(alias core export $i "f" (core func))
(alias core export $i "m" (core memory))
(type (func (param "x" string)))
(func $g (type 0) (canon lift (core func 0) (memory 0)))
(type (func (param "x" string)))
(alias core export $i "f" (core func))
(alias core export $i "m" (core memory))
(func $h (type 1) (canon lift (core func 1) (memory 1)))
(core func $l (canon lower (func $g) async))
(core func (canon lower (func $h)))
)"},
      {"bundles as arguments",
       R"((core module $m (import "a" "f" (func))) (core instance $i)
          (core instance (instantiate $m (with "a" (instance (export "f" (func $i "f"))))))
          (component $c) (import "f" (func $f))
          (instance (instantiate $c (with "x" (instance (export "g" (func $f)))))))",
       R"((core module $m
  (type (func))
  (import "a" "f" (func (type 0)))
)
(core instance $i)
(alias core export $i "f" (core func))
(core instance (export "f" (func 0)))
(core instance (instantiate $m (with "a" (instance 1))))
(component $c)
(type (func))
(import "f" (func $f (type 0)))
(instance (export "g" (func $f)))
(instance (instantiate $c (with "x" (instance 0))))
)"},
      {"exports beside a module's own", R"((core module (export "x") (func (export "f"))))",
       R"((core module
  (type (func))
  (export "f" (func 0))
  (func (type 0)
  )
)
(export "x" (core module 0))
)"},
      {"imports have attributes",
       R"((instance (import "a" (implements "b:c/d") (external-id "z")) (export "f" (func))))",
       R"((type (instance
  (type (func))
  (export "f" (func (type 0)))))
(import "a" (implements "b:c/d") (external-id "z") (instance (type 0)))
)"},
      {"core types refer to themselves, each other and outer ones",
       R"((core type $a (struct (field (ref null $a))))
          (core rec (type $b (sub (struct (field (ref $c))))) (type $c (array (ref $a))))
          (component (core type (func (param (ref $b)) (result (ref null $a))))))",
       R"((core type $a (struct (field (ref null 0))))
(core rec (type $b (sub (struct (field (ref 2))))) (type $c (array (ref 0))))
(component
  (alias outer 1 1 (core type))
  (alias outer 1 0 (core type))
  (core type (func (param (ref 0)) (result (ref null 1)))))
)"},
      {"module types have types of their own",
       R"((core type $f (func)) (import "m" (core module (import "a" "b" (func (type $f)))
            (export "c" (func (param i32))) (export "t" (tag (type $f))))))",
       R"((core type $f (func))
(core type (module
  (alias outer 1 0 (type))
  (import "a" "b" (func (type 0)))
  (type (func (param i32)))
  (export "c" (func (type 1)))
  (export "t" (tag (type 0)))))
(import "m" (core module (type 1)))
)"},
      {"values and start",
       R"((import "v" (value $v string)) (import "f" (func $f (param "x" string) (result u8)))
          (start $f (value $v) (result (value $r)))
          (value (record (field "a" bool) (field "b" (option s16))) (record true (some -2)))
          (value (list (variant (case "x") (case "y" char))) (list (variant "y" 'q') (variant "x")))
          (value (flags "a" "b" "c") (flags "a" "c")) (value f32 1.5))",
       R"((import "v" (value $v string))
(type (func (param "x" string) (result u8)))
(import "f" (func $f (type 0)))
(start $f (value $v) (result (value $r)))
(type (option s16))
(type (record (field "a" bool) (field "b" 1)))
(value 2 (binary "\01\01~"))
(type (variant (case "x") (case "y" char)))
(type (list 3))
(value 4 (binary "\02\01q\00"))
(type (flags "a" "b" "c"))
(value 5 (binary "\05"))
(value f32 (binary "\00\00\c0?"))
)"},
      {"names and custom sections",
       R"((type $a (@name "x y") u8) (@custom "c" "\ff") (component $d (@name "e")))",
       R"((type $"x y" u8)
(@custom "c" "\ff")
(component $d (@name "e"))
)"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(Desugar("(component " + std::string(c.text) + ")"), c.definitions);
    // Alone, the first component would be all there is.
    if (!c.text.starts_with("(component"))
      EXPECT_EQ(Desugar(std::string(c.text)), c.definitions) << "without parentheses";
  }
}

TEST(ComponentText, EveryCanonicalDefinitionIsReadAndPrinted) {
  for (size_t i = 0; i < std::size(syntax::kCanons); ++i) {
    syntax::Component component;
    syntax::Canon canon;
    canon.kind = static_cast<syntax::CanonKind>(i);
    SCOPED_TRACE(syntax::kCanons[i].text);
    component.definitions.push_back({.what = canon});
    const std::string printed = Print(component);
    const auto again = ParseComponent(printed, Features());
    ASSERT_TRUE(again.ok()) << again.error().ToString() << printed;
    EXPECT_EQ(binary::Encode(*again), binary::Encode(component)) << printed;
  }
}

TEST(ComponentText, ErrorsSayWhatAndWhere) {
  const struct {
    std::string_view name, text;
    uint32_t line, column;
    std::string_view message;
  } kCases[] = {
      {"not closed", "(component\n  (type u8)", 2, 12, "unexpected token end of input"},
      {"text behind", "(component) (component)", 1, 13, "unexpected token (, expected end"},
      {"no definition", "(component\n  (table 1))", 2, 4, "unexpected token table, expected a def"},
      {"unknown name", "(component (export \"f\" (func $f)))", 1, 30, "unknown func $f"},
      {"name used before", "(component (type (list $t)) (type $t u8))", 1, 24, "unknown type $t"},
      {"two of a name", "(component (type $t u8) (type $t u8))", 1, 31, "duplicate type $t"},
      {"outer function",
       "(component (import \"f\" (func $f)) (component (export \"g\" (func $f))))", 1, 64,
       "outer item `f` is not a module, type, or component"},
      {"unknown outer component", "(component (alias outer $x 0 (type)))", 1, 25,
       "outer component $x not found"},
      {"unknown outer item", "(component $c (alias outer $c $t (type)))", 1, 31,
       "unknown outer item $t"},
      {"twice the same attribute",
       "(component (import \"a\" (external-id \"x\") (external-id \"y\") (func)))", 1, 43,
       "unexpected token external-id"},
      {"an escape that there is not", "(component (import \"\\zz\" (func)))", 1, 21,
       "invalid string escape"},
      {"error inside a module", "(component\n  (core module\n    (func bad)))", 3, 11,
       "unknown operator bad"},
      {"error on a module's first line", "(component\n  (core module (func bad)))", 2, 22,
       "unknown operator bad"},
      {"a function in a type", "(component (type (instance (func))))", 1, 29,
       "unexpected token func, expected a declarator"},
      {"an import in an instance type", "(component (type (instance (import \"a\" (func)))))", 1,
       29, "unexpected token import, expected a declarator"},
      {"value of another type", "(component (value u8 \"x\"))", 1, 22, "unexpected token"},
      {"value too large", "(component (value u8 256))", 1, 22, "constant out of range"},
      {"lift as a core function",
       "(component (core instance $i) (core func (canon lift (core func $i \"f\"))))", 1, 49,
       "unexpected token lift"},
      {"lower as a function", "(component (import \"f\" (func $f)) (func (canon lower (func $f))))",
       1, 48, "unexpected token lower"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const auto component = ParseComponent(c.text, Features());
    ASSERT_FALSE(component.ok());
    EXPECT_EQ(component.error().line, c.line) << component.error().ToString();
    EXPECT_EQ(component.error().column, c.column) << component.error().ToString();
    EXPECT_TRUE(component.error().message.starts_with(c.message)) << component.error().message;
  }
}

std::string Repeat(std::string_view text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST(ComponentText, DeepNestingIsAnError) {
  const struct {
    std::string_view name, open;
  } kCases[] = {
      {"components", "(component "},
      {"lists", "(list "},
      {"instance types", "(instance (type "},
      {"imports of components", "(component (import \"x\" "},
      {"module types", "(module (type "},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    for (const std::string_view start :
         {"(component ", "(component (type ", "(component (core type "}) {
      const auto component =
          ParseComponent(std::string(start) + Repeat(c.open, 100'000), Features());
      ASSERT_FALSE(component.ok());
    }
  }
  const auto nested = ParseComponent(Repeat("(component ", 102) + Repeat(")", 102), Features());
  ASSERT_FALSE(nested.ok());
  EXPECT_EQ(nested.error().message, "component nesting too deep");
  EXPECT_EQ(nested.error().kind, ErrorKind::kLimit);
  const std::string deepest = Repeat("(component ", 101) + Repeat(")", 101);
  const auto allowed = ParseComponent(deepest, Features());
  ASSERT_TRUE(allowed.ok()) << allowed.error().ToString();
  // The decoder has the same limit.
  const std::vector<uint8_t> bytes = binary::Encode(*allowed);
  EXPECT_TRUE(binary::Decode(bytes, ComponentFeatures()).ok());
  const auto lists = ParseComponent(
      "(component (type " + Repeat("(list ", 101) + "u8" + Repeat(")", 101) + "))", Features());
  ASSERT_FALSE(lists.ok());
  EXPECT_EQ(lists.error().message, "type nesting too deep");
}

TEST(ComponentText, TellsComponentsFromModules) {
  EXPECT_TRUE(IsComponentText("(; a ;) ( component )"));
  EXPECT_FALSE(IsComponentText("(module)"));
  EXPECT_FALSE(IsComponentText("(func)"));
  EXPECT_FALSE(IsComponentText(""));
  EXPECT_TRUE(IsComponentText("(;" + std::string(200'000, 'x') + ";)(component)"));
}

// What a printer must not lose though the parser never makes it.
TEST(ComponentText, NamesThatAreNoIdentifiersArePrinted) {
  syntax::Component component;
  for (int i = 0; i < 3; ++i)
    component.definitions.push_back({.what = syntax::Type{syntax::PrimType::kU8}});
  component.names.component = "";
  component.names.sorts[syntax::Sort::kType] = {{0, "a"}, {1, "a"}, {2, ""}};
  const std::string printed = Print(component);
  const auto again = ParseComponent(printed, Features());
  ASSERT_TRUE(again.ok()) << again.error().ToString() << printed;
  EXPECT_EQ(binary::Encode(*again), binary::Encode(component)) << printed;
}

TEST(ComponentText, SomethingOfEverythingIsPrinted) {
  const std::vector<uint8_t> bytes = binary::Comp(binary::kEverything);
  auto component = binary::Decode(bytes, ComponentFeatures::All());
  ASSERT_TRUE(component.ok()) << component.error().ToString();
  const std::string printed = Print(*component);
  auto again = ParseComponent(printed, Features());
  ASSERT_TRUE(again.ok()) << again.error().ToString() << printed;
  EXPECT_EQ(Print(*again), printed);
  // The module got the name that the component has for it; all else is the same.
  std::get<syntax::CoreModule>((*again).definitions[1].what).bytes =
      std::get<syntax::CoreModule>((*component).definitions[1].what).bytes;
  // A function that there is not has a name.
  (*component).names.sorts[syntax::Sort::kFunc].erase(7);
  EXPECT_EQ(binary::Encode(*again), binary::Encode(*component)) << printed;
}

TEST(ComponentText, ForeignModulesArePrintedAsBytes) {
  // A module whose type section has a size in more bytes than it needs.
  const uint8_t bytes[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 1, 0x81, 0, 0};
  syntax::Component component;
  component.definitions.push_back({.what = syntax::CoreModule{bytes}});
  const std::string printed = Print(component);
  EXPECT_NE(printed.find("(core module (;0;) binary \""), std::string::npos) << printed;
  const auto again = ParseComponent(printed, Features());
  ASSERT_TRUE(again.ok()) << again.error().ToString() << printed;
  EXPECT_EQ(binary::Encode(*again), binary::Encode(component)) << printed;
}

TEST(ComponentParser, StrictIndexForms) {
  const struct {
    const char* name;
    const char* text;
    bool strict;
  } kCases[] = {
      {"index", "(core instance $i) (canon lift (core func 0) (memory 0) (func))", true},
      {"name with core", "(core instance $i) (canon lift (core func $i \"f\") (func))", true},
      {"name without a sort",
       "(core instance $i) (canon lift (core func 0) (memory $i \"m\") (func))", false},
      {"function without core", "(core instance $i) (canon lift (func $i \"f\") (func))", false},
      {"memory without core",
       "(core instance $i) (canon lift (core func 0) (memory (memory $i \"m\")) (func))", false},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_TRUE(ParseComponent(c.text, Features()).ok());
    EXPECT_EQ(c.strict, ParseComponent(c.text, Features(), IndexForms::kStrict).ok());
  }
}

}  // namespace
}  // namespace airwasm::component::text
