// A ByteReader over the contents of one section, with what the sections share: names, counts, types
// with their features, expressions.
//
// Like ByteReader it keeps its first error and then yields zeros and empty values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/byte_reader.h"
#include "engine/instr/features.h"
#include "engine/instr/instr.h"
#include "engine/syntax/module.h"
#include "engine/types/types.h"

namespace airwasm::binary {

class SectionReader : public ByteReader {
 public:
  // `contents` begin at `offset` of a module of `module_size` bytes.
  SectionReader(std::span<const uint8_t> contents, size_t offset, size_t module_size,
                const Features& features)
      : ByteReader(contents, offset), module_size_(module_size), features_(features) {}

  // A reader over a part of this section, at `offset` of the module.
  SectionReader Sub(std::span<const uint8_t> part, size_t offset) const {
    return SectionReader(part, offset, module_size_, features_);
  }

  size_t module_size() const { return module_size_; }
  bool Has(Feature feature) const { return features_.Has(feature); }

  // Fails at `offset` with "<what>: needs the feature <text>" when `feature` is switched off.
  void Need(Feature feature, size_t offset, std::string_view what) {
    if (!features_.Has(feature)) [[unlikely]]
      FailFeature(feature, offset, what);
  }

  // The count before a vector; more than `limit` is a kLimit error that says "too many <what>".
  uint32_t Count(uint32_t limit, std::string_view what);

  // What may be reserved for `count` elements whose encodings take at least `min_bytes` each.
  size_t Reservation(uint32_t count, size_t min_bytes = 1) const {
    return std::min<size_t>(count, remaining() / min_bytes + 1);
  }

  std::string_view Name();

  // As ReadValType and ReadRefType, with the features of the types.
  airwasm::ValType ValType();
  airwasm::ValType RefType();
  FieldType Field();

  TableType Table();
  MemoryType Memory();
  GlobalType Global();
  TagType Tag();

  // An expression up to and including its `end`. The instructions follow the grammar; whether they
  // are constant is the validator's business.
  syntax::Expr Expr();

 private:
  void FailFeature(Feature feature, size_t offset, std::string_view what);
  void CheckFeatures(airwasm::ValType type, size_t offset);
  // Reads the flags byte and the numbers after it. `allowed`: the flags that the kind of type
  // knows.
  uint8_t LimitsFlags(uint8_t allowed);
  Limits ReadLimits(uint8_t flags);

  size_t module_size_;
  Features features_;
};

}  // namespace airwasm::binary
