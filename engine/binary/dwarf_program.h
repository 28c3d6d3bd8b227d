// The header and the line-number program of one unit of .debug_line.
// Spec: DWARF 5, section 6.2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/binary/dwarf_reader.h"

namespace airwasm::binary::dwarf {

// Registers of the state machine that a source position needs.
struct Row {
  uint64_t address = 0;
  uint64_t file = 1;
  uint64_t line = 1;
  uint64_t column = 0;
  bool end_sequence = false;
};

class LineProgram {
 public:
  // `unit`: the unit's contents, behind its length. Nothing when the header cannot be read.
  static std::optional<LineProgram> Parse(Reader unit);

  // Runs the program from byte `from` of it until the next row; the row stays between calls and
  // `from` moves on. False at the end of the program. After a row with end_sequence the caller
  // resets the row.
  bool Next(Reader& program, Row& row) const;

  View program() const { return program_; }
  uint16_t version() const { return version_; }

  // The path of file `index`, its directory in front. `compile_dir` stands for directory 0 where
  // the table itself has none (version 4).
  std::string File(uint64_t index, std::string_view compile_dir, const Strings& strings) const;

 private:
  struct Entry {
    std::string_view path;
    uint64_t directory = 0;
  };

  bool Extended(Reader& program, Row& row) const;
  bool Standard(uint8_t opcode, Reader& program, Row& row) const;
  void Advance(uint64_t operations, Row& row) const {
    row.address += operations * min_instruction_length_;
  }
  Entry Find5(Reader& tables, uint64_t index, const Strings& strings) const;
  std::string File5(uint64_t index, const Strings& strings) const;
  std::string File4(uint64_t index, std::string_view compile_dir) const;

  uint16_t version_ = 0;
  bool is_64_ = false;
  uint8_t min_instruction_length_ = 1;
  int8_t line_base_ = 0;
  uint8_t line_range_ = 1;
  uint8_t opcode_base_ = 1;
  View operand_counts_;  // of the standard opcodes, from opcode 1
  View tables_;          // directories and files
  View program_;
};

}  // namespace airwasm::binary::dwarf
