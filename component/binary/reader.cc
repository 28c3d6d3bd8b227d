#include "component/binary/reader.h"

#include <algorithm>
#include <string>

#include "engine/base/utf8.h"

namespace airwasm::component::binary {

std::string_view Reader::Name() {
  const size_t start = offset();
  const uint32_t size = VarU32();
  if (size > limits::kNameBytes && size <= remaining()) {
    FailAt(start, ErrorKind::kLimit, "name too long: " + std::to_string(size) + " bytes");
    return {};
  }
  const size_t text_offset = offset();
  const syntax::Bytes bytes = Bytes(size);
  if (!IsUtf8(bytes)) FailAt(text_offset, ErrorKind::kMalformed, "malformed UTF-8 encoding");
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

uint32_t Reader::Count(uint32_t limit, std::string_view what) {
  const size_t start = offset();
  const uint32_t count = SectionReader::Count(limit, what);
  // Each item takes a byte or more: what is promised beyond the section's end never comes.
  const size_t coming = std::min<size_t>(count, remaining());
  if (coming > limits::kItems - context_.items) {
    FailAt(start, ErrorKind::kLimit,
           "component too large: the limit is " + std::to_string(limits::kItems) +
               " elements of lists");
    return 0;
  }
  context_.items += static_cast<uint32_t>(coming);
  return count;
}

bool Reader::Bool() {
  const size_t start = offset();
  const uint8_t byte = U8();
  if (byte > 1) FailAt(start, ErrorKind::kMalformed, "invalid boolean value");
  return byte == 1;
}

bool Reader::Present(std::string_view what) {
  const size_t start = offset();
  const uint8_t byte = U8();
  if (byte > 1) FailLeadingByte(byte, start, what);
  return byte == 1;
}

void Reader::FailLeadingByte(uint8_t byte, size_t offset, std::string_view what) {
  if (!ok()) return;
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  if (byte >= 16) hex += kDigits[byte >> 4];
  hex += kDigits[byte & 15];
  FailAt(offset, ErrorKind::kMalformed,
         "invalid leading byte (0x" + hex + ") for " + std::string(what));
}

void Reader::Need(ComponentFeature feature, size_t offset, std::string_view what) {
  if (!ok() || context_.features.Has(feature)) return;
  FailAt(offset, ErrorKind::kMalformed,
         std::string(what) + ": needs the feature " + std::string(FeatureText(feature)));
}

void Reader::ChargeDefinition() {
  if (++context_.definitions <= limits::kDefinitions) return;
  FailAt(offset(), ErrorKind::kLimit,
         "too many definitions: the limit is " + std::to_string(limits::kDefinitions));
}

void Reader::CheckDepth(uint32_t depth, uint32_t limit, std::string_view what) {
  if (depth <= limit) return;
  FailAt(offset(), ErrorKind::kLimit,
         std::string(what) + " nested too deeply: the limit is " + std::to_string(limit));
}

}  // namespace airwasm::component::binary
