// Components: validated, immutable, shared by any number of stores.
//
//   absl::StatusOr<Component> component = Component::Create(engine, bytes_or_text);
//   ComponentLinker linker(engine);                                   // component_linker.h
//   absl::StatusOr<ComponentInstance> instance = linker.Instantiate(store, *component);
//   auto greet = instance->Get<std::string(std::string)>("greet");    // component_instance.h
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "airwasm/component_features.h"
#include "airwasm/engine.h"

namespace airwasm {

namespace component::link {
class Compiled;
}

// One import or export, as reflection shows it.
struct ComponentItem {
  enum class Kind : uint8_t { kFunc, kInstance, kResource, kType, kModule, kComponent };
  std::string name;
  Kind kind = Kind::kFunc;
  std::string type;                  // of functions and types, in the words of WIT
  std::vector<ComponentItem> items;  // of an instance
};

// Cheap to copy; copies share. Threads: any.
class Component {
 public:
  // `input` is a binary component, or text when it does not begin with "\0asm". It is copied as far
  // as it is needed.
  //
  // Errors: INVALID_ARGUMENT    malformed or invalid; the message begins with the byte offset, or
  //                             line:column for text
  //         RESOURCE_EXHAUSTED  beyond an implementation limit, or something that is not supported,
  //                             or the host has no memory
  // Spec: component model, Binary and Explainer.
  static absl::StatusOr<Component> Create(const Engine& engine, std::string_view input,
                                          const ComponentFeatures& features = {});
  static absl::StatusOr<Component> Create(const Engine& engine, std::span<const uint8_t> input,
                                          const ComponentFeatures& features = {});

  // In the order of the component.
  std::vector<ComponentItem> imports() const;
  std::vector<ComponentItem> exports() const;

  const Engine& engine() const { return engine_; }

  Component(Engine engine, std::shared_ptr<const component::link::Compiled> impl)
      : engine_(std::move(engine)), impl_(std::move(impl)) {}
  const std::shared_ptr<const component::link::Compiled>& impl() const {
    return impl_;
  }  // for the engine's own layers

 private:
  Engine engine_;
  std::shared_ptr<const component::link::Compiled> impl_;
};

}  // namespace airwasm
