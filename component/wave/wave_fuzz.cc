// Arbitrary text as a value of a type with every constructor: an error, or a value that prints as
// text that reads back as the same.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "component/wave/parse.h"

namespace {

using namespace airwasm::component;

ValType EveryConstructor(TypeTable& t) {
  const ValType maybe = t.Intern(OptionType{PrimType::kChar});
  const ValType variant = t.Intern(
      VariantType{{{"a", {}}, {"b", PrimType::kString}, {"ok", t.Intern(OptionType{maybe})}}});
  const ValType record =
      t.Intern(RecordType{{{"f", PrimType::kF64},
                           {"l", t.Intern(ListType{PrimType::kU8, {}})},
                           {"s", t.Intern(FlagsType{{"x", "y"}})},
                           {"e", t.Intern(OptionType{t.Intern(EnumType{{"none", "i-j"}})})},
                           {"r", t.Intern(ResultType{maybe, PrimType::kS16})},
                           {"t", t.Intern(TupleType{{PrimType::kBool, variant}})}}});
  return t.Intern(ListType{record, {}});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto* const kTypes = new TypeTable;
  static const ValType kType = EveryConstructor(*kTypes);
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto value = wave::Parse(text, *kTypes, kType);
  if (!value.ok()) return 0;
  const std::string printed = value->ToString();
  const auto again = wave::Parse(printed, *kTypes, kType);
  if (!again.ok() || again->ToString() != printed) {
    std::fprintf(stderr, "printed as what does not read back: %s\n", printed.c_str());
    std::abort();
  }
  return 0;
}
