#include "spec-tests/wast/spectest.h"

namespace airwasm::wast {
namespace {

template <typename T>
absl::Status DefineOr(Linker& linker, std::string_view name, const absl::StatusOr<T>& value) {
  if (!value.ok()) return value.status();
  return linker.Define("spectest", name, Extern(*value));
}

}  // namespace

absl::Status DefineSpectest(Store& store, Linker& linker) {
  absl::Status status;
  status.Update(linker.Define("spectest", "print", [] {}));
  status.Update(linker.Define("spectest", "print_i32", [](int32_t) {}));
  status.Update(linker.Define("spectest", "print_i64", [](int64_t) {}));
  status.Update(linker.Define("spectest", "print_f32", [](float) {}));
  status.Update(linker.Define("spectest", "print_f64", [](double) {}));
  status.Update(linker.Define("spectest", "print_i32_f32", [](int32_t, float) {}));
  status.Update(linker.Define("spectest", "print_f64_f64", [](double, double) {}));
  const struct {
    const char* name;
    Value value;
  } kGlobals[] = {{"global_i32", int32_t{666}},
                  {"global_i64", int64_t{666}},
                  {"global_f32", 666.6f},
                  {"global_f64", 666.6}};
  for (const auto& [name, value] : kGlobals) {
    status.Update(DefineOr(linker, name, Global::New(store, {.type = value.type()}, value)));
  }
  status.Update(DefineOr(linker, "table", Table::New(store, {.limits = {10, 20}}, Ref())));
  status.Update(
      DefineOr(linker, "table64", Table::New(store, {.limits = {10, 20}, .is_64 = true}, Ref())));
  status.Update(DefineOr(linker, "memory", Memory::New(store, {.limits = {1, 2}})));
  status.Update(
      DefineOr(linker, "shared_memory", Memory::New(store, {.limits = {1, 2}, .shared = true})));
  return status;
}

}  // namespace airwasm::wast
