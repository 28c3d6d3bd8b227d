// What the micro benches share: a module from text, and stopping with the reason when something
// that must work does not.
#ifndef BENCH_MICRO_FIXTURE_H_
#define BENCH_MICRO_FIXTURE_H_

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "airwasm/airwasm.h"

namespace airwasm::bench {

inline void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::abort();
}

template <typename T>
T Must(absl::StatusOr<T> value) {
  Check(value.status());
  return *std::move(value);
}

template <typename T>
T Must(Result<T> value) {
  if (!value.ok()) {
    std::fprintf(stderr, "%s\n", value.trap().ToString().c_str());
    std::abort();
  }
  return std::move(value).value();
}
inline void Must(const Result<void>& value) {
  if (value.ok()) return;
  std::fprintf(stderr, "%s\n", value.trap().ToString().c_str());
  std::abort();
}

// A module in a store of its own, without imports.
struct Guest {
  explicit Guest(std::string_view text, const EngineOptions& options = {})
      : engine(options),
        module(Must(Module::Create(engine, text))),
        store(engine),
        instance(Must(Linker(engine).Instantiate(store, module))) {}
  Engine engine;
  Module module;
  Store store;
  Instance instance;
};

}  // namespace airwasm::bench

#endif  // BENCH_MICRO_FIXTURE_H_
