#include "component/canon/host_caller.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "component/canon/dynamic.h"
#include "engine/runtime/host_bytes.h"

namespace airwasm::component::canon {
namespace {

constexpr char kKey = 0;
constexpr uint64_t kPageBytes = 65536;
// Arguments and results of nested calls together.
constexpr uint64_t kMaxPages = kMaxLiftedBytes / kPageBytes;

}  // namespace

HostCaller* HostCaller::Of(runtime::Store& store) {
  if (void* const there = store.Attached(&kKey)) return static_cast<HostCaller*>(there);
  auto made = std::make_shared<HostCaller>(store);
  if (absl::Status status = made->Init(); !status.ok()) {
    store.host_error = std::move(status);
    return nullptr;
  }
  HostCaller* const caller = made.get();
  store.Attach(&kKey, std::move(made));
  return caller;
}

absl::Status HostCaller::Init() {
  runtime::Store& store = *state_.store;
  MemoryType memory;
  memory.limits = {.min = 1, .max = kMaxPages};
  absl::StatusOr<runtime::MemInst*> made = store.NewMemory(memory);
  if (!made.ok()) return made.status();
  const airwasm::FuncType type{.params = {kI32, kI32, kI32, kI32}, .results = {kI32}};
  options_.instance = &state_;
  options_.memory = *made;
  options_.realloc = store.NewHostFunc(
      type, {.call = &runtime::Contained<&HostCaller::Realloc>, .env = this, .drop_env = nullptr});
  if (options_.realloc == nullptr) return absl::ResourceExhaustedError("too many function types");
  return absl::OkStatus();
}

TrapKind HostCaller::Realloc(runtime::HostCall& call) {
  HostCaller& self = *static_cast<HostCaller*>(call.env);
  runtime::Store& store = *self.state_.store;
  runtime::MemInst& memory = *self.options_.memory;
  const uint64_t old_address = static_cast<uint32_t>(call.slots[0]);
  const uint64_t old_bytes = static_cast<uint32_t>(call.slots[1]);
  const uint64_t align = static_cast<uint32_t>(call.slots[2]);
  const uint64_t new_bytes = static_cast<uint32_t>(call.slots[3]);
  const uint64_t address = (self.top_ + align - 1) & ~(align - 1);
  const uint64_t end = address + new_bytes;
  const uint64_t size = memory.size_bytes.load(std::memory_order_relaxed);
  if (end > size &&
      store.GrowMemory(&memory, (end - size + kPageBytes - 1) / kPageBytes) == UINT64_MAX)
    return Fail(store, "the values of this call take more host memory than is allowed");
  std::memmove(memory.base + address, memory.base + old_address, std::min(old_bytes, new_bytes));
  self.top_ = end;
  call.slots[0] = address;
  return TrapKind::kNone;
}

void HostCaller::ForgetHandles() {
  if (const uint64_t paid = state_.handles.paid_bytes(); paid != 0) [[unlikely]]
    runtime::RefundHostBytes(*state_.store, paid);
  state_.handles = HandleTable();
}

TrapKind HostCaller::Call(const Function& function, uint64_t* flat, uint64_t* result) {
  runtime::Store& store = *state_.store;
  const std::optional<ValType>& type = function.func_type().result;
  uint64_t place = 0;
  bool spills = false;
  if (type) {
    const TypeFacts& facts = function.types->Facts(*type);
    spills = facts.flat32.spills || facts.flat32.count > kMaxFlatResults;
    if (spills) {
      TrapKind trap = TrapKind::kNone;
      if (Allocate(store, options_, facts.memory32.size, facts.memory32.align, Pointee::kTuple,
                   Border::kHost, &place, &trap) == nullptr)
        return trap;
    }
  }
  Lenders lenders;
  HostCallContext call{store, function, options_, flat, &place, lenders, function.handles.data(),
                       false};
  const TrapKind trap = function.thunk(call, function.env.get());
  if (trap != TrapKind::kNone) return trap;
  lenders.GiveBack(state_.handles);
  *result = spills ? place : flat[0];
  return TrapKind::kNone;
}

}  // namespace airwasm::component::canon
