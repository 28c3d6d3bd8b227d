// The type section: recursion groups of function, struct and array types.
// Spec: core, binary/types.
#include "engine/base/limits.h"
#include "engine/binary/sections.h"

namespace airwasm::binary {
namespace {

enum TypeCode : uint8_t {
  kRec = 0x4E,
  kSubFinal = 0x4F,
  kSub = 0x50,
  kArray = 0x5E,
  kStruct = 0x5F,
  kFunc = 0x60,
};

std::vector<ValType> ValTypes(SectionReader& r, uint32_t limit, std::string_view what) {
  std::vector<ValType> types;
  const uint32_t count = r.Count(limit, what);
  types.reserve(r.Reservation(count));
  for (uint32_t i = 0; i < count && r.ok(); ++i) types.push_back(r.ValType());
  return types;
}

void CompositeType(SectionReader& r, SubType& type) {
  const size_t start = r.offset();
  const uint8_t code = r.U8();
  switch (code) {
    case kFunc: {
      type.kind = CompositeKind::kFunc;
      type.func.params = ValTypes(r, limits::kParams, "parameters");
      const size_t results_offset = r.offset();
      type.func.results = ValTypes(r, limits::kResults, "results");
      if (type.func.results.size() > 1) {
        r.Need(Feature::kMultiValue, results_offset, "several results");
      }
      return;
    }
    case kStruct: {
      r.Need(Feature::kGc, start, "struct type");
      type.kind = CompositeKind::kStruct;
      const uint32_t count = r.Count(limits::kStructFields, "fields");
      type.fields.reserve(r.Reservation(count, 2));
      for (uint32_t i = 0; i < count && r.ok(); ++i) type.fields.push_back(r.Field());
      return;
    }
    case kArray:
      r.Need(Feature::kGc, start, "array type");
      type.kind = CompositeKind::kArray;
      type.fields.push_back(r.Field());
      return;
    default:
      r.FailAt(start, ErrorKind::kMalformed,
               code >= 0x80 ? "integer representation too long" : "malformed definition type");
  }
}

}  // namespace

SubType DecodeSubType(SectionReader& r) {
  SubType type;
  const uint8_t code = r.PeekU8();
  if (code == kSub || code == kSubFinal) {
    r.Need(Feature::kGc, r.offset(), "sub type");
    r.U8();
    type.is_final = code == kSubFinal;
    const size_t supers_offset = r.offset();
    const uint32_t supers = r.VarU32();
    if (supers > 1) {
      // The grammar knows a list of them, validation knows one.
      r.FailAt(supers_offset, ErrorKind::kInvalid,
               "sub type has " + std::to_string(supers) + " supertypes");
      return type;
    }
    if (supers == 1) type.supertype = r.VarU32();
    // The largest index stands for "none" inside; no module has that many types.
    if (supers == 1 && type.supertype == kNoType) type.supertype = kNoType - 1;
  }
  CompositeType(r, type);
  return type;
}

void DecodeTypes(SectionReader& r, syntax::Module& module) {
  const uint32_t groups = r.Count(limits::kTypes, "types");
  module.rec_group_sizes.reserve(r.Reservation(groups, 2));
  module.types.reserve(r.Reservation(groups, 2));
  for (uint32_t i = 0; i < groups && r.ok(); ++i) {
    uint32_t size = 1;
    const size_t start = r.offset();
    if (!r.AtEnd() && r.PeekU8() == kRec) {
      r.Need(Feature::kGc, start, "recursion group");
      r.U8();
      size = r.Count(limits::kRecGroupTypes, "types in a recursion group");
    }
    if (module.types.size() + size > limits::kTypes) {
      return r.FailAt(start, ErrorKind::kLimit,
                      "too many types: the limit is " + std::to_string(limits::kTypes));
    }
    module.rec_group_sizes.push_back(size);
    for (uint32_t j = 0; j < size && r.ok(); ++j) {
      module.type_offsets.push_back(r.offset());
      module.types.push_back(DecodeSubType(r));
    }
  }
}

}  // namespace airwasm::binary
