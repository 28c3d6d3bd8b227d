// Walks over what a store has on its stacks: backtraces, and the roots of a collection.
#include "engine/runtime/instance_plan.h"
#include "engine/runtime/native_code.h"
#include "engine/runtime/native_stack.h"
#include "engine/runtime/store.h"
#include "engine/runtime/store_impl.h"

namespace airwasm::runtime {
namespace {

BacktraceFrame DescribeFrame(const CodeLocation& location, Instance* instance) {
  BacktraceFrame frame;
  const FuncCode* const code = location.code;
  if (code == nullptr || code->module == nullptr) {
    frame.func_name = "<host>";
    return frame;
  }
  frame.module = code->module->shared_from_this();
  frame.instance = instance;
  frame.func_index = code->func_index;
  frame.func_name = code->module->FuncName(code->func_index);
  frame.module_offset = location.module_offset;
  frame.source = code->module->FindSource(location.module_offset);
  return frame;
}

bool HoldsGcReferences(const TableInst& table, const TypeRegistry& types) {
  return types.Top(table.type.element.heap_type()) != HeapKind::kFunc;
}

}  // namespace

namespace {

// The frames of compiled code in an activation, innermost first.
void DescribeNativeFrames(const Activation& activation, StoreImpl& impl,
                          std::vector<BacktraceFrame>& frames) {
  const NativeCode* const native = native_code.load(std::memory_order_acquire);
  if (native == nullptr) return;
  std::vector<CodeLocation> locations;
  const auto describe = [&](const void* pc, bool is_return_address) {
    locations.clear();
    native->Locate(pc, is_return_address, locations);
    for (const CodeLocation& location : locations) {
      if (frames.size() == kMaxBacktraceFrames) return;
      frames.push_back(DescribeFrame(location, impl.InstanceOf(location.code->module)));
    }
  };
  if (activation.native_pc != nullptr) describe(activation.native_pc, false);
  for (const uint64_t* fp = activation.native_fp; fp != activation.native_end;
       fp = reinterpret_cast<const uint64_t*>(fp[0])) {
    // The chain grows upward; a frame that does not belongs to code without frame pointers.
    if (fp == nullptr || fp > activation.native_end || frames.size() == kMaxBacktraceFrames) return;
    describe(reinterpret_cast<const void*>(fp[1]), true);
  }
}

}  // namespace

std::vector<BacktraceFrame> Store::Backtrace() {
  std::vector<BacktraceFrame> frames;
  for (const Activation* a = context_.activation; a != nullptr; a = a->previous) {
    if (a->native_fp != nullptr) DescribeNativeFrames(*a, *impl_, frames);
    // One that has not left the executor yet has not said where it is.
    if (a->pc == nullptr || a->fp == nullptr) continue;
    const Cell* pc = a->pc;
    const uint64_t* fp = a->fp;
    bool is_return_address = false;
    while (fp != nullptr && pc != nullptr) {
      if (frames.size() == kMaxBacktraceFrames) return frames;
      frames.push_back(
          DescribeFrame(executor_.Locate(pc, is_return_address),
                        reinterpret_cast<const InstanceContext*>(fp[kFrameContext])->instance));
      pc = reinterpret_cast<const Cell*>(fp[kFrameReturnPc]);
      fp = reinterpret_cast<const uint64_t*>(fp[kFrameCallerFp]);
      is_return_address = true;
    }
  }
  return frames;
}

void StoreImpl::EnumerateRoots(const Store& store, gc::RootVisitor& visitor) const {
  // Native frames: the collector's caller, host functions, and the embedder's code above them.
  const Activation* oldest = store.context_.activation;
  while (oldest != nullptr && oldest->previous != nullptr) oldest = oldest->previous;
  const void* const here = __builtin_frame_address(0);
  visitor.Conservative(
      here, NativeStackEnd(here, oldest == nullptr ? here : static_cast<const void*>(oldest + 1)));

  if (const Activation* const newest = store.context_.activation; newest != nullptr) {
    visitor.Conservative(stack, newest->top);
  }
  for (const Activation* a = store.context_.activation; a != nullptr; a = a->previous) {
    if (a->trap == TrapKind::kUncaughtException) visitor.Exact(a->exception);
  }
  visitor.Conservative(const_operands.data(), const_operands.data() + const_operands.size());
  visitor.Exact(store.pending_exception);
  visitor.Exact(trap_exception);

  for (const std::unique_ptr<GlobalInst>& global : globals) {
    if (global->type.type.IsRef()) visitor.Exact(global->cell->slots[0]);
  }
  for (const std::unique_ptr<Instance>& instance : instances) {
    const Module& module = instance->module();
    for (const uint32_t i : module.plan().ref_globals) {
      visitor.Exact(instance->context()->At<GlobalCell>(module.layout().OwnGlobal(i)).slots[0]);
    }
    for (const std::vector<Ref>& values : Of(*instance).elem_values) {
      for (const Ref ref : values) visitor.Exact(ref);
    }
  }
  for (const std::unique_ptr<OwnedTable>& table : tables) {
    if (!HoldsGcReferences(table->inst, store.types())) continue;
    for (uint64_t i = 0; i < table->inst.size; ++i) visitor.Exact(table->inst.elements[i]);
  }
}

}  // namespace airwasm::runtime
