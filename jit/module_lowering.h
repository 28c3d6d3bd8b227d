// What all functions that are compiled together share: the LLVM module, its types, the alias
// classes of what compiled code touches, and the table of source locations.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/runtime/module.h"
#include "engine/runtime/native.h"
#include "engine/tier/code_image.h"
#include "engine/tier/compiler.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

namespace airwasm::jit {

using runtime::Helper;

// Alias classes: what lies in one is never what lies in another.
enum class Region : uint8_t {
  kMemory0,   // unless it may be one of the others
  kMemories,  // all others
  kGlobals,   // of the instance
  kImportedGlobals,
  kTables,   // elements
  kContext,  // of instance, store, functions, memories and tables: the engine's own
  kObjects,  // the garbage-collected heap
  kBuffer,   // arguments and results without a register
  kFrame,    // the interpreter's value stack
};
inline constexpr int kNumRegions = 9;

class ModuleLowering {
 public:
  explicit ModuleLowering(const tier::CompileRequest& request);

  const runtime::Module& wasm() const { return wasm_; }
  const valid::ModuleContext& valid() const { return wasm_.valid_context(); }
  const tier::CompileOptions& options() const { return options_; }
  llvm::LLVMContext& context() { return *context_; }
  llvm::Module& llvm() { return *module_; }
  std::unique_ptr<llvm::LLVMContext> TakeContext() { return std::move(context_); }

  llvm::Type* v128() { return v128_; }
  llvm::Type* TypeOf(ValType type);
  llvm::FunctionType* universal_type() { return universal_; }
  llvm::FunctionType* enter_type() { return enter_; }  // void (ctx, fp, callee)
  llvm::FunctionType* TypeOfHelper(Helper helper);

  // A function of the universal type, to be given a body; calls from functions of the same LLVM
  // module name it directly.
  llvm::Function* DeclareFunction(uint32_t func_index);
  llvm::Function* DeclareOsr(uint32_t func_index, uint32_t loop_offset);
  // Their symbols.
  static std::string FunctionName(uint32_t func_index);
  static std::string OsrName(uint32_t func_index, uint32_t loop_offset);
  // The function if it is compiled in this module, else null.
  llvm::Function* FindFunction(uint32_t func_index) const;

  // trampolines.cc. What has the entry signature (native.h) for all functions of the type, and what
  // calls a host function of the type in place of airwasm_native_stub.
  llvm::Function* EntryFor(const FuncType& type);
  llvm::Function* HostCallFor(const FuncType& type);

  // What the indirect call at `module_offset` often calls, as far as it has just the type `type`.
  std::vector<uint32_t> LikelyCallees(uint32_t func_index, size_t module_offset,
                                      TypeIdx type) const;
  // What calls through tables with the type `type` may meet, while nothing is known of them.
  const std::vector<uint32_t>& TableCallees(TypeIdx type);

  // Puts the load or store into its alias class.
  void Annotate(llvm::Instruction* instruction, Region region);
  // A load that may itself be the trap (volatile_loads.h).
  void AnnotateTrapping(llvm::LoadInst* load);
  // A load of what never changes.
  void AnnotateInvariant(llvm::LoadInst* load, Region region);
  // An index into locations() for the wasm instruction at `offset` (from the start of the wasm
  // module) of `func_index`, inlined at `parent`; and the debug location that stands for it.
  uint32_t LocationOf(uint32_t func_index, size_t offset, uint32_t parent);
  llvm::DebugLoc Location(llvm::Function* function, uint32_t location);
  std::vector<tier::CodeLocationEntry>& locations() { return locations_; }

  llvm::MDNode* unlikely() { return unlikely_; }
  llvm::MDNode* likely() { return likely_; }

 private:
  llvm::Function* NewFunction(llvm::FunctionType* type, const std::string& name);
  llvm::Function* NewTrampoline(llvm::FunctionType* type, const std::string& name);
  void AddContextAttributes(llvm::Function& function);

  const runtime::Module& wasm_;
  const tier::CompileOptions options_;
  const std::vector<tier::LikelyCallee>& likely_callees_;
  std::unordered_map<TypeId, std::vector<uint32_t>> table_callees_;
  std::unique_ptr<llvm::LLVMContext> context_;
  std::unique_ptr<llvm::Module> module_;
  llvm::Type* v128_;
  llvm::FunctionType* universal_;
  llvm::FunctionType* enter_;
  llvm::MDNode* regions_[kNumRegions];
  llvm::MDNode* unlikely_;
  llvm::MDNode* likely_;
  unsigned memory_kind_ = 0;  // marks loads of linear memory (volatile_loads.h)
  llvm::DIFile* file_ = nullptr;
  llvm::DICompileUnit* unit_ = nullptr;
  std::vector<tier::CodeLocationEntry> locations_;
  std::vector<llvm::Function*> functions_;  // by FuncIdx
};

}  // namespace airwasm::jit
