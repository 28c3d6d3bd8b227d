// Validation of everything in a module but function bodies: builds the ModuleContext as it goes.
//
// Internal to this folder; ValidateModule is the way in.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "engine/valid/context.h"
#include "engine/valid/function_validator.h"

namespace airwasm::valid {

class ModuleValidator {
 public:
  ModuleValidator(const syntax::Module& module, const Features& features,
                  const TypeRegistry& registry, std::span<const TypeId> ids);

  // False on error. Once.
  bool Validate();
  const Error& error() const { return error_; }
  std::unique_ptr<ModuleContext> TakeContext() { return std::move(context_); }

 private:
  bool Fail(size_t offset, std::string message, ErrorKind kind = ErrorKind::kInvalid);
  bool FailUnknown(size_t offset, const char* space, uint32_t index);
  bool FailDisabled(size_t offset, const char* what, Feature feature);

  // module.cc
  void PrepareActions();
  void PrepareStructs();
  bool Functions();
  bool Tags();
  bool Tables();
  bool TableInits();
  bool Memories();
  bool GlobalTypes();
  bool GlobalInits();
  bool Imports();
  bool FuncTypeAt(size_t offset, uint32_t type_index, const CanonicalType*& type);
  bool CheckTableType(const TableType& type);
  bool CheckMemoryType(const MemoryType& type);
  bool CheckLimits(const Limits& limits, uint64_t bound, const std::string& too_big);
  bool Resolve(size_t offset, ValType& type);

  // segments.cc
  bool Elems();
  bool Datas();
  bool Exports();
  bool Start();
  bool ConstExpr(const syntax::Expr& expr, ValType type, uint32_t num_globals);

  const syntax::Module& module_;
  std::unique_ptr<ModuleContext> context_;
  std::vector<bool> declared_;
  FunctionValidator expressions_;
  Error error_;
};

}  // namespace airwasm::valid
