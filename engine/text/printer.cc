// Literals, identifiers and the order of a printed module's fields.
#include "engine/text/printer.h"

#include <bit>
#include <charconv>
#include <cmath>

#include "engine/base/hash_map.h"
#include "engine/text/lexer.h"
#include "engine/text/module_printer.h"

namespace airwasm::text {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

void AppendEscape(std::string& out, uint8_t byte) {
  out += '\\';
  out += kHexDigits[byte >> 4];
  out += kHexDigits[byte & 15];
}

std::string HexText(uint64_t value) {
  char buffer[16];
  const auto result = std::to_chars(buffer, buffer + sizeof(buffer), value, 16);
  return std::string(buffer, result.ptr);
}

template <typename Float, typename Bits>
std::string FloatText(Bits bits, int fraction_bits) {
  const Float value = std::bit_cast<Float>(bits);
  const bool negative = (bits >> (sizeof(Bits) * 8 - 1)) != 0;
  const std::string sign = negative ? "-" : "";
  if (std::isnan(value)) {
    const Bits payload = bits & ((Bits{1} << fraction_bits) - 1);
    if (payload == Bits{1} << (fraction_bits - 1)) return sign + "nan";
    return sign + "nan:0x" + HexText(payload);
  }
  if (std::isinf(value)) return sign + "inf";
  // The shortest decimal that reads back to the same value.
  char buffer[64];
  const auto result = std::to_chars(buffer, buffer + sizeof(buffer), value);
  return std::string(buffer, result.ptr);
}

}  // namespace

std::string StringLiteral(std::string_view bytes) {
  std::string out = "\"";
  const bool utf8 = IsValidUtf8(bytes);
  for (const char c : bytes) {
    const uint8_t byte = static_cast<uint8_t>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !utf8)) {
      AppendEscape(out, byte);
    } else {
      out += c;
    }
  }
  out += '"';
  return out;
}

std::string IdLiteral(std::string_view name) {
  for (const char c : name) {
    if (!IsIdChar(c)) return "$" + StringLiteral(name);
  }
  return "$" + std::string(name);
}

std::string F32LiteralText(uint32_t bits) {
  return FloatText<float>(bits, 23);
}
std::string F64LiteralText(uint64_t bits) {
  return FloatText<double>(bits, 52);
}

void Ids::Assign(const syntax::NameMap& names, size_t count, bool must_differ) {
  HashSet<std::string_view> taken;
  for (const auto& [index, name] : names) {
    if (index < count && !name.empty() && IsValidUtf8(name) && taken.insert(name).second)
      ids_[index] = IdLiteral(name);
  }
  if (!must_differ) return;
  for (const auto& [index, name] : names) {
    if (index >= count || ids_.contains(index) || !IsValidUtf8(name)) continue;
    const std::string other = name + "#" + std::to_string(index);
    if (!taken.contains(other)) ids_[index] = IdLiteral(other);
  }
}

std::string_view Ids::Find(uint32_t index) const {
  const auto it = ids_.find(index);
  return it == ids_.end() ? std::string_view() : std::string_view(it->second);
}

std::string Print(const syntax::Module& module, const PrintOptions& options) {
  return ModulePrinter(module, options).Run();
}

void ModulePrinter::AssignIds() {
  const syntax::Names& names = m_.names;
  types_.Assign(names.types, m_.types.size(), false);
  funcs_.Assign(names.funcs, m_.funcs.size(), false);
  tables_.Assign(names.tables, m_.tables.size(), false);
  memories_.Assign(names.memories, m_.memories.size(), false);
  globals_.Assign(names.globals, m_.globals.size(), false);
  tags_.Assign(names.tags, m_.tags.size(), false);
  elems_.Assign(names.elems, m_.elems.size(), false);
  datas_.Assign(names.datas, m_.datas.size(), false);
}

std::string ModulePrinter::Run() {
  AssignIds();
  Write("(module");
  if (const auto& name = m_.names.module; name && IsValidUtf8(*name)) {
    Write(" ");
    Write(name->empty() ? "(@name \"\")" : IdLiteral(*name));
  }
  indent_ = 1;
  PrintTypes();
  PrintImports();
  PrintTables();
  PrintMemories();
  PrintTags();
  PrintGlobals();
  PrintExports();
  if (m_.start) {
    NewLine();
    Write("(start ");
    WriteIndex(funcs_, *m_.start);
    Write(")");
  }
  PrintElems();
  for (uint32_t i = m_.num_imported_funcs; i < m_.funcs.size(); ++i) PrintFunc(i);
  PrintDatas();
  PrintCustoms();
  indent_ = 0;
  NewLine();
  Write(")\n");
  return std::move(out_);
}

// Deep nesting stops moving to the right, so that the output's size stays in proportion to the
// input's.
void ModulePrinter::NewLine() {
  constexpr size_t kDeepest = 40;
  out_ += '\n';
  out_.append(2 * (indent_ < kDeepest ? indent_ : kDeepest), ' ');
}

void ModulePrinter::WriteIndex(const Ids& ids, uint32_t index) {
  const std::string_view id = ids.Find(index);
  if (id.empty()) {
    Write(std::to_string(index));
  } else {
    Write(id);
  }
}

void ModulePrinter::WriteDefined(const Ids& ids, const syntax::NameMap& names, uint32_t index) {
  const std::string_view id = ids.Find(index);
  if (!id.empty()) {
    Write(" ");
    Write(id);
  }
  if (options_.index_comments) Write(" (;" + std::to_string(index) + ";)");
  if (!id.empty()) return;
  if (const auto it = names.find(index); it != names.end() && IsValidUtf8(it->second))
    Write(" (@name " + StringLiteral(it->second) + ")");
}

}  // namespace airwasm::text
