// Scripts (.wast) with components as plain data.
//
// A Script knows nothing of running anything. Components inside are kept as their source and turned
// into a syntax::Component or bytes only when whoever runs the script wants them, so that malformed
// ones can be looked at one by one. A file holds either a script of core modules
// (engine/text/script.h) or one of components; IsComponentScript() tells which.
// Spec: component model, test/README; the script format is that of the core suite.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "airwasm/features.h"
#include "component/syntax/component.h"
#include "component/text/parser.h"
#include "engine/base/error.h"
#include "engine/text/script.h"

namespace airwasm::component::text {

// (component definition? $id? ... | binary "..." | quote "...") and
// (component instance $id? $definition?), in the same words as modules are.
using ComponentSource = airwasm::text::ModuleSource;

// The component that `source` holds as a binary; bytes of kBinary as they stand. Not for kInstance.
// An error's place is moved to the script's for kText.
Expected<std::vector<uint8_t>> ComponentSourceToWasm(const ComponentSource& source,
                                                     const Features& features,
                                                     IndexForms forms = IndexForms::kAll);
// kText and kQuote only: the component before it is encoded.
Expected<syntax::Component> ParseComponentSource(const ComponentSource& source,
                                                 const Features& features,
                                                 IndexForms forms = IndexForms::kAll);

// A constant, as argument or as expected result.
struct ScriptValue {
  enum class Kind : uint8_t {
    kBool,
    kS8,
    kU8,
    kS16,
    kU16,
    kS32,
    kU32,
    kS64,
    kU64,
    kF32,
    kF64,
    kChar,
    kString,
    kList,
    kRecord,
    kTuple,
    kVariant,
    kEnum,
    kOption,
    kResult,
    kFlags,
  };
  Kind kind = Kind::kBool;
  // kBool: 0 or 1. Integers: two's complement of their width, zero-extended. Floats: the IEEE
  // pattern. kChar: the scalar value. kOption: 1 for some. kResult: 1 for error.
  uint64_t bits = 0;
  std::string text;  // kString; label of kVariant and kEnum
  // kList, kTuple: elements. kRecord: values of the fields. kVariant, kOption, kResult: the
  // payload, if there is one.
  std::vector<ScriptValue> items;
  std::vector<std::string> labels;  // kRecord: of the fields, in order. kFlags: those that are set
  // kF32, kF64 in results.
  airwasm::text::FloatMatch float_match = airwasm::text::FloatMatch::kExact;
};

struct Invoke {
  std::string component;  // id of the instance, empty for the last
  std::string name;       // of the export
  std::vector<ScriptValue> args;
};

enum class DirectiveKind : uint8_t {
  kComponent,            // component: instantiated unless it is a definition
  kRegister,             // name: as which; id: of which instance, empty for the last
  kInvoke,               // invoke
  kAssertReturn,         // invoke, results
  kAssertTrap,           // invoke, message
  kAssertTrapComponent,  // component, message: instantiation traps
  kAssertInvalid,        // component, message
  kAssertMalformed,
  kAssertUnlinkable,
};

struct Directive {
  DirectiveKind kind = DirectiveKind::kComponent;
  uint32_t line = 0;  // 1-based
  ComponentSource component;
  Invoke invoke;
  std::vector<ScriptValue> results;  // none or one
  std::string message;
  std::string name;
  std::string id;
};

struct Script {
  std::vector<Directive> directives;
};

// The word that introduces a directive: "assert_return".
std::string_view DirectiveText(DirectiveKind kind);

// Whether the first directive of `text` that holds a module or a component holds a component.
bool IsComponentScript(std::string_view text);

// Parses a script. Errors inside components written as text are not looked for, beyond tokens and
// parentheses.
Expected<Script> ParseScript(std::string_view text);

}  // namespace airwasm::component::text
