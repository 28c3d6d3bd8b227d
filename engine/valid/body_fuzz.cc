// Any bytes as a function body, in a module that has something of everything: a verdict with an
// offset inside the body, the same from Run and from plain steps.
#include <cstdint>
#include <cstdlib>

#include "engine/valid/test_util.h"

namespace airwasm::valid {
namespace {

constexpr std::string_view kModule = R"(
  (type $f (func (param i32) (result i32)))             ;; 0
  (type $s (sub (struct (field (mut i32)) (field i8))))  ;; 1
  (type $t (sub $s (struct (field (mut i32)) (field i8) (field (ref null $s)))))
  (type $a (array (mut i32)))                            ;; 3
  (type $r (array (mut funcref)))                        ;; 4
  (type $p (func (param i32 i64) (result i64 i32)))      ;; 5
  (type $g (func (param i32 (ref null $s) i64) (result i32)))
  (func $body (type $g) (local f32 f64 v128 funcref (ref $s)) unreachable)
  (func $h (type $p) unreachable)
  (func $i)
  (table 1 funcref) (table i64 1 (ref null $f)) (memory 1) (memory i64 1)
  (global (mut i32) (i32.const 0)) (global (ref null $t) (ref.null $t))
  (tag (param i32)) (tag)
  (elem func $body) (data "x") (export "g" (func $body)))";

struct Fixture {
  TestModule m = [] {
    TestModule made = FromWat(kModule);
    made.module.data_count = 1;
    return made;
  }();
  TestContext context{m.module};
  FunctionValidator validator;
};

}  // namespace
}  // namespace airwasm::valid

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace airwasm;  // NOLINT(google-build-using-namespace)
  static valid::Fixture& fixture = *new valid::Fixture;
  valid::FunctionValidator& v = fixture.validator;
  const syntax::Expr body{{data, size}, 0};

  if (!v.Start(*fixture.context.context, 0)) abort();
  const bool accepted = v.Run(body);
  const Error told = accepted ? Error() : v.error();
  if (!accepted && (told.offset > size || told.message.empty())) abort();

  if (!v.Start(*fixture.context.context, 0)) abort();
  ByteReader reader(body.bytes);
  Instr instr;
  while (!v.done()) {
    ReadInstr(reader, instr);
    if (!reader.ok()) {
      if (accepted || reader.error().message != told.message ||
          reader.error().offset != told.offset)
        abort();
      return 0;
    }
    if (!v.Step(instr)) {
      if (accepted || v.error().message != told.message || v.error().offset != told.offset) abort();
      return 0;
    }
  }
  if (accepted != reader.AtEnd()) abort();
  return 0;
}
