// WIT as component types: what is encoded is valid and reads back as the same world.
#include "component/wit/to_component.h"

#include <gtest/gtest.h>

#include <string>

#include "component/binary/decoder.h"
#include "component/valid/validator.h"
#include "component/wit/from_component.h"
#include "component/wit/parse.h"
#include "component/wit/print.h"

namespace airwasm::component::wit {
namespace {

absl::StatusOr<Document> Read(std::string text) {
  std::vector<PackageSources> packages(1);
  packages[0].files.push_back({"test.wit", std::move(text)});
  return Parse(std::move(packages), {});
}

// The world that the bytes of EncodeWorld export, as WIT; or what went wrong.
std::string Decoded(const std::vector<uint8_t>& bytes) {
  const auto decoded = component::binary::Decode(bytes, ComponentFeatures::All());
  if (!decoded.ok()) return decoded.error().ToString();
  TypeRegistry registry;
  const auto valid = valid::Validate(*decoded, {.features = ComponentFeatures::All()}, registry);
  if (!valid.ok()) return valid.error().ToString();
  const component::ComponentType& root = valid->types->component(valid->root->type);
  if (root.exports.size() != 1) return "not one export";
  const component::ComponentType& outer = valid->types->component(root.exports[0].value.type.id);
  if (outer.exports.size() != 1) return "not one world";
  const auto document = FromComponent(*valid->types, outer.exports[0].value.id);
  if (!document.ok()) return std::string(document.status().message());
  return outer.exports[0].name + "\n" + *Print(*document);
}

TEST(WitToComponent, WorldsReadBackAsTheyWere) {
  const struct {
    std::string_view name, wit, expected;
  } kCases[] = {
      {"functions and types of the world", R"(
package a:b@1.2.0;
world w {
  record point { x: coordinate, y: s32 }
  type coordinate = s32;
  type number = u16;
  import origin: func() -> point;
  export shift: func(by: point, n: number, again: list<option<point>>) -> result<point, string>;
  export nothing: async func();
}
)",
       R"(a:b/w@1.2.0
package root:component;

world root {
  type coordinate = s32;
  record point {
    x: s32,
    y: s32,
  }
  type number = u16;
  import origin: func() -> point;
  export shift: func(by: point, n: u16, again: list<option<point>>) -> result<point, string>;
  export nothing: async func();
}
)"},
      {"resources, uses of uses, an interface in place", R"(
package a:b;
interface one {
  resource file { constructor(name: string); read: func(n: u32) -> list<u8>; size: static func() -> u64; }
  enum color { red, green }
  flags access { r, w }
  variant answer { yes(file), no(color), later }
}
interface two {
  use one.{file as document, color};
  type shade = color;
  open: func(how: shade) -> document;
  lend: func(it: borrow<document>) -> tuple<u8, char>;
}
interface three {
  use two.{document};
  take: func(it: document);
}
world w {
  import three;
  import here: interface { ping: func(); }
  export two;
}
)",
       R"(a:b/w
package root:component;

world root {
  import a:b/one;
  import a:b/two;
  import a:b/three;
  import here: interface {
    ping: func();
  }
  export a:b/two;
}

package a:b {
  interface one {
    resource file {
      constructor(name: string);
      read: func(n: u32) -> list<u8>;
      size: static func() -> u64;
    }
    enum color {
      red,
      green,
    }
    flags access {
      r,
      w,
    }
    variant answer {
      yes(file),
      no(color),
      later,
    }
  }

  interface two {
    use one.{file as document};
    use one.{color};
    type shade = color;
    open: func(how: color) -> document;
    lend: func(it: borrow<document>) -> tuple<u8, char>;
  }

  interface three {
    use one.{file as document};
    take: func(it: document);
  }
}
)"},
      {"an export that uses another export", R"(
package a:b;
interface one { resource file; }
interface two { use one.{file}; open: func() -> file; }
world w { export two; export one; }
)",
       R"(a:b/w
package root:component;

world root {
  export a:b/one;
  export a:b/two;
}

package a:b {
  interface one {
    resource file;
  }

  interface two {
    use one.{file};
    open: func() -> file;
  }
}
)"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const auto document = Read(std::string(test.wit));
    ASSERT_TRUE(document.ok()) << document.status();
    const auto world = document->FindWorld("w");
    ASSERT_TRUE(world.has_value());
    const auto bytes = EncodeWorld(*document, *world, syntax::StringEncoding::kUtf8);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    EXPECT_EQ(test.expected, Decoded(*bytes));
  }
}

TEST(WitToComponent, PackagesAreValidAndExportEachInterfaceAndWorld) {
  const auto document = Read(R"(
package local:demo;
interface types { resource file { read: func(off: u32, n: u32) -> list<u8>; } type size = u64; }
interface namespace { use types.{file}; open: func(name: string) -> file; }
world the-world { import namespace; export test: func(); }
)");
  ASSERT_TRUE(document.ok()) << document.status();
  const auto bytes = EncodePackage(*document);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  const auto decoded = component::binary::Decode(*bytes, ComponentFeatures());
  ASSERT_TRUE(decoded.ok()) << decoded.error().ToString();
  TypeRegistry registry;
  const auto valid = valid::Validate(*decoded, {}, registry);
  ASSERT_TRUE(valid.ok()) << valid.error().ToString();
  const auto& exports = valid->types->component(valid->root->type).exports;
  ASSERT_EQ(3u, exports.size());
  const std::string_view expected[][2] = {{"types", "local:demo/types"},
                                          {"namespace", "local:demo/namespace"},
                                          {"the-world", "local:demo/the-world"}};
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(expected[i][0], exports[i].name);
    const auto& outer = valid->types->component(exports[i].value.type.id);
    ASSERT_EQ(1u, outer.exports.size());
    EXPECT_EQ(expected[i][1], outer.exports[0].name);
  }
}

}  // namespace
}  // namespace airwasm::component::wit
