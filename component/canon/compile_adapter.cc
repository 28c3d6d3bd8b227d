// From a function type to its adapter program.
//
// The walk recurses over the type, whose nesting is limited, and stops when the program has grown
// to kMaxOps: types share parts, so a short component can describe a huge one.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "component/canon/adapter.h"
#include "component/canon/functions.h"
#include "component/canon/rules.h"
#include "component/canon/wasm_adapter.h"
#include "component/types/core_type.h"

namespace airwasm::component::canon {
namespace {

// Where a value is: its first slot, or its offset from the base.
struct Place {
  bool flat = false;
  uint32_t at = 0;
};

class Compiler {
 public:
  using ResourceIndex = std::unordered_map<ResourceId, uint32_t>;
  Compiler(const TypeTable& types, const ResourceIndex& resources, bool from64, bool to64,
           Program& program)
      : types_(types), resources_(resources), from64_(from64), to64_(to64), p_(program) {}

  // All values of one direction, with how many of them may be flat on each side.
  void Values(std::span<const ValType> list, uint32_t from_max_flat, uint32_t to_max_flat) {
    const Flattening from = Flatten(types_, list, from64_);
    const Flattening to = Flatten(types_, list, to64_);
    p_.from_spilled = from.spills || from.count > from_max_flat;
    p_.to_spilled = to.spills || to.count > to_max_flat;
    p_.from_flat = from.count;
    p_.to_flat = to.count;
    p_.from_layout = TupleLayout(types_, list, from64_);
    p_.to_layout = TupleLayout(types_, list, to64_);
    p_.calls |= p_.to_spilled;
    Parts(list, {.flat = !p_.from_spilled}, {.flat = !p_.to_spilled});
    p_.scalars_only = !p_.from_spilled && !p_.to_spilled;
    for (const Op& op : p_.ops) p_.scalars_only &= IsScalarMove(op);
    Emit({.code = OpCode::kReturn});
  }

 private:
  static bool IsScalarMove(const Op& op) {
    return op.code <= OpCode::kBool && op.where == (Op::kFromFlat | Op::kToFlat) &&
           op.from == op.to;
  }
  const Layout& Mem(ValType t, bool is_64) { return types_.Facts(t).memory(is_64); }

  Op& Emit(Op op) {
    p_.ops.push_back(op);
    return p_.ops.back();
  }
  uint32_t here() const { return static_cast<uint32_t>(p_.ops.size()); }
  bool full() const { return p_.ops.size() + p_.targets.size() > kMaxAdapterOps; }

  static Op MakeOp(OpCode code, Place from, Place to) {
    const int where = (from.flat ? Op::kFromFlat : 0) | (to.flat ? Op::kToFlat : 0);
    return {.code = code,
            .where = static_cast<uint8_t>(where),
            .width = 0,
            .from = from.at,
            .to = to.at};
  }

  void Parts(std::span<const ValType> list, Place from, Place to) {
    const std::vector<uint32_t> from_offsets = Offsets(list, from.flat, from64_);
    const std::vector<uint32_t> to_offsets = Offsets(list, to.flat, to64_);
    for (size_t i = 0; i < list.size() && !full(); ++i) {
      Value(list[i], {from.flat, from.at + from_offsets[i]}, {to.flat, to.at + to_offsets[i]});
    }
  }
  std::vector<uint32_t> Offsets(std::span<const ValType> list, bool flat, bool is_64) {
    if (!flat) return FieldOffsets(types_, list, is_64);
    std::vector<uint32_t> offsets;
    uint32_t slot = 0;
    for (const ValType t : list) {
      offsets.push_back(slot);
      slot += types_.Facts(t).flat(is_64).count;
    }
    return offsets;
  }

  void Value(ValType t, Place from, Place to) {
    if (full()) return;
    const TypeFacts& facts = types_.Facts(t);
    if (facts.is_bitwise && !from.flat && !to.flat)
      return Copy(facts.memory(from64_).size, from, to);
    if (t.IsPrim()) return Prim(t.prim(), from, to);
    std::visit([&](const auto& def) { Defined(t, def, from, to); }, types_.Get(t));
  }

  // Copies of neighbours become one.
  void Copy(uint32_t bytes, Place from, Place to) {
    if (p_.ops.size() > fence_) {
      Op& last = p_.ops.back();
      if (last.code == OpCode::kCopy && last.from + last.imm == from.at &&
          last.to + last.imm == to.at) {
        last.imm += bytes;
        return;
      }
    }
    Op op = MakeOp(OpCode::kCopy, from, to);
    op.imm = bytes;
    Emit(op);
  }

  void Prim(PrimType prim, Place from, Place to) {
    OpCode code = OpCode::kUnsupported;
    switch (prim) {
      case PrimType::kBool:
        code = OpCode::kBool;
        break;
      case PrimType::kS8:
        code = OpCode::kS8;
        break;
      case PrimType::kU8:
        code = OpCode::kU8;
        break;
      case PrimType::kS16:
        code = OpCode::kS16;
        break;
      case PrimType::kU16:
        code = OpCode::kU16;
        break;
      case PrimType::kS32:
      case PrimType::kU32:
      case PrimType::kF32:
        code = OpCode::kU32;
        break;
      case PrimType::kS64:
      case PrimType::kU64:
      case PrimType::kF64:
        code = OpCode::kU64;
        break;
      case PrimType::kChar:
        code = OpCode::kChar;
        break;
      case PrimType::kString:
        code = OpCode::kString;
        p_.calls = true;
        break;
      case PrimType::kErrorContext:
        break;
    }
    Emit(MakeOp(code, from, to));
  }

  void Defined(ValType, const RecordType& t, Place from, Place to) {
    std::vector<ValType> parts;
    for (const Field& field : t.fields) parts.push_back(field.type);
    Parts(parts, from, to);
  }
  void Defined(ValType, const TupleType& t, Place from, Place to) { Parts(t.types, from, to); }

  void Defined(ValType, const ListType& t, Place from, Place to) {
    if (!t.length) return List(t.element, from, to);
    if (from.flat || to.flat) {
      const std::vector<ValType> parts(*t.length, t.element);  // at most kMaxFlatParams
      return Parts(parts, from, to);
    }
    Op op = MakeOp(OpCode::kRepeat, from, to);
    op.imm = AddShape(t.element, *t.length);
    Emit(op);
    Body(op.imm, [&] { Value(t.element, {}, {}); });
  }
  void Defined(ValType, const MapType& t, Place from, Place to) {
    p_.calls = true;
    const ValType parts[] = {t.key, t.value};
    const Layout from_layout = TupleLayout(types_, parts, from64_);
    const Layout to_layout = TupleLayout(types_, parts, to64_);
    Op op = MakeOp(OpCode::kList, from, to);
    op.imm = static_cast<uint32_t>(p_.lists.size());
    p_.lists.push_back({.from_size = from_layout.size,
                        .from_align = from_layout.align,
                        .to_size = to_layout.size,
                        .to_align = to_layout.align});
    Emit(op);
    Body(op.imm, [&] { Parts(parts, {}, {}); });
  }

  void List(ValType element, Place from, Place to) {
    p_.calls = true;
    const bool bulk = types_.Facts(element).is_bitwise;
    Op op = MakeOp(bulk ? OpCode::kBulk : OpCode::kList, from, to);
    op.imm = AddShape(element, 0);
    Emit(op);
    if (!bulk) Body(op.imm, [&] { Value(element, {}, {}); });
  }
  uint32_t AddShape(ValType element, uint32_t count) {
    const Layout& from = Mem(element, from64_);
    const Layout& to = Mem(element, to64_);
    p_.lists.push_back({.from_size = from.size,
                        .from_align = from.align,
                        .to_size = to.size,
                        .to_align = to.align,
                        .count = count});
    return static_cast<uint32_t>(p_.lists.size() - 1);
  }
  template <typename Make>
  void Body(uint32_t shape, Make make) {
    fence_ = p_.ops.size();
    make();
    Emit({.code = OpCode::kReturn});
    fence_ = p_.ops.size();
    p_.lists[shape].end = here();
  }

  void Defined(ValType t, const VariantType& v, Place from, Place to) {
    std::vector<std::optional<ValType>> cases;
    for (const VariantCase& c : v.cases) cases.push_back(c.type);
    Variant(t, cases, from, to);
  }
  void Defined(ValType t, const OptionType& o, Place from, Place to) {
    Variant(t, {std::nullopt, o.type}, from, to);
  }
  void Defined(ValType t, const ResultType& r, Place from, Place to) {
    Variant(t, {r.ok, r.error}, from, to);
  }
  void Defined(ValType t, const EnumType& e, Place from, Place to) {
    Op op = MakeOp(OpCode::kEnum, from, to);
    op.width = static_cast<uint8_t>(Mem(t, from64_).size);
    op.aux = static_cast<uint32_t>(e.names.size());
    Emit(op);
  }

  void Variant(ValType t, const std::vector<std::optional<ValType>>& cases, Place from, Place to) {
    std::vector<ValType> payloads;
    for (const auto& c : cases) {
      if (c) payloads.push_back(*c);
    }
    Op op = MakeOp(OpCode::kVariant, from, to);
    op.width = static_cast<uint8_t>(DiscriminantSize(cases.size()));
    op.imm = static_cast<uint32_t>(p_.targets.size());
    op.aux = static_cast<uint32_t>(cases.size());
    Emit(op);
    p_.targets.resize(p_.targets.size() + cases.size() + 1);
    const Place from_payload = Payload(from, cases.size(), payloads, from64_);
    const Place to_payload = Payload(to, cases.size(), payloads, to64_);
    const uint32_t slots = to.flat ? types_.Facts(t).flat(to64_).count - 1u : 0;

    std::vector<uint32_t> jumps;  // to the end, once that is known
    std::vector<uint32_t> empty;  // cases with nothing to do
    for (size_t i = 0; i < cases.size() && !full(); ++i) {
      const uint32_t start = here();
      fence_ = start;
      p_.targets[op.imm + i] = start;
      uint32_t used = 0;
      if (cases[i]) {
        Value(*cases[i], from_payload, to_payload);
        if (to.flat) used = types_.Facts(*cases[i]).flat(to64_).count;
      }
      if (used < slots) {
        Op zero = MakeOp(OpCode::kZero, {}, {true, to_payload.at + used});
        zero.imm = slots - used;
        Emit(zero);
      }
      if (here() == start) {
        empty.push_back(op.imm + static_cast<uint32_t>(i));
      } else if (i + 1 < cases.size()) {
        jumps.push_back(here());
        Emit({.code = OpCode::kJump});
      }
    }
    for (const uint32_t jump : jumps) p_.ops[jump].imm = here();
    for (const uint32_t target : empty) p_.targets[target] = here();
    p_.targets[op.imm + cases.size()] = here();
    fence_ = p_.ops.size();
  }
  Place Payload(Place at, size_t case_count, std::span<const ValType> payloads, bool is_64) {
    const uint32_t step = at.flat ? 1 : PayloadOffset(types_, case_count, payloads, is_64);
    return {at.flat, at.at + step};
  }

  void Defined(ValType t, const FlagsType& f, Place from, Place to) {
    Op op = MakeOp(OpCode::kFlags, from, to);
    op.width = static_cast<uint8_t>(Mem(t, from64_).size);
    op.imm = FlagsMask(f.names.size());
    Emit(op);
  }

  void Defined(ValType, const OwnType& t, Place from, Place to) {
    Resource(OpCode::kOwn, t.resource, from, to);
  }
  void Defined(ValType, const BorrowType& t, Place from, Place to) {
    p_.has_borrow = true;
    Resource(OpCode::kBorrow, t.resource, from, to);
  }
  void Resource(OpCode code, ResourceId resource, Place from, Place to) {
    Op op = MakeOp(code, from, to);
    op.imm = resources_.at(resource);
    Emit(op);
  }
  void Defined(ValType, const StreamType&, Place from, Place to) {
    Emit(MakeOp(OpCode::kUnsupported, from, to));
  }
  void Defined(ValType, const FutureType&, Place from, Place to) {
    Emit(MakeOp(OpCode::kUnsupported, from, to));
  }

  const TypeTable& types_;
  const ResourceIndex& resources_;
  const bool from64_;
  const bool to64_;
  Program& p_;
  size_t fence_ = 0;  // an op before this one may be reached by a way that does not pass its
                      // successor: no merging across
};

}  // namespace

std::vector<ValType> ParamTypes(const FuncType& type) {
  std::vector<ValType> list;
  for (const Field& param : type.params) list.push_back(param.type);
  return list;
}
std::vector<ValType> ResultTypes(const FuncType& type) {
  return type.result ? std::vector<ValType>{*type.result} : std::vector<ValType>{};
}

Layout TupleLayout(const TypeTable& types, std::span<const ValType> list, bool is_64) {
  Layout layout;
  if (list.empty()) return layout;
  for (const ValType t : list)
    layout.align = std::max(layout.align, types.Facts(t).memory(is_64).align);
  const uint32_t end =
      FieldOffsets(types, list, is_64).back() + types.Facts(list.back()).memory(is_64).size;
  layout.size = (end + layout.align - 1) & ~(layout.align - 1);
  return layout;
}

Adapter CompileAdapter(const TypeTable& types, FuncTypeId type, const AdapterShape& shape) {
  Adapter adapter;
  adapter.shape = shape;
  const FuncType& func = types.GetFunc(type);
  Compiler::ResourceIndex resources;
  for (const ResourceId id : ResourcesOf(types, type))
    resources.emplace(id, static_cast<uint32_t>(resources.size()));
  Compiler(types, resources, shape.lower_memory64, shape.lift_memory64, adapter.params)
      .Values(ParamTypes(func), shape.lower_async ? kMaxFlatAsyncParams : kMaxFlatParams,
              kMaxFlatParams);
  Compiler(types, resources, shape.lift_memory64, shape.lower_memory64, adapter.results)
      .Values(ResultTypes(func), shape.lift_async ? kMaxFlatParams : kMaxFlatResults,
              shape.lower_async ? 0 : kMaxFlatResults);
  adapter.wasm_obstacle = WasmObstacle(types, type, adapter);
  return adapter;
}

airwasm::FuncType FlattenFunc(const TypeTable& types, FuncTypeId type, bool lower, bool memory64,
                              bool async) {
  const FuncType& func = types.GetFunc(type);
  const airwasm::ValType address = memory64 ? kI64 : kI32;
  const uint32_t max_params = lower && async ? kMaxFlatAsyncParams : kMaxFlatParams;
  airwasm::FuncType core;
  const Flattening params = Flatten(types, ParamTypes(func), memory64);
  if (params.spills || params.count > max_params) {
    core.params = {address};
  } else {
    for (const FlatType t : params.list()) core.params.push_back(CoreType(t));
  }
  const Flattening results = Flatten(types, ResultTypes(func), memory64);
  if (async) {
    core.results = {kI32};
    if (lower && (results.spills || results.count > 0)) core.params.push_back(address);
    return core;
  }
  if (results.spills || results.count > kMaxFlatResults) {
    if (lower) {
      core.params.push_back(address);
    } else {
      core.results = {address};
    }
  } else {
    for (const FlatType t : results.list()) core.results.push_back(CoreType(t));
  }
  return core;
}

const Adapter* AdapterCache::Get(const TypeTable& types, FuncTypeId type,
                                 const AdapterShape& shape) {
  const std::lock_guard lock(mutex_);
  const Key key(&types, type, shape);
  const auto found = adapters_.find(key);
  if (found != adapters_.end()) return found->second.get();
  if (ops_ > kMaxCachedOps) return nullptr;
  auto adapter = std::make_unique<Adapter>(CompileAdapter(types, type, shape));
  const size_t params = adapter->params.ops.size() + adapter->params.targets.size();
  const size_t results = adapter->results.ops.size() + adapter->results.targets.size();
  if (params > kMaxAdapterOps || results > kMaxAdapterOps) return nullptr;
  ops_ += params + results;
  return adapters_.emplace(key, std::move(adapter)).first->second.get();
}

std::shared_ptr<const WasmModule> AdapterCache::FindModule(const ModuleKey& key) {
  const std::lock_guard lock(mutex_);
  const auto found = modules_.find(key);
  return found == modules_.end() ? nullptr : found->second;
}

std::shared_ptr<const WasmModule> AdapterCache::AddModule(
    const ModuleKey& key, std::shared_ptr<const WasmModule> module) {
  const std::lock_guard lock(mutex_);
  return modules_.try_emplace(key, std::move(module)).first->second;
}

bool AdapterCache::IsFullOfModules() {
  const std::lock_guard lock(mutex_);
  return modules_.size() >= kMaxWasmModules;
}

}  // namespace airwasm::component::canon
