#include "airwasm/store.h"

#include <mutex>

#include "engine/api/engine_impl.h"

namespace airwasm {

// Shared by a store and its interrupters; `store` is null once the store is gone.
struct Store::Interrupter::State {
  std::mutex mutex;
  runtime::Store* store = nullptr;
};

struct Store::Extra {
  Engine engine;
  std::shared_ptr<Interrupter::State> interrupter;
  std::shared_ptr<void> data;
  std::unique_ptr<Trap> spare_trap;
};

std::unique_ptr<Trap>* TrapAccess::SpareOf(runtime::Store& store) {
  auto* const extra = static_cast<Store::Extra*>(store.embedder_data);
  return extra == nullptr ? nullptr : &extra->spare_trap;
}

Store::Store(const Engine& engine, const StoreOptions& options)
    : extra_(new Extra{.engine = engine,
                       .interrupter = std::make_shared<Interrupter::State>(),
                       .data = nullptr,
                       .spare_trap = std::make_unique<Trap>()}) {
  const runtime::StoreOptions runtime_options{
      .limits = {.memory_bytes = options.max_memory_bytes,
                 .total_memory_bytes = options.max_total_memory_bytes,
                 .table_elements = options.max_table_elements,
                 .total_table_elements = options.max_total_table_elements,
                 .instances = options.max_instances,
                 .memories = options.max_memories,
                 .tables = options.max_tables,
                 .stack_bytes = options.max_stack_bytes,
                 .gc_heap_bytes = options.max_gc_heap_bytes,
                 .trap_on_grow_failure = options.trap_on_grow_failure},
      .gc_stress = options.gc_stress,
      .guard_pages = engine.options().guard_pages};
  impl_ = std::make_unique<runtime::Store>(engine.impl()->types, *engine.impl()->executor,
                                           runtime_options);
  extra_->interrupter->store = impl_.get();
  impl_->embedder_data = extra_.get();
}

Store::~Store() {
  if (extra_ == nullptr) return;  // moved from
  const std::lock_guard lock(extra_->interrupter->mutex);
  extra_->interrupter->store = nullptr;
}

Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&& other) noexcept {
  std::swap(extra_, other.extra_);
  std::swap(impl_, other.impl_);
  return *this;
}

void Store::SetFuel(uint64_t fuel) {
  impl_->set_fuel(static_cast<int64_t>(std::min<uint64_t>(fuel, INT64_MAX)));
}
uint64_t Store::Fuel() const {
  return static_cast<uint64_t>(std::max<int64_t>(impl_->fuel(), 0));
}

Store::Interrupter Store::interrupter() const {
  Interrupter interrupter;
  interrupter.state_ = extra_->interrupter;
  return interrupter;
}

void Store::Interrupter::Interrupt() const {
  const std::lock_guard lock(state_->mutex);
  if (state_->store != nullptr) state_->store->Interrupt();
}

void Store::Interrupter::Clear() const {
  const std::lock_guard lock(state_->mutex);
  if (state_->store != nullptr) state_->store->ClearInterrupt();
}

void Store::SetCapabilities(const std::atomic<uint64_t>& word) {
  impl_->SetCapabilities(word);
}

void Store::CollectGarbage() {
  impl_->heap().Collect();
}
uint64_t Store::GcHeapBytes() const {
  return impl_->heap().stats().bytes_committed;
}
uint64_t Store::MemoryBytes() const {
  return impl_->memory_bytes();
}
uint64_t Store::TableElements() const {
  return impl_->table_elements();
}
uint64_t Store::Instances() const {
  return impl_->instance_count();
}
uint64_t Store::StackPeakBytes() const {
  return impl_->stack_peak_bytes();
}

void Store::set_data(std::shared_ptr<void> data) {
  extra_->data = std::move(data);
}
void* Store::data() const {
  return extra_->data.get();
}
const Engine& Store::engine() const {
  return extra_->engine;
}

Module Instance::module() const {
  return Module(static_cast<Store::Extra*>(store_->embedder_data)->engine,
                impl_->module().shared_from_this());
}

void* Caller::store_data() const {
  return static_cast<Store::Extra*>(store_impl()->embedder_data)->data.get();
}

}  // namespace airwasm
