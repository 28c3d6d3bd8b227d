// The "component-name" custom section: names of the component and of what its index spaces hold.
//
// Reading never fails: what cannot be read, and what goes beyond the bound on names, is left out.
// Spec: component model, Binary, "Name Section".
#include <algorithm>
#include <string>
#include <utility>

#include "component/binary/encode.h"
#include "component/binary/sections.h"
#include "engine/base/byte_reader.h"
#include "engine/base/utf8.h"

namespace airwasm::component::binary {
namespace {

enum SubsectionId : uint8_t { kComponentName = 0, kSortNames = 1 };

std::optional<std::string> ReadName(ByteReader& r) {
  const uint32_t size = r.VarU32();
  const syntax::Bytes bytes = r.Bytes(size);
  if (r.ok() && !IsUtf8(bytes)) r.Fail("malformed UTF-8 encoding");
  if (!r.ok()) return std::nullopt;
  return std::string(bytes.begin(), bytes.end());
}

std::optional<syntax::Sort> ReadSort(ByteReader& r) {
  uint8_t code = r.U8();
  const bool core = code == 0x00;
  if (core) code = r.U8();
  for (size_t i = 0; i < syntax::kSortCount && r.ok(); ++i) {
    if (syntax::kSorts[i].core == core && syntax::kSorts[i].code == code) {
      return static_cast<syntax::Sort>(i);
    }
  }
  return std::nullopt;
}

void ReadSortNames(ByteReader& r, DecodeContext& context, syntax::Names& names) {
  const std::optional<syntax::Sort> sort = ReadSort(r);
  if (!sort) return;
  const uint32_t count = r.VarU32();
  for (uint32_t i = 0; i < count && r.ok(); ++i) {
    const uint32_t index = r.VarU32();
    std::optional<std::string> name = ReadName(r);
    if (!name || context.names == limits::kNames) continue;
    airwasm::syntax::NameMap& map = names.sorts[*sort];
    map.emplace_hint(map.end(), index, *std::move(name));
    ++context.names;
  }
}

void WriteSubsection(Out& out, uint8_t id, const Out& contents) {
  out.push_back(id);
  WriteBlob(out, contents);
}

}  // namespace

void DecodeNames(syntax::Bytes contents, DecodeContext& context, syntax::Names& names) {
  ByteReader r(contents);
  while (!r.AtEnd()) {
    const uint8_t id = r.U8();
    const uint32_t size = r.VarU32();
    // A subsection that claims too much is read as far as it goes.
    const syntax::Bytes bytes = r.Bytes(std::min<size_t>(size, r.remaining()));
    if (!r.ok()) return;
    ByteReader subsection(bytes);
    if (id == kComponentName) {
      if (std::optional<std::string> name = ReadName(subsection)) names.component = std::move(name);
    } else if (id == kSortNames) {
      ReadSortNames(subsection, context, names);
    }
  }
}

bool HasNames(const syntax::Names& names) {
  return names.component || std::any_of(names.sorts.begin(), names.sorts.end(),
                                        [](const auto& entry) { return !entry.second.empty(); });
}

void EncodeNames(const syntax::Names& names, Out& out) {
  Out contents;
  if (names.component) {
    WriteName(contents, *names.component);
    WriteSubsection(out, kComponentName, contents);
  }
  for (const auto& [sort, map] : names.sorts) {
    if (map.empty()) continue;
    contents.clear();
    WriteSort(contents, sort);
    WriteCount(contents, map.size());
    for (const auto& [index, name] : map) {
      WriteCount(contents, index);
      WriteName(contents, name);
    }
    WriteSubsection(out, kSortNames, contents);
  }
}

}  // namespace airwasm::component::binary
