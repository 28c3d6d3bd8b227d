// Memories, tables, globals and tags of a store. Handles: cheap to copy, valid as long as the
// store.
#pragma once

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "airwasm/func.h"

namespace airwasm {

namespace runtime {
struct MemInst;
struct TableInst;
struct GlobalInst;
struct TagInst;
}  // namespace runtime

class Memory {
 public:
  // Errors: RESOURCE_EXHAUSTED  a limit of the store
  //         INVALID_ARGUMENT    limits that no memory can have
  static absl::StatusOr<Memory> New(Store& store, const MemoryType& type);

  MemoryType type() const;
  // The bytes as they are now. Growth does not move them, but makes them more: take a new span
  // after the guest ran. For shared memories other threads may write at any time.
  std::span<uint8_t> data() const;
  uint64_t size_pages() const;
  // The old size in pages. Errors: RESOURCE_EXHAUSTED
  absl::StatusOr<uint64_t> Grow(uint64_t delta_pages) const;
  // A shared memory, for a store on another thread: both see the same bytes.
  // Errors: FAILED_PRECONDITION  not shared
  absl::StatusOr<Memory> ShareWith(Store& other) const;

  Memory(runtime::Store* store, runtime::MemInst* impl) : store_(store), impl_(impl) {}
  runtime::MemInst* impl() const { return impl_; }
  runtime::Store* store_impl() const { return store_; }

 private:
  runtime::Store* store_;
  runtime::MemInst* impl_;
};

class Table {
 public:
  static absl::StatusOr<Table> New(Store& store, const TableType& type, const Ref& init);

  TableType type() const;
  uint64_t size() const;
  // Errors: OUT_OF_RANGE; INVALID_ARGUMENT the reference is not of the element type
  absl::StatusOr<Ref> Get(uint64_t index) const;
  absl::Status Set(uint64_t index, const Ref& ref) const;
  absl::StatusOr<uint64_t> Grow(uint64_t delta, const Ref& init) const;

  Table(runtime::Store* store, runtime::TableInst* impl) : store_(store), impl_(impl) {}
  runtime::TableInst* impl() const { return impl_; }
  runtime::Store* store_impl() const { return store_; }

 private:
  runtime::Store* store_;
  runtime::TableInst* impl_;
};

class Global {
 public:
  static absl::StatusOr<Global> New(Store& store, const GlobalType& type, const Value& init);

  GlobalType type() const;
  Value Get() const;
  // Errors: FAILED_PRECONDITION  the global is immutable
  //         INVALID_ARGUMENT     the value is of another type
  absl::Status Set(const Value& value) const;

  Global(runtime::Store* store, runtime::GlobalInst* impl) : store_(store), impl_(impl) {}
  runtime::GlobalInst* impl() const { return impl_; }
  runtime::Store* store_impl() const { return store_; }

 private:
  runtime::Store* store_;
  runtime::GlobalInst* impl_;
};

class Tag {
 public:
  static Tag New(Store& store, const FuncType& payload);
  FuncType type() const;
  bool operator==(const Tag&) const = default;

  Tag(runtime::Store* store, runtime::TagInst* impl) : store_(store), impl_(impl) {}
  runtime::TagInst* impl() const { return impl_; }
  runtime::Store* store_impl() const { return store_; }

 private:
  runtime::Store* store_;
  runtime::TagInst* impl_;
};

// Anything that can be imported or exported. Spec: core, exec/runtime, external instances.
using Extern = std::variant<Func, Table, Memory, Global, Tag>;

}  // namespace airwasm
