// The parser's state, shared by the files that each parse one topic. Private to component/text.
//
// One walk: a definition may only refer to earlier ones, so names are known when they are used.
// What sugar stands for is appended to the innermost scope as it is met, and the definition around
// it after that; an index is given when a definition is appended and is final.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "component/syntax/canon_table.h"
#include "component/syntax/component.h"
#include "component/text/parser.h"
#include "engine/base/error.h"
#include "engine/text/module_parser.h"

namespace airwasm::component::text {

using airwasm::text::IdMap;
using airwasm::text::Token;
using airwasm::text::TokenKind;
using airwasm::text::TokenReader;
using syntax::Sort;

// A component, or the body of a type, with its index spaces.
struct Scope {
  enum class Kind : uint8_t { kComponent, kComponentType, kInstanceType, kModuleType };
  struct Space {
    IdMap ids;    // of what the scope defines
    IdMap outer;  // of enclosing scopes that an alias was made for
    uint32_t count = 0;
  };
  Kind kind = Kind::kComponent;
  std::string_view id;
  std::vector<syntax::Definition>* definitions = nullptr;  // but of a kModuleType:
  syntax::ModuleType* module_type = nullptr;
  syntax::Names* names = nullptr;  // of a kComponent
  std::array<Space, syntax::kSortCount> spaces;
  std::vector<uint32_t> types;  // by TypeIdx: the position of what introduced it
};

class ComponentParser {
 public:
  ComponentParser(const airwasm::text::TokenStream& stream, const Features& features,
                  IndexForms forms);

  Expected<syntax::Component> Run();

 private:
  // The identifier of a definition.
  struct Id {
    Token at;
    std::string_view text;            // empty if there is none
    std::optional<std::string> name;  // a @name annotation's, which wins
  };
  using ExternNames = std::vector<syntax::ExternName>;
  // Counts one level of nesting while it lives; too many are an error, which ends all loops.
  class Nest {
   public:
    Nest(ComponentParser& parser, uint32_t& depth, uint32_t limit, std::string_view what);
    ~Nest() { --depth_; }
    Nest(const Nest&) = delete;
    Nest& operator=(const Nest&) = delete;

   private:
    uint32_t& depth_;
  };
  // Makes `scope` the innermost one while it lives.
  class Inside {
   public:
    Inside(ComponentParser& parser, Scope& scope) : parser_(parser) {
      parser_.scopes_.push_back(&scope);
    }
    ~Inside() { parser_.scopes_.pop_back(); }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    ComponentParser& parser_;
  };

  // --- names, indices and aliases (resolve_names.cc)
  Scope& scope() { return *scopes_.back(); }
  Id TakeId();       // with its @name annotation
  Id TakePlainId();  // without
  void Bind(Sort sort, uint32_t index, const Id& id);
  // Appends a definition to the innermost scope.
  void Append(const Token& at, decltype(syntax::Definition::what) what);
  // The same for one that introduces an index, which it returns.
  uint32_t Define(Sort sort, const Id& id, const Token& at,
                  decltype(syntax::Definition::what) what);
  uint32_t DefineType(syntax::DefType type, const Token& at, const Id& id = {});
  // Limits the elements of all lists together.
  void CountItem();

  bool AtIdx(size_t n = 0) const {
    return in_.Kind(n) == TokenKind::kNat || in_.Kind(n) == TokenKind::kId;
  }
  // idx; a name of an enclosing scope makes an outer alias.
  uint32_t TakeIdx(Sort sort);
  std::optional<uint32_t> Find(Sort sort, const Token& id);
  uint32_t AddOuterAlias(Sort sort, uint32_t count, uint32_t index, const Token& at, const Id& id);
  // idx name*, making an export alias for each name.
  uint32_t TakeProjection(Sort sort);
  // idx, or "(" sort idx name* ")". A core sort's `core` is left out inside core definitions, and
  // may be in the older forms.
  uint32_t TakeRef(Sort sort, bool in_core = false);
  // The sort at the cursor; inside core definitions `core` is left out.
  std::optional<Sort> TakeSort(bool in_core);
  // "(" sort idx name* ")"
  syntax::SortIdx TakeExternIdx(bool in_core);

  std::string_view Keep(std::string text);
  syntax::Bytes KeepBytes(std::vector<uint8_t> bytes);
  std::string_view TakeString(std::string_view expected);
  std::string TakeStrings(std::string_view separator);
  syntax::ExternName TakeExternName();
  void TakeAttributes(syntax::ExternName& name);

  void Close();  // ")"
  void Unexpected(std::string_view expected);

  // --- definitions (parse_component.cc)
  void ParseBody(syntax::Component& component);
  void TakeComponentName(const Id& id, syntax::Component& component);
  void ParseDefinition();
  void TakeCustoms();
  void ParseComponentDef();
  void ParseFunc();
  void ParseImport();
  void ParseExport();
  void ParseStart();
  // (export "name")*
  ExternNames TakeInlineExports();
  void AddExports(const ExternNames& names, Sort sort, uint32_t index, const Token& at);
  // (import "name")
  bool AtInlineImport() const;
  std::optional<syntax::ExternName> TakeInlineImport();
  // The end of a definition that is an inline import.
  uint32_t FinishImport(const syntax::ExternName& name, Sort sort, const Id& id, const Token& at);

  // --- aliases (parse_alias.cc)
  void ParseAlias();
  // "(alias ...)" without a sort, inside the definition of one.
  bool AtInvertedAlias() const;
  uint32_t ParseInvertedAlias(Sort sort, const Id& id, const Token& at);
  syntax::Alias TakeAliasTarget(uint32_t& outer_scope);
  uint32_t TakeOuterScope();
  uint32_t TakeOuterIdx(Sort sort, uint32_t count);

  // --- modules and instances (parse_instances.cc)
  void ParseCoreModule();
  syntax::Bytes ParseModuleText(const Token& at, uint32_t start, uint32_t fields);
  void ParseCoreInstance();
  void ParseInstance();
  void ParseCoreArg(syntax::CoreInstance& instance);
  void ParseArg(syntax::Instance& instance);
  void ParseCoreBundle(syntax::CoreInstance& instance);
  void ParseBundle(syntax::Instance& instance);

  // --- value and function types (parse_value_types.cc)
  syntax::ValType ParseValType();
  std::optional<syntax::ValType> ParseOptionalValType();
  bool AtValType() const;
  std::optional<syntax::DefType> ParseDefValType();
  std::optional<syntax::PrimType> TakePrimType();
  syntax::FuncType ParseFuncType();
  std::vector<std::string_view> ParseLabels();
  syntax::DefType ParseRecord();
  syntax::DefType ParseVariant();
  syntax::DefType ParseList();
  syntax::DefType ParseTuple();
  syntax::DefType ParseFlags();
  syntax::DefType ParseEnum();
  syntax::DefType ParseOption();
  syntax::DefType ParseResult();
  syntax::DefType ParseMap();
  syntax::DefType ParseOwn();
  syntax::DefType ParseBorrow();
  syntax::DefType ParseStream();
  syntax::DefType ParseFuture();

  // --- definitions of types and what imports and exports are (parse_types.cc)
  void ParseType();
  syntax::DefType ParseDefType(std::string_view id);
  syntax::DefType ParseResource();
  syntax::ComponentType ParseComponentType(std::string_view id);
  syntax::InstanceType ParseInstanceType(std::string_view id);
  void ParseDeclarator();
  void ParseExportDeclarator();
  // "(type idx)"
  bool AtTypeUse() const;
  uint32_t ParseFuncTypeUse();
  // What follows the sort and its identifier.
  syntax::ExternType ParseExternType(Sort sort);

  // --- core types (parse_core_types.cc)
  void ParseCoreType();
  void ParseCoreRec();
  syntax::ModuleType ParseModuleType(std::string_view id);
  void ParseModuleDeclarator(syntax::ModuleType& type);
  void ParseModuleTypeType(syntax::ModuleType& type);
  void ParseModuleAlias(syntax::ModuleType& type);
  airwasm::syntax::ExternType ParseCoreExternType(bool id_allowed);
  uint32_t ParseCoreTypeUse();
  SubType ParseSubType();
  syntax::ModuleType::RecGroup ParseRecGroup();
  void AliasOuterTypes();
  void AppendRecGroup(syntax::ModuleType::RecGroup group, const Token& at);

  // --- canonical definitions (parse_canon.cc)
  void ParseCanon();
  void ParseCoreItem(Sort sort);
  syntax::Canon ParseCanonBody();
  void ParseCanonOpts(syntax::Canon& canon);
  uint32_t TakeOptRef(Sort sort);

  // --- values (parse_values.cc)
  void ParseValue();
  // A type definition and the scope (its place in scopes_) that its indices count in.
  struct TypeAt {
    const syntax::DefType* type = nullptr;
    size_t scope = 0;
  };
  TypeAt FindType(uint32_t index, size_t scope);
  void ParseVal(const syntax::ValType& type, size_t scope, std::vector<uint8_t>& out);
  void ParseOptionalVal(const std::optional<syntax::ValType>& type, size_t scope,
                        std::vector<uint8_t>& out);
  void ParsePrimVal(syntax::PrimType type, std::vector<uint8_t>& out);
  void ParseIntVal(int bits, bool is_signed, std::vector<uint8_t>& out);
  void ParseCharVal(std::vector<uint8_t>& out);
  void ParseFlagsVal(const syntax::Flags& type, std::vector<uint8_t>& out);
  void ParseListVal(const syntax::List& type, size_t scope, std::vector<uint8_t>& out);
  void ParseVariantVal(const syntax::Variant& type, size_t scope, std::vector<uint8_t>& out);
  uint32_t TakeLabelIndex(const std::vector<std::string_view>& labels);
  struct ValParser;

  airwasm::text::ModuleParser core_;  // shares its reader with us
  TokenReader& in_;
  Features features_;
  IndexForms forms_;
  syntax::Component root_;
  std::vector<Scope*> scopes_;
  uint32_t component_depth_ = 0;
  uint32_t type_depth_ = 0;
  uint32_t definitions_ = 0;
  uint32_t items_ = 0;
  uint32_t core_types_ = 0;  // parsed so far
};

}  // namespace airwasm::component::text
