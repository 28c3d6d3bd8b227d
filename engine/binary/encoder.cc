#include "engine/binary/encoder.h"

#include <string_view>

#include "engine/binary/branch_hints.h"
#include "engine/binary/encode_sections.h"
#include "engine/binary/name_section.h"
#include "engine/binary/sections.h"

namespace airwasm::binary {
namespace {

using Out = std::vector<uint8_t>;

void Append(Out& out, syntax::Bytes bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void WriteSection(Out& out, uint8_t id, const Out& contents) {
  out.push_back(id);
  WriteVarU32(out, static_cast<uint32_t>(contents.size()));
  Append(out, contents);
}

void WriteCustom(Out& out, std::string_view name, syntax::Bytes bytes) {
  Out contents;
  WriteVarU32(contents, static_cast<uint32_t>(name.size()));
  contents.insert(contents.end(), name.begin(), name.end());
  Append(contents, bytes);
  WriteSection(out, kCustomSection, contents);
}

class Encoder {
 public:
  explicit Encoder(const syntax::Module& module)
      : module_(module),
        has_names_(HasNames(module.names)),
        has_hints_(!module.branch_hints.empty()) {}

  Out Run() {
    out_ = {0x00, 'a', 's', 'm', 0x01, 0x00, 0x00, 0x00};
    Customs(kCustomSection);
    Out contents;
    for (const SectionRow& row : kSections) {
      if (row.read == &DecodeCode && has_hints_) {
        contents.clear();
        EncodeBranchHints(module_, contents);
        WriteCustom(out_, kBranchHintSection, contents);
      }
      contents.clear();
      EncodeSection(row.id, module_, contents);
      if (!contents.empty()) WriteSection(out_, row.id, contents);
      Customs(row.id);
    }
    if (has_names_) {
      contents.clear();
      EncodeNames(module_.names, contents);
      WriteCustom(out_, kNameSection, contents);
    }
    return std::move(out_);
  }

 private:
  void Customs(uint8_t after) {
    for (const syntax::CustomSection& custom : module_.customs) {
      if (custom.after != after) continue;
      if (has_names_ && custom.name == kNameSection) continue;
      if (has_hints_ && custom.name == kBranchHintSection) continue;
      WriteCustom(out_, custom.name, custom.bytes);
    }
  }

  const syntax::Module& module_;
  const bool has_names_;
  const bool has_hints_;
  Out out_;
};

}  // namespace

std::vector<uint8_t> Encode(const syntax::Module& module) {
  return Encoder(module).Run();
}

}  // namespace airwasm::binary
