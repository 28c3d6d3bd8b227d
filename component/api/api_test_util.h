// What the tests of this folder share: an engine with a store, and components from text.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "airwasm/component_linker.h"

namespace airwasm {

struct ComponentWorld {
  explicit ComponentWorld(Tier tier = Tier::kAuto) : engine(EngineOptions{.tier = tier}) {}

  Engine engine;
  Store store{engine};
  ComponentLinker linker{engine};

  Component Compile(std::string_view wat) {
    absl::StatusOr<Component> component = Component::Create(engine, wat);
    EXPECT_TRUE(component.ok()) << component.status() << "\nin " << wat;
    return component.ok() ? *component : *Component::Create(engine, "(component)");
  }
  // The instance of a component that must instantiate.
  ComponentInstance Make(std::string_view wat) {
    absl::StatusOr<ComponentInstance> instance = linker.Instantiate(store, Compile(wat));
    EXPECT_TRUE(instance.ok()) << instance.status() << "\nin " << wat;
    return instance.ok() ? *instance : *linker.Instantiate(store, Compile("(component)"));
  }
  // What a call that must return returns; "trap: ..." otherwise.
  static std::string Call(const ComponentInstance& instance, std::string_view name,
                          const std::vector<Val>& args = {}) {
    absl::StatusOr<ComponentCallResult> result = instance.Call(name, args);
    if (!result.ok()) return "error: " + std::string(result.status().message());
    if (!result->ok()) return "trap: " + result->trap().message();
    return result->value() ? result->value()->ToString() : "()";
  }
};

}  // namespace airwasm
