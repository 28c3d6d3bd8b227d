// WIT text to Document: what is accepted and what it means, what is refused and how that is said.
#include "component/wit/parse.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace airwasm::component::wit {
namespace {

absl::StatusOr<Document> ParseText(std::string text, const ParseOptions& options = {}) {
  std::vector<PackageSources> packages(1);
  packages[0].files.push_back({"a.wit", std::move(text)});
  return Parse(std::move(packages), options);
}

std::string ErrorOf(std::string text) {
  const auto document = ParseText(std::move(text));
  return document.ok() ? "no error" : std::string(document.status().message());
}

TEST(WitParse, Accepts) {
  const struct {
    const char* name;
    const char* text;
  } kCases[] = {
      {"a package alone", "package a:b;"},
      {"with a version", "package a:b@1.2.3-rc.1+build.5;"},
      {"words in capitals", "package a:b; interface XML-parser { parse-XML: func(s: string); }"},
      {"escaped names", "package a:b; interface %interface { %func: func(%u8: u8); }"},
      {"comments", "/* a /* nested */ one */ package a:b; // end\ninterface i { /**/ }"},
      {"all types",
       "package a:b; interface i { type a = list<u8>; type b = list<u8, 4>; type c = option<char>; "
       "type d = result; type e = result<u8>; type f = result<_, u8>; type g = result<u8, string>; "
       "type h = tuple<s8, s16, s32, s64,>; type j = map<string, f32>; type k = stream; "
       "type l = stream<f64>; type m = future; type n = future<bool>; type o = error-context; }"},
      {"trailing commas",
       "package a:b; interface i { record r { a: u8, } variant v { a, b(u8), } enum e { a, } "
       "flags f { a, } g: func(a: u8,); }"},
      {"later types", "package a:b; interface i { type a = c; record c { d: e } enum e { x } }"},
      {"a resource",
       "package a:b; interface i { resource r { constructor(a: u8); m: func(o: borrow<r>) -> r; "
       "s: static async func() -> own<r>; } resource q { constructor() -> result<q, string>; } }"},
      {"uses in any order",
       "package a:b; interface i { use j.{t as u}; f: func() -> u; } interface j { type t = u8; }"},
      {"a file's own names",
       "package a:b; use c:d/e@1.0.0 as x; interface i { use x.{t}; use c:d/e@1.0.0.{t as u}; } "
       "package c:d@1.0.0 { interface e { type t = u8; } }"},
      {"a world",
       "package a:b; interface i {} world w { import i; export i; import j: interface { f: func(); "
       "} "
       "import k: func(); export k:func(); type t = u8; export l: async func(x: t); import m: i; "
       "}"},
      {"include",
       "package a:b; world v { import f: func(); export g: func(); } "
       "world w { import f: func(); include v with { f as h } }"},
      {"interfaces of includes merge",
       "package a:b; interface i {} world u { import i; } world v { import i; } "
       "world w { include u; include v; import i; }"},
      {"gates",
       "package a:b@1.0.0; @since(version = 1.0.0) interface i { "
       "@since(version = 1.0.0) @deprecated(version = 1.0.0) f: func(); "
       "@unstable(feature = x) g: func(); }"},
      {"external names",
       "package a:b; world w { @external-id(\"x\\u{41}\\n\\7a\") import f: func(); }"},
      {"the same package twice", "package a:b; package c:d { } package c:d { }"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ("no error", ErrorOf(c.text));
  }
}

TEST(WitParse, Refuses) {
  const struct {
    const char* text;
    const char* error;
  } kCases[] = {
      {"package a:b", "a.wit:1:12: expected `;` or `{`, found the end of the file"},
      {"package a:b;\ninterface i {\n  f: fun();\n}",
       "a.wit:3:6: expected `func` or `async func`, found `fun`"},
      {"interface i {}",
       "a.wit:1:1: expected `package namespace:name;` in one file of the package"},
      {"package a:b; interface i {} package c:d;",
       "a.wit:1:37: the declaration of a file's package comes first in it"},
      {"package a:b; interface func {}",
       "a.wit:1:24: expected the name of an interface, found the keyword `func` (as a name it is "
       "written `%func`)"},
      {"package a:b; interface i { type t = strin; }",
       "a.wit:1:37: the type `strin` is not defined (did you mean `string`?)"},
      {"package a:b; interface i { type t = t; }", "a.wit:1:33: the type `t` contains itself"},
      {"package a:b; interface i { record r { a: list<q> } record q { a: r } }",
       "a.wit:1:35: the type `r` contains itself"},
      {"package a:b; interface i { type t = u8; T: func(); }",
       "a.wit:1:41: `T` is already defined"},
      {"package a:b; interface i { record r {} }",
       "a.wit:1:38: expected a name, because a type needs at least one member, found `}`"},
      {"package a:b; interface i { f: func(a: u8, A: u8); }", "a.wit:1:43: `A` stands here twice"},
      {"package a:b; interface i { f: func() -> (a: u8); }",
       "a.wit:1:41: expected a type, found `(`"},
      {"package a:b; interface i { use j.{t}; } interface jj { type t = u8; }",
       "a.wit:1:32: the interface `j` is not defined (did you mean `i`?)"},
      {"package a:b; interface i { use j.{tt}; } interface j { type t = u8; }",
       "a.wit:1:35: the interface `a:b/j` defines no type `tt` (did you mean `t`?)"},
      {"package a:b; interface i { use j.{t}; } interface j { use i.{u}; }",
       "a.wit:1:24: the interface `i` uses itself, by way of what it uses"},
      {"package a:b; interface i { use c:d/e@1.0.0.{t}; } package c:d@1.1.0 { interface e {} }",
       "a.wit:1:32: package `c:d@1.0.0` is not known (did you mean `c:d@1.1.0`?)"},
      {"package a:b; interface i { f: func() -> borrow<r>; resource r; }",
       "a.wit:1:48: the result of a function cannot contain a `borrow`"},
      {"package a:b; interface i { type t = stream<borrow<r>>; resource r; }",
       "a.wit:1:37: a stream or future cannot carry a `borrow`"},
      {"package a:b; interface i { f: func(a: borrow<t>); type t = u8; }",
       "a.wit:1:46: expected the name of a resource, but `t` is none"},
      {"package a:b; interface i { resource r { constructor(); constructor(); } }",
       "a.wit:1:56: a resource has at most one constructor"},
      {"package a:b; interface i { resource r { constructor() -> r; } }",
       "a.wit:1:58: a constructor's result is `result<r, ...>`, or is not written at all"},
      {"package a:b; interface i { type t = map<f32, u8>; }",
       "a.wit:1:41: the key of a map is an integer, a `char`, a `bool` or a `string`"},
      {"package a:b; interface i { type t = list<u8, 0>; }",
       "a.wit:1:46: the length of a list is from 1 to 4294967295"},
      {"package a:b; world w { import a:b; }",
       "a.wit:1:34: expected `/` and the name of an interface, because this names a package, found "
       "`;`"},
      {"package a:b; world w { import f: func(); import f: func(); }",
       "a.wit:1:49: the import `f` stands here twice"},
      {"package a:b; world v { import f: func(); } world w { import f: func(); include v; }",
       "a.wit:1:61: the import `f` is already there in this world"},
      {"package a:b; interface i {} world v { import i; } world w { include v with { i as j } }",
       "a.wit:1:78: the world `v` has no import or export of the plain name `i`, and no other can "
       "be renamed"},
      {"package a:b; world w { include w; }", "a.wit:1:20: the world `w` includes itself"},
      {"package a:b; world w { import w; }",
       "a.wit:1:31: expected the name of an interface, but `w` is a world"},
      {"package a:b; @since(version = 1.0.0) interface i {}",
       "a.wit:1:31: a package with feature gates needs a version"},
      {"package a:b@1.0.0; @since(version = 1.0.1) interface i {}",
       "a.wit:1:37: version 1.0.1 is later than that of the package, 1.0.0"},
      {"package a:b@1.0.0; @unstable(feature = x) interface i {} world w { import i; }",
       "a.wit:1:75: `i` needs the feature `x`, which is not enabled"},
      {"package a:b@1.0.0; @sinc(version = 1.0.0) interface i {}",
       "a.wit:1:21: unknown gate `@sinc` (did you mean `since`?)"},
      {"package a:b@1.0.0; @deprecated(version = 1.0.0) interface i {}",
       "a.wit:1:42: `@deprecated` needs `@since` or `@unstable` beside it"},
      {"package a:b@1.0;", "a.wit:1:13: expected a version such as `1.2.3`"},
      {"package a:b@01.0.0;", "a.wit:1:13: expected a version such as `1.2.3`"},
      {"package a:fooBar;", "a.wit:1:11: `fooBar`: a word is all lower case or all upper case"},
      {"package a:b--c;", "a.wit:1:11: `b--c`: '-' has to stand between two words"},
      {"package a:b_c;", "a.wit:1:11: `b_c`: words are joined by '-', not '_'"},
      {"package a:b; /* open", "a.wit:1:14: the block comment has no end"},
      {"package a:b; #", "a.wit:1:14: unexpected character `#`"},
      {"package a:b; // \xE2\x80\xAE", "a.wit:1:17: the character U+202E must not stand in WIT"},
      {"package a:b; \xFF", "a.wit:1:1: the file is not UTF-8"},
      {"package a:b:c/d;", "a.wit:1:12: nested namespaces are not supported"},
      {"package a:b; package c:d { interface i {} } package c:d { }",
       "a.wit:1:53: package `c:d` is defined twice, with different contents"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(c.error, ErrorOf(c.text));
  }
}

TEST(WitParse, DeepAndLongInputsEndInAnError) {
  std::string deep;
  for (int i = 0; i < 2000; ++i) deep += "list<";
  EXPECT_NE(
      std::string::npos,
      ErrorOf("package a:b; interface i { type t = " + deep).find("types are nested too deeply"));
  std::string chain = "package a:b; interface i { type t0 = u8;";
  for (int i = 1; i < 2000; ++i) {
    chain += " type t" + std::to_string(i) + " = t" + std::to_string(i - 1) + ";";
  }
  EXPECT_NE(std::string::npos, ErrorOf(chain + "}").find("types are nested too deeply"));
  std::string flags = "package a:b; interface i { flags f { a0";
  for (int i = 1; i < 33; ++i) flags += ", a" + std::to_string(i);
  EXPECT_NE(std::string::npos, ErrorOf(flags + " } }").find("flags have at most 32 labels"));
}

TEST(WitParse, EveryPrefixIsAnErrorOrADocument) {
  const std::string text =
      "package a:b@1.0.0; /// doc\n@since(version = 1.0.0) interface i { use j.{t as u}; resource "
      "r { constructor(); m: func() -> result<u, r>; } } interface j { variant t { a(u8), b } } "
      "world w { import i; export x: func(a: list<u8, 4>); include v with { f as g } } "
      "world v { @external-id(\"q\") import f: func(); }";
  EXPECT_EQ("no error", ErrorOf(text));
  for (size_t i = 0; i < text.size(); ++i) {
    const std::string error = ErrorOf(text.substr(0, i));
    if (error != "no error") EXPECT_EQ(0u, error.find("a.wit:")) << error;
  }
}

TEST(WitParse, FeaturesShowWhatTheyGate) {
  const char* text =
      "package a:b@1.0.0; interface i { @unstable(feature = x) f: func(); g: func(); }";
  EXPECT_EQ(1u, ParseText(text)->interfaces[0].functions.size());
  EXPECT_EQ(2u, ParseText(text, {.features = {"x"}})->interfaces[0].functions.size());
  EXPECT_EQ(2u, ParseText(text, {.all_features = true})->interfaces[0].functions.size());
}

TEST(WitParse, DocumentationIsKept) {
  const auto document = ParseText(
      "/// The package.\npackage a:b;\n/// One.\n///   Two.\n// no\ninterface i {\n/** Block\n * "
      "of "
      "two */ f: func();\nrecord r { /// field\n a: u8 } }");
  ASSERT_TRUE(document.ok()) << document.status();
  EXPECT_EQ("The package.", document->packages[0].docs);
  EXPECT_EQ("One.\n  Two.", document->interfaces[0].docs);
  EXPECT_EQ("Block\nof two", document->interfaces[0].functions[0].docs);
  const auto& record = std::get<Record>(document->types[document->interfaces[0].types[0]].what);
  EXPECT_EQ("field", record.fields[0].docs);
}

std::vector<std::string> NamesOf(const std::vector<WorldItem>& items) {
  std::vector<std::string> names;
  for (const WorldItem& item : items) names.push_back((item.implied ? "+" : "") + item.name);
  return names;
}

TEST(WitParse, WorldsImportWhatTheirInterfacesUse) {
  const auto document = ParseText(
      "package a:b@0.1.0; interface c { use d.{t}; } interface d { use e.{t}; } "
      "interface e { resource t; } world w { import c; export f: interface { use e.{t}; } } "
      "world x { export c; export d; } world y { include w; export g: func(); }");
  ASSERT_TRUE(document.ok()) << document.status();
  using Names = std::vector<std::string>;
  EXPECT_EQ((Names{"+a:b/e@0.1.0", "+a:b/d@0.1.0", "a:b/c@0.1.0"}),
            NamesOf(document->worlds[0].imports));
  EXPECT_EQ((Names{"f"}), NamesOf(document->worlds[0].exports));
  EXPECT_EQ((Names{"+a:b/e@0.1.0"}), NamesOf(document->worlds[1].imports));
  EXPECT_EQ((Names{"f", "g"}), NamesOf(document->worlds[2].exports));
  EXPECT_EQ(1u, document->FindWorld("x"));
  EXPECT_EQ(2u, document->FindWorld("a:b/y@0.1.0"));
  EXPECT_EQ(std::nullopt, document->FindWorld(""));
}

TEST(WitParse, FunctionsOfResources) {
  const auto document = ParseText(
      "package a:b; interface i { resource r { constructor(); m: func(a: u8) -> r; s: static "
      "func(); } }");
  ASSERT_TRUE(document.ok()) << document.status();
  const auto& functions = document->interfaces[0].functions;
  ASSERT_EQ(3u, functions.size());
  EXPECT_EQ("[constructor]r", functions[0].name);
  EXPECT_EQ("[method]r.m", functions[1].name);
  EXPECT_EQ("[static]r.s", functions[2].name);
  ASSERT_EQ(2u, functions[1].params.size());
  EXPECT_EQ("self", functions[1].params[0].name);
  EXPECT_TRUE(std::holds_alternative<Own>(document->types[functions[1].result->index()].what));
}

TEST(WitParse, SeveralFilesAndPackages) {
  std::vector<PackageSources> packages(2);
  packages[0].files.push_back({"dep.wit", "package c:d; interface e { type t = u8; }"});
  packages[1].files.push_back({"x.wit", "interface i { use j.{t}; }"});
  packages[1].files.push_back({"y.wit", "package a:b; interface j { use c:d/e.{t}; }"});
  const auto document = Parse(packages, {});
  ASSERT_TRUE(document.ok()) << document.status();
  EXPECT_EQ(1u, document->root);
  EXPECT_EQ("a:b/i", document->QualifiedName(1));
  packages[1].files[0].text = "package a:c; interface i {}";
  EXPECT_EQ("y.wit:1:9: expected package `a:c` as in the other files, found `a:b`",
            Parse(packages, {}).status().message());
}

}  // namespace
}  // namespace airwasm::component::wit
