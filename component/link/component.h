// A component ready to be instantiated: validated, laid flat, its core modules made.
//
// Immutable and shared by instances, stores and threads; adapters of its canonical definitions are
// made on first use and kept.
#pragma once

#include <memory>

#include "airwasm/component_features.h"
#include "component/canon/adapter.h"
#include "component/link/flat.h"
#include "component/syntax/component.h"
#include "engine/base/error.h"
#include "engine/runtime/executor.h"
#include "engine/runtime/module.h"

namespace airwasm::component::link {

struct CompileOptions {
  runtime::ModuleOptions modules;
  ComponentFeatures features;
};

class Compiled {
 public:
  // Validates and flattens. Errors carry the offset within the component.
  static Expected<std::shared_ptr<const Compiled>> Create(const syntax::Component& component,
                                                          const CompileOptions& options,
                                                          std::shared_ptr<TypeRegistry> types,
                                                          runtime::Executor& executor);

  const FlatComponent& flat() const { return flat_; }
  const TypeTable& types() const { return flat_.types->values(); }
  // Threads: any.
  canon::AdapterCache& adapters() const { return adapters_; }

 private:
  explicit Compiled(FlatComponent flat) : flat_(std::move(flat)) {}
  FlatComponent flat_;
  mutable canon::AdapterCache adapters_;
};

}  // namespace airwasm::component::link
