#include "component/wrap/unique_imports.h"

#include <set>
#include <utility>

#include "component/wit/strings.h"
#include "engine/base/byte_reader.h"
#include "engine/binary/encoder.h"

namespace airwasm::component::wrap {
namespace {

constexpr size_t kPreamble = 8;
constexpr uint8_t kImportSection = 2;

struct Section {
  uint8_t id = 0;
  std::span<const uint8_t> whole;  // with id and size
};

// Of a module that has been decoded.
std::vector<Section> SectionsOf(std::span<const uint8_t> module) {
  std::vector<Section> sections;
  ByteReader reader(module.subspan(kPreamble));
  while (!reader.AtEnd()) {
    const size_t begin = reader.offset();
    const uint8_t id = reader.U8();
    reader.Bytes(reader.VarU32());
    if (!reader.ok()) break;  // never
    sections.push_back({id, module.subspan(kPreamble + begin, reader.offset() - begin)});
  }
  return sections;
}

}  // namespace

UniqueImports MakeImportsUnique(std::span<const uint8_t> bytes,
                                const airwasm::syntax::Module& module) {
  UniqueImports out;
  std::set<std::pair<std::string_view, std::string_view>> seen;
  airwasm::syntax::Module renamed;
  for (airwasm::syntax::Import import : module.imports) {
    const std::string_view original = import.name;
    for (uint32_t i = 2; !seen.emplace(import.module, import.name).second; ++i) {
      import.name = renamed.strings.emplace_back(wit::Cat(original, " [", i, "]"));
    }
    if (import.name != original) out.originals.emplace(import.name, original);
    renamed.imports.push_back(import);
  }
  if (out.originals.empty()) {
    out.bytes.assign(bytes.begin(), bytes.end());
    return out;
  }
  // Nothing but the import section changes, so that what refers to places in the code stays right.
  const std::vector<uint8_t> with_imports = airwasm::binary::Encode(renamed);
  out.bytes.assign(bytes.begin(), bytes.begin() + kPreamble);
  for (Section section : SectionsOf(bytes)) {
    if (section.id == kImportSection) {
      for (const Section& other : SectionsOf(with_imports)) {
        if (other.id == kImportSection) section = other;
      }
    }
    out.bytes.insert(out.bytes.end(), section.whole.begin(), section.whole.end());
  }
  return out;
}

}  // namespace airwasm::component::wrap
