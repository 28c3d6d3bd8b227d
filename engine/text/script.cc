#include "engine/text/script.h"

#include "engine/base/status_macros.h"
#include "engine/binary/decoder.h"
#include "engine/text/parser.h"
#include "engine/text/wat.h"

namespace airwasm::text {
namespace {

// Moves the place of an error from the module's text to the script's.
Error InScript(Error error, const ModuleSource& source) {
  if (source.kind != ModuleSource::Kind::kText || error.line == 0 || source.line == 0) return error;
  if (error.line == 1) error.column += source.column - 1;
  error.line += source.line - 1;
  return error;
}

Error NoSource() {
  Error error;
  error.message = "an instance has no module text";
  return error;
}

}  // namespace

Expected<syntax::Module> ParseModuleSource(const ModuleSource& source, const Features& features) {
  switch (source.kind) {
    case ModuleSource::Kind::kText:
    case ModuleSource::Kind::kQuote: {
      auto module = ParseModule(source.text, features);
      if (!module.ok()) return InScript(std::move(module).error(), source);
      return module;
    }
    case ModuleSource::Kind::kBinary:
      return binary::Decode(source.bytes, features);
    case ModuleSource::Kind::kInstance:
      return NoSource();
  }
  return NoSource();
}

Expected<std::vector<uint8_t>> ModuleSourceToWasm(const ModuleSource& source,
                                                  const Features& features) {
  switch (source.kind) {
    case ModuleSource::Kind::kText:
    case ModuleSource::Kind::kQuote: {
      auto bytes = WatToWasm(source.text, features);
      if (!bytes.ok()) return InScript(std::move(bytes).error(), source);
      return bytes;
    }
    case ModuleSource::Kind::kBinary:
      return source.bytes;
    case ModuleSource::Kind::kInstance:
      return NoSource();
  }
  return NoSource();
}

std::string_view DirectiveText(DirectiveKind kind) {
  switch (kind) {
    case DirectiveKind::kModule:
      return "module";
    case DirectiveKind::kRegister:
      return "register";
    case DirectiveKind::kAction:
      return "action";
    case DirectiveKind::kAssertReturn:
      return "assert_return";
    case DirectiveKind::kAssertTrap:
    case DirectiveKind::kAssertTrapModule:
      return "assert_trap";
    case DirectiveKind::kAssertExhaustion:
      return "assert_exhaustion";
    case DirectiveKind::kAssertException:
      return "assert_exception";
    case DirectiveKind::kAssertInvalid:
      return "assert_invalid";
    case DirectiveKind::kAssertMalformed:
      return "assert_malformed";
    case DirectiveKind::kAssertInvalidCustom:
      return "assert_invalid_custom";
    case DirectiveKind::kAssertMalformedCustom:
      return "assert_malformed_custom";
    case DirectiveKind::kAssertUnlinkable:
      return "assert_unlinkable";
  }
  return "";
}

}  // namespace airwasm::text
