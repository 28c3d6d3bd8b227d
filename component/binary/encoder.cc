// The frame of a component: preamble, and definitions gathered into sections.
#include "component/binary/encoder.h"

#include <variant>

#include "component/binary/encode.h"
#include "component/binary/sections.h"
#include "engine/instr/instr.h"

namespace airwasm::component::binary {
namespace {

// The section of each alternative of Definition::what.
template <typename T>
inline constexpr SectionId kSectionOf = SectionId::kCustom;
#define AIRWASM_COMPONENT_SECTION(id, name, definition) \
  template <>                                           \
  inline constexpr SectionId kSectionOf<syntax::definition> = SectionId::k##definition;
#include "component/binary/sections.def"
#undef AIRWASM_COMPONENT_SECTION

void Append(Out& out, syntax::Bytes bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void WriteCustom(Out& out, std::string_view name, syntax::Bytes bytes) {
  Out contents;
  WriteName(contents, name);
  Append(contents, bytes);
  out.push_back(kCustomSection);
  WriteBlob(out, contents);
}

class Encoder {
 public:
  explicit Encoder(const syntax::Component& component)
      : component_(component), has_names_(HasNames(component.names)) {}

  Out Run() {
    out_ = {0x00, 'a', 's', 'm', 0x0D, 0x00, 0x01, 0x00};
    for (const syntax::Definition& definition : component_.definitions) {
      std::visit([this](const auto& what) { Add(what); }, definition.what);
    }
    Flush();
    if (has_names_) {
      Out names;
      EncodeNames(component_.names, names);
      WriteCustom(out_, kNamesSection, names);
    }
    return std::move(out_);
  }

 private:
  template <typename T>
  void Add(const T& what) {
    constexpr SectionId id = kSectionOf<T>;
    if (HoldsOne(id) || open_ != id) Flush();
    open_ = id;
    ++count_;
    Encode(section_, what);
    if (HoldsOne(id)) Flush();
  }
  void Add(const syntax::CoreModule& module) {
    Flush();
    out_.push_back(static_cast<uint8_t>(SectionId::kCoreModule));
    WriteBlob(out_, module.bytes);
  }
  void Add(const std::unique_ptr<syntax::Component>& component) {
    Flush();
    out_.push_back(static_cast<uint8_t>(SectionId::kComponent));
    WriteBlob(out_, Encoder(*component).Run());
  }
  void Add(const syntax::CustomSection& custom) {
    Flush();
    if (has_names_ && custom.name == kNamesSection) return;
    WriteCustom(out_, custom.name, custom.bytes);
  }

  // Writes the section that has been gathered, if there is one.
  void Flush() {
    if (count_ == 0) return;
    Out count;
    if (!HoldsOne(open_)) WriteCount(count, count_);
    out_.push_back(static_cast<uint8_t>(open_));
    WriteCount(out_, count.size() + section_.size());
    Append(out_, count);
    Append(out_, section_);
    section_.clear();
    count_ = 0;
  }

  const syntax::Component& component_;
  const bool has_names_;
  Out out_;
  Out section_;
  size_t count_ = 0;
  SectionId open_ = SectionId::kCustom;
};

}  // namespace

void WriteCount(Out& out, size_t count) {
  WriteVarU32(out, static_cast<uint32_t>(count));
}

void WriteName(Out& out, std::string_view name) {
  WriteCount(out, name.size());
  out.insert(out.end(), name.begin(), name.end());
}

void WriteBlob(Out& out, syntax::Bytes bytes) {
  WriteCount(out, bytes.size());
  Append(out, bytes);
}

void WriteSort(Out& out, syntax::Sort sort) {
  const syntax::SortRow& row = RowOf(sort);
  if (row.core) out.push_back(0x00);
  out.push_back(row.code);
}

void WriteSortIdx(Out& out, syntax::SortIdx item) {
  WriteSort(out, item.sort);
  WriteCount(out, item.index);
}

std::vector<uint8_t> Encode(const syntax::Component& component) {
  return Encoder(component).Run();
}

}  // namespace airwasm::component::binary
