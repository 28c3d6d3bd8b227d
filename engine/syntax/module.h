// The plain struct of a core module that decoder, text parser, encoder, printer, validator and
// runtime hand to one another.
//
// Indices, not pointers; function bodies and constant expressions are bytes of the binary format
// (walk them with ReadInstr). Imports come first in each index space, as the specification has it.
// A Module owns nothing but vectors: byte views point into `storage` (text parser) or into the
// bytes that the decoder was given, which the caller keeps alive.
// Spec: core, syntax/modules.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "airwasm/types.h"

namespace airwasm::syntax {

using Bytes = std::span<const uint8_t>;

// A constant expression or a function body's instructions, `end` included. `offset` counts from the
// start of the module's binary.
struct Expr {
  Bytes bytes;
  size_t offset = 0;
};

enum class ExternKind : uint8_t {
  kFunc = 0,
  kTable = 1,
  kMemory = 2,
  kGlobal = 3,
  kTag = 4
};  // values as in the binary format

// Type of an import. For functions, the TypeIdx.
using ExternType = std::variant<TypeIdx, TableType, MemoryType, GlobalType, TagType>;

struct Import {
  std::string_view module;
  std::string_view name;
  ExternType type;
  size_t offset = 0;
  ExternKind kind() const { return static_cast<ExternKind>(type.index()); }
};

struct Function {
  TypeIdx type = 0;
  // Defined functions only:
  std::vector<std::pair<uint32_t, ValType>>
      locals;  // runs of (count, type), as the binary format declares them
  Expr body;
  // Decoded modules: where the function's entry in the code section begins, after its size. The
  // body begins behind the locals, at body.offset. 0 in modules from text.
  size_t offset = 0;
};

struct Table {
  TableType type;
  std::optional<Expr> init;  // defined tables with an initializer
};

struct Global {
  GlobalType type;
  Expr init;  // defined globals only
};

struct Export {
  std::string_view name;
  ExternKind kind;
  uint32_t index;
  size_t offset = 0;
};

enum class SegmentMode : uint8_t { kPassive, kActive, kDeclarative };

struct ElemSegment {
  SegmentMode mode = SegmentMode::kPassive;
  ValType type = kFuncRef;
  uint32_t table = 0;  // if active
  Expr offset_expr;    // if active
  // Exactly one of the two is used: function indices (the compact form) or expressions.
  std::vector<uint32_t> funcs;
  std::vector<Expr> exprs;
  bool uses_exprs = false;
  size_t offset = 0;
  size_t size() const { return uses_exprs ? exprs.size() : funcs.size(); }
};

struct DataSegment {
  SegmentMode mode = SegmentMode::kPassive;
  uint32_t memory = 0;  // if active
  Expr offset_expr;     // if active
  Bytes bytes;
  size_t offset = 0;
};

struct CustomSection {
  std::string_view name;
  Bytes bytes;
  // The non-custom section that it follows (its id), 0 for before all others.
  uint8_t after = 0;
  size_t offset = 0;  // of `bytes`
};

// Names of the name section, and of identifiers in the text format (without '$').
using NameMap = std::map<uint32_t, std::string>;
using IndirectNameMap = std::map<uint32_t, NameMap>;
struct Names {
  std::optional<std::string> module;
  NameMap types, funcs, tables, memories, globals, tags, elems, datas;
  IndirectNameMap locals, labels, fields;
};

// Branch hints by function index, in ascending order of offset. An offset counts from the first
// instruction, that is into Function::body.bytes; decoder and encoder convert from and to the
// section's own counting, which includes the declarations of locals.
struct BranchHint {
  uint32_t offset = 0;
  bool likely = false;
};

struct Module {
  // Recursion groups in order: sizes add up to types.size().
  std::vector<SubType> types;
  std::vector<uint32_t> rec_group_sizes;
  std::vector<size_t> type_offsets;  // of each type, for errors

  std::vector<Import> imports;
  std::vector<Function> funcs;  // imported first
  std::vector<Table> tables;    // imported first
  std::vector<MemoryType> memories;
  std::vector<Global> globals;
  std::vector<TagType> tags;
  uint32_t num_imported_funcs = 0;
  uint32_t num_imported_tables = 0;
  uint32_t num_imported_memories = 0;
  uint32_t num_imported_globals = 0;
  uint32_t num_imported_tags = 0;

  std::vector<Export> exports;
  std::optional<uint32_t> start;
  size_t start_offset = 0;
  std::vector<ElemSegment> elems;
  std::vector<DataSegment> datas;
  std::optional<uint32_t> data_count;  // the data count section, if present
  std::vector<CustomSection> customs;
  Names names;
  std::map<uint32_t, std::vector<BranchHint>> branch_hints;

  // Where the code section's contents begin: DWARF counts from here.
  size_t code_section_offset = 0;

  // Backing store for views that point at nothing else (text parser). std::deque keeps addresses
  // stable; so a Module moves but does not copy.
  std::deque<std::vector<uint8_t>> storage;
  std::deque<std::string> strings;

  Module() = default;
  Module(Module&&) = default;
  Module& operator=(Module&&) = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
};

}  // namespace airwasm::syntax
