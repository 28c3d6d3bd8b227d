#include "component/link/component.h"

#include <utility>

#include "component/link/flatten.h"
#include "component/valid/validator.h"

namespace airwasm::component::link {

Expected<std::shared_ptr<const Compiled>> Compiled::Create(const syntax::Component& component,
                                                           const CompileOptions& options,
                                                           std::shared_ptr<TypeRegistry> types,
                                                           runtime::Executor& executor) {
  Expected<valid::ValidComponent> valid =
      valid::Validate(component,
                      {.core_features = options.modules.features,
                       .features = options.features,
                       .check_bodies = options.modules.validate_bodies},
                      *types);
  if (!valid.ok()) return std::move(valid).error();
  // The validator has seen the bodies, if that was wanted.
  runtime::ModuleOptions modules = options.modules;
  modules.validate_bodies = false;
  const CompileModule compile = [&](std::span<const uint8_t> bytes) {
    return runtime::Module::Create(bytes, modules, types, executor);
  };
  Expected<FlatComponent> flat = Flatten(component, *std::move(valid), compile);
  if (!flat.ok()) return std::move(flat).error();
  return std::shared_ptr<const Compiled>(new Compiled(*std::move(flat)));
}

}  // namespace airwasm::component::link
