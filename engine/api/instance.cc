// Instances, and what a host function sees of its caller.
#include "airwasm/linker.h"
#include "engine/api/engine_impl.h"
#include "engine/base/format.h"
#include "engine/base/out_of_memory.h"

namespace airwasm {
namespace {

std::vector<std::string> ExportNames(const runtime::Instance& instance) {
  std::vector<std::string> names;
  for (const syntax::Export& e : instance.module().syntax().exports) names.emplace_back(e.name);
  return names;
}

template <typename T>
absl::StatusOr<T> Find(const Instance& instance, std::string_view name, const char* kind) {
  const std::optional<Extern> found = instance.FindExport(name);
  if (!found) {
    return absl::NotFoundError(
        FormatText("no export named \"%s\"%s", std::string(name),
                   internal::DidYouMean(name, ExportNames(*instance.impl()))));
  }
  if (const T* value = std::get_if<T>(&*found)) return *value;
  return absl::NotFoundError(FormatText("the export \"%s\" is not a %s", std::string(name), kind));
}

template <typename T>
absl::StatusOr<T> GetAs(const Instance& instance, std::string_view name, const char* kind) {
  return OrOutOfMemory([&] { return Find<T>(instance, name, kind); });
}

absl::StatusOr<Instance> Instantiate(Store& store, const Module& module,
                                     std::span<const Extern> imports, Trap* trap) {
  std::vector<runtime::Extern> externs;
  externs.reserve(imports.size());
  for (const Extern& value : imports) {
    if (internal::StoreOf(value) != &store.impl())
      return absl::FailedPreconditionError("an import is of another store");
    externs.push_back(internal::ToRuntime(value));
  }
  return internal::Instantiate(store.impl(), module, externs, trap);
}

}  // namespace

absl::StatusOr<Instance> Instance::New(Store& store, const Module& module,
                                       std::span<const Extern> imports, Trap* trap) {
  return OrOutOfMemory([&] { return Instantiate(store, module, imports, trap); });
}

std::optional<Extern> Instance::FindExport(std::string_view name) const {
  const std::optional<runtime::Extern> found = impl_->FindExport(name);
  if (!found) return std::nullopt;
  return internal::FromRuntime(store_, *found);
}

absl::StatusOr<Func> Instance::GetFunc(std::string_view name) const {
  return GetAs<Func>(*this, name, "function");
}
absl::StatusOr<Memory> Instance::GetMemory(std::string_view name) const {
  return GetAs<Memory>(*this, name, "memory");
}
absl::StatusOr<Table> Instance::GetTable(std::string_view name) const {
  return GetAs<Table>(*this, name, "table");
}
absl::StatusOr<Global> Instance::GetGlobal(std::string_view name) const {
  return GetAs<Global>(*this, name, "global");
}
absl::StatusOr<Tag> Instance::GetTag(std::string_view name) const {
  return GetAs<Tag>(*this, name, "tag");
}

std::optional<Extern> Caller::FindExport(std::string_view name) const {
  if (call_.caller == nullptr || call_.caller->instance == nullptr) return std::nullopt;
  return Instance(store_impl(), call_.caller->instance).FindExport(name);
}

std::span<uint8_t> Caller::memory() const {
  if (call_.caller == nullptr || call_.caller->instance == nullptr) return {};
  runtime::Instance& instance = *call_.caller->instance;
  // FAST: known since the module was made; every host function asks (bench/guard_bench).
  const std::optional<uint32_t> index = instance.module().main_memory();
  return index ? Memory(store_impl(), instance.memory(*index)).data() : std::span<uint8_t>();
}

runtime::Store* Caller::store_impl() const {
  return internal::StoreOf(call_);
}

Trap Caller::Throw(const Tag& tag, std::span<const Value> payload) const {
  runtime::Store* const store = store_impl();
  const CanonicalType& type = store->types().Get(tag.impl()->type);
  gc::ExceptionObject* const exception = store->heap().NewException(tag.impl(), type.param_slots);
  if (exception == nullptr) return Trap(TrapKind::kOutOfGcMemory);
  const absl::Status status = internal::SaveValues(store->types(), payload, type.type.func.params,
                                                   "exception payload", exception->slots());
  if (!status.ok()) return Trap(status);
  return TrapAccess::Exception(Ref::FromRaw(store, gc::ToRef(exception)));
}

namespace internal {

absl::StatusOr<Instance> Instantiate(runtime::Store& store, const Module& module,
                                     std::span<const runtime::Extern> imports, Trap* trap) {
  // Type ids and code mean something within one engine only.
  if (&module.impl()->types() != &store.types()) {
    return absl::FailedPreconditionError("the module is of another engine than the store");
  }
  runtime::Trap runtime_trap;
  absl::StatusOr<runtime::Instance*> instance =
      store.Instantiate(module.impl(), imports, &runtime_trap);
  if (!instance.ok()) return instance.status();
  if (*instance != nullptr) return Instance(&store, *instance);
  Trap public_trap = TrapAccess::FromRuntime(&store, std::move(runtime_trap));
  absl::Status status = absl::AbortedError("trap: " + public_trap.message());
  if (trap != nullptr) *trap = std::move(public_trap);
  return status;
}

}  // namespace internal
}  // namespace airwasm
