// The type objects of wasm.h. Each holds the engine's own type, so that what wasm.h cannot spell
// survives a round trip, and the parts that its accessors hand out as borrowed pointers.
#pragma once

#include <memory>
#include <vector>

#include "airwasm/module.h"
#include "engine/types/type_registry.h"
#include "wasm.h"

// `types` is set for concrete reference types: their ids mean something in that registry only.
struct wasm_valtype_t {
  airwasm::ValType type;
  std::shared_ptr<const airwasm::TypeRegistry> types;
};

struct wasm_externtype_t {
  explicit wasm_externtype_t(wasm_externkind_t k) : kind(k) {}
  virtual ~wasm_externtype_t() = default;
  wasm_externtype_t(const wasm_externtype_t&) = delete;
  wasm_externtype_t& operator=(const wasm_externtype_t&) = delete;
  const wasm_externkind_t kind;
};

struct wasm_functype_t : wasm_externtype_t {
  static constexpr wasm_externkind_t kKind = WASM_EXTERN_FUNC;
  wasm_functype_t() : wasm_externtype_t(kKind) {}
  ~wasm_functype_t() override;
  wasm_valtype_vec_t params = WASM_EMPTY_VEC;
  wasm_valtype_vec_t results = WASM_EMPTY_VEC;
};

struct wasm_globaltype_t : wasm_externtype_t {
  static constexpr wasm_externkind_t kKind = WASM_EXTERN_GLOBAL;
  wasm_globaltype_t(wasm_valtype_t c, bool m)
      : wasm_externtype_t(kKind), content(std::move(c)), mut(m) {}
  wasm_valtype_t content;
  bool mut;
};

struct wasm_tabletype_t : wasm_externtype_t {
  static constexpr wasm_externkind_t kKind = WASM_EXTERN_TABLE;
  wasm_tabletype_t(wasm_valtype_t e, const airwasm::TableType& t);
  wasm_valtype_t element;
  airwasm::TableType type;
  wasm_limits_t limits;
};

struct wasm_memorytype_t : wasm_externtype_t {
  static constexpr wasm_externkind_t kKind = WASM_EXTERN_MEMORY;
  explicit wasm_memorytype_t(const airwasm::MemoryType& t);
  airwasm::MemoryType type;
  wasm_limits_t limits;
};

struct wasm_tagtype_t : wasm_externtype_t {
  static constexpr wasm_externkind_t kKind = WASM_EXTERN_TAG;
  explicit wasm_tagtype_t(std::unique_ptr<wasm_functype_t> f)
      : wasm_externtype_t(kKind), func(std::move(f)) {}
  std::unique_ptr<wasm_functype_t> func;
};

struct wasm_importtype_t {
  ~wasm_importtype_t();
  wasm_name_t module = WASM_EMPTY_VEC;
  wasm_name_t name = WASM_EMPTY_VEC;
  std::unique_ptr<wasm_externtype_t> type;
};

struct wasm_exporttype_t {
  ~wasm_exporttype_t();
  wasm_name_t name = WASM_EMPTY_VEC;
  std::unique_ptr<wasm_externtype_t> type;
};

namespace airwasm::capi {

using TypesPtr = std::shared_ptr<const TypeRegistry>;

// From the engine's types; `types` is the registry that concrete ones refer to.
wasm_valtype_t ToC(ValType type, const TypesPtr& types);
std::unique_ptr<wasm_functype_t> ToC(const FuncType& type, const TypesPtr& types);
std::unique_ptr<wasm_globaltype_t> ToC(const GlobalType& type, const TypesPtr& types);
std::unique_ptr<wasm_tabletype_t> ToC(const TableType& type, const TypesPtr& types);
std::unique_ptr<wasm_memorytype_t> ToC(const MemoryType& type, const TypesPtr& types);
std::unique_ptr<wasm_tagtype_t> ToC(const TagPayload& type, const TypesPtr& types);
std::unique_ptr<wasm_externtype_t> ToC(const ExternTypeInfo& type, const TypesPtr& types);

// And back. False: a concrete type of another engine, which means nothing in `types`.
bool FromC(const wasm_valtype_t& type, const TypeRegistry& types, ValType* out);
bool FromC(const wasm_functype_t& type, const TypeRegistry& types, FuncType* out);

std::unique_ptr<wasm_externtype_t> Copy(const wasm_externtype_t& type);
// A name of the module's, which may have zeros in it: its bytes.
void SetName(wasm_name_t* out, std::string_view name);
// Text of ours: ends with a zero, which is counted.
void SetText(wasm_name_t* out, const std::string& text);

wasm_valkind_t KindOf(ValType type);
airwasm::Limits FromC(const wasm_limits_t& limits);

}  // namespace airwasm::capi
