#include "component/canon/wasm_parts.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/binary/encoder.h"

namespace airwasm::component::canon {
namespace {

using What = WasmImport::What;

const char* NameOf(What what) {
  switch (what) {
    case What::kCallee:
      return "callee";
    case What::kPostReturn:
      return "post-return";
    case What::kRealloc:
      return "realloc";
    case What::kTrouble:
      return "trouble";
    case What::kMemory:
      return "memory";
    case What::kFlags:
      return "flags";
    case What::kEntered:
      return "entered";
    case What::kContext:
      return "context";
  }
  return "";
}

}  // namespace

TypeIdx WasmParts::TypeOf(const airwasm::FuncType& type) {
  const auto found = std::find(types_.begin(), types_.end(), type);
  if (found != types_.end()) return static_cast<TypeIdx>(found - types_.begin());
  types_.push_back(type);
  return static_cast<TypeIdx>(types_.size() - 1);
}

uint32_t WasmParts::Find(const WasmImport& import, airwasm::syntax::ExternType type) {
  uint32_t index = 0;
  for (size_t i = 0; i < imports_.size(); ++i) {
    if (import_types_[i].index() != type.index()) continue;
    const WasmImport& known = imports_[i];
    if (known.what == import.what && known.side == import.side && known.index == import.index)
      return index;
    ++index;
  }
  imports_.push_back(import);
  import_types_.push_back(std::move(type));
  return index;
}

uint32_t WasmParts::Func(What what, Side side, const airwasm::FuncType& type) {
  return Find({what, side}, TypeIdx{TypeOf(type)});
}
uint32_t WasmParts::Memory(Side side) {
  return Find({What::kMemory, side}, MemoryType{});
}
uint32_t WasmParts::Entered(uint32_t index) {
  return Global({What::kEntered, Side::kLift, index}, kI32);
}
uint32_t WasmParts::Global(WasmImport import, airwasm::ValType type) {
  return Find(import, GlobalType{.type = type, .mut = true});
}

void WasmParts::Trouble(WasmTrouble trouble, uint32_t a, Bytes b, Bytes c) {
  code.I32(static_cast<uint32_t>(trouble));
  code.I32(a);
  Push(b);
  Push(c);
  code.Emit(Op::Call, Func(What::kTrouble, Side::kLower, {{kI32, kI32, kI32, kI32}, {}}));
}

void WasmParts::IsOutOfRange(Side side, Local address, Bytes bytes, uint32_t align) {
  code.Get(address);
  code.Emit(Op::I64ExtendI32U);
  if (bytes.is_known) {
    code.I64(bytes.value);
  } else {
    code.Get(bytes.value);
    code.Emit(Op::I64ExtendI32U);
  }
  code.Emit(Op::I64Add);
  code.Emit(Op::MemorySize, Memory(side));
  code.Emit(Op::I64ExtendI32U);
  code.I64(16);
  code.Emit(Op::I64Shl);
  code.Emit(Op::I64GtU);
  if (align == 1) return;
  code.Get(address);
  code.I32(align - 1);
  code.Emit(Op::I32And);
  code.Emit(Op::I32Or);
}

void WasmParts::CheckRange(Side side, Local address, Bytes bytes, uint32_t align, Pointee what,
                           bool from_realloc) {
  IsOutOfRange(side, address, bytes, align);
  code.Open(Op::If);
  const RangeTrouble trouble{side, static_cast<uint8_t>(what), from_realloc, align};
  Fail(WasmTrouble::kRange, trouble.Pack(), Bytes::In(address), bytes);
  code.Close();
}

WasmParts::Local WasmParts::FreshContext(Side side) {
  if (!HasContext(side)) return 0;
  const Local saved = code.NewLocal(kV128);
  code.Emit(Op::GlobalGet, Context(side));
  code.Set(saved);
  code.V128Zero();
  code.Emit(Op::GlobalSet, Context(side));
  return saved;
}

void WasmParts::RestoreContext(Side side, Local saved) {
  if (!HasContext(side)) return;
  code.Get(saved);
  code.Emit(Op::GlobalSet, Context(side));
}

WasmParts::Local WasmParts::Allocate(Side side, Bytes bytes, uint32_t align, Pointee what) {
  const Local address = code.NewLocal(kI32);
  const Local now = flags[static_cast<size_t>(side)];
  const Local context = FreshContext(side);
  code.Get(now);
  code.I32(~uint32_t{ComponentInstanceState::kMayLeave});
  code.Emit(Op::I32And);
  code.Emit(Op::GlobalSet, Flags(side));
  code.I32(0);
  code.I32(0);
  code.I32(align);
  Push(bytes);
  code.Emit(Op::Call, Func(What::kRealloc, side, {{kI32, kI32, kI32, kI32}, {kI32}}));
  code.Set(address);
  code.Get(now);
  code.Emit(Op::GlobalSet, Flags(side));
  RestoreContext(side, context);
  CheckRange(side, address, bytes, align, what, true);
  return address;
}

WasmAdapter WasmParts::Finish(const airwasm::FuncType& type, std::string_view name) {
  airwasm::syntax::Module module;
  const TypeIdx own_type = TypeOf(type);
  for (const airwasm::FuncType& func : types_) {
    module.types.push_back({.func = func});
    module.rec_group_sizes.push_back(1);
  }
  for (size_t i = 0; i < imports_.size(); ++i) {
    const airwasm::syntax::ExternType& import = import_types_[i];
    module.imports.push_back({.module = "", .name = NameOf(imports_[i].what), .type = import});
    if (const auto* const func = std::get_if<TypeIdx>(&import)) {
      module.funcs.push_back({.type = *func});
      ++module.num_imported_funcs;
    } else if (const auto* const memory = std::get_if<MemoryType>(&import)) {
      module.memories.push_back(*memory);
      ++module.num_imported_memories;
    } else if (const auto* const global = std::get_if<GlobalType>(&import)) {
      module.globals.push_back({.type = *global});
      ++module.num_imported_globals;
    }
  }
  const std::vector<uint8_t> body = code.Finish();
  const uint32_t index = module.num_imported_funcs;
  module.funcs.push_back({.type = own_type, .locals = code.Locals(), .body = {.bytes = body}});
  module.exports.push_back(
      {.name = "", .kind = airwasm::syntax::ExternKind::kFunc, .index = index});
  module.names.module = "adapter";
  module.names.funcs.emplace(index, std::string(name));
  return {binary::Encode(module), std::move(imports_)};
}

}  // namespace airwasm::component::canon
