#include "airwasm/component.h"

#include <utility>

#include "component/api/reflect.h"
#include "component/binary/decoder.h"
#include "component/link/component.h"
#include "component/text/parser.h"
#include "engine/api/engine_impl.h"
#include "engine/base/error_status.h"
#include "engine/base/out_of_memory.h"

namespace airwasm {
namespace {

constexpr std::string_view kMagic("\0asm", 4);

absl::StatusOr<Component> MakeComponent(const Engine& engine, std::string_view input,
                                        const ComponentFeatures& features) {
  const EngineOptions& options = engine.options();
  const bool is_binary = input.starts_with(kMagic) || kMagic.starts_with(input.substr(0, 4));
  Expected<component::syntax::Component> syntax =
      is_binary ? component::binary::Decode(
                      {reinterpret_cast<const uint8_t*>(input.data()), input.size()}, features,
                      options.features)
                : component::text::ParseComponent(input, options.features);
  if (!syntax.ok()) return ToStatus(syntax.error());
  const component::link::CompileOptions compile{
      .modules = internal::ModuleOptionsOf(options, false), .features = features};
  Expected<std::shared_ptr<const component::link::Compiled>> compiled =
      component::link::Compiled::Create(*syntax, compile, engine.impl()->types,
                                        *engine.impl()->executor);
  if (!compiled.ok()) return ToStatus(compiled.error());
  return Component(engine, *std::move(compiled));
}

}  // namespace

absl::StatusOr<Component> Component::Create(const Engine& engine, std::string_view input,
                                            const ComponentFeatures& features) {
  return OrOutOfMemory([&] { return MakeComponent(engine, input, features); });
}

absl::StatusOr<Component> Component::Create(const Engine& engine, std::span<const uint8_t> input,
                                            const ComponentFeatures& features) {
  return Create(engine, std::string_view(reinterpret_cast<const char*>(input.data()), input.size()),
                features);
}

std::vector<ComponentItem> Component::imports() const {
  return internal::ReflectImports(impl_->flat());
}
std::vector<ComponentItem> Component::exports() const {
  return internal::ReflectExports(impl_->flat(), *impl_->flat().exports);
}

}  // namespace airwasm
