// Scripts (.wast): the test scripts of the WebAssembly specification as plain data.
//
// A Script knows nothing of the runtime. Modules inside are kept as their source, and turned into
// bytes or a syntax::Module only when whoever runs the script wants them, so that malformed ones
// can be looked at one by one. Spec: the "Scripts" section of the reference interpreter's
// description; WebAssembly/spec, interpreter/README.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "airwasm/features.h"
#include "airwasm/value_type.h"
#include "engine/base/error.h"
#include "engine/syntax/module.h"

namespace airwasm::text {

// How a module is written in a script.
struct ModuleSource {
  enum class Kind : uint8_t {
    kText,      // text: the module as it stands, parentheses included (or bare fields)
    kBinary,    // bytes: (module binary "...")
    kQuote,     // text: what the strings of (module quote "...") say
    kInstance,  // no source: (module instance $instance? $module?) instantiates `definition` once
                // more
  };
  Kind kind = Kind::kText;
  bool is_definition = false;  // (module definition ...): not instantiated
  std::string id;              // with its '$' left out; of the module, or of the instance
  std::string definition;      // kInstance: id of the module; empty for the last one
  std::string text;
  std::vector<uint8_t> bytes;
  // Where it begins in the script; moves the places of errors in kText.
  uint32_t line = 0;
  uint32_t column = 0;
};

// The module that `source` holds; not for kInstance.
// Text and quote are parsed. For kBinary the bytes are decoded; the Module points into `source`,
// which must outlive it.
Expected<syntax::Module> ParseModuleSource(const ModuleSource& source, const Features& features);
// The same as bytes of the binary format; those of kBinary as they stand.
Expected<std::vector<uint8_t>> ModuleSourceToWasm(const ModuleSource& source,
                                                  const Features& features);

// Kinds of constants and of result patterns.
enum class ValueKind : uint8_t {
  kI32,
  kI64,
  kF32,
  kF64,
  kV128,
  kRefNull,    // heap_type, unless any_value
  kRefExtern,  // bits[0]: the number of the host value; a pattern may accept every one
  kRefHost,    // the same value as an internal reference (any.convert_extern)
  // Patterns only: some non-null reference of the hierarchy.
  kRefFunc,
  kRefAny,
  kRefEq,
  kRefI31,
  kRefStruct,
  kRefArray,
  kRefExn,
};

struct ScriptValue {
  ValueKind kind = ValueKind::kI32;
  // i32 and f32: zero-extended pattern in bits[0]; i64, f64: bits[0]; v128: bits[0] holds lanes of
  // the low 8 bytes.
  std::array<uint64_t, 2> bits{};
  HeapType heap_type;  // kRefNull; concrete types are an index, which scripts never use
};

enum class FloatMatch : uint8_t { kExact, kCanonicalNan, kArithmeticNan };

// What a result must look like.
struct ResultPattern {
  ScriptValue value;
  // kRefExtern, kRefHost: any number will do. kRefNull: any type will do.
  bool any_value = false;
  // f32, f64: entry 0. v128: per lane of `lane_bits`, of which those of integer shapes are exact.
  std::array<FloatMatch, 4> floats{};
  uint8_t lane_bits = 0;  // v128: 8..64
  bool float_lanes = false;
  std::vector<ResultPattern>
      either;  // not empty: one of these must match; the rest above means nothing
};

struct Action {
  enum class Kind : uint8_t { kInvoke, kGet };
  Kind kind = Kind::kInvoke;
  std::string module;  // id, empty for the last module
  std::string name;    // of the export
  std::vector<ScriptValue> args;
};

enum class DirectiveKind : uint8_t {
  kModule,            // module
  kRegister,          // name: as which; id: of which instance, empty for the last
  kAction,            // action
  kAssertReturn,      // action, results
  kAssertTrap,        // action, message
  kAssertTrapModule,  // module, message: instantiation traps
  kAssertExhaustion,  // action, message
  kAssertException,   // action
  kAssertInvalid,     // module, message
  kAssertMalformed,
  kAssertInvalidCustom,
  kAssertMalformedCustom,
  kAssertUnlinkable,
};

struct Directive {
  DirectiveKind kind = DirectiveKind::kModule;
  uint32_t line = 0;  // 1-based
  ModuleSource module;
  Action action;
  std::vector<ResultPattern> results;
  std::string message;  // that the error begins with
  std::string name;
  std::string id;
};

struct Script {
  std::vector<Directive> directives;
};

// The word that introduces a directive: "assert_return".
std::string_view DirectiveText(DirectiveKind kind);

// Parses a script. Errors inside text modules are not looked for, beyond tokens and parentheses.
Expected<Script> ParseScript(std::string_view text);

}  // namespace airwasm::text
