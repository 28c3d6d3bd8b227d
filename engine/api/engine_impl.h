// What an Engine owns, and the conversions between the public values and the slots of the runtime.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "airwasm/externs.h"
#include "airwasm/linker.h"
#include "engine/runtime/store.h"
#include "engine/tier/tiering.h"

namespace airwasm {

struct Engine::Impl {
  EngineOptions options;
  std::shared_ptr<TypeRegistry> types;
  std::unique_ptr<runtime::Executor> executor;
  std::unique_ptr<tier::Tiering> tiering;  // null: everything is interpreted
};

// Fills a public Trap from the runtime's.
struct TrapAccess {
  static Trap FromRuntime(runtime::Store* store, runtime::Trap&& trap);
  // The same for a Result. Without memory for it, it is one that the store has had in hand, which
  // says less. Throws std::bad_alloc when that has gone, to an earlier one, and there still is no
  // memory; and always for a call within a host function, which then traps itself (Contained) and
  // leaves that one to the call around it.
  static std::unique_ptr<Trap> New(runtime::Store* store, runtime::Trap&& trap);
  // Of a call that found no memory.
  static std::unique_ptr<Trap> NewOutOfMemory(runtime::Store* store);
  // kUncaughtException: raises `exception` when a host function returns it.
  static Trap Exception(Ref exception);

 private:
  // Null for a store without an embedder.
  static std::unique_ptr<Trap>* SpareOf(runtime::Store& store);
};

namespace internal {

runtime::ModuleOptions ModuleOptionsOf(const EngineOptions& options, bool has_code);
tier::CompileOptions CompileOptionsOf(const EngineOptions& options);
// As Module::Create; `has_code`: compiled code comes with it, and is not to be made or looked for.
absl::StatusOr<Module> CreateModule(const Engine& engine, std::string_view input, bool has_code);

// Reads and writes one value of a canonical type at `slots` (two slots for v128).
Value LoadValue(runtime::Store* store, ValType type, const uint64_t* slots);
void SaveValue(const Value& value, uint64_t* slots);

// Whether `value` may stand where a canonical `type` is wanted.
bool ValueHasType(const TypeRegistry& types, const Value& value, ValType type);
// Whether the reference word is of the canonical reference type. Spec: core, exec/runtime, ref type
// checks.
bool RefHasType(const TypeRegistry& types, uint64_t raw, ValType type);

std::vector<Value> LoadValues(runtime::Store* store, std::span<const ValType> types,
                              const uint64_t* slots);
// INVALID_ARGUMENT when `values` do not match `types` one to one; `what` begins the message.
absl::Status SaveValues(const TypeRegistry& registry, std::span<const Value> values,
                        std::span<const ValType> types, std::string_view what, uint64_t* slots);

Extern FromRuntime(runtime::Store* store, const runtime::Extern& value);
runtime::Extern ToRuntime(const Extern& value);
runtime::Store* StoreOf(const Extern& value);

std::string ToString(const FuncType& type);  // "(i32, i64) -> (f32)"

// Names the candidate nearest to `name` by edit distance, when one is near enough: ` (did you mean
// "add"?)`; else nothing.
std::string DidYouMean(std::string_view name, std::span<const std::string> candidates);

absl::StatusOr<Instance> Instantiate(runtime::Store& store, const Module& module,
                                     std::span<const runtime::Extern> imports, Trap* trap);

}  // namespace internal
}  // namespace airwasm
