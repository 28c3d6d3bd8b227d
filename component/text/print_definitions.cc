// Prints each kind of definition.
#include <algorithm>

#include "component/syntax/canon_table.h"
#include "component/text/component_printer.h"
#include "engine/binary/decoder.h"
#include "engine/binary/encoder.h"

namespace airwasm::component::text {

using syntax::CanonImmediates;
using syntax::CanonOpt;

namespace {

std::string_view AsText(syntax::Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

void ComponentPrinter::Print(const syntax::CoreModule& module) {
  const std::string_view id =
      IdOf(Sort::kCoreModule, scope_->counts[static_cast<size_t>(Sort::kCoreModule)]);
  Write("(core module");
  WriteDefined(Sort::kCoreModule, /*with_name=*/false);
  const auto decoded = airwasm::binary::Decode(module.bytes, Features(), {.check_bodies = true});
  const bool is_ours =
      decoded.ok() && std::ranges::equal(airwasm::binary::Encode(*decoded), module.bytes);
  if (!is_ours) {
    Write(" binary ");
    WriteString(AsText(module.bytes));
    return Write(")");
  }
  WriteOwnName((*decoded).names.module, id);
  // Behind the first line, "(module $id", the fields can stay as they are.
  const std::string text = airwasm::text::Print(*decoded, options_);
  for (size_t from = text.find('\n') + 1; from < text.size();) {
    const size_t to = text.find('\n', from);
    NewLine();
    Write(std::string_view(text).substr(from, to - from));
    from = to + 1;
  }
}

void ComponentPrinter::Print(const syntax::CoreInstance& instance) {
  Write("(core instance");
  WriteDefined(Sort::kCoreInstance);
  if (instance.module) {
    Write(" (instantiate");
    WriteIdx(Sort::kCoreModule, *instance.module);
    for (const auto& arg : instance.args) {
      Write(" (with ");
      WriteString(arg.name);
      Write(" ");
      WriteItem({Sort::kCoreInstance, arg.instance}, /*in_core=*/true);
      Write(")");
    }
    Write(")");
  }
  for (const auto& exported : instance.exports) {
    Write(" (export ");
    WriteString(exported.name);
    Write(" ");
    WriteItem(exported.item, /*in_core=*/true);
    Write(")");
  }
  Write(")");
}

void ComponentPrinter::Print(const std::unique_ptr<syntax::Component>& component) {
  const std::string_view id =
      IdOf(Sort::kComponent, scope_->counts[static_cast<size_t>(Sort::kComponent)]);
  Write("(component");
  WriteDefined(Sort::kComponent, /*with_name=*/false);
  WriteOwnName(component->names.component, id);
  PrintBody(*component);
  Write(")");
}

void ComponentPrinter::Print(const syntax::Instance& instance) {
  Write("(instance");
  WriteDefined(Sort::kInstance);
  if (instance.component) {
    Write(" (instantiate");
    WriteIdx(Sort::kComponent, *instance.component);
    for (const auto& arg : instance.args) {
      Write(" (with ");
      WriteString(arg.name);
      Write(" ");
      WriteItem(arg.item);
      Write(")");
    }
    Write(")");
  }
  for (const auto& exported : instance.exports) {
    Write(" (export ");
    WriteExternName(exported.name);
    Write(" ");
    WriteItem(exported.item);
    Write(")");
  }
  Write(")");
}

void ComponentPrinter::Print(const syntax::Alias& alias) {
  switch (alias.target) {
    case syntax::Alias::Target::kExport:
      Write("(alias export");
      WriteIdx(Sort::kInstance, alias.instance);
      Write(" ");
      WriteString(alias.name);
      break;
    case syntax::Alias::Target::kCoreExport:
      Write("(alias core export");
      WriteIdx(Sort::kCoreInstance, alias.instance);
      Write(" ");
      WriteString(alias.name);
      break;
    case syntax::Alias::Target::kOuter:
      Write("(alias outer " + std::to_string(alias.outer_count) + " " +
            std::to_string(alias.outer_index));
      break;
  }
  Write(" (");
  WriteSort(alias.sort);
  WriteDefined(alias.sort);
  Write("))");
}

void ComponentPrinter::Print(const syntax::Type& type) {
  Write("(type");
  WriteDefined(Sort::kType);
  Write(" ");
  PrintDefType(type.type);
  Write(")");
}

void ComponentPrinter::Print(const syntax::Canon& canon) {
  if (canon.kind == syntax::CanonKind::kLift) {
    Write("(func");
    WriteDefined(Sort::kFunc);
    Write(" (type");
    WriteIdx(Sort::kType, canon.type);
    Write(")");
  } else {
    Write("(core func");
    WriteDefined(Sort::kCoreFunc);
  }
  Write(" (canon ");
  Write(syntax::RowOf(canon.kind).text);
  PrintCanonImmediates(canon);
  Write("))");
}

void ComponentPrinter::PrintCanonImmediates(const syntax::Canon& canon) {
  switch (syntax::RowOf(canon.kind).immediates) {
    case CanonImmediates::kNone:
      return;
    case CanonImmediates::kType:
      return WriteIdx(Sort::kType, canon.type);
    case CanonImmediates::kOpts:
      return PrintCanonOpts(canon);
    case CanonImmediates::kTypeOpts:
      WriteIdx(Sort::kType, canon.type);
      return PrintCanonOpts(canon);
    case CanonImmediates::kTypeAsync:
      WriteIdx(Sort::kType, canon.type);
      if (canon.async) Write(" async");
      return;
    case CanonImmediates::kAsync:
      if (canon.async) Write(" async");
      return;
    case CanonImmediates::kCancel:
      if (canon.cancellable) Write(" cancellable");
      return;
    case CanonImmediates::kCancelMemory:
      if (canon.cancellable) Write(" cancellable");
      Write(" (memory");
      WriteIdx(Sort::kCoreMemory, canon.memory);
      return Write(")");
    case CanonImmediates::kContext:
      Write(" " + canon.core_type.ToString() + " " + std::to_string(canon.slot));
      return;
    case CanonImmediates::kResultOpts:
      if (canon.result) {
        Write(" (result");
        WriteOptionalValType(canon.result);
        Write(")");
      }
      return PrintCanonOpts(canon);
    case CanonImmediates::kFuncTable:
      WriteIdx(Sort::kCoreType, canon.type);
      return WriteIdx(Sort::kCoreTable, canon.table);
    case CanonImmediates::kLift:
      Write(" ");
      WriteItem({Sort::kCoreFunc, canon.func});
      return PrintCanonOpts(canon);
    case CanonImmediates::kLower:
      Write(" ");
      WriteItem({Sort::kFunc, canon.func});
      return PrintCanonOpts(canon);
  }
}

void ComponentPrinter::PrintCanonOpts(const syntax::Canon& canon) {
  const auto with_index = [this](std::string_view word, Sort sort, uint32_t index) {
    Write(" (");
    Write(word);
    WriteIdx(sort, index);
    Write(")");
  };
  for (const CanonOpt& opt : canon.opts) {
    switch (opt.kind) {
      case CanonOpt::Kind::kUtf8:
        Write(" string-encoding=utf8");
        break;
      case CanonOpt::Kind::kUtf16:
        Write(" string-encoding=utf16");
        break;
      case CanonOpt::Kind::kLatin1Utf16:
        Write(" string-encoding=latin1+utf16");
        break;
      case CanonOpt::Kind::kMemory:
        with_index("memory", Sort::kCoreMemory, opt.index);
        break;
      case CanonOpt::Kind::kRealloc:
        with_index("realloc", Sort::kCoreFunc, opt.index);
        break;
      case CanonOpt::Kind::kPostReturn:
        with_index("post-return", Sort::kCoreFunc, opt.index);
        break;
      case CanonOpt::Kind::kAsync:
        Write(" async");
        break;
      case CanonOpt::Kind::kCallback:
        with_index("callback", Sort::kCoreFunc, opt.index);
        break;
    }
  }
}

void ComponentPrinter::Print(const syntax::Start& start) {
  Write("(start");
  WriteIdx(Sort::kFunc, start.func);
  for (const uint32_t arg : start.args) {
    Write(" ");
    WriteItem({Sort::kValue, arg});
  }
  for (uint32_t i = 0; i < start.results; ++i) {
    Write(" (result (value");
    WriteDefined(Sort::kValue);
    Write("))");
  }
  Write(")");
}

void ComponentPrinter::Print(const syntax::Import& import) {
  Write("(import ");
  WriteExternName(import.name);
  Write(" (");
  WriteSort(import.type.sort);
  WriteDefined(import.type.sort);
  PrintExternType(import.type);
  Write("))");
}

// In a component: what is exported. In a type: what is declared.
void ComponentPrinter::Print(const syntax::Export& exported) {
  const bool is_declarator = scope_->names == nullptr;
  Write("(export");
  if (!is_declarator) {
    const Sort sort = exported.item.sort;
    WriteDefined(sort);
  }
  Write(" ");
  WriteExternName(exported.name);
  if (!is_declarator) {
    Write(" ");
    WriteItem(exported.item);
  }
  if (exported.type) {
    Write(" (");
    WriteSort(exported.type->sort);
    if (is_declarator) WriteDefined(exported.type->sort);
    PrintExternType(*exported.type);
    Write(")");
  }
  Write(")");
}

void ComponentPrinter::Print(const syntax::Value& value) {
  Write("(value");
  WriteDefined(Sort::kValue);
  Write(" ");
  WriteValType(value.type);
  Write(" (binary ");
  WriteString(AsText(value.bytes));
  Write("))");
}

void ComponentPrinter::Print(const syntax::CustomSection& section) {
  Write("(@custom ");
  WriteString(section.name);
  Write(" ");
  WriteString(AsText(section.bytes));
  Write(")");
}

}  // namespace airwasm::component::text
