#include "engine/valid/value_types.h"

namespace airwasm::valid {
namespace {

// The feature that brought the type.
Feature FeatureOf(ValType type) {
  switch (type.kind()) {
    case ValKind::kI32:
    case ValKind::kI64:
    case ValKind::kF32:
    case ValKind::kF64:
    case ValKind::kBottom:
      return Feature::kCore;
    case ValKind::kV128:
      return Feature::kSimd;
    case ValKind::kRef:
      break;
  }
  switch (type.heap_type().kind()) {
    case HeapKind::kFunc:
    case HeapKind::kExtern:
      return type.nullable() ? Feature::kReferenceTypes : Feature::kFunctionReferences;
    case HeapKind::kConcrete:
      return Feature::kFunctionReferences;
    case HeapKind::kExn:
    case HeapKind::kNoExn:
      return Feature::kExceptions;
    case HeapKind::kAny:
    case HeapKind::kEq:
    case HeapKind::kI31:
    case HeapKind::kStruct:
    case HeapKind::kArray:
    case HeapKind::kNone:
    case HeapKind::kNoFunc:
    case HeapKind::kNoExtern:
      return Feature::kGc;
  }
  return Feature::kGc;
}

}  // namespace

std::string CheckValType(ValType type, uint32_t num_types, const Features& features) {
  if (type.IsRef() && type.heap_type().IsConcrete() && type.heap_type().index() >= num_types) {
    return "unknown type " + std::to_string(type.heap_type().index());
  }
  const Feature feature = FeatureOf(type);
  if (features.Has(feature)) return {};
  return "malformed value type: " + type.ToString() + " belongs to the feature " +
         std::string(FeatureText(feature)) + ", which is switched off";
}

const char* CompositeKindText(CompositeKind kind) {
  switch (kind) {
    case CompositeKind::kFunc:
      return "a function type";
    case CompositeKind::kStruct:
      return "a structure type";
    case CompositeKind::kArray:
      return "an array type";
  }
  return "";
}

}  // namespace airwasm::valid
