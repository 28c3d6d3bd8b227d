// Components made around modules: valid, with the world's imports and exports; and what is refused.
#include "component/wrap/wrap.h"

#include <gtest/gtest.h>

#include <string>

#include "component/binary/decoder.h"
#include "component/valid/validator.h"
#include "component/wit/from_component.h"
#include "component/wit/parse.h"
#include "component/wit/print.h"
#include "component/wrap/metadata.h"
#include "engine/text/wat.h"

namespace airwasm::component::wrap {
namespace {

std::vector<uint8_t> Module(std::string_view wat, std::string_view wit) {
  const auto bytes = text::WatToWasm(wat, Features());
  EXPECT_TRUE(bytes.ok()) << bytes.error().ToString();
  if (wit.empty()) return *bytes;
  std::vector<wit::PackageSources> packages(1);
  packages[0].files.push_back({"test.wit", std::string(wit)});
  const auto document = wit::Parse(std::move(packages), {});
  EXPECT_TRUE(document.ok()) << document.status();
  const auto embedded =
      EmbedWorld(*bytes, *document, *document->FindWorld("w"), syntax::StringEncoding::kUtf8);
  EXPECT_TRUE(embedded.ok()) << embedded.status();
  return *embedded;
}

// The world of the component, or the error.
std::string WorldOf(const absl::StatusOr<std::vector<uint8_t>>& component) {
  if (!component.ok()) return std::string(component.status().message());
  const auto decoded = binary::Decode(*component, ComponentFeatures());
  if (!decoded.ok()) return decoded.error().ToString();
  TypeRegistry registry;
  const auto valid = valid::Validate(*decoded, {}, registry);
  if (!valid.ok()) return valid.error().ToString();
  const auto document = wit::FromComponent(*valid->types, valid->root->type);
  if (!document.ok()) return std::string(document.status().message());
  return *wit::Print(*document);
}

constexpr std::string_view kFilesWit = R"(package a:b;
interface files {
  resource file { read: func(n: u32) -> list<u8>; size: func() -> u64; }
  enum color { red, green }
  open: func(name: string) -> result<file, color>;
  unused: func() -> color;
}
world w {
  import files;
  import log: func(text: string);
  export run: func(names: list<string>) -> u32;
}
)";
constexpr std::string_view kFilesWat = R"((module
  (import "a:b/files" "open" (func (param i32 i32 i32)))
  (import "a:b/files" "[method]file.size" (func (param i32) (result i64)))
  (import "a:b/files" "[resource-drop]file" (func (param i32)))
  (import "$root" "log" (func (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 8)
  (func (export "run") (param i32 i32) (result i32) i32.const 1)))";

TEST(Wrap, ImportsAndExportsOfTheWorld) {
  const std::string expected = R"(package root:component;

world root {
  import a:b/files;
  import log: func(text: string);
  export run: func(names: list<string>) -> u32;
}

package a:b {
  interface files {
    resource file {
      size: func() -> u64;
    }
    enum color {
      red,
      green,
    }
    open: func(name: string) -> result<file, color>;
  }
}
)";
  EXPECT_EQ(expected, WorldOf(MakeComponent(Module(kFilesWat, kFilesWit), {})));
}

TEST(Wrap, ExportedInterfacesWithResourcesAndUses) {
  constexpr std::string_view kWit = R"(package a:b@1.0.0;
interface base { record point { x: f32, y: f32 } resource thing; }
interface shapes {
  use base.{point, thing};
  variant shape { dot(point), none }
  resource canvas {
    constructor(name: string);
    draw: func(what: shape) -> result<_, string>;
    join: static func(a: borrow<canvas>, b: canvas) -> canvas;
  }
  type alias = list<shape>;
  all: func(t: thing) -> alias;
}
interface more { use shapes.{canvas, shape}; take: func(it: canvas, how: option<shape>); }
world w { export more; export shapes; }
)";
  constexpr std::string_view kWat = R"((module
  (import "[export]a:b/shapes@1.0.0" "[resource-new]canvas" (func (param i32) (result i32)))
  (import "[export]a:b/shapes@1.0.0" "[resource-rep]canvas" (func (param i32) (result i32)))
  (import "[export]a:b/shapes@1.0.0" "[resource-drop]canvas" (func (param i32)))
  (import "a:b/base@1.0.0" "[resource-drop]thing" (func (param i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 8)
  (func (export "_initialize"))
  (func (export "a:b/shapes@1.0.0#[dtor]canvas") (param i32))
  (func (export "a:b/shapes@1.0.0#[constructor]canvas") (param i32 i32) (result i32) i32.const 0)
  (func (export "a:b/shapes@1.0.0#[method]canvas.draw") (param i32 i32 f32 f32) (result i32) i32.const 0)
  (func (export "cabi_post_a:b/shapes@1.0.0#[method]canvas.draw") (param i32))
  (func (export "a:b/shapes@1.0.0#[static]canvas.join") (param i32 i32) (result i32) i32.const 0)
  (func (export "a:b/shapes@1.0.0#all") (param i32) (result i32) i32.const 0)
  (func (export "a:b/more@1.0.0#take") (param i32 i32 i32 f32 f32))))";
  const std::string expected = R"(package root:component;

world root {
  import a:b/base@1.0.0;
  export a:b/shapes@1.0.0;
  export a:b/more@1.0.0;
}

package a:b@1.0.0 {
  interface base {
    record point {
      x: f32,
      y: f32,
    }
    resource thing;
  }

  interface shapes {
    use base.{point};
    use base.{thing};
    variant shape {
      dot(point),
      none,
    }
    resource canvas {
      constructor(name: string);
      draw: func(what: shape) -> result<_, string>;
      join: static func(a: borrow<canvas>, b: canvas) -> canvas;
    }
    type alias = list<shape>;
    all: func(t: thing) -> list<shape>;
  }

  interface more {
    use shapes.{canvas};
    use shapes.{shape};
    take: func(it: canvas, how: option<shape>);
  }
}
)";
  EXPECT_EQ(expected, WorldOf(MakeComponent(Module(kWat, kWit), {})));
}

TEST(Wrap, RefusalsNameWhatIsMissing) {
  const struct {
    std::string_view name, wit, wat, message;
  } kCases[] = {
      {"import without a world", "", R"((module (import "wasi:io/poll@0.2.0" "poll" (func))))",
       "module: the import `wasi:io/poll@0.2.0` `poll`: the module carries no world, and there is "
       "no "
       "adapter of that name"},
      {"interface misspelt", kFilesWit, R"((module (import "a:b/flies" "open" (func))
         (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 0)
         (memory (export "memory") 1) (func (export "run") (param i32 i32) (result i32) i32.const 0)))",
       "module: the import `a:b/flies` `open`: neither its world nor an adapter provides that "
       "module "
       "(did you mean `a:b/files`?)"},
      {"function misspelt", kFilesWit, R"((module (import "a:b/files" "[method]file.sizes" (func))
         (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 0)
         (memory (export "memory") 1) (func (export "run") (param i32 i32) (result i32) i32.const 0)))",
       "module: the import `a:b/files` `[method]file.sizes` has no counterpart in its world (did "
       "you mean `[method]file.size`?)"},
      {"import of another type", kFilesWit,
       R"((module (import "a:b/files" "open" (func (param i32)))
         (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 0)
         (memory (export "memory") 1) (func (export "run") (param i32 i32) (result i32) i32.const 0)))",
       "module: the import `a:b/files` `open` is [i32] -> [], while its world makes it [i32 i32 "
       "i32] -> []"},
      {"export missing", kFilesWit, R"((module (func (export "rnu"))))",
       "module has no export `run`, which its world requires"},
      {"export of another type", kFilesWit, R"((module (func (export "run"))))",
       "module: the export `run` is [] -> [], while its world makes it [i32 i32] -> [i32]"},
      {"no memory", kFilesWit,
       R"((module (func (export "run") (param i32 i32) (result i32) i32.const 0)))",
       "module has no export `memory`, which the export `run` needs"},
      {"no allocator", kFilesWit, R"((module (memory (export "memory") 1)
         (func (export "run") (param i32 i32) (result i32) i32.const 0)))",
       "module has no export `cabi_realloc`, which the export `run` needs"},
      {"memory imported", "package a:b; world w {}",
       R"((module (import "env" "memory" (memory 1))))",
       "module: the memory `env` `memory` is imported; a module of a component has to define its "
       "memory"},
      {"global imported", "package a:b; world w {}", R"((module (import "env" "g" (global i32))))",
       "module: the import `env` `g` is no function, and only functions can be imported"},
      {"asynchronous import", kFilesWit, R"((module (import "a:b/files" "[async-lower]open" (func))
         (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 0)
         (memory (export "memory") 1) (func (export "run") (param i32 i32) (result i32) i32.const 0)))",
       "module: the import `a:b/files` `[async-lower]open` is asynchronous, which is not supported "
       "yet"},
      {"invalid module", "", "(module (func (result i32)))",
       "module: offset 0x18: type mismatch: instruction requires [i32] but stack has [], in end"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const auto component = MakeComponent(Module(test.wat, test.wit), {});
    ASSERT_FALSE(component.ok());
    EXPECT_EQ(test.message, std::string(component.status().message()));
  }
}

TEST(Wrap, RepeatedImportsGetTheSame) {
  constexpr std::string_view kWit = "package a:b; interface i { f: func(); } world w { import i; }";
  constexpr std::string_view kWat = R"((module
    (import "a:b/i" "f" (func)) (import "a:b/i" "f" (func)) (import "a:b/i" "f" (func))))";
  EXPECT_EQ(R"(package root:component;

world root {
  import a:b/i;
}

package a:b {
  interface i {
    f: func();
  }
}
)",
            WorldOf(MakeComponent(Module(kWat, kWit), {})));
}

// The adapter has functions that nobody uses, and one that is reached through a table.
constexpr std::string_view kAdapterWit = R"(package a:adapter;
world w {
  import x:y/used@0.2.3;
  import x:y/unused@0.2.0;
  import x:y/by-table@0.2.0;
  export x:y/run@0.2.0;
}
package x:y@0.2.3 { interface used { get: func() -> string; set: func(text: string); other: func(); } }
package x:y@0.2.0 {
  interface unused { f: func(); }
  interface by-table { f: func(); }
  interface run { run: func(); }
}
)";
constexpr std::string_view kAdapterBody = R"(
  (import "__main_module__" "entry" (func $entry))
  (import "x:y/unused@0.2.0" "f" (func $unused))
  (import "x:y/used@0.2.3" "get" (func $get (param i32)))
  (import "x:y/used@0.2.3" "set" (func $set (param i32 i32)))
  (import "x:y/by-table@0.2.0" "f" (func $by_table))
  (table 1 funcref)
  (elem (i32.const 0) func $by_table)
  (func $helper (result i32) (call $get (i32.const 8)) (i32.const 4))
  (func (export "old_get") (result i32) (drop (call $helper)) (call_indirect (i32.const 0)) (i32.const 7))
  (func (export "old_set") (call $set (i32.const 0) (i32.const 0)))
  (func (export "old_other") (call $unused))
  (func (export "x:y/run@0.2.0#run") (call $entry))
  (func (export "cabi_import_realloc") (param i32 i32 i32 i32) (result i32) i32.const 8))";
constexpr std::string_view kMainOfAdapterWit = R"(package a:main;
world w { import x:y/used@0.2.0; }
package x:y@0.2.0 { interface used { get: func() -> string; } }
)";
constexpr std::string_view kMainOfAdapter = R"((module
  (import "old" "old_get" (func (result i32)))
  (import "x:y/used@0.2.0" "get" (func (param i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 8)
  (func (export "entry"))))";

TEST(Wrap, AdaptersOfBothKindsAreCutDownAndVersionsMerged) {
  const std::string wat[] = {
      // With a memory of its own.
      "(module (import \"__adapter__\" \"memory\" (memory 2))"
      "(import \"__adapter__\" \"copy-in\" (func (param i32 i32 i32)))" +
          std::string(kAdapterBody) + ")",
      // In the main module's memory.
      "(module (import \"env\" \"memory\" (memory 0))" + std::string(kAdapterBody) +
          "(global $__stack_pointer (mut i32) (i32.const 0)))",
  };
  for (const std::string& adapter : wat) {
    SCOPED_TRACE(adapter.substr(0, 50));
    Options options;
    options.adapters.push_back({.name = "old", .module = Module(adapter, kAdapterWit)});
    const auto main = Module(kMainOfAdapter, kMainOfAdapterWit);
    EXPECT_EQ(R"(package root:component;

world root {
  import x:y/used@0.2.3;
  import x:y/by-table@0.2.0;
  export x:y/run@0.2.0;
}

package x:y@0.2.3 {
  interface used {
    get: func() -> string;
  }
}

package x:y@0.2.0 {
  interface by-table {
    f: func();
  }

  interface run {
    run: func();
  }
}
)",
              WorldOf(MakeComponent(main, options)));
    options.adapters[0].exports = false;
    options.merge_versions = false;
    EXPECT_EQ(R"(package root:component;

world root {
  import x:y/used@0.2.0;
  import x:y/used@0.2.3;
  import x:y/by-table@0.2.0;
}

package x:y@0.2.0 {
  interface used {
    get: func() -> string;
  }

  interface by-table {
    f: func();
  }
}

package x:y@0.2.3 {
  interface used {
    get: func() -> string;
  }
}
)",
              WorldOf(MakeComponent(main, options)));
  }
}

TEST(Wrap, AdapterThatCopiesNothingNeedsNoMemoryOfTheModule) {
  Options options;
  options.adapters.push_back({.name = "old",
                              .module = Module(R"((module
    (import "__adapter__" "memory" (memory 2))
    (import "__adapter__" "copy-in" (func $copy (param i32 i32 i32)))
    (func (export "quiet"))
    (func (export "copying") (call $copy (i32.const 0) (i32.const 0) (i32.const 0)))))",
                                               "")});
  const auto main = [](std::string_view function) {
    return Module(R"((module (import "old" ")" + std::string(function) + R"(" (func))))", "");
  };
  EXPECT_TRUE(MakeComponent(main("quiet"), options).ok());
  EXPECT_EQ("the module has no export `memory`, which the adapter needs",
            std::string(MakeComponent(main("copying"), options).status().message()));
}

TEST(Wrap, AdapterWithoutTheExportThatItNeeds) {
  Options options;
  options.adapters.push_back({.name = "old",
                              .module = Module("(module (import \"env\" \"memory\" (memory 0))" +
                                                   std::string(kAdapterBody) + ")",
                                               kAdapterWit)});
  const auto component =
      MakeComponent(Module(R"((module (memory (export "memory") 1)))", ""), options);
  EXPECT_EQ("the adapter old needs the module's export `entry`, a function [] -> []",
            component.status().message());
}

TEST(Metadata, OnlyTheWorldsAreTakenOut) {
  const auto plain = Module("(module (func $f) (@custom \"other\" \"bytes\"))", "");
  const auto with = Module("(module (func $f) (@custom \"other\" \"bytes\"))", kFilesWit);
  EXPECT_GT(with.size(), plain.size());
  EXPECT_EQ(plain, WithoutWorlds(with));
}

}  // namespace
}  // namespace airwasm::component::wrap
