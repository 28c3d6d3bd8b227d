// The parser's state, shared by the files that each parse one topic. Private to engine/text.
//
// Three walks over the fields: (1) identifiers get their indices, (2) type definitions are parsed,
// (3) everything else is, in the order of the text. So every name is known before it is used, and
// types that are only written inline can be appended as they appear, with their final index.
//
// Component text uses one without Run(): it shares the reader and parses core types where they
// stand.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "airwasm/features.h"
#include "engine/base/error.h"
#include "engine/base/hash_map.h"
#include "engine/syntax/module.h"
#include "engine/text/annotations.h"
#include "engine/text/token_reader.h"

namespace airwasm::text {

using IdMap = HashMap<std::string_view, uint32_t>;

// One index space.
struct Space {
  std::string_view kind;       // "func": as in "duplicate func"
  std::string_view full_name;  // "function": as in "unknown function"
  IdMap ids;
  uint32_t count = 0;
};

// (param ...)* (result ...)*
struct Signature {
  FuncType type;
  std::vector<std::pair<uint32_t, Token>> param_ids;  // parameter index, identifier
  bool empty() const { return type.params.empty() && type.results.empty(); }
};

// (type x)? and a Signature.
struct TypeUse {
  std::optional<TypeIdx> index;
  Signature signature;
  Token at;  // where it begins
};

class ModuleParser {
 public:
  ModuleParser(const TokenStream& stream, const Features& features)
      : in_(stream), annotations_(stream), features_(features) {}

  Expected<syntax::Module> Run();

  TokenReader& in() { return in_; }
  syntax::Module& module() { return module_; }
  Annotations& annotations() { return annotations_; }

  // --- names and indices (parser.cc)
  // The text of an identifier token without its '$'; the view lives as long as the module.
  std::string_view IdText(const Token& id);
  // Gives the next index of `space` to the identifier at the cursor, if there is one.
  uint32_t Bind(Space& space, syntax::NameMap& names);
  bool AtIndex(size_t n = 0) const {
    return in_.Kind(n) == TokenKind::kNat || in_.Kind(n) == TokenKind::kId;
  }
  uint32_t TakeIndex(const Space& space);
  uint32_t TakeOptionalIndex(const Space& space) { return AtIndex() ? TakeIndex(space) : 0; }
  uint32_t TakeFieldIndex(TypeIdx type);
  // Component text: where type identifiers are looked up that this module does not define.
  using FindType = std::function<std::optional<uint32_t>(const Token& id)>;
  void set_find_type(FindType find) { find_type_ = std::move(find); }
  // "(" kind index ")" if it is there.
  std::optional<uint32_t> TakeUse(std::string_view kind, const Space& space);

  // --- types (parse_types.cc)
  void ParseTypeField();
  void ParseRecField();
  // What follows the identifier of a type. `index` tells the fields of types apart.
  SubType ParseSubType(TypeIdx index);
  ValType ParseValType();
  ValType ParseRefType();
  bool AtRefType() const;
  HeapType ParseHeapType();
  Signature ParseSignature(bool ids_allowed);
  TypeUse ParseTypeUse(bool ids_allowed);
  // The index that `use` denotes; appends a type if there is none like it.
  TypeIdx Resolve(const TypeUse& use);
  TableType ParseTableType();
  MemoryType ParseMemoryType();
  GlobalType ParseGlobalType();
  bool ParseAddressType();   // whether it is i64
  uint32_t ParsePageSize();  // log2

  // Owns `bytes` for the module's life.
  syntax::Bytes Store(std::vector<uint8_t> bytes);

  Space types_{"type", "type", {}, 0};
  Space funcs_{"func", "function", {}, 0};
  Space tables_{"table", "table", {}, 0};
  Space memories_{"memory", "memory", {}, 0};
  Space globals_{"global", "global", {}, 0};
  Space tags_{"tag", "tag", {}, 0};
  Space elems_{"elem", "elem segment", {}, 0};
  Space datas_{"data", "data segment", {}, 0};
  bool uses_data_ = false;  // some instruction names a data segment

 private:
  // --- walks over the fields (parser.cc)
  void ScanFields();
  void ScanField();
  template <typename Visit>
  void ForEachField(Visit visit);
  void ParseField();
  bool AtModuleEnd() const;

  // --- fields (parse_fields.cc, parse_segments.cc)
  void ParseImport();
  void ParseFunc();
  void ParseLocals(class ExprParser& body, syntax::Function& func, uint32_t num_params);
  void ParseTable();
  void ParseMemory();
  void ParseGlobal();
  void ParseTag();
  void ParseExport();
  void ParseStart();
  void ParseElem();
  void ParseData();
  void ParseElemList(syntax::ElemSegment& segment, bool func_optional);
  void ParseElemExprs(syntax::ElemSegment& segment);
  uint32_t TakeSegmentUse(std::string_view kind, const Space& space);
  syntax::Expr ParseOffset();
  syntax::Bytes ParseDataStrings();
  syntax::Expr ZeroOffset(bool is_64);
  std::optional<std::pair<std::string_view, std::string_view>> ParseInlineImport();
  void ParseInlineExports(syntax::ExternKind kind, uint32_t index);
  void AddImport(const Token& at, std::pair<std::string_view, std::string_view> names,
                 syntax::ExternType type);
  void AddExport(std::string_view name, syntax::ExternKind kind, uint32_t index);
  // Skips the identifier that ScanFields has bound; applies @name.
  void SkipId(std::string_view kind, syntax::NameMap& names, uint32_t index);
  void NameParams(const TypeUse& use, uint32_t func);
  void TakeNameAnnotation(std::string_view kind, std::string* name);

  // --- types
  SubType ParseCompositeType(TypeIdx index);
  void ParseFields(SubType& type, TypeIdx index);
  FieldType ParseFieldType();
  void ParseTypeDef();
  uint64_t ParseSize(bool is_64);
  Limits ParseLimits(bool is_64);
  void AddTypeKey(const SubType& type, TypeIdx index);

  TokenReader in_;
  Annotations annotations_;
  Features features_;
  syntax::Module module_;
  FindType find_type_;
  bool has_parens_ = false;  // "(module ...)", not bare fields
  uint32_t fields_begin_ = 0;
  HashMap<TypeIdx, IdMap> field_ids_;
  std::map<std::vector<uint32_t>, TypeIdx> func_types_;  // plain function types by their shape
};

}  // namespace airwasm::text
