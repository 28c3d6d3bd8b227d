// When functions are compiled, and what becomes of the code.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/runtime/executor.h"
#include "engine/runtime/module.h"
#include "engine/tier/compiler.h"

namespace airwasm::tier {

// One for an engine. Threads: any.
class Tiering final : public runtime::ModuleObserver {
 public:
  Tiering(runtime::Executor& executor, const CompileOptions& options);
  ~Tiering() override;

  // Compiles every function before the first is called. What the compiler refuses, or what is not
  // valid, stays in the interpreter; so does everything when there is no compiler.
  void Created(runtime::Module& module) override;

 private:
  runtime::Executor& executor_;
  const CompileOptions options_;
};

}  // namespace airwasm::tier
