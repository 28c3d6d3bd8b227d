// Rules that the official suite says little about: gated features, options and signatures of
// built-ins, values, and what names say about types. One row per case; "" means that it is valid.
#include <gtest/gtest.h>

#include <span>

#include "component/valid/test_util.h"

namespace airwasm::component::valid {
namespace {

struct Row {
  const char* name;
  const char* text;
  const char* problem;
};

void CheckAll(std::span<const Row> rows, ComponentFeatures features) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const std::string problem = ProblemOf(row.text, features);
    if (*row.problem == '\0') {
      EXPECT_EQ(problem, "");
    } else {
      EXPECT_NE(problem.find(row.problem), std::string::npos) << "found: " << problem;
    }
  }
}

TEST(Rules, WhatIsSwitchedOffIsRefused) {
  constexpr Row kRows[] = {
      {"async function", "(import \"f\" (func async))", "component-async is switched off"},
      {"stream", "(type (stream u8))", "component-async is switched off"},
      {"future", "(type (future))", "component-async is switched off"},
      {"built-in", "(core func (canon task.cancel))", "component-async is switched off"},
      {"map", "(type (map string u8))", "component-map is switched off"},
      {"fixed list", "(type (list u8 4))", "component-fixed-length-lists is switched off"},
      {"error context", "(type (list error-context))", "component-error-context is switched off"},
      {"error context built-in", "(core func (canon error-context.drop))",
       "component-error-context is switched off"},
      {"thread", "(core func (canon thread.index))", "component-threading is switched off"},
      {"value", "(import \"v\" (value u8))", "component-values is switched off"},
      {"implements", "(import \"a\" (implements \"a:b/c\") (instance))",
       "component-implements is switched off"},
      {"external-id", "(import \"a\" (external-id \"x\") (func))",
       "component-implements is switched off"},
      {"canonical version", "(import \"a:b/c@1\" (instance))", "unexpected end of input"},
      {"wide resource", "(type (resource (rep i64)))", "component-memory64 is switched off"},
      {"all else", "(import \"f\" (func (param \"x\" (list string))))", ""},
  };
  ComponentFeatures none;
  none.Set(ComponentFeature::kAsync, false)
      .Set(ComponentFeature::kMap, false)
      .Set(ComponentFeature::kAttributes, false);
  CheckAll(kRows, none);
}

TEST(Rules, MoreOfAsyncIsGatedByItself) {
  constexpr Row kRows[] = {
      {"cancel", "(core func (canon subtask.cancel))", ""},
      {"async cancel", "(core func (canon subtask.cancel async))",
       "component-more-async-builtins is switched off"},
      {"stream read", "(type $s (stream)) (core func (canon stream.read $s async))", ""},
      {"sync stream read", "(type $s (stream)) (core func (canon stream.read $s))",
       "component-more-async-builtins is switched off"},
      {"async cancel of a copy",
       "(type $s (future)) (core func (canon future.cancel-read $s async))",
       "component-more-async-builtins is switched off"},
      {"stackful lift",
       "(core module $m (func (export \"f\"))) (core instance $i (instantiate $m))"
       "(func async (canon lift (core func $i \"f\") async))",
       "component-async-stackful is switched off"},
  };
  CheckAll(kRows, ComponentFeatures());
}

// A component with a memory, an allocator and a core function, for the options of canons.
#define WITH_LIBC                                                           \
  "(core module $m (memory (export \"m\") 1)"                               \
  " (func (export \"r\") (param i32 i32 i32 i32) (result i32) unreachable)" \
  " (func (export \"cb\") (param i32 i32 i32) (result i32) unreachable)"    \
  " (func (export \"i\") (result i32) unreachable)"                         \
  " (func (export \"ii\") (param i32 i32)))"                                \
  "(core instance $i (instantiate $m))"                                     \
  "(alias core export $i \"m\" (core memory $mem))"                         \
  "(alias core export $i \"r\" (core func $realloc))"                       \
  "(alias core export $i \"cb\" (core func $cb))"                           \
  "(alias core export $i \"i\" (core func $ri))"                            \
  "(alias core export $i \"ii\" (core func $ii))"

TEST(Rules, CanonicalOptions) {
  constexpr Row kRows[] = {
      {"callback lift",
       WITH_LIBC "(func async (result string) (canon lift (core func $ri) async (callback $cb)"
                 " (memory $mem)))",
       ""},
      {"callback without async", WITH_LIBC "(func (canon lift (core func $ii) (callback $cb)))",
       "cannot specify canonical option `callback` without `async`"},
      {"callback of another type",
       WITH_LIBC "(func async (canon lift (core func $ri) async (callback $ri)))",
       "canonical option `callback` uses a core function with an incorrect signature"},
      {"post-return and async",
       WITH_LIBC "(func async (canon lift (core func $ri) async (callback $cb)"
                 " (post-return $ri)))",
       "cannot specify canonical option `post-return` together with `async`"},
      {"callback on a lowering",
       WITH_LIBC "(import \"f\" (func $f async)) (core func (canon lower (func $f) async"
                 " (callback $cb)))",
       "canonical option `callback` cannot be specified for lowerings"},
      {"async lowering needs memory for results",
       WITH_LIBC "(import \"f\" (func $f async (result u8)))"
                 " (core func (canon lower (func $f) async))",
       "canonical option `memory` is required"},
      {"async lowering with five parameters",
       WITH_LIBC "(import \"f\" (func $f async (param \"a\" (tuple u8 u8 u8 u8 u8))))"
                 " (core func $g (canon lower (func $f) async (memory $mem)))"
                 " (core module $n (import \"\" \"g\" (func (param i32) (result i32))))"
                 " (core instance (instantiate $n (with \"\" (instance (export \"g\""
                 " (func $g))))))",
       ""},
      {"task.return", WITH_LIBC "(core func (canon task.return (result string) (memory $mem)))",
       ""},
      {"task.return without memory", "(core func (canon task.return (result string)))",
       "canonical option `memory` is required"},
      {"task.return with realloc",
       WITH_LIBC "(core func (canon task.return (result u8) (memory $mem) (realloc $realloc)))",
       "cannot specify canonical option `realloc` on `task.return`"},
      {"stream.read of strings needs realloc",
       WITH_LIBC "(type $s (stream string)) (core func (canon stream.read $s async"
                 " (memory $mem)))",
       "canonical option `realloc` is required"},
      {"stream.write of strings needs none",
       WITH_LIBC "(type $s (stream string)) (core func (canon stream.write $s async"
                 " (memory $mem)))",
       ""},
      {"stream.write of numbers needs memory",
       "(type $s (stream u8)) (core func (canon stream.write $s async))",
       "canonical option `memory` is required"},
      {"a future is no stream", "(type $s (future)) (core func (canon stream.new $s))",
       "`stream.new` requires a stream type"},
      {"context slot", "(core func (canon context.get i32 2))", "must be less than 2"},
      {"context type", "(core func (canon context.get f32 0))", "requires the type `i32` or `i64`"},
      {"stream of borrows", "(type $r (resource (rep i32))) (type (stream (borrow $r)))",
       "stream element type cannot contain a `borrow` type"},
      {"map key", "(type (map f32 u8))", "invalid map key type"},
  };
  CheckAll(kRows, ComponentFeatures());
}

TEST(Rules, WideMemories) {
  constexpr Row kRows[] = {
      {"string",
       "(core module $m (memory (export \"m\") i64 1) (func (export \"f\") (param i64 i64))"
       " (func (export \"r\") (param i64 i64 i64 i64) (result i64) unreachable))"
       "(core instance $i (instantiate $m))"
       "(func (param \"s\" string) (canon lift (core func $i \"f\") (memory (core memory $i"
       " \"m\")) (realloc (core func $i \"r\"))))",
       ""},
      {"context of two types",
       "(core func (canon context.get i32 0))"
       "(core func (canon context.set i64 0))",
       "must have the same type"},
      {"resource",
       "(type $r (resource (rep i64))) (core func $n (canon resource.new $r))"
       "(core module $m (import \"\" \"n\" (func (param i64) (result i32))))"
       "(core instance (instantiate $m (with \"\" (instance (export \"n\" (func $n))))))",
       ""},
  };
  CheckAll(kRows, ComponentFeatures::All());
}

TEST(Rules, Names) {
  constexpr Row kRows[] = {
      {"async constructor",
       "(import \"a\" (type $a (sub resource)))"
       "(import \"[constructor]a\" (func async (result (own $a))))",
       "constructor function cannot be async"},
      {"static of an imported resource among exports",
       "(import \"a\" (type $a (sub resource))) (import \"f\" (func $f))"
       "(export \"[static]a.f\" (func $f))",
       "static resource name is not known in this context"},
      {"one resource, two names",
       "(import \"a\" (type $a (sub resource))) (export $x \"x\" (type $a))"
       "(export $y \"y\" (type $a)) (import \"f\" (func $f (param \"self\" (borrow $a))))"
       "(export \"[method]y.f\" (func $f) (func (param \"self\" (borrow $y))))",
       ""},
      {"version suffix", "(import \"a:b/c@0.2\" (versionsuffix \".6-rc.1\") (instance))", ""},
      {"version suffix of a full version",
       "(import \"a:b/c@0.2.6\" (versionsuffix \"-rc\") (instance))",
       "a `versionsuffix` needs a name with a canonical version"},
  };
  CheckAll(kRows, ComponentFeatures::All());
}

TEST(Rules, Values) {
  constexpr Row kRows[] = {
      {"unused value", "(import \"v\" (value u8))", "value index 0 was not used"},
      {"exported value", "(import \"v\" (value $v u8)) (export \"w\" (value $v))", ""},
      {"value used twice",
       "(import \"v\" (value $v u8)) (export \"w\" (value $v)) (export \"x\" (value $v))",
       "more than once"},
      {"start",
       "(import \"v\" (value $v string))"
       "(import \"f\" (func $f (param \"s\" string) (result u8)))"
       "(start $f (value $v) (result (value $r))) (export \"r\" (value $r))",
       ""},
      {"start with another type",
       "(import \"v\" (value $v u8)) (import \"f\" (func $f (param \"s\" string)))"
       "(start $f (value $v))",
       "value type mismatch for component start function argument 0"},
      {"start with too few arguments", "(import \"f\" (func $f (param \"s\" string))) (start $f)",
       "requires 1 arguments but was given 0"},
  };
  CheckAll(kRows, ComponentFeatures::All());
}

TEST(Rules, ValueBytes) {
  const auto check = [](syntax::ValType type, std::vector<uint8_t> bytes) {
    syntax::Component component;
    syntax::Value value{type, bytes};
    component.definitions.push_back({value, 0});
    Options options;
    options.features = ComponentFeatures::All();
    TypeRegistry registry;
    const auto valid = Validate(component, options, registry);
    // A value that is right is still unused.
    return valid.error().message.starts_with("value index 0 was not used");
  };
  using enum syntax::PrimType;
  EXPECT_TRUE(check(kBool, {1}));
  EXPECT_FALSE(check(kBool, {2}));
  EXPECT_FALSE(check(kBool, {}));
  EXPECT_FALSE(check(kBool, {1, 1}));
  EXPECT_TRUE(check(kU16, {0xFF, 0xFF, 0x03}));
  EXPECT_FALSE(check(kU16, {0xFF, 0xFF, 0x04}));
  EXPECT_TRUE(check(kF32, {0, 0, 0xC0, 0x7F}));
  EXPECT_FALSE(check(kF32, {1, 0, 0xC0, 0x7F}));
  EXPECT_TRUE(check(kString, {2, 0xC3, 0xA4}));
  EXPECT_FALSE(check(kString, {1, 0xC3}));
  EXPECT_FALSE(check(kString, {0xFF, 0xFF, 0xFF, 0x7F}));
  EXPECT_TRUE(check(kChar, {0xE2, 0x98, 0x83}));
  EXPECT_FALSE(check(kChar, {0xED, 0xA0, 0x80}));
}

}  // namespace
}  // namespace airwasm::component::valid
