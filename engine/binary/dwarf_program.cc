#include "engine/binary/dwarf_program.h"

namespace airwasm::binary::dwarf {
namespace {

// Spec: DWARF 5, section 7.22, line number information.
enum StandardOpcode : uint8_t {
  kCopy = 1,
  kAdvancePc = 2,
  kAdvanceLine = 3,
  kSetFile = 4,
  kSetColumn = 5,
  kNegateStmt = 6,
  kSetBasicBlock = 7,
  kConstAddPc = 8,
  kFixedAdvancePc = 9,
};
constexpr uint8_t kExtended = 0;
enum ExtendedOpcode : uint8_t { kEndSequence = 1, kSetAddress = 2 };
enum ContentType : uint64_t { kPath = 1, kDirectoryIndex = 2 };

constexpr uint16_t kOldestVersion = 2;
constexpr uint16_t kNewestVersion = 5;

bool IsAbsolute(std::string_view path) {
  return !path.empty() && path[0] == '/';
}

std::string Join(std::string_view directory, std::string_view path) {
  while (path.starts_with("./")) path.remove_prefix(2);
  if (directory.empty() || IsAbsolute(path)) return std::string(path);
  return std::string(directory) + (directory.back() == '/' ? "" : "/") + std::string(path);
}

}  // namespace

std::optional<LineProgram> LineProgram::Parse(Reader unit) {
  LineProgram p;
  p.is_64_ = unit.is_64;
  p.version_ = unit.U16();
  if (p.version_ < kOldestVersion || p.version_ > kNewestVersion) return std::nullopt;
  if (p.version_ >= 5) unit.Skip(2);  // sizes of addresses and of segment selectors
  const uint64_t header_length = unit.Offset();
  if (!unit.ok() || header_length > unit.remaining()) return std::nullopt;
  Reader header(unit.Bytes(static_cast<size_t>(header_length)));
  p.program_ = {unit.pos(), unit.remaining()};
  p.min_instruction_length_ = header.U8();
  if (p.version_ >= 4) header.Skip(1);  // operations per instruction: 1, wasm is no VLIW machine
  header.Skip(1);                       // default_is_stmt
  p.line_base_ = static_cast<int8_t>(header.U8());
  p.line_range_ = header.U8();
  p.opcode_base_ = header.U8();
  if (!header.ok() || p.line_range_ == 0 || p.opcode_base_ == 0) return std::nullopt;
  p.operand_counts_ = header.Bytes(p.opcode_base_ - 1u);
  if (!header.ok()) return std::nullopt;
  p.tables_ = {header.pos(), header.remaining()};
  return p;
}

bool LineProgram::Next(Reader& program, Row& row) const {
  while (!program.AtEnd()) {
    const uint8_t opcode = program.U8();
    bool emits = false;
    if (opcode >= opcode_base_) {
      const uint8_t adjusted = static_cast<uint8_t>(opcode - opcode_base_);
      Advance(adjusted / line_range_, row);
      row.line += static_cast<uint64_t>(int64_t{line_base_} + adjusted % line_range_);
      emits = true;
    } else if (opcode == kExtended) {
      emits = Extended(program, row);
    } else {
      emits = Standard(opcode, program, row);
    }
    if (!program.ok()) return false;
    if (emits) return true;
  }
  return false;
}

bool LineProgram::Extended(Reader& program, Row& row) const {
  const uint64_t size = program.VarU64();
  if (size > program.remaining()) {
    program.Fail("length out of bounds");
    return false;
  }
  Reader operation(program.Bytes(static_cast<size_t>(size)));
  switch (operation.U8()) {
    case kEndSequence:
      row.end_sequence = true;
      return true;
    case kSetAddress:
      row.address =
          operation.remaining() == sizeof(uint64_t) ? operation.FixedU64() : operation.FixedU32();
      return false;
    default:
      return false;
  }
}

bool LineProgram::Standard(uint8_t opcode, Reader& program, Row& row) const {
  switch (opcode) {
    case kCopy:
      return true;
    case kAdvancePc:
      Advance(program.VarU64(), row);
      return false;
    case kAdvanceLine:
      row.line += static_cast<uint64_t>(program.VarS64());
      return false;
    case kSetFile:
      row.file = program.VarU64();
      return false;
    case kSetColumn:
      row.column = program.VarU64();
      return false;
    case kConstAddPc:
      Advance((255u - opcode_base_) / line_range_, row);
      return false;
    case kFixedAdvancePc:
      row.address += program.U16();
      return false;
    default:
      // Of no interest here, or unknown: the header says how many operands to skip.
      for (uint8_t i = 0; i < operand_counts_[opcode - 1u]; ++i) program.VarU64();
      return false;
  }
}

std::string LineProgram::File(uint64_t index, std::string_view compile_dir,
                              const Strings& strings) const {
  return version_ >= 5 ? File5(index, strings) : File4(index, compile_dir);
}

// Reads one table of version 5, its format before it, and returns entry `index`.
LineProgram::Entry LineProgram::Find5(Reader& tables, uint64_t index,
                                      const Strings& strings) const {
  const uint8_t num_columns = tables.U8();
  const Reader format = tables;
  for (uint8_t i = 0; i < num_columns; ++i) {
    tables.VarU64();
    tables.VarU64();
  }
  Entry found;
  const uint64_t count = tables.VarU64();
  for (uint64_t i = 0; i < count && tables.ok() && num_columns > 0; ++i) {
    Value path;
    uint64_t directory = 0;
    Reader columns = format;
    const size_t before = tables.remaining();
    for (uint8_t column = 0; column < num_columns; ++column) {
      const uint64_t content = columns.VarU64();
      const Value value = tables.Read(columns.VarU64(), strings);
      if (content == kPath) path = value;
      if (content == kDirectoryIndex) directory = value.number;
    }
    // Entries without bytes could be as many as their count says.
    if (tables.remaining() == before) tables.Fail("empty entries");
    if (tables.ok() && i == index) found = {.path = path.Text(), .directory = directory};
  }
  return found;
}

std::string LineProgram::File5(uint64_t index, const Strings& strings) const {
  Reader tables(tables_);
  tables.is_64 = is_64_;
  const Reader directories = tables;
  Reader walk = directories;
  const Entry root = Find5(walk, 0, strings);
  const Entry file = Find5(walk, index, strings);
  if (file.directory == 0) return Join(root.path, file.path);
  walk = directories;
  const Entry directory = Find5(walk, file.directory, strings);
  return Join(Join(root.path, directory.path), file.path);
}

std::string LineProgram::File4(uint64_t index, std::string_view compile_dir) const {
  Reader tables(tables_);
  const Reader directories = tables;
  while (tables.ok() && !tables.String().empty()) {
  }
  Entry file;
  for (uint64_t i = 1; tables.ok(); ++i) {
    Entry entry{.path = tables.String()};
    if (entry.path.empty()) break;
    entry.directory = tables.VarU64();
    tables.VarU64();  // time of modification
    tables.VarU64();  // size
    if (i == index) file = entry;
  }
  if (file.directory == 0) return Join(compile_dir, file.path);
  tables = directories;
  std::string_view directory;
  for (uint64_t i = 1; tables.ok(); ++i) {
    const std::string_view path = tables.String();
    if (path.empty()) break;
    if (i == file.directory) directory = path;
  }
  return Join(Join(compile_dir, directory), file.path);
}

}  // namespace airwasm::binary::dwarf
