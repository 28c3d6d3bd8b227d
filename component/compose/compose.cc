#include "component/compose/compose.h"

#include <span>
#include <utility>

#include "component/binary/decoder.h"
#include "component/binary/encoder.h"
#include "component/compose/composer.h"
#include "engine/base/error_status.h"
#include "engine/types/type_registry.h"

namespace airwasm::component::compose {
namespace {

absl::StatusOr<Composer::Embedded> Read(const Part& part, Composer::Role role,
                                        const std::string& import, TypeRegistry& registry) {
  const auto fail = [&](const Error& error) {
    const absl::Status status = ToStatus(error);
    return absl::Status(status.code(), Concat({part.name, ": ", std::string(status.message())}));
  };
  auto decoded = binary::Decode(part.bytes, ComponentFeatures::All());
  if (!decoded.ok()) return fail(decoded.error());
  // Bodies are checked with the whole.
  auto valid = valid::Validate(
      *decoded,
      {.core_features = Features(), .features = ComponentFeatures::All(), .check_bodies = false},
      registry);
  if (!valid.ok()) return fail(valid.error());
  Composer::Embedded embedded;
  embedded.name = part.name;
  embedded.role = role;
  embedded.import = import;
  embedded.component = std::make_unique<syntax::Component>(*std::move(decoded));
  embedded.valid = *std::move(valid);
  return embedded;
}

}  // namespace

absl::StatusOr<std::vector<uint8_t>> Compose(const Composition& composition) {
  TypeRegistry registry;
  // The parts are read anew for each denial, and for the whole.
  const auto add_all = [&](Composer& composer,
                           std::span<const Composition::Virtualization> denials) {
    absl::Status status;
    const auto add = [&](const Part& part, Composer::Role role, const std::string& import) {
      if (!status.ok()) return;
      auto embedded = Read(part, role, import, registry);
      if (embedded.ok()) {
        composer.Add(*std::move(embedded));
      } else {
        status = embedded.status();
      }
    };
    add(composition.main, Composer::Role::kMain, "");
    for (const Composition::Virtualization& v : composition.virtualizations)
      add(v.part, Composer::Role::kVirtualization, v.name);
    for (const Composition::Virtualization& denial : denials)
      add(denial.part, Composer::Role::kDenial, denial.name);
    for (const Composition::Plug& plug : composition.plugs)
      add(plug.part, Composer::Role::kPlug, plug.import);
    return status;
  };

  std::vector<Composition::Virtualization> denials;
  for (const std::string& name : composition.denied) {
    Composer names;
    if (absl::Status status = add_all(names, {}); !status.ok()) return status;
    const std::vector<std::string> interfaces = names.InterfacesNamed(name);
    if (interfaces.empty()) {
      return absl::FailedPreconditionError(
          Concat({"nothing imports `", name, "`, which is to be denied"}));
    }
    for (const std::string& interface : interfaces) {
      Composer denier;
      if (absl::Status status = add_all(denier, {}); !status.ok()) return status;
      const absl::StatusOr<syntax::Component> denial = denier.RunDenial(interface);
      if (!denial.ok()) return denial.status();
      denials.push_back(
          {interface, {Concat({"the denial of ", interface}), binary::Encode(*denial)}});
    }
  }
  Composer composer;
  if (absl::Status status = add_all(composer, denials); !status.ok()) return status;
  const absl::StatusOr<syntax::Component> composed = composer.Run();
  if (!composed.ok()) return composed.status();
  std::vector<uint8_t> bytes = binary::Encode(*composed);
  const auto decoded = binary::Decode(bytes, ComponentFeatures::All());
  if (!decoded.ok()) return ToStatus(decoded.error());
  const auto valid = valid::Validate(
      *decoded, {.core_features = Features(), .features = ComponentFeatures::All()}, registry);
  if (!valid.ok()) {
    const absl::Status invalid = ToStatus(valid.error());
    return absl::Status(invalid.code(), Concat({"the components do not fit together: ",
                                                std::string(invalid.message())}));
  }
  return bytes;
}

}  // namespace airwasm::component::compose
