#include "component/wrap/helper_modules.h"

#include <cassert>
#include <string>

#include "component/wit/strings.h"
#include "engine/text/wat.h"

namespace airwasm::component::wrap {
namespace {

using wit::Append;
using wit::Cat;

// The texts are ours: that they parse is a fact.
std::vector<uint8_t> Assemble(const std::string& text) {
  auto bytes = text::WatToWasm(text, Features());
  assert(bytes.ok());
  return *std::move(bytes);
}

std::string TypeText(const airwasm::FuncType& type) {
  std::string out;
  for (const ValType& param : type.params) Append(out, " (param ", param.ToString(), ")");
  for (const ValType& result : type.results) Append(out, " (result ", result.ToString(), ")");
  return out;
}

}  // namespace

std::vector<uint8_t> ShimModule(std::span<const airwasm::FuncType> slots) {
  std::string text =
      Cat("(module (table (export \"$imports\") ", slots.size(), " ", slots.size(), " funcref)\n");
  for (size_t i = 0; i < slots.size(); ++i) {
    const std::string type = TypeText(slots[i]);
    Append(text, "(func (export \"", i, "\")", type);
    for (size_t p = 0; p < slots[i].params.size(); ++p) Append(text, " local.get ", p);
    Append(text, " i32.const ", i, " call_indirect", type, ")\n");
  }
  return Assemble(text + ")");
}

std::vector<uint8_t> FixupModule(std::span<const airwasm::FuncType> slots) {
  std::string text = "(module\n";
  for (size_t i = 0; i < slots.size(); ++i) {
    Append(text, "(import \"\" \"", i, "\" (func", TypeText(slots[i]), "))\n");
  }
  Append(text, "(import \"\" \"$imports\" (table ", slots.size(), " ", slots.size(), " funcref))\n",
         "(elem (i32.const 0) func");
  for (size_t i = 0; i < slots.size(); ++i) Append(text, " ", i);
  return Assemble(text + "))");
}

std::vector<uint8_t> StartModule() {
  return Assemble(R"((module (import "" "" (func $f)) (start $f)))");
}

std::vector<uint8_t> ReallocModule() {
  // Nothing is ever given back, so a block that grows needs a new place, and its bytes there.
  return Assemble(R"((module
    (import "env" "memory" (memory 0))
    (func (export "cabi_realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32)
        (result i32)
      (local $at i32)
      (local.set $at (memory.grow
        (i32.add (i32.shr_u (local.get $size) (i32.const 16))
                 (i32.ne (i32.and (local.get $size) (i32.const 0xFFFF)) (i32.const 0)))))
      (if (i32.eq (local.get $at) (i32.const -1)) (then unreachable))
      (local.set $at (i32.shl (local.get $at) (i32.const 16)))
      (memory.copy (local.get $at) (local.get $old) (local.get $old_size))
      (local.get $at))))");
}

std::vector<uint8_t> BridgeModule(uint64_t pages, bool uses_main) {
  if (!uses_main) return Assemble(Cat("(module (memory (export \"memory\") ", pages, "))"));
  return Assemble(Cat(R"((module
    (import "main" "memory" (memory $main 0))
    (memory $own (export "memory") )",
                      pages, R"()
    (func (export "copy-in") (param $to i32) (param $from i32) (param $count i32)
      (memory.copy $own $main (local.get $to) (local.get $from) (local.get $count)))
    (func (export "copy-out") (param $to i32) (param $from i32) (param $count i32)
      (memory.copy $main $own (local.get $to) (local.get $from) (local.get $count)))))"));
}

}  // namespace airwasm::component::wrap
