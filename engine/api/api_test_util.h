// What the tests of the C++ interface share: a world of engine, store and linker, and instances
// from text.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "airwasm/airwasm.h"

namespace airwasm::testing {

inline Module MakeModule(const Engine& engine, std::string_view wat) {
  absl::StatusOr<Module> module = Module::Create(engine, wat);
  EXPECT_TRUE(module.ok()) << module.status();
  return *module;
}

struct World {
  explicit World(const EngineOptions& engine_options = {}, const StoreOptions& store_options = {})
      : engine(engine_options), store(engine, store_options), linker(engine) {}

  Instance Make(std::string_view wat) {
    absl::StatusOr<Instance> instance = linker.Instantiate(store, MakeModule(engine, wat));
    EXPECT_TRUE(instance.ok()) << instance.status();
    return *instance;
  }
  // The status of an instantiation that should fail.
  absl::Status Fail(std::string_view wat, Trap* trap = nullptr) {
    const absl::StatusOr<Instance> instance =
        linker.Instantiate(store, MakeModule(engine, wat), trap);
    EXPECT_FALSE(instance.ok());
    return instance.status();
  }

  Engine engine;
  Store store;
  Linker linker;
};

// The function `name` of the instance as a typed one, which it must be.
template <typename Signature>
TypedFunc<Signature> Typed(const Instance& instance, std::string_view name) {
  absl::StatusOr<TypedFunc<Signature>> func = instance.Get<Signature>(name);
  EXPECT_TRUE(func.ok()) << func.status();
  return *func;
}

inline void ExpectContains(std::string_view text, std::string_view part) {
  EXPECT_NE(std::string_view::npos, text.find(part)) << "\"" << part << "\" is not in: " << text;
}

inline void ExpectError(const absl::Status& status, absl::StatusCode code, std::string_view part) {
  EXPECT_EQ(code, status.code()) << status;
  ExpectContains({status.message().data(), status.message().size()}, part);
}

}  // namespace airwasm::testing
