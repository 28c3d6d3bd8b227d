// Reads constant expressions that consist of one instruction; the others wait for const_expr.cc.
#include "engine/runtime/instance_plan.h"

#include <cstring>

#include "engine/base/byte_reader.h"
#include "engine/instr/instr.h"

namespace airwasm::runtime {
namespace {

bool IsGcReference(ValType type, const syntax::Module& module) {
  if (!type.IsRef()) return false;
  const HeapType heap = type.heap_type();
  if (heap.IsConcrete()) return module.types[heap.index()].kind != CompositeKind::kFunc;
  return TopOf(heap.kind()) != HeapKind::kFunc;
}

void PlanGlobals(const syntax::Module& module, InstancePlan& plan) {
  const uint32_t imported = module.num_imported_globals;
  const auto count = static_cast<uint32_t>(module.globals.size()) - imported;
  plan.own_globals.resize(count);
  for (uint32_t i = 0; i < count; ++i) {
    const syntax::Global& global = module.globals[imported + i];
    if (IsGcReference(global.type.type, module)) plan.ref_globals.push_back(i);
    if (const std::optional<GlobalCell> value = SingleConstant(global.init)) {
      plan.own_globals[i] = *value;
    } else {
      plan.computed_globals.push_back(i);
    }
  }
}

void PlanData(const syntax::Module& module, InstancePlan& plan) {
  plan.imageable.assign(module.memories.size() - module.num_imported_memories, true);
  plan.data_addresses.resize(module.datas.size());
  for (size_t i = 0; i < module.datas.size(); ++i) {
    const syntax::DataSegment& data = module.datas[i];
    if (data.mode != syntax::SegmentMode::kActive) continue;
    if (const std::optional<GlobalCell> value = SingleConstant(data.offset_expr))
      plan.data_addresses[i] = value->slots[0];
    if (data.memory < module.num_imported_memories) continue;
    const MemoryType& memory = module.memories[data.memory];
    const uint32_t shift = memory.page_size_log2;
    const uint64_t min_bytes =
        memory.limits.min > (UINT64_MAX >> shift) ? UINT64_MAX : memory.limits.min << shift;
    const std::optional<uint64_t>& address = plan.data_addresses[i];
    if (!address || *address > min_bytes || data.bytes.size() > min_bytes - *address) {
      plan.imageable[data.memory - module.num_imported_memories] = false;
    }
  }
}

}  // namespace

ContextLayout LayOutContext(const syntax::Module& module) {
  ContextLayout layout;
  auto offset = static_cast<uint32_t>(sizeof(InstanceContext));
  const auto take = [&](size_t count, uint32_t bytes_each) {
    const uint32_t at = offset;
    offset += static_cast<uint32_t>(count) * bytes_each;
    return at;
  };
  // At most five million pointers and a million globals (engine/base/limits.h): 32 bits are plenty.
  // What hot code reads comes first.
  layout.memories = take(module.memories.size(), 8);
  layout.tables = take(module.tables.size(), 8);
  layout.imported_funcs = take(module.num_imported_funcs, 8);
  layout.imported_globals = take(module.num_imported_globals, 8);
  layout.tags = take(module.tags.size(), 8);
  offset = (offset + 15) & ~15u;
  layout.own_globals =
      take(module.globals.size() - module.num_imported_globals, sizeof(GlobalCell));
  layout.size_bytes = offset;
  return layout;
}

InstancePlan PlanInstances(const syntax::Module& module) {
  InstancePlan plan;
  PlanGlobals(module, plan);
  PlanData(module, plan);
  for (const syntax::ElemSegment& elem : module.elems) plan.has_elem_values |= elem.uses_exprs;
  return plan;
}

std::optional<GlobalCell> SingleConstant(const syntax::Expr& expr) {
  ByteReader reader(expr.bytes, expr.offset);
  Instr instr;
  ReadInstr(reader, instr);
  if (!reader.ok() || reader.remaining() != 1) return std::nullopt;  // `end` alone must follow
  GlobalCell cell{};
  switch (instr.immediate) {
    case Immediate::kI32:
    case Immediate::kI64:
    case Immediate::kF32:
    case Immediate::kF64:
      cell.slots[0] = instr.bits;
      return cell;
    case Immediate::kV128:
      std::memcpy(cell.slots, instr.bytes.data(), sizeof(cell.slots));
      return cell;
    default:
      if (instr.op == Op::RefNull) return cell;
      return std::nullopt;
  }
}

}  // namespace airwasm::runtime
