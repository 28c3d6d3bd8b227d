#include "airwasm/value_type.h"

#include <cassert>

namespace airwasm {
namespace {

struct HeapKindRow {
  const char* text;
  const char* nullable_shorthand;  // of (ref null text)
  uint8_t code;
  HeapKind top;
  HeapKind bottom;
};

// Spec: core, binary/types, heap types. In the order of HeapKind.
constexpr HeapKindRow kRows[] = {
    {"func", "funcref", 0x70, HeapKind::kFunc, HeapKind::kNoFunc},
    {"extern", "externref", 0x6F, HeapKind::kExtern, HeapKind::kNoExtern},
    {"any", "anyref", 0x6E, HeapKind::kAny, HeapKind::kNone},
    {"eq", "eqref", 0x6D, HeapKind::kAny, HeapKind::kNone},
    {"i31", "i31ref", 0x6C, HeapKind::kAny, HeapKind::kNone},
    {"struct", "structref", 0x6B, HeapKind::kAny, HeapKind::kNone},
    {"array", "arrayref", 0x6A, HeapKind::kAny, HeapKind::kNone},
    {"exn", "exnref", 0x69, HeapKind::kExn, HeapKind::kNoExn},
    {"none", "nullref", 0x71, HeapKind::kAny, HeapKind::kNone},
    {"nofunc", "nullfuncref", 0x73, HeapKind::kFunc, HeapKind::kNoFunc},
    {"noextern", "nullexternref", 0x72, HeapKind::kExtern, HeapKind::kNoExtern},
    {"noexn", "nullexnref", 0x74, HeapKind::kExn, HeapKind::kNoExn},
};

const HeapKindRow& Row(HeapKind kind) {
  assert(kind != HeapKind::kConcrete);
  return kRows[static_cast<size_t>(kind)];
}

}  // namespace

const char* HeapKindText(HeapKind kind) {
  return Row(kind).text;
}
uint8_t HeapKindCode(HeapKind kind) {
  return Row(kind).code;
}
HeapKind TopOf(HeapKind kind) {
  return Row(kind).top;
}
HeapKind BottomOf(HeapKind kind) {
  return Row(kind).bottom;
}

std::string HeapType::ToString() const {
  return IsConcrete() ? std::to_string(index()) : HeapKindText(kind());
}

std::string ValType::ToString() const {
  switch (kind()) {
    case ValKind::kI32:
      return "i32";
    case ValKind::kI64:
      return "i64";
    case ValKind::kF32:
      return "f32";
    case ValKind::kF64:
      return "f64";
    case ValKind::kV128:
      return "v128";
    case ValKind::kBottom:
      return "unknown";
    case ValKind::kRef:
      break;
  }
  if (nullable() && !heap_type().IsConcrete()) return Row(heap_type().kind()).nullable_shorthand;
  return std::string("(ref ") + (nullable() ? "null " : "") + heap_type().ToString() + ")";
}

}  // namespace airwasm
