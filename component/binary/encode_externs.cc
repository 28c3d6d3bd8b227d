// Names, extern types, imports, exports, aliases, instances, start definitions. The mirror of
// decode_externs.cc and decode_instances.cc.
#include "component/binary/encode.h"

namespace airwasm::component::binary {

using syntax::Sort;

void WriteExternName(Out& out, const syntax::ExternName& name) {
  const struct {
    uint8_t code;
    const std::optional<std::string_view>& value;
  } attributes[] = {{0x00, name.implements}, {0x01, name.version_suffix}, {0x02, name.external_id}};
  size_t count = 0;
  for (const auto& attribute : attributes) count += attribute.value ? 1 : 0;
  out.push_back(count == 0 ? 0x00 : 0x02);
  WriteName(out, name.name);
  if (count == 0) return;
  WriteCount(out, count);
  for (const auto& attribute : attributes) {
    if (!attribute.value) continue;
    out.push_back(attribute.code);
    WriteName(out, *attribute.value);
  }
}

void WriteExternType(Out& out, const syntax::ExternType& type) {
  const bool eq = type.bound == syntax::ExternType::Bound::kEq;
  WriteSort(out, type.sort);
  switch (type.sort) {
    case Sort::kType:
      out.push_back(eq ? 0x00 : 0x01);
      if (eq) WriteCount(out, type.index);
      return;
    case Sort::kValue:
      out.push_back(eq ? 0x00 : 0x01);
      if (eq) return WriteCount(out, type.index);
      return WriteValType(out, type.value_type);
    default:
      return WriteCount(out, type.index);
  }
}

void Encode(Out& out, const syntax::Import& import) {
  WriteExternName(out, import.name);
  WriteExternType(out, import.type);
}

void Encode(Out& out, const syntax::Export& entry) {
  WriteExternName(out, entry.name);
  WriteSortIdx(out, entry.item);
  out.push_back(entry.type ? 1 : 0);
  if (entry.type) WriteExternType(out, *entry.type);
}

void EncodeDeclarator(Out& out, const syntax::Export& entry) {
  WriteExternName(out, entry.name);
  WriteExternType(out, entry.type.value_or(syntax::ExternType()));
}

void Encode(Out& out, const syntax::Alias& alias) {
  WriteSort(out, alias.sort);
  out.push_back(static_cast<uint8_t>(alias.target));
  if (alias.target == syntax::Alias::Target::kOuter) {
    WriteCount(out, alias.outer_count);
    return WriteCount(out, alias.outer_index);
  }
  WriteCount(out, alias.instance);
  WriteName(out, alias.name);
}

void Encode(Out& out, const syntax::CoreInstance& instance) {
  out.push_back(instance.module ? 0x00 : 0x01);
  if (instance.module) {
    WriteCount(out, *instance.module);
    WriteCount(out, instance.args.size());
    for (const syntax::CoreInstance::Arg& arg : instance.args) {
      WriteName(out, arg.name);
      out.push_back(RowOf(Sort::kCoreInstance).code);
      WriteCount(out, arg.instance);
    }
    return;
  }
  WriteCount(out, instance.exports.size());
  for (const syntax::CoreInstance::Export& entry : instance.exports) {
    WriteName(out, entry.name);
    out.push_back(RowOf(entry.item.sort).code);
    WriteCount(out, entry.item.index);
  }
}

void Encode(Out& out, const syntax::Instance& instance) {
  out.push_back(instance.component ? 0x00 : 0x01);
  if (instance.component) {
    WriteCount(out, *instance.component);
    WriteCount(out, instance.args.size());
    for (const syntax::Instance::Arg& arg : instance.args) {
      WriteName(out, arg.name);
      WriteSortIdx(out, arg.item);
    }
    return;
  }
  WriteCount(out, instance.exports.size());
  for (const syntax::Instance::Export& entry : instance.exports) {
    WriteExternName(out, entry.name);
    WriteSortIdx(out, entry.item);
  }
}

void Encode(Out& out, const syntax::Start& start) {
  WriteCount(out, start.func);
  WriteCount(out, start.args.size());
  for (uint32_t arg : start.args) WriteCount(out, arg);
  WriteCount(out, start.results);
}

}  // namespace airwasm::component::binary
