// Core modules, and instances of modules and components; start definitions.
// Spec: component model, Binary, "Instance Definitions", "Start Definitions".
#include <algorithm>

#include "component/binary/sections.h"

namespace airwasm::component::binary {
namespace {

enum InstanceExprCode : uint8_t { kInstantiate = 0x00, kInlineExports = 0x01 };
constexpr uint8_t kCoreInstanceSort = 0x12;

}  // namespace

void DecodeCoreModule(Reader& r, syntax::Definition& out) {
  // The module itself is decoded where it is validated; only that it is one is told here.
  constexpr uint8_t kMagic[] = {0x00, 'a', 's', 'm'};
  const size_t start = r.offset();
  const syntax::Bytes bytes = r.Bytes(r.remaining());
  if (bytes.size() >= 8 && std::equal(std::begin(kMagic), std::end(kMagic), bytes.begin()) &&
      (bytes[6] != 0 || bytes[7] != 0)) {
    r.FailAt(start + 4, ErrorKind::kMalformed, "expected a version header for a module");
  }
  out.what = syntax::CoreModule{bytes};
}

void DecodeCoreInstance(Reader& r, syntax::Definition& out) {
  syntax::CoreInstance instance;
  const size_t start = r.offset();
  switch (const uint8_t code = r.U8()) {
    case kInstantiate: {
      instance.module = r.VarU32();
      const uint32_t count = r.Count(limits::kInstantiateArgs, "instantiation arguments");
      instance.args.reserve(r.Reservation(count, 3));
      for (uint32_t i = 0; i < count && r.ok(); ++i) {
        syntax::CoreInstance::Arg& arg = instance.args.emplace_back();
        arg.name = r.Name();
        const size_t sort_offset = r.offset();
        if (const uint8_t sort = r.U8(); sort != kCoreInstanceSort) {
          r.FailLeadingByte(sort, sort_offset, "instantiation arg kind");
        }
        arg.instance = r.VarU32();
      }
      break;
    }
    case kInlineExports: {
      const uint32_t count = r.Count(limits::kInlineExports, "exports of an instance");
      instance.exports.reserve(r.Reservation(count, 3));
      for (uint32_t i = 0; i < count && r.ok(); ++i) {
        syntax::CoreInstance::Export& entry = instance.exports.emplace_back();
        entry.name = r.Name();
        entry.item.sort = DecodeCoreSort(r, "core instance export kind");
        entry.item.index = r.VarU32();
      }
      break;
    }
    default:
      r.FailLeadingByte(code, start, "core instance");
  }
  out.what = std::move(instance);
}

void DecodeInstance(Reader& r, syntax::Definition& out) {
  syntax::Instance instance;
  const size_t start = r.offset();
  switch (const uint8_t code = r.U8()) {
    case kInstantiate: {
      instance.component = r.VarU32();
      const uint32_t count = r.Count(limits::kInstantiateArgs, "instantiation arguments");
      instance.args.reserve(r.Reservation(count, 3));
      for (uint32_t i = 0; i < count && r.ok(); ++i) {
        const std::string_view name = r.Name();
        instance.args.push_back({name, DecodeSortIdx(r)});
      }
      break;
    }
    case kInlineExports: {
      const uint32_t count = r.Count(limits::kInlineExports, "exports of an instance");
      instance.exports.reserve(r.Reservation(count, 4));
      for (uint32_t i = 0; i < count && r.ok(); ++i) {
        syntax::Instance::Export& entry = instance.exports.emplace_back();
        entry.name = DecodeExternName(r);
        entry.item = DecodeSortIdx(r);
      }
      break;
    }
    default:
      r.FailLeadingByte(code, start, "instance");
  }
  out.what = std::move(instance);
}

void DecodeStart(Reader& r, syntax::Definition& out) {
  r.Need(ComponentFeature::kValues, r.offset(), "start section");
  syntax::Start start;
  start.func = r.VarU32();
  const uint32_t count = r.Count(limits::kStartArgs, "start arguments");
  start.args.reserve(r.Reservation(count));
  for (uint32_t i = 0; i < count && r.ok(); ++i) start.args.push_back(r.VarU32());
  start.results = r.VarU32();
  out.what = std::move(start);
}

}  // namespace airwasm::component::binary
