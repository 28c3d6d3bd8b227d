// Documents as text: the text itself, and that it parses back to what prints the same.
#include "component/wit/print.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "component/wit/parse.h"

namespace airwasm::component::wit {
namespace {

std::string Printed(std::string text) {
  std::vector<PackageSources> packages(1);
  packages[0].files.push_back({"a.wit", std::move(text)});
  const auto document = Parse(std::move(packages), {.all_features = true});
  if (!document.ok()) return std::string(document.status().message());
  const auto printed = Print(*document);
  return printed.ok() ? *printed : printed.status().ToString();
}

TEST(WitPrint, PrintsWhatItParses) {
  const std::string text = R"(/// A package.
package a:b@1.0.0;

/// One.
///
///   Two.
@since(version = 1.0.0)
interface i {
  use c:d/e@0.1.0.{t as u};
  use j.{%type};
  @external-id("x\0a\22")
  resource r {
    constructor(a: u8) -> result<r>;
    m: async func(o: borrow<r>) -> u;
    s: static func(%func: s8);
  }
  resource q {
    constructor();
  }
  resource p;
  record rec {
    /// A field.
    a: list<u8, 4>,
    b: tuple<u8, string>,
  }
  variant v {
    a,
    b(option<rec>),
  }
  enum en {
    a,
    b,
  }
  flags fl {
    a,
    b,
  }
  type m = map<string, result<_, char>>;
  type n = result<list<u8>, u8>;
  type %error-context = u8;
  @unstable(feature = f)
  @deprecated(version = 1.0.0)
  g: func(a: stream<u8>, b: r) -> future;
}

interface j {
  type %type = u8;
}

world w {
  use j.{%type};
  resource x {
    y: func();
  }
  import i;
  import %world: interface {
    h: func();
  }
  import p: func(a: %type, b: borrow<x>) -> x;
  export z: i;
  export c:d/e@0.1.0;
  export run: func() -> result;
}

package c:d@0.1.0 {
  interface e {
    type t = u64;
  }
}
)";
  EXPECT_EQ(text, Printed(text));
}

TEST(WitPrint, IncludesAreWrittenOut) {
  EXPECT_EQ(R"(package a:b;

interface i {
  resource r;
}

interface k {
  use i.{r};
}

world v {
  import f: func();
  export k;
}

world w {
  import g: func();
  export k;
}
)",
            Printed("package a:b; interface i { resource r; } interface k { use i.{r}; } world v { "
                    "import f: func(); export k; } world w { include v with { f as g } }"));
}

}  // namespace
}  // namespace airwasm::component::wit
