// A module ready to be instantiated: decoded, its types canonical, its layouts computed, its code
// translated lazily.
//
// Immutable after Create apart from lazily made code (published atomically) and lazily read debug
// information; shared by stores and threads through shared_ptr.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "airwasm/features.h"
#include "engine/base/error.h"
#include "engine/runtime/context.h"
#include "engine/syntax/module.h"
#include "engine/types/type_registry.h"

namespace airwasm::valid {
struct ModuleContext;
}

namespace airwasm::runtime {

class Executor;
struct InstancePlan;
struct MemoryImage;

// What a tier hangs on a module; destroyed with it.
class ModuleCode {
 public:
  virtual ~ModuleCode() = default;
};

struct ModuleOptions {
  Features features;
  bool validate_bodies = true;  // now; otherwise each body is validated when it is first called
  bool fuel = false;            // translate in fuel mode
  bool deterministic = false;   // no NaN but the canonical one comes of arithmetic
  bool guard_pages = true;      // false: explicit bounds checks everywhere (signals-free mode)
  bool has_code = false;        // compiled code comes with it: tiers need not make any
  bool is_internal = false;     // made by the engine: StoreLimits::instances does not count it
};

// `file:line:column` from DWARF.
struct SourceLocation {
  std::string file;
  uint32_t line = 0;
  uint32_t column = 0;
};

class Module : public std::enable_shared_from_this<Module> {
 public:
  // Decodes and validates `bytes`, which are copied. Errors carry the offset within `bytes`.
  static Expected<std::shared_ptr<Module>> Create(std::span<const uint8_t> bytes,
                                                  const ModuleOptions& options,
                                                  std::shared_ptr<TypeRegistry> types,
                                                  Executor& executor);
  static Expected<std::shared_ptr<Module>> Create(std::vector<uint8_t> bytes,
                                                  const ModuleOptions& options,
                                                  std::shared_ptr<TypeRegistry> types,
                                                  Executor& executor);
  ~Module();

  const syntax::Module& syntax() const { return syntax_; }
  std::span<const uint8_t> bytes() const { return bytes_; }
  const ModuleOptions& options() const { return options_; }
  const TypeRegistry& types() const { return *types_; }
  std::span<const TypeId> type_ids() const { return type_ids_; }  // TypeIdx → TypeId
  // Types of the index spaces, canonical, imports first.
  const TableType& table_type(uint32_t table_index) const;
  const GlobalType& global_type(uint32_t global_index) const;
  TypeId tag_type(uint32_t tag_index) const;
  const ContextLayout& layout() const { return layout_; }
  const valid::ModuleContext& valid_context() const { return *valid_context_; }

  // One per function, imported ones included (theirs are unused).
  FuncCode& func_code(uint32_t func_index) { return func_codes_[func_index]; }
  FuncCode* func_codes() { return func_codes_.get(); }
  const FuncCode* func_codes() const { return func_codes_.get(); }
  TypeId func_type(uint32_t func_index) const { return func_codes_[func_index].type; }
  // True when accesses to this memory need no explicit bounds check in any instance: 32-bit,
  // unshared or shared, 64 KiB pages, guard pages on. An imported memory is always explicit-check
  // free too when its type says so: memories that are imported must have been made guarded.
  bool MemoryIsGuarded(uint32_t memory_index) const { return guarded_memories_[memory_index]; }

  // "$name" of the name section, or of an export, or "<func 12>".
  std::string FuncName(uint32_t func_index) const;
  // Never fails loudly: broken debug information yields nothing. Threads: any.
  std::optional<SourceLocation> FindSource(size_t module_offset) const;

  // Held by tiers while they make code.
  std::mutex& code_mutex() { return code_mutex_; }
  std::unique_ptr<ModuleCode>& code() { return code_; }
  // Owns `object` as well, until the module goes: compiled code. Threads: any.
  void Keep(std::shared_ptr<const void> object) {
    const std::lock_guard lock(code_mutex_);
    kept_.push_back(std::move(object));
  }
  // Copy-on-write image of the initial contents of a memory defined here, or nullptr when its data
  // segments need run-time offsets, or when this is the first instance that asks: one instance is
  // made faster by copying. Threads: any.
  std::shared_ptr<const MemoryImage> AcquireImage(uint32_t memory_index) const;
  // What instantiation prepares once per module.
  const InstancePlan& plan() const { return *plan_; }
  // Index into syntax().exports. Threads: any.
  std::optional<uint32_t> FindExport(std::string_view name) const;
  // The memory that is exported as "memory": what host functions read and write, by custom.
  std::optional<uint32_t> main_memory() const { return main_memory_; }

 private:
  Module();
  struct Lazy;  // export index, images, DWARF

  std::vector<uint8_t> bytes_;
  syntax::Module syntax_;
  ModuleOptions options_;
  std::shared_ptr<TypeRegistry> types_;
  std::vector<TypeId> type_ids_;
  ContextLayout layout_;
  std::vector<bool> guarded_memories_;
  std::optional<uint32_t> main_memory_;
  std::unique_ptr<valid::ModuleContext> valid_context_;
  std::unique_ptr<FuncCode[]> func_codes_;
  std::unique_ptr<const InstancePlan> plan_;
  std::mutex code_mutex_;
  std::unique_ptr<ModuleCode> code_;
  std::vector<std::shared_ptr<const void>> kept_;
  std::unique_ptr<Lazy> lazy_;
};

}  // namespace airwasm::runtime
