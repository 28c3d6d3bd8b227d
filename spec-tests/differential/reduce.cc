#include "spec-tests/differential/reduce.h"

#include <algorithm>
#include <memory>

#include "airwasm/value.h"
#include "engine/binary/decoder.h"
#include "engine/binary/encoder.h"
#include "engine/types/type_registry.h"
#include "engine/valid/validator.h"
#include "spec-tests/differential/code.h"

namespace airwasm::differential {
namespace {

using InstrBytes = std::vector<uint8_t>;

// What may stand where a run of instructions has been: nothing, or one value of some type.
const std::vector<InstrBytes>& Replacements() {
  static const auto* const all = [] {
    auto* const list = new std::vector<InstrBytes>(1);
    const auto add = [&](auto write) {
      Code code;
      write(code);
      list->push_back(code.Take());
    };
    add([](Code& code) { code.I32(0); });
    add([](Code& code) { code.I64(0); });
    add([](Code& code) { code.Const(Op::F32Const, 0); });
    add([](Code& code) { code.Const(Op::F64Const, 0); });
    add([](Code& code) { code.Bytes16(Op::V128Const, V128Bytes{}); });
    for (const HeapKind kind : {HeapKind::kNone, HeapKind::kNoFunc, HeapKind::kNoExtern})
      add([=](Code& code) { code.Ref(Op::RefNull, kind); });
    add([](Code& code) { code.Do(Op::Drop); });
    add([](Code& code) { code.Do(Op::Unreachable); });
    return list;
  }();
  return *all;
}

class Reducer {
 public:
  Reducer(const std::vector<uint8_t>& bytes,
          const std::function<bool(const std::vector<uint8_t>&)>& still_shows)
      : best_(bytes), still_shows_(still_shows) {}

  std::vector<uint8_t> Run() {
    for (bool smaller = true; smaller;) {
      const size_t before = best_.size();
      const uint32_t count = static_cast<uint32_t>(Decoded().funcs.size());
      for (uint32_t i = 0; i < count; ++i) Function(i);
      smaller = best_.size() < before;
    }
    return best_;
  }

 private:
  syntax::Module Decoded() const { return *binary::Decode(best_, Features()); }

  static std::vector<InstrBytes> Split(const syntax::Expr& body) {
    std::vector<InstrBytes> list;
    ByteReader reader(body.bytes, body.offset);
    while (reader.ok() && reader.offset() < body.offset + body.bytes.size()) {
      const size_t begin = reader.offset() - body.offset;
      Instr instr;
      ReadInstr(reader, instr);
      const size_t end = reader.offset() - body.offset;
      list.emplace_back(body.bytes.begin() + static_cast<ptrdiff_t>(begin),
                        body.bytes.begin() + static_cast<ptrdiff_t>(end));
    }
    return list;
  }

  bool Try(uint32_t func, const std::vector<InstrBytes>& body) {
    syntax::Module module = Decoded();
    InstrBytes flat;
    for (const InstrBytes& instr : body) flat.insert(flat.end(), instr.begin(), instr.end());
    module.funcs[func].body.bytes = flat;
    std::vector<uint8_t> bytes = binary::Encode(module);
    if (bytes.size() >= best_.size()) return false;
    const Expected<syntax::Module> decoded = binary::Decode(bytes, Features());
    if (!decoded.ok()) return false;
    TypeRegistry types;
    if (!valid::Validate(*decoded, Features(), types).ok()) return false;
    if (!still_shows_(bytes)) return false;
    best_ = std::move(bytes);
    return true;
  }

  void Function(uint32_t func) {
    if (func < Decoded().num_imported_funcs) return;
    std::vector<InstrBytes> body = Split(Decoded().funcs[func].body);
    for (size_t length = body.size(); length > 0; length = length > 16 ? length / 2 : length - 1) {
      for (size_t at = 0; at + length < body.size();) {
        bool found = false;
        for (const InstrBytes& replacement : Replacements()) {
          std::vector<InstrBytes> shorter(body.begin(), body.begin() + static_cast<ptrdiff_t>(at));
          if (!replacement.empty()) shorter.push_back(replacement);
          shorter.insert(shorter.end(), body.begin() + static_cast<ptrdiff_t>(at + length),
                         body.end());
          if (!Try(func, shorter)) continue;
          body = std::move(shorter);
          found = true;
          break;
        }
        if (!found) ++at;
      }
    }
  }

  std::vector<uint8_t> best_;
  const std::function<bool(const std::vector<uint8_t>&)>& still_shows_;
};

}  // namespace

std::vector<uint8_t> Reduce(const std::vector<uint8_t>& module,
                            const std::function<bool(const std::vector<uint8_t>&)>& still_shows) {
  return Reducer(module, still_shows).Run();
}

}  // namespace airwasm::differential
