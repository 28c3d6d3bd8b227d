// Components as WIT.
#include "component/wit/from_component.h"

#include <gtest/gtest.h>

#include <string>

#include "component/text/parser.h"
#include "component/valid/validator.h"
#include "component/wit/parse.h"
#include "component/wit/print.h"

namespace airwasm::component::wit {
namespace {

std::string WitOf(std::string_view text) {
  const auto parsed = component::text::ParseComponent(text, Features());
  if (!parsed.ok()) return parsed.error().ToString();
  TypeRegistry registry;
  const auto valid = valid::Validate(*parsed, {.features = ComponentFeatures::All()}, registry);
  if (!valid.ok()) return valid.error().ToString();
  const auto document = FromComponent(*valid->types, valid->root->type);
  if (!document.ok()) return std::string(document.status().message());
  const auto printed = Print(*document);
  return printed.ok() ? *printed : printed.status().ToString();
}

TEST(WitFromComponent, ImportsAndExportsBecomeAWorld) {
  const std::string wit = WitOf(R"((component
    (import "a:b/types@1.0.0" (instance $types
      (export "r" (type (sub resource)))
      (type $c0 (enum "x" "y")) (export "color" (type $c (eq $c0)))
      (type $s0 (record (field "a" $c) (field "b" (list string)))) (export "s" (type $s (eq $s0)))
      (type $z u64) (export "size" (type (eq $z)))
      (export "[method]r.get" (func (param "self" (borrow 0)) (param "at" u32) (result $s)))))
    (alias export $types "r" (type $r))
    (alias export $types "color" (type $color))
    (import "a:b/open@1.0.0" (instance
      (alias outer 1 $r (type $r0))
      (export "r" (type $res (eq $r0)))
      (export "open" (func (param "name" string) (result (result (own $res)))))))
    (import "log" (func (param "what" $color)))
    (import "host" (instance (export "func" (func async))))
  ))");
  EXPECT_EQ(R"(package root:component;

world root {
  use a:b/types@1.0.0.{color};
  import a:b/types@1.0.0;
  import a:b/open@1.0.0;
  import log: func(what: color);
  import host: interface {
    %func: async func();
  }
}

package a:b@1.0.0 {
  interface types {
    resource r {
      get: func(at: u32) -> s;
    }
    enum color {
      x,
      y,
    }
    record s {
      a: color,
      b: list<string>,
    }
    type size = u64;
  }

  interface open {
    use types.{r};
    open: func(name: string) -> result<r>;
  }
}
)",
            wit);
  std::vector<PackageSources> packages(1);
  packages[0].files.push_back({"a.wit", wit});
  const auto again = Parse(std::move(packages), {});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(wit, *Print(*again));
}

TEST(WitFromComponent, SaysWhatWitCannotSay) {
  EXPECT_EQ("`m` is a module, which cannot be said in WIT",
            WitOf("(component (import \"m\" (core module)))"));
}

}  // namespace
}  // namespace airwasm::component::wit
