// The store's life, the entities that hosts make, growth, and interruption.
#include "engine/runtime/store.h"

#include <algorithm>
#include <new>
#include <utility>

#include "engine/base/format.h"
#include "engine/runtime/fault_handler.h"
#include "engine/runtime/limit_hook.h"
#include "engine/runtime/memory_wait.h"
#include "engine/runtime/store_impl.h"

namespace airwasm::runtime {
namespace {

// What fits no smaller stack: one frame of a function with all the locals it may have.
constexpr uint64_t kMinStackBytes = 64 << 10;
constexpr uint64_t kMaxStackBytes = uint64_t{1} << 40;

// Parameters or results of any function: 1000 of 16 bytes, in whole pages.
constexpr uint64_t kArgbufBytes = 16 << 10;

// A store cannot be half made, and its constructor has no other way to say so.
Region MustAcquireRegion(uint64_t bytes) {
  const Region region = AcquireRegion(bytes);
  if (region.base == nullptr) throw std::bad_alloc();
  return region;
}

constinit const std::atomic<uint64_t> kEverything{~uint64_t{0}};

}  // namespace

Store::Store(std::shared_ptr<TypeRegistry> types, Executor& executor, const StoreOptions& options)
    : types_(std::move(types)),
      executor_(executor),
      options_(options),
      impl_(std::make_unique<StoreImpl>()) {
  if (options_.guard_pages) InstallFaultHandler();
  const uint64_t stack_bytes =
      std::clamp(options_.limits.stack_bytes, kMinStackBytes, kMaxStackBytes);
  // One region for both saves system calls; the poll page is a page of its own, so that it can be
  // revoked.
  impl_->region = MustAcquireRegion(HostPageBytes() + kArgbufBytes + stack_bytes);
  context_.poll_word = new (impl_->region.base) std::atomic<uint32_t>(0);
  context_.argbuf = reinterpret_cast<uint64_t*>(impl_->region.base + HostPageBytes());
  impl_->stack = context_.argbuf + kArgbufBytes / sizeof(uint64_t);
  context_.uses_signals = options_.guard_pages ? 1 : 0;
  context_.first_frame = impl_->stack + kFrameHeaderSlots + 1;  // 16-byte aligned
  static_assert((kFrameHeaderSlots + 1) % 2 == 0);
  context_.stack_limit = reinterpret_cast<uint64_t*>(impl_->region.base + impl_->region.bytes);
  context_.native_stack_bytes = stack_bytes;
  context_.fuel = 0;
  context_.store = this;
  context_.capabilities = &kEverything;
  impl_->host_context.store = &context_;
  impl_->host_context.poll_word = context_.poll_word;
  impl_->host_context.helpers = executor.native_helpers();
  context_.host_context = &impl_->host_context;
  if (executor.observer == nullptr) return;
  try {
    executor.observer->Opened(context_);
  } catch (...) {
    ReleaseRegion(impl_->region, impl_->region.bytes);
    throw;
  }
}

Store::~Store() {
  if (executor_.observer != nullptr) executor_.observer->Closing(context_);
  for (const std::unique_ptr<HostFuncEntry>& func : impl_->host_funcs) {
    if (func->host.drop_env != nullptr) func->host.drop_env(func->host.env);
  }
  for (const auto& [object, drop] : impl_->kept_alive) drop(object);
  // All of it may have been written to: how deep frames went, nothing tells. A guest could leave a
  // page zero between two that are not.
  ReleaseRegion(impl_->region, impl_->region.bytes);
}

gc::Heap& Store::heap() {
  if (impl_->heap == nullptr) {
    impl_->heap = std::make_unique<gc::Heap>(
        *types_,
        gc::HeapOptions{.limit_bytes = options_.limits.gc_heap_bytes, .stress = options_.gc_stress},
        [this](gc::RootVisitor& visitor) { impl_->EnumerateRoots(*this, visitor); },
        &context_.free_run);
    context_.heap = impl_->heap.get();
  }
  return *impl_->heap;
}

TrapKind Store::DenyHostCall(HostCall& call) {
  call.store.store->host_error =
      absl::PermissionDeniedError("the guest was not given the capability for this call");
  return TrapKind::kHostError;
}

FuncInst* Store::NewHostFunc(const FuncType& type, HostFunc func) {
  if (func.gate.denied == nullptr) func.gate.denied = &Store::DenyHostCall;
  const TypeId id = types_->InternFunc(type);
  if (id == kNoType) return nullptr;
  impl_->host_funcs.push_back(std::make_unique<HostFuncEntry>());  // the last that may throw
  HostFuncEntry& entry = *impl_->host_funcs.back();
  entry.host = func;
  const CanonicalType& canonical = types_->Get(id);
  entry.inst = {.code = executor_.host_code(),
                .ctx = &impl_->host_context,
                .type = canonical.id,
                .param_slots = static_cast<uint16_t>(canonical.param_slots),
                .result_slots = static_cast<uint16_t>(canonical.result_slots),
                .host = &entry.host,
                .instance = nullptr};
  return &entry.inst;
}

FuncInst* Store::KeptHostFunc(uint64_t key) const {
  const auto found = impl_->kept_host_funcs.find(key);
  return found == impl_->kept_host_funcs.end() ? nullptr : found->second;
}

void Store::KeepHostFunc(uint64_t key, FuncInst* func) {
  impl_->kept_host_funcs.emplace(key, func);
}

absl::StatusOr<MemInst*> Store::NewMemory(const MemoryType& type) {
  if (absl::Status status = impl_->CheckMemoryCount(limits(), 1); !status.ok()) return status;
  absl::StatusOr<std::shared_ptr<MemoryMapping>> mapping =
      NewMemoryMapping(type, std::min(limits().memory_bytes, impl_->MemoryBytesLeft(limits())),
                       options_.guard_pages, nullptr);
  if (!mapping.ok()) return mapping.status();
  return impl_->Add(*std::move(mapping));
}

absl::StatusOr<MemInst*> Store::AdoptSharedMemory(MemInst& memory) {
  if (!memory.type.shared)
    return absl::InvalidArgumentError("only a shared memory can be used in several stores");
  for (const std::shared_ptr<MemoryMapping>& mapping : impl_->memories) {
    if (&mapping->inst == &memory) return &memory;
  }
  if (absl::Status status = impl_->CheckMemoryCount(limits(), 1); !status.ok()) return status;
  const uint64_t size = memory.size_bytes.load(std::memory_order_acquire);
  if (size > std::min(limits().memory_bytes, impl_->MemoryBytesLeft(limits()))) {
    return absl::ResourceExhaustedError(
        FormatText("shared memory of %d bytes exceeds the store's limit", size));
  }
  return impl_->Add(memory.mapping->shared_from_this());
}

uint64_t Store::memory_bytes() const {
  return impl_->total_memory_bytes;
}

uint64_t Store::table_elements() const {
  return impl_->total_table_elements;
}

uint64_t Store::instance_count() const {
  return impl_->instances.size() - impl_->internal_instances;
}

uint64_t Store::stack_peak_bytes() const {
  // The region was zero when the store got it, and no frame's header is.
  const uint64_t* end = context_.stack_limit;
  while (end != impl_->stack && end[-1] == 0) --end;
  return static_cast<uint64_t>(end - impl_->stack) * sizeof(uint64_t);
}

void Store::KeepAlive(void* object, void (*drop)(void* object)) {
  // Ours from here on, also when there is no memory to note that in.
  std::unique_ptr<void, void (*)(void*)> owned(object, drop);
  impl_->kept_alive.emplace_back(object, drop);
  (void)owned.release();
}

absl::StatusOr<TableInst*> Store::NewTable(const TableType& type, Ref init) {
  if (absl::Status status = impl_->CheckTableCount(limits(), 1); !status.ok()) return status;
  absl::StatusOr<std::unique_ptr<OwnedTable>> table =
      NewTableInst(type, std::min(limits().table_elements, impl_->TableElementsLeft(limits())));
  if (!table.ok()) return table.status();
  if (init != gc::kNullRef) {
    const TableInst& inst = (*table)->inst;
    std::fill_n(inst.elements, inst.size, init);
    (*table)->pristine = false;
  }
  return impl_->Add(*std::move(table));
}

GlobalInst* Store::NewGlobal(const GlobalType& type, const uint64_t value[2]) {
  impl_->globals.push_back(std::make_unique<GlobalInst>());
  GlobalInst& global = *impl_->globals.back();
  global.type = type;
  global.own = {{value[0], value[1]}};
  global.cell = &global.own;
  return &global;
}

TagInst* Store::NewTag(TypeId type) {
  impl_->tags.push_back(std::make_unique<TagInst>(
      TagInst{.type = type, .param_slots = types_->Get(type).param_slots}));
  return impl_->tags.back().get();
}

uint64_t Store::GrowMemory(MemInst* memory, uint64_t delta_pages) {
  const uint64_t old_bytes = memory->size_bytes.load(std::memory_order_acquire);
  const uint64_t left = impl_->MemoryBytesLeft(limits());
  const uint64_t total_bound = left > UINT64_MAX - old_bytes ? UINT64_MAX : old_bytes + left;
  const uint64_t old_pages =
      GrowMapping(*memory->mapping, delta_pages, std::min(limits().memory_bytes, total_bound));
  if (old_pages == UINT64_MAX) {
    if (delta_pages > left >> memory->type.page_size_log2) TellLimit(*this, LimitedSpace::kMemory);
    if (limits().trap_on_grow_failure) {
      host_error = absl::ResourceExhaustedError(
          FormatText("memory of %d pages cannot grow by %d pages",
                     old_bytes >> memory->type.page_size_log2, delta_pages));
    }
    return old_pages;
  }
  impl_->total_memory_bytes += delta_pages << memory->type.page_size_log2;
  return old_pages;
}

uint64_t Store::GrowTable(TableInst* table, uint64_t delta, Ref init) {
  const uint64_t left = impl_->TableElementsLeft(limits());
  const uint64_t old_size = delta <= left ? GrowTableInst(*table, delta, init) : UINT64_MAX;
  if (old_size != UINT64_MAX) {
    impl_->total_table_elements += delta;
    return old_size;
  }
  if (delta > left) TellLimit(*this, LimitedSpace::kTable);
  if (limits().trap_on_grow_failure) {
    host_error = absl::ResourceExhaustedError(
        FormatText("table of %d elements cannot grow by %d elements", table->size, delta));
  }
  return old_size;
}

void Store::Interrupt() {
  context_.poll_word->fetch_or(kPollInterrupt);
  SignalThread(context_.native_thread.load(std::memory_order_relaxed));
  WakeInterruptedWaiters(*context_.poll_word);
  const std::lock_guard lock(impl_->hooks_mutex);
  for (const auto& [id, hook] : impl_->hooks) hook();
}

void Store::ClearInterrupt() {
  context_.poll_word->fetch_and(~kPollInterrupt);
}

uint64_t Store::AddInterruptHook(std::function<void()> hook) {
  const std::lock_guard lock(impl_->hooks_mutex);
  const uint64_t id = impl_->next_hook_id++;
  impl_->hooks.emplace_back(id, std::move(hook));
  return id;
}

void Store::RemoveInterruptHook(uint64_t id) {
  const std::lock_guard lock(impl_->hooks_mutex);
  std::erase_if(impl_->hooks, [&](const auto& hook) { return hook.first == id; });
}

absl::Status StoreImpl::CheckMemoryCount(const StoreLimits& limits, size_t count) const {
  if (count <= limits.memories && memories.size() <= limits.memories - count)
    return absl::OkStatus();
  return absl::ResourceExhaustedError(
      FormatText("resource limit exceeded: memory count too high at %d", memories.size() + count));
}

absl::Status StoreImpl::CheckTableCount(const StoreLimits& limits, size_t count) const {
  if (count <= limits.tables && tables.size() <= limits.tables - count) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      FormatText("resource limit exceeded: table count too high at %d", tables.size() + count));
}

MemInst* StoreImpl::Add(std::shared_ptr<MemoryMapping> mapping) {
  MemInst* const inst = &mapping->inst;
  memories.push_back(std::move(mapping));
  total_memory_bytes += inst->size_bytes.load(std::memory_order_relaxed);
  return inst;
}

TableInst* StoreImpl::Add(std::unique_ptr<OwnedTable> table) {
  TableInst* const inst = &table->inst;
  total_table_elements += inst->size;
  tables.push_back(std::move(table));
  return inst;
}

}  // namespace airwasm::runtime
