#include "component/wrap/wrap.h"

#include "component/binary/decoder.h"
#include "component/valid/validator.h"
#include "component/wit/strings.h"
#include "component/wrap/plan.h"
#include "engine/base/error_status.h"
#include "engine/base/status_macros.h"

namespace airwasm::component::wrap {

absl::StatusOr<std::vector<uint8_t>> MakeComponent(std::span<const uint8_t> module,
                                                   const Options& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Plan> plan, MakePlan(module, options));
  std::vector<uint8_t> bytes = Build(*plan);
  // What the modules hold has been validated; this is on the frame.
  const auto decoded = binary::Decode(bytes, ComponentFeatures::All());
  if (!decoded.ok()) return ToStatus(decoded.error());
  TypeRegistry registry;
  const auto valid = valid::Validate(
      *decoded, {.features = ComponentFeatures::All(), .check_bodies = false}, registry);
  if (!valid.ok()) {
    const std::string message = wit::Cat("the component would be invalid: ", valid.error().message);
    return absl::FailedPreconditionError(message);
  }
  return bytes;
}

}  // namespace airwasm::component::wrap
