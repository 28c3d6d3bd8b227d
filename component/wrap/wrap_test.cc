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

}  // namespace
}  // namespace airwasm::component::wrap
