// How the tests of this folder make modules: from WAT, or a body from bytes.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/binary/decoder.h"
#include "engine/instr/instr.h"
#include "engine/text/wat.h"
#include "engine/valid/validator.h"

namespace airwasm::valid {

// A decoded module that keeps its bytes.
struct TestModule {
  std::vector<uint8_t> wasm;
  syntax::Module module;
};

// The module that `wat` holds. A test whose module does not even parse is wrong, so that ends it.
inline TestModule FromWat(std::string_view wat, const Features& features = Features()) {
  TestModule result;
  auto wasm = text::WatToWasm(wat, Features());
  if (!wasm.ok()) {
    std::cerr << wat << "\n" << wasm.error().ToString() << std::endl;
    std::abort();
  }
  result.wasm = *std::move(wasm);
  auto module = binary::Decode(result.wasm, features);
  if (!module.ok()) {
    std::cerr << wat << "\n" << module.error().ToString() << std::endl;
    std::abort();
  }
  result.module = *std::move(module);
  return result;
}

// A module with one function of type `params` → `results` and this body, `end` included.
inline syntax::Module OneFunction(FuncType type, const std::vector<uint8_t>& body,
                                  std::vector<std::pair<uint32_t, ValType>> locals = {}) {
  syntax::Module module;
  SubType sub;
  sub.func = std::move(type);
  module.types.push_back(std::move(sub));
  module.rec_group_sizes.push_back(1);
  module.type_offsets.push_back(0);
  syntax::Function function;
  function.locals = std::move(locals);
  function.body.bytes = body;
  module.funcs.push_back(std::move(function));
  return module;
}

// A module whose types, module level and bodies can be validated step by step.
struct TestContext {
  TypeRegistry registry;
  std::unique_ptr<ModuleContext> context;

  explicit TestContext(const syntax::Module& module, const Features& features = Features()) {
    auto ids = ValidateTypes(module, features, registry);
    if (!ids.ok()) Abort(ids.error());
    auto made = ValidateModule(module, features, registry, *ids);
    if (!made.ok()) Abort(made.error());
    context = *std::move(made);
  }

 private:
  static void Abort(const Error& error) {
    std::cerr << error.ToString() << std::endl;
    std::abort();
  }
};

}  // namespace airwasm::valid
