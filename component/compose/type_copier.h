// Copies types from one component into another: indices are exchanged as a resolver says.
//
// A type's body is a list of definitions with index spaces of its own, which refers to those around
// it by outer aliases alone. What is within two scopes or more stays as it is; only references that
// leave the copied type are exchanged.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "component/syntax/component.h"

namespace airwasm::component::compose {

class TypeCopier {
 public:
  // What stands for an index of the scope `level`: 0 is the component, 1 the type that is copied
  // if it is a body whose indices are exchanged too. Other levels are not asked for.
  using Resolve = std::function<uint32_t(syntax::Sort sort, uint32_t index, uint32_t level)>;
  // Indices of levels up to `last_level` are exchanged.
  TypeCopier(Resolve resolve, uint32_t last_level)
      : resolve_(std::move(resolve)), last_level_(last_level) {}

  // A definition that stands at `level`: types, aliases, imports and exports of types' bodies.
  syntax::Definition Copy(const syntax::Definition& definition, uint32_t level) const;
  syntax::DefType Copy(const syntax::DefType& type, uint32_t level) const;
  syntax::ExternType Copy(const syntax::ExternType& type, uint32_t level) const;

 private:
  uint32_t Index(syntax::Sort sort, uint32_t index, uint32_t level) const {
    return level <= last_level_ ? resolve_(sort, index, level) : index;
  }
  syntax::ValType Copy(syntax::ValType type, uint32_t level) const;
  std::optional<syntax::ValType> Copy(const std::optional<syntax::ValType>& type,
                                      uint32_t level) const;
  std::vector<syntax::Definition> CopyBody(const std::vector<syntax::Definition>& body,
                                           uint32_t level) const;
  syntax::CoreType Copy(const syntax::CoreType& type, uint32_t level) const;
  syntax::ModuleType Copy(const syntax::ModuleType& type, uint32_t level) const;

  Resolve resolve_;
  uint32_t last_level_;
};

}  // namespace airwasm::component::compose
