// The plain struct of a component that decoder, text parser, encoder, printer and validator hand to
// one another.
//
// Definitions stand in the order of the input, for each may only refer to earlier ones. Indices,
// not pointers; names are views into the input or into `Component::strings` of the outermost
// component. Bodies of component and instance types are lists of the same definitions, of the kinds
// that a declarator may have. Nothing here is validated.
// Spec: component model, Explainer, "Grammar"; Binary.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "airwasm/types.h"
#include "engine/syntax/module.h"

namespace airwasm::component::syntax {

using Bytes = std::span<const uint8_t>;
using CoreValType = airwasm::ValType;

enum class Sort : uint8_t {
#define AIRWASM_SORT(name, text, core, code) k##name,
#include "component/syntax/sorts.def"
#undef AIRWASM_SORT
};
inline constexpr size_t kSortCount = static_cast<size_t>(Sort::kInstance) + 1;

struct SortRow {
  std::string_view text;  // without "core"
  bool core;
  uint8_t code;
};
inline constexpr SortRow kSorts[] = {
#define AIRWASM_SORT(name, text, core, code) {text, core, code},
#include "component/syntax/sorts.def"
#undef AIRWASM_SORT
};
constexpr const SortRow& RowOf(Sort sort) {
  return kSorts[static_cast<size_t>(sort)];
}

enum class PrimType : uint8_t {
#define AIRWASM_PRIM_TYPE(name, text, code, size, flat) k##name,
#include "component/syntax/prim_types.def"
#undef AIRWASM_PRIM_TYPE
};

struct SortIdx {
  Sort sort;
  uint32_t index;
};

// A primitive type, or the TypeIdx of a type definition.
class ValType {
 public:
  constexpr ValType() = default;  // bool
  constexpr ValType(PrimType prim)
      : bits_(static_cast<uint64_t>(prim)) {}  // NOLINT(google-explicit-constructor)
  static constexpr ValType Index(uint32_t index) {
    ValType t;
    t.bits_ = (uint64_t{1} << 32) | index;
    return t;
  }
  constexpr bool IsPrim() const { return bits_ >> 32 == 0; }
  constexpr PrimType prim() const { return static_cast<PrimType>(bits_); }   // if IsPrim()
  constexpr uint32_t index() const { return static_cast<uint32_t>(bits_); }  // if not
  constexpr bool operator==(const ValType&) const = default;

 private:
  uint64_t bits_ = 0;
};

struct Labelled {  // record field, function parameter
  std::string_view label;
  ValType type;
};
struct Case {
  std::string_view label;
  std::optional<ValType> type;
};

struct Record {
  std::vector<Labelled> fields;
};
struct Variant {
  std::vector<Case> cases;
};
struct List {
  ValType element;
  std::optional<uint32_t> length;  // of a fixed-length list
};
struct Tuple {
  std::vector<ValType> types;
};
struct Flags {
  std::vector<std::string_view> labels;
};
struct Enum {
  std::vector<std::string_view> labels;
};
struct Option {
  ValType type;
};
struct Result {
  std::optional<ValType> ok;
  std::optional<ValType> error;
};
struct Own {
  uint32_t resource;  // TypeIdx
};
struct Borrow {
  uint32_t resource;  // TypeIdx
};
struct Stream {
  std::optional<ValType> element;
};
struct Future {
  std::optional<ValType> element;
};
struct Map {
  ValType key;
  ValType value;
};

struct FuncType {
  bool async = false;
  std::vector<Labelled> params;
  std::optional<ValType> result;
};
struct ResourceType {
  CoreValType rep = kI32;
  std::optional<uint32_t> dtor;  // core FuncIdx
};

struct Definition;
struct ComponentType {
  std::vector<Definition> declarators;
};
struct InstanceType {
  std::vector<Definition> declarators;
};

using DefType =
    std::variant<PrimType, Record, Variant, List, Tuple, Flags, Enum, Option, Result, Own, Borrow,
                 Stream, Future, Map, FuncType, ComponentType, InstanceType, ResourceType>;

// What an import or export is: `sort` is kCoreModule, kFunc, kValue, kType, kComponent or
// kInstance.
struct ExternType {
  enum class Bound : uint8_t { kEq, kSubResource };
  Sort sort = Sort::kFunc;
  uint32_t index = 0;        // TypeIdx, core TypeIdx for modules; of the bound, if it is kEq
  Bound bound = Bound::kEq;  // kType; kValue: kEq means index is a ValueIdx, else `value_type`
  ValType value_type;
};

// The name of an import or export with its attributes, as it stands in the input.
struct ExternName {
  std::string_view name;
  std::optional<std::string_view> implements;
  std::optional<std::string_view> version_suffix;
  std::optional<std::string_view> external_id;
};

// --- Definitions, one struct each ---

struct CoreModule {
  Bytes bytes;  // the whole binary module
};

struct CoreInstance {
  struct Arg {
    std::string_view name;
    uint32_t instance;  // core InstanceIdx
  };
  struct Export {
    std::string_view name;
    SortIdx item;  // of a core sort
  };
  std::optional<uint32_t> module;  // instantiate this one with `args`; none: bundle `exports`
  std::vector<Arg> args;
  std::vector<Export> exports;
};

// (core type (module ...)).
struct ModuleType {
  struct Import {
    std::string_view module;
    std::string_view name;
    airwasm::syntax::ExternType type;  // indices into this module type's own core types
  };
  struct RecGroup {
    std::vector<SubType> types;
  };
  struct OuterAlias {
    uint32_t count;  // enclosing scopes to skip; 0 is the module type itself
    uint32_t index;
  };
  struct Export {
    std::string_view name;
    airwasm::syntax::ExternType type;
  };
  struct Declarator {
    std::variant<Import, RecGroup, OuterAlias, Export, std::unique_ptr<ModuleType>> what;
    size_t offset = 0;
  };
  std::vector<Declarator> declarators;
};

struct CoreType {
  std::variant<ModuleType::RecGroup, ModuleType> what;
};

struct Instance {
  struct Arg {
    std::string_view name;
    SortIdx item;
  };
  struct Export {
    ExternName name;
    SortIdx item;
  };
  std::optional<uint32_t> component;  // instantiate this one with `args`; none: bundle `exports`
  std::vector<Arg> args;
  std::vector<Export> exports;
};

struct Alias {
  enum class Target : uint8_t { kExport, kCoreExport, kOuter };  // codes of the binary format
  Target target = Target::kExport;
  Sort sort = Sort::kFunc;
  uint32_t instance = 0;     // kExport, kCoreExport
  std::string_view name;     // kExport, kCoreExport
  uint32_t outer_count = 0;  // kOuter: enclosing scopes to skip
  uint32_t outer_index = 0;  // kOuter
};

struct Type {
  DefType type;
};

enum class CanonKind : uint8_t {
#define AIRWASM_CANON(name, text, code, immediates, feature) k##name,
#include "component/syntax/canons.def"
#undef AIRWASM_CANON
};

enum class StringEncoding : uint8_t { kUtf8, kUtf16, kLatin1Utf16 };  // codes of `canonopt`

// One entry of a canonical definition's options, in the order of the input: validation has to see
// duplicates.
struct CanonOpt {
  enum class Kind : uint8_t {  // codes of the binary format; the encodings share kind kEncoding
    kUtf8 = 0,
    kUtf16 = 1,
    kLatin1Utf16 = 2,
    kMemory = 3,
    kRealloc = 4,
    kPostReturn = 5,
    kAsync = 6,
    kCallback = 7,
  };
  Kind kind;
  uint32_t index = 0;  // core MemoryIdx or core FuncIdx
};

struct Canon {
  CanonKind kind = CanonKind::kLift;
  uint32_t func = 0;  // kLift: core FuncIdx; kLower: FuncIdx
  uint32_t type = 0;  // TypeIdx: function type of kLift, resource, stream or future type; core
                      // TypeIdx of threads
  std::vector<CanonOpt> opts;
  bool async = false;  // of the cancelling built-ins
  bool cancellable = false;
  bool shared = false;
  uint32_t memory = 0;            // waitable-set.wait and .poll
  uint32_t table = 0;             // thread.new-indirect
  uint32_t slot = 0;              // context.get, context.set
  CoreValType core_type = kI32;   // context.get, context.set
  std::optional<ValType> result;  // task.return
};

struct Start {
  uint32_t func = 0;
  std::vector<uint32_t> args;  // ValueIdx
  uint32_t results = 0;
};

struct Import {
  ExternName name;
  ExternType type;
};

struct Export {
  ExternName name;
  SortIdx item;
  std::optional<ExternType> type;  // ascribed
  // A declarator of a component or instance type has `type` and no `item`.
};

struct Value {
  ValType type;
  Bytes bytes;
};

struct CustomSection {
  std::string_view name;
  Bytes bytes;
};

struct Component;

struct Definition {
  std::variant<CoreModule, CoreInstance, CoreType, std::unique_ptr<Component>, Instance, Alias,
               Type, Canon, Start, Import, Export, Value, CustomSection>
      what;
  size_t offset = 0;  // bytes from the start of the outermost component, or of the text
};

// Names of the component-name section, and of identifiers in the text format (without '$').
struct Names {
  std::optional<std::string> component;
  std::map<Sort, airwasm::syntax::NameMap> sorts;
};

struct Component {
  std::vector<Definition> definitions;
  Names names;

  // Outermost component only: what views point at that is not the input (text parser).
  std::deque<std::vector<uint8_t>> storage;
  std::deque<std::string> strings;

  Component() = default;
  Component(Component&&) = default;
  Component& operator=(Component&&) = default;
  Component(const Component&) = delete;
  Component& operator=(const Component&) = delete;
};

}  // namespace airwasm::component::syntax
