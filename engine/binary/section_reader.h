// A ByteReader over one section, with what the sections share: names, counts, types with their
// features, expressions.
//
// It keeps its first error and then yields zeros and empty values. It may read on to the end of the
// module: that a section is longer than it says is told after its contents, because the suite wants
// to hear of what is wrong with those first.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "airwasm/features.h"
#include "airwasm/types.h"
#include "engine/base/byte_reader.h"
#include "engine/instr/instr.h"
#include "engine/syntax/module.h"

namespace airwasm::binary {

// Follows the nesting of blocks: `depth` is the number of blocks that are open behind `instr`.
inline void StepDepth(const Instr& instr, uint32_t& depth) {
  if (instr.immediate == Immediate::kBlock || instr.immediate == Immediate::kTryTable) ++depth;
  if (instr.op == Op::End || instr.op == Op::Delegate) --depth;
}

class SectionReader : public ByteReader {
 public:
  // `rest`: the module's bytes from `offset`, where the section's contents begin, to its end.
  SectionReader(std::span<const uint8_t> rest, size_t offset, const Features& features)
      : ByteReader(rest, offset), features_(features) {}

  // A mistake that is told when the module has no other, whatever follows.
  void FailLater(size_t offset, std::string_view message) {
    if (!late_error_)
      late_error_ =
          Error{.kind = ErrorKind::kMalformed, .offset = offset, .message = std::string(message)};
  }
  const std::optional<Error>& late_error() const { return late_error_; }

  bool Has(Feature feature) const { return features_.Has(feature); }

  // Fails at `offset` with "<what>: needs the feature <text>" when `feature` is switched off.
  void Need(Feature feature, size_t offset, std::string_view what) {
    if (!features_.Has(feature)) [[unlikely]]
      FailFeature(feature, offset, what);
  }

  // The count before a vector; more than `limit` is a kLimit error that says "too many <what>".
  uint32_t Count(uint32_t limit, std::string_view what);

  // What to reserve for `count` elements whose encodings take at least `min_bytes` each. A count
  // alone reserves little; more comes as the elements do.
  size_t Reservation(uint32_t count, size_t min_bytes = 1) const {
    constexpr size_t kMost = 1 << 16;
    return std::min({size_t{count}, remaining() / min_bytes + 1, kMost});
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

  const Features& features_;
  std::optional<Error> late_error_;
};

}  // namespace airwasm::binary
