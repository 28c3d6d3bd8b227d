#include "component/text/script.h"

#include "component/binary/encoder.h"
#include "component/text/parser.h"
#include "engine/base/status_macros.h"

namespace airwasm::component::text {
namespace {

using Kind = ComponentSource::Kind;

// Moves the place of an error from the component's text to the script's.
Error InScript(Error error, const ComponentSource& source) {
  if (source.kind != Kind::kText || error.line == 0 || source.line == 0) return error;
  if (error.line == 1) error.column += source.column - 1;
  error.line += source.line - 1;
  return error;
}

}  // namespace

Expected<syntax::Component> ParseComponentSource(const ComponentSource& source,
                                                 const Features& features, IndexForms forms) {
  switch (source.kind) {
    case Kind::kText: {
      auto component = ParseComponent(source.text, features, forms);
      if (!component.ok()) return InScript(std::move(component).error(), source);
      return component;
    }
    case Kind::kQuote:
      // What is quoted are the definitions.
      return ParseComponent("(component " + source.text + "\n)", features, forms);
    case Kind::kBinary:
    case Kind::kInstance:
      break;
  }
  Error error;
  error.message = "not the text of a component";
  return error;
}

Expected<std::vector<uint8_t>> ComponentSourceToWasm(const ComponentSource& source,
                                                     const Features& features, IndexForms forms) {
  if (source.kind == Kind::kBinary) return source.bytes;
  ASSIGN_OR_RETURN(const syntax::Component component,
                   ParseComponentSource(source, features, forms));
  return binary::Encode(component);
}

std::string_view DirectiveText(DirectiveKind kind) {
  switch (kind) {
    case DirectiveKind::kComponent:
      return "component";
    case DirectiveKind::kRegister:
      return "register";
    case DirectiveKind::kInvoke:
      return "invoke";
    case DirectiveKind::kAssertReturn:
      return "assert_return";
    case DirectiveKind::kAssertTrap:
    case DirectiveKind::kAssertTrapComponent:
      return "assert_trap";
    case DirectiveKind::kAssertInvalid:
      return "assert_invalid";
    case DirectiveKind::kAssertMalformed:
      return "assert_malformed";
    case DirectiveKind::kAssertUnlinkable:
      return "assert_unlinkable";
  }
  return "";
}

}  // namespace airwasm::component::text
