// What the canonical ABI makes of a function: its core types, and what lifting or lowering it
// needs. Spec: canonical ABI, "Flattening", "canon lift", "canon lower".
#pragma once

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "component/types/value_types.h"
#include "component/wit/model.h"

namespace airwasm::component::wrap {

struct Signature {
  std::vector<FlatType> params;
  std::vector<FlatType> results;
  bool needs_memory = false;
  bool needs_realloc = false;
  bool operator==(const Signature&) const = default;

  std::string ToString() const;  // "[i32 i64] -> [i32]"
};

class Signatures {
 public:
  explicit Signatures(const wit::Document& document) : document_(document) {}
  Signature Lifted(const wit::Function& function);
  Signature Lowered(const wit::Function& function);
  // Whether the signature is of this core type.
  static bool Matches(const Signature& signature, const airwasm::FuncType& type);

 private:
  struct Converter;
  ValType Convert(wit::Type type);
  Flattening Params(const wit::Function& function, bool* has_pointer);

  const wit::Document& document_;
  TypeTable table_;
  absl::flat_hash_map<wit::TypeId, ValType> known_;
};

std::string FuncTypeText(const airwasm::FuncType& type);

}  // namespace airwasm::component::wrap
