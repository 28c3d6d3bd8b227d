// WIT types as the type definitions of one scope: a component, a component type or an instance
// type.
//
// The scope says how it knows types that have a name (Bind, or the resolver when one is first met);
// all others are defined as they are needed, equal ones once.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "component/wit/definitions.h"
#include "component/wit/model.h"

namespace airwasm::component::wit {

class TypeEncoder {
 public:
  // Makes a type with a name known to the scope, and returns its index.
  using Resolver = std::function<uint32_t(TypeId)>;
  // All of them outlive the encoder.
  TypeEncoder(const Document& document, Definitions& out, Resolver resolver)
      : document_(document), out_(out), resolver_(std::move(resolver)) {}

  void Bind(TypeId id, uint32_t index) { known_[id] = index; }
  bool Knows(TypeId id) const { return known_.contains(id); }
  // Forgets every type, so that later definitions mention what is bound from now on.
  void Forget() {
    known_.clear();
    defined_.clear();
  }

  syntax::ValType Encode(Type type);
  // The index of a type with a name.
  uint32_t IndexOf(TypeId id);
  // Defines a type by its structure, whatever its name; not for resources. Aliases become what they
  // stand for.
  uint32_t Define(TypeId id);
  // The index of the function's type.
  uint32_t Encode(const Function& function);

 private:
  struct Structure;
  std::optional<syntax::ValType> Encode(const std::optional<Type>& type);
  uint32_t DefineOnce(syntax::DefType type);

  const Document& document_;
  Definitions& out_;
  Resolver resolver_;
  absl::flat_hash_map<TypeId, uint32_t> known_;
  std::map<std::vector<uint8_t>, uint32_t> defined_;  // by encoding
};

// The types, each after those that it mentions; an interface lists them as they were written.
std::vector<TypeId> InOrderOfNeed(std::vector<TypeId> types);

// The types that a set of functions and types leads to, those themselves included.
class LiveTypes {
 public:
  explicit LiveTypes(const Document& document) : document_(document) {}
  void Add(const Function& function);
  void Add(TypeId id);
  bool contains(TypeId id) const { return live_.contains(id); }

 private:
  const Document& document_;
  absl::flat_hash_map<TypeId, bool> live_;
};

}  // namespace airwasm::component::wit
