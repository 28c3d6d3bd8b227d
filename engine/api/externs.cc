#include "airwasm/externs.h"

#include "engine/api/engine_impl.h"
#include "engine/base/format.h"
#include "engine/runtime/table.h"

namespace airwasm {
namespace {

absl::Status CheckRef(const runtime::Store& store, const Ref& ref, ValType type) {
  if (internal::RefHasType(const_cast<runtime::Store&>(store).types(), ref.raw(), type))
    return absl::OkStatus();
  return absl::InvalidArgumentError(FormatText("the reference is not of type %s", type.ToString()));
}

// Spec: core, valid/types, limits. `bound` is the largest size that the kind of address can name.
absl::Status CheckLimits(const Limits& limits, uint64_t bound) {
  if (limits.max && *limits.max < limits.min) {
    return absl::InvalidArgumentError("size minimum must not be greater than maximum");
  }
  if (limits.min > bound || (limits.max && *limits.max > bound)) {
    return absl::InvalidArgumentError(FormatText("the size must be at most %d", bound));
  }
  return absl::OkStatus();
}

absl::Status CheckMemoryType(const MemoryType& type) {
  if (type.page_size_log2 != 0 && type.page_size_log2 != 16) {
    return absl::InvalidArgumentError("invalid custom page size");
  }
  if (type.shared && !type.limits.max)
    return absl::InvalidArgumentError("shared memory must have maximum");
  const uint32_t address_bits = type.is_64 ? 64 : 32;
  const uint32_t page_bits = address_bits - type.page_size_log2;
  return CheckLimits(type.limits, page_bits == 64 ? UINT64_MAX : uint64_t{1} << page_bits);
}

}  // namespace

absl::StatusOr<Memory> Memory::New(Store& store, const MemoryType& type) {
  if (absl::Status status = CheckMemoryType(type); !status.ok()) return status;
  absl::StatusOr<runtime::MemInst*> memory = store.impl().NewMemory(type);
  if (!memory.ok()) return memory.status();
  return Memory(&store.impl(), *memory);
}

MemoryType Memory::type() const {
  return impl_->type;
}

std::span<uint8_t> Memory::data() const {
  return {impl_->base, static_cast<size_t>(impl_->size_bytes.load(std::memory_order_acquire))};
}

uint64_t Memory::size_pages() const {
  return impl_->size_bytes.load(std::memory_order_acquire) >> impl_->type.page_size_log2;
}

absl::StatusOr<uint64_t> Memory::Grow(uint64_t delta_pages) const {
  const uint64_t old_pages = store_->GrowMemory(impl_, delta_pages);
  if (old_pages != UINT64_MAX) return old_pages;
  return absl::ResourceExhaustedError(
      FormatText("memory of %d pages cannot grow by %d", size_pages(), delta_pages));
}

absl::StatusOr<Memory> Memory::ShareWith(Store& other) const {
  if (!impl_->type.shared)
    return absl::FailedPreconditionError("only a shared memory can be used by two stores");
  absl::StatusOr<runtime::MemInst*> memory = other.impl().AdoptSharedMemory(*impl_);
  if (!memory.ok()) return memory.status();
  return Memory(&other.impl(), *memory);
}

absl::StatusOr<Table> Table::New(Store& store, const TableType& type, const Ref& init) {
  if (!type.element.IsRef())
    return absl::InvalidArgumentError("the elements of a table are references");
  const uint64_t bound = type.is_64 ? UINT64_MAX : UINT32_MAX;
  if (absl::Status status = CheckLimits(type.limits, bound); !status.ok()) return status;
  if (absl::Status status = CheckRef(store.impl(), init, type.element); !status.ok()) return status;
  absl::StatusOr<runtime::TableInst*> table = store.impl().NewTable(type, init.raw());
  if (!table.ok()) return table.status();
  return Table(&store.impl(), *table);
}

TableType Table::type() const {
  return impl_->type;
}
uint64_t Table::size() const {
  return impl_->size;
}

absl::StatusOr<Ref> Table::Get(uint64_t index) const {
  if (index >= impl_->size) {
    return absl::OutOfRangeError(FormatText("element %d of a table of %d", index, impl_->size));
  }
  return Ref::FromRaw(store_, runtime::TableGet(*impl_, index));
}

absl::Status Table::Set(uint64_t index, const Ref& ref) const {
  if (index >= impl_->size) {
    return absl::OutOfRangeError(FormatText("element %d of a table of %d", index, impl_->size));
  }
  if (absl::Status status = CheckRef(*store_, ref, impl_->type.element); !status.ok())
    return status;
  runtime::TableSet(*impl_, index, ref.raw());
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> Table::Grow(uint64_t delta, const Ref& init) const {
  if (absl::Status status = CheckRef(*store_, init, impl_->type.element); !status.ok())
    return status;
  const uint64_t old_size = store_->GrowTable(impl_, delta, init.raw());
  if (old_size != UINT64_MAX) return old_size;
  return absl::ResourceExhaustedError(
      FormatText("table of %d elements cannot grow by %d", impl_->size, delta));
}

absl::StatusOr<Global> Global::New(Store& store, const GlobalType& type, const Value& init) {
  uint64_t slots[2] = {};
  if (absl::Status status =
          internal::SaveValues(store.impl().types(), {&init, 1}, {&type.type, 1}, "global", slots);
      !status.ok()) {
    return status;
  }
  return Global(&store.impl(), store.impl().NewGlobal(type, slots));
}

GlobalType Global::type() const {
  return impl_->type;
}
Value Global::Get() const {
  return internal::LoadValue(store_, impl_->type.type, impl_->cell->slots);
}

absl::Status Global::Set(const Value& value) const {
  if (!impl_->type.mut) return absl::FailedPreconditionError("the global is immutable");
  return internal::SaveValues(store_->types(), {&value, 1}, {&impl_->type.type, 1}, "global",
                              impl_->cell->slots);
}

Tag Tag::New(Store& store, const FuncType& payload) {
  return Tag(&store.impl(), store.impl().NewTag(store.impl().types().InternFunc(payload)));
}

FuncType Tag::type() const {
  return store_->types().Get(impl_->type).type.func;
}

namespace internal {

Extern FromRuntime(runtime::Store* store, const runtime::Extern& value) {
  struct Visitor {
    runtime::Store* store;
    Extern operator()(runtime::FuncInst* p) const { return Func(store, p); }
    Extern operator()(runtime::TableInst* p) const { return Table(store, p); }
    Extern operator()(runtime::MemInst* p) const { return Memory(store, p); }
    Extern operator()(runtime::GlobalInst* p) const { return Global(store, p); }
    Extern operator()(runtime::TagInst* p) const { return Tag(store, p); }
  };
  return std::visit(Visitor{store}, value);
}

runtime::Extern ToRuntime(const Extern& value) {
  return std::visit([](const auto& handle) -> runtime::Extern { return handle.impl(); }, value);
}

runtime::Store* StoreOf(const Extern& value) {
  return std::visit([](const auto& handle) { return handle.store_impl(); }, value);
}

}  // namespace internal
}  // namespace airwasm
