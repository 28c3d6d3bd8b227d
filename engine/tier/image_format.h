// Compiled code as bytes, for disks.
//
//   record:  | magic 4 | zero 4 | payload bytes 8 | subject 8 | digest 32 | payload ... |
//
// The digest is over the key of what the record belongs to, subject and payload: a record that was
// damaged, cut off, or taken from elsewhere is found out before anything in it is looked at.
// `subject` names the functions and loops inside, so that a writer sees without reading payloads
// what is there already. Payloads are read with every count, offset and index checked all the same.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/sha256.h"
#include "engine/runtime/module.h"
#include "engine/tier/compiler.h"

namespace airwasm::tier {

// How often a function was met where it ran without code of its own (Tiering's samples).
struct MetFunction {
  uint32_t func_index;
  uint32_t samples;
};

// What one compilation yielded; or a run, of functions that it has not got to compiling.
struct CompiledCode {
  // Indirect calls of its functions whose likely callee it knows: of two that are otherwise equal
  // the one that knows more is the better.
  uint32_t likely_calls = 0;
  CodeImage image;
  std::vector<CompileResult::Refused> refused;
  std::vector<MetFunction> met;
};

// What is needed of a module to know whether code can be of it.
struct ModuleShape {
  uint32_t num_imported_funcs = 0;
  uint32_t num_funcs = 0;
  uint64_t bytes = 0;
};
ModuleShape ShapeOf(const runtime::Module& module);

std::string Encode(const CompiledCode& code);
// Nothing when a count, an offset, an index or an order is wrong.
std::optional<CompiledCode> Decode(std::span<const uint8_t> payload, const ModuleShape& shape);

inline constexpr size_t kRecordHeaderBytes = 56;
std::string MakeRecord(const Digest& key, const CompiledCode& code);

// Of a record that begins at `offset`, without regard to its digest; nothing if there is none that
// ends within the bytes.
struct RecordExtent {
  uint64_t end = 0;
  uint64_t subject = 0;
};
std::optional<RecordExtent> FindRecord(std::span<const uint8_t> header, uint64_t offset,
                                       uint64_t file_bytes);

// The records from `offset` on, up to the first that is not sound. `*good_bytes` gets its offset,
// or the end.
std::vector<CompiledCode> ReadRecords(std::span<const uint8_t> bytes, size_t offset,
                                      const Digest& key, const ModuleShape& shape,
                                      size_t* good_bytes);

}  // namespace airwasm::tier
