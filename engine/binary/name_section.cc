#include "engine/binary/name_section.h"

#include <algorithm>

#include "engine/base/byte_reader.h"
#include "engine/base/limits.h"
#include "engine/base/utf8.h"
#include "engine/instr/instr.h"

namespace airwasm::binary {
namespace {

using syntax::IndirectNameMap;
using syntax::NameMap;
using syntax::Names;

// Ours: names that are kept of one module, all maps together. Bounds the memory that a module's
// names take to some 200 MB.
constexpr size_t kMaxNames = 2'000'000;

enum SubsectionId : uint8_t {
  kModule = 0,
  kFuncs = 1,
  kLocals = 2,
  kLabels = 3,
  kTypes = 4,
  kTables = 5,
  kMemories = 6,
  kGlobals = 7,
  kElems = 8,
  kDatas = 9,
  kFields = 10,
  kTags = 11,
};

struct MapRow {
  SubsectionId id;
  NameMap Names::* names;
  size_t (*size)(const syntax::Module&);  // of the index space
};
constexpr MapRow kMaps[] = {
    {kFuncs, &Names::funcs, [](const syntax::Module& m) { return m.funcs.size(); }},
    {kTypes, &Names::types, [](const syntax::Module& m) { return m.types.size(); }},
    {kTables, &Names::tables, [](const syntax::Module& m) { return m.tables.size(); }},
    {kMemories, &Names::memories, [](const syntax::Module& m) { return m.memories.size(); }},
    {kGlobals, &Names::globals, [](const syntax::Module& m) { return m.globals.size(); }},
    {kElems, &Names::elems, [](const syntax::Module& m) { return m.elems.size(); }},
    {kDatas, &Names::datas, [](const syntax::Module& m) { return m.datas.size(); }},
    {kTags, &Names::tags, [](const syntax::Module& m) { return m.tags.size(); }},
};

struct IndirectMapRow {
  SubsectionId id;
  IndirectNameMap Names::* names;
  size_t (*outer_size)(const syntax::Module&);
  size_t inner_size;
};
constexpr IndirectMapRow kIndirectMaps[] = {
    {kLocals, &Names::locals, [](const syntax::Module& m) { return m.funcs.size(); },
     limits::kLocals},
    {kLabels, &Names::labels, [](const syntax::Module& m) { return m.funcs.size(); },
     limits::kFunctionBytes},
    {kFields, &Names::fields, [](const syntax::Module& m) { return m.types.size(); },
     limits::kStructFields},
};

// The next name, or nothing when the reader has failed. A name that is not UTF-8 fails the reader.
std::optional<std::string> ReadName(ByteReader& r) {
  const uint32_t size = r.VarU32();
  const syntax::Bytes bytes = r.Bytes(size);
  if (r.ok() && !IsUtf8(bytes)) r.Fail("malformed UTF-8 encoding");
  if (!r.ok()) return std::nullopt;
  return std::string(bytes.begin(), bytes.end());
}

class NamesReader {
 public:
  explicit NamesReader(syntax::Module& module) : module_(module) {}

  void Subsection(uint8_t id, ByteReader& r) {
    if (id == kModule) {
      if (std::optional<std::string> name = ReadName(r)) module_.names.module = std::move(name);
      return;
    }
    for (const MapRow& row : kMaps) {
      if (row.id == id) Map(r, row.size(module_), module_.names.*row.names);
    }
    for (const IndirectMapRow& row : kIndirectMaps) {
      if (row.id != id) continue;
      IndirectNameMap& names = module_.names.*row.names;
      const size_t outer_size = row.outer_size(module_);
      const uint32_t count = r.VarU32();
      for (uint32_t i = 0; i < count && r.ok(); ++i) {
        const uint32_t outer = r.VarU32();
        if (!r.ok()) return;
        NameMap inner;
        Map(r, outer < outer_size ? row.inner_size : 0, inner);
        if (!inner.empty()) names.emplace(outer, std::move(inner));
      }
    }
  }

 private:
  // Keeps the names of indices below `size`, the first one of each index.
  void Map(ByteReader& r, size_t size, NameMap& names) {
    const uint32_t count = r.VarU32();
    for (uint32_t i = 0; i < count && r.ok(); ++i) {
      const uint32_t index = r.VarU32();
      std::optional<std::string> name = ReadName(r);
      if (!name || index >= size || kept_ == kMaxNames) continue;
      names.emplace_hint(names.end(), index, *std::move(name));
      ++kept_;
    }
  }

  syntax::Module& module_;
  size_t kept_ = 0;
};

void WriteName(std::vector<uint8_t>& out, const std::string& name) {
  WriteVarU32(out, static_cast<uint32_t>(name.size()));
  out.insert(out.end(), name.begin(), name.end());
}

void WriteMap(std::vector<uint8_t>& out, const NameMap& names) {
  WriteVarU32(out, static_cast<uint32_t>(names.size()));
  for (const auto& [index, name] : names) {
    WriteVarU32(out, index);
    WriteName(out, name);
  }
}

void WriteSubsection(std::vector<uint8_t>& out, uint8_t id, const std::vector<uint8_t>& contents) {
  out.push_back(id);
  WriteVarU32(out, static_cast<uint32_t>(contents.size()));
  out.insert(out.end(), contents.begin(), contents.end());
}

}  // namespace

void DecodeNames(syntax::Bytes contents, syntax::Module& module) {
  NamesReader names(module);
  ByteReader r(contents);
  while (!r.AtEnd()) {
    const uint8_t id = r.U8();
    const uint32_t size = r.VarU32();
    // A subsection that claims too much is read as far as it goes.
    const syntax::Bytes bytes = r.Bytes(std::min<size_t>(size, r.remaining()));
    if (!r.ok()) return;
    ByteReader subsection(bytes);
    names.Subsection(id, subsection);
  }
}

bool HasNames(const Names& names) {
  if (names.module) return true;
  for (const MapRow& row : kMaps) {
    if (!(names.*row.names).empty()) return true;
  }
  for (const IndirectMapRow& row : kIndirectMaps) {
    if (!(names.*row.names).empty()) return true;
  }
  return false;
}

void EncodeNames(const Names& names, std::vector<uint8_t>& out) {
  // Subsections stand in the order of their ids.
  for (uint8_t id = kModule; id <= kTags; ++id) {
    std::vector<uint8_t> contents;
    if (id == kModule && names.module) WriteName(contents, *names.module);
    for (const MapRow& row : kMaps) {
      if (row.id == id && !(names.*row.names).empty()) WriteMap(contents, names.*row.names);
    }
    for (const IndirectMapRow& row : kIndirectMaps) {
      if (row.id != id || (names.*row.names).empty()) continue;
      WriteVarU32(contents, static_cast<uint32_t>((names.*row.names).size()));
      for (const auto& [outer, inner] : names.*row.names) {
        WriteVarU32(contents, outer);
        WriteMap(contents, inner);
      }
    }
    if (!contents.empty()) WriteSubsection(out, id, contents);
  }
}

}  // namespace airwasm::binary
