// Core types of components. The mirror of decode_core_types.cc.
#include <memory>
#include <variant>

#include "component/binary/encode.h"
#include "engine/binary/encode_sections.h"

namespace airwasm::component::binary {
namespace {

using syntax::ModuleType;

void Group(Out& out, const ModuleType::RecGroup& group) {
  if (group.types.size() != 1) {
    out.push_back(0x4E);
    WriteCount(out, group.types.size());
    for (const SubType& type : group.types) airwasm::binary::EncodeSubType(type, out);
    return;
  }
  Out type;
  airwasm::binary::EncodeSubType(group.types[0], type);
  // Without the prefix the code of an open subtype would be that of a module type.
  if (type[0] == 0x50) out.push_back(0x00);
  out.insert(out.end(), type.begin(), type.end());
}

void Module(Out& out, const ModuleType& type);

struct ModuleDeclEncoder {
  Out& out;

  void operator()(const ModuleType::Import& import) const {
    out.push_back(0x00);
    WriteName(out, import.module);
    WriteName(out, import.name);
    airwasm::binary::EncodeExternType(import.type, out);
  }
  void operator()(const ModuleType::RecGroup& group) const {
    out.push_back(0x01);
    Group(out, group);
  }
  void operator()(const std::unique_ptr<ModuleType>& type) const {
    out.push_back(0x01);
    Module(out, *type);
  }
  void operator()(const ModuleType::OuterAlias& alias) const {
    out.insert(out.end(), {0x02, 0x10, 0x01});
    WriteCount(out, alias.count);
    WriteCount(out, alias.index);
  }
  void operator()(const ModuleType::Export& entry) const {
    out.push_back(0x03);
    WriteName(out, entry.name);
    airwasm::binary::EncodeExternType(entry.type, out);
  }
};

void Module(Out& out, const ModuleType& type) {
  out.push_back(0x50);
  WriteCount(out, type.declarators.size());
  for (const ModuleType::Declarator& d : type.declarators) {
    std::visit(ModuleDeclEncoder{out}, d.what);
  }
}

}  // namespace

void Encode(Out& out, const syntax::CoreType& type) {
  if (const auto* const group = std::get_if<ModuleType::RecGroup>(&type.what)) {
    Group(out, *group);
  } else {
    Module(out, std::get<ModuleType>(type.what));
  }
}

}  // namespace airwasm::component::binary
