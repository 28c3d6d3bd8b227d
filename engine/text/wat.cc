#include "engine/text/wat.h"

#include "engine/base/status_macros.h"
#include "engine/binary/encoder.h"
#include "engine/text/parser.h"

namespace airwasm::text {

Expected<std::vector<uint8_t>> WatToWasm(std::string_view text, const Features& features) {
  ASSIGN_OR_RETURN(const syntax::Module module, ParseModule(text, features));
  return binary::Encode(module);
}

}  // namespace airwasm::text
