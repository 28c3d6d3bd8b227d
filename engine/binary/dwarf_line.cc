#include "engine/binary/dwarf_line.h"

#include <algorithm>
#include <mutex>
#include <tuple>
#include <vector>

#include "engine/binary/dwarf_program.h"

namespace airwasm::binary {
namespace {

using dwarf::LineProgram;
using dwarf::Reader;
using dwarf::Row;
using dwarf::View;

// A run of code of one unit, in ascending order of addresses.
struct Sequence {
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t unit = 0;     // index of the unit
  uint32_t program = 0;  // where in the unit's program the run begins
};

// Linkers set the addresses of code that they removed to 0 or to one of the largest numbers. No
// function begins at 0, where the section has its count.
bool IsRemoved(uint64_t address) {
  return address == 0 || address >= 0xFFFFFFFE;
}

// Bytes of an abbreviation table that are searched for a compile unit's entry, which compilers put
// first.
constexpr size_t kAbbrevBytes = 1024;
// Compile units that are searched for a directory: bounds the work of a question about broken data.
constexpr int kMaxCompileUnits = 100'000;

enum Attribute : uint64_t { kStmtList = 0x10, kCompDir = 0x1B };
constexpr uint8_t kCompileUnit = 1;  // unit types of version 5

}  // namespace

struct DwarfLines::Impl {
  struct UnitInfo {
    uint64_t offset;  // in .debug_line
    LineProgram program;
  };

  View line, info, abbrev;
  dwarf::Strings strings;
  std::once_flag once;
  std::vector<UnitInfo> units;
  std::vector<Sequence> sequences;  // in ascending order of `begin`

  void ReadSequences();
  void ReadUnit(uint32_t index, const LineProgram& program);
  std::optional<Row> FindRow(const Sequence& sequence, uint32_t address) const;
  std::string_view CompileDir(uint64_t line_offset) const;
  // The attributes of a compile unit's first entry; false when they cannot be read.
  bool ReadCompileUnit(Reader unit, uint64_t& stmt_list, dwarf::Value& dir) const;
  Reader FindAbbrev(uint64_t table, uint64_t code) const;
};

void DwarfLines::Impl::ReadSequences() {
  Reader reader(line);
  while (!reader.AtEnd()) {
    const uint64_t offset = reader.offset();
    const Reader unit = reader.Unit();
    if (!reader.ok()) break;
    std::optional<LineProgram> program = LineProgram::Parse(unit);
    if (!program) continue;
    units.push_back({.offset = offset, .program = *program});
    ReadUnit(static_cast<uint32_t>(units.size() - 1), units.back().program);
  }
  // Where runs begin at one address, the last one in the section answers.
  std::sort(sequences.begin(), sequences.end(), [](const Sequence& a, const Sequence& b) {
    return std::tie(a.begin, a.unit, a.program) < std::tie(b.begin, b.unit, b.program);
  });
}

void DwarfLines::Impl::ReadUnit(uint32_t index, const LineProgram& program) {
  Reader reader(program.program());
  Row row;
  std::optional<uint64_t> begin;
  size_t start = 0;
  while (program.Next(reader, row)) {
    if (!begin) begin = row.address;
    if (!row.end_sequence) continue;
    if (!IsRemoved(*begin) && row.address > *begin && row.address <= UINT32_MAX) {
      sequences.push_back({.begin = static_cast<uint32_t>(*begin),
                           .end = static_cast<uint32_t>(row.address),
                           .unit = index,
                           .program = static_cast<uint32_t>(start)});
    }
    row = Row();
    begin.reset();
    start = reader.offset();
  }
}

std::optional<Row> DwarfLines::Impl::FindRow(const Sequence& sequence, uint32_t address) const {
  const LineProgram& program = units[sequence.unit].program;
  Reader reader(program.program().subspan(sequence.program));
  Row row;
  std::optional<Row> last;
  while (program.Next(reader, row)) {
    if (row.address > address || row.end_sequence) break;
    last = row;
  }
  return last;
}

// The attribute list of abbreviation `code`, behind its tag.
Reader DwarfLines::Impl::FindAbbrev(uint64_t table, uint64_t code) const {
  Reader reader(table < abbrev.size()
                    ? abbrev.subspan(table, std::min(kAbbrevBytes, abbrev.size() - table))
                    : View{});
  while (reader.ok()) {
    const uint64_t found = reader.VarU64();
    reader.VarU64();  // tag
    reader.U8();      // has children
    if (found == code) return reader;
    if (found == 0) reader.Fail("no such abbreviation");
    for (uint64_t attribute = 1, form = 1; reader.ok() && (attribute != 0 || form != 0);) {
      attribute = reader.VarU64();
      form = reader.VarU64();
      if (form == dwarf::kFormImplicitConst) reader.VarS64();
    }
  }
  return reader;
}

bool DwarfLines::Impl::ReadCompileUnit(Reader unit, uint64_t& stmt_list, dwarf::Value& dir) const {
  const uint16_t version = unit.U16();
  uint64_t table = 0;
  if (version >= 5) {
    if (unit.U8() != kCompileUnit) return false;
    unit.U8();
    table = unit.Offset();
  } else {
    table = unit.Offset();
    unit.U8();
  }
  const uint64_t code = unit.VarU64();
  if (!unit.ok()) return false;
  Reader attributes = FindAbbrev(table, code);
  bool has_list = false;
  while (attributes.ok() && unit.ok()) {
    const uint64_t attribute = attributes.VarU64();
    const uint64_t form = attributes.VarU64();
    if (form == dwarf::kFormImplicitConst) attributes.VarS64();
    if (!attributes.ok() || (attribute == 0 && form == 0)) break;
    const dwarf::Value value = unit.Read(form, strings);
    if (!unit.ok()) break;
    if (attribute == kStmtList) stmt_list = value.number, has_list = true;
    if (attribute == kCompDir) dir = value;
  }
  return has_list;
}

// The directory in which the compiler ran that wrote the unit of .debug_line at `line_offset`.
std::string_view DwarfLines::Impl::CompileDir(uint64_t line_offset) const {
  Reader reader(info);
  for (int i = 0; i < kMaxCompileUnits && !reader.AtEnd(); ++i) {
    const Reader unit = reader.Unit();
    uint64_t stmt_list = 0;
    dwarf::Value dir;
    if (reader.ok() && ReadCompileUnit(unit, stmt_list, dir) && stmt_list == line_offset)
      return dir.Text();
  }
  return {};
}

DwarfLines::DwarfLines(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DwarfLines::~DwarfLines() = default;
DwarfLines::DwarfLines(DwarfLines&&) noexcept = default;
DwarfLines& DwarfLines::operator=(DwarfLines&&) noexcept = default;

DwarfLines DwarfLines::Parse(const syntax::Module& module) {
  auto impl = std::make_unique<Impl>();
  const struct {
    std::string_view name;
    View* bytes;
  } kWanted[] = {{".debug_line", &impl->line},
                 {".debug_info", &impl->info},
                 {".debug_abbrev", &impl->abbrev},
                 {".debug_str", &impl->strings.str},
                 {".debug_line_str", &impl->strings.line_str}};
  for (const syntax::CustomSection& custom : module.customs) {
    for (const auto& wanted : kWanted) {
      if (custom.name == wanted.name) *wanted.bytes = custom.bytes;
    }
  }
  return DwarfLines(std::move(impl));
}

bool DwarfLines::empty() const {
  return impl_->line.empty();
}

std::optional<SourceLocation> DwarfLines::Find(uint32_t code_section_offset) const {
  std::call_once(impl_->once, [this] { impl_->ReadSequences(); });
  const auto after =
      std::upper_bound(impl_->sequences.begin(), impl_->sequences.end(), code_section_offset,
                       [](uint32_t address, const Sequence& s) { return address < s.begin; });
  if (after == impl_->sequences.begin()) return std::nullopt;
  const Sequence& sequence = *(after - 1);
  if (code_section_offset >= sequence.end) return std::nullopt;
  const std::optional<Row> row = impl_->FindRow(sequence, code_section_offset);
  // Line 0: the compiler made the instruction up.
  if (!row || row->line == 0 || row->line > UINT32_MAX) return std::nullopt;
  const Impl::UnitInfo& unit = impl_->units[sequence.unit];
  const std::string_view dir =
      unit.program.version() < 5 ? impl_->CompileDir(unit.offset) : std::string_view();
  SourceLocation location;
  location.file = unit.program.File(row->file, dir, impl_->strings);
  if (location.file.empty()) return std::nullopt;
  location.line = static_cast<uint32_t>(row->line);
  location.column = static_cast<uint32_t>(std::min<uint64_t>(row->column, UINT32_MAX));
  return location;
}

}  // namespace airwasm::binary
