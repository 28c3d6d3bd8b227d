// wasi:config/store.
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "wasi/p2/interface.h"

namespace airwasm::wasi::p2 {
namespace {

// variant error { upstream(string), io(string) }
using ConfigError = std::variant<std::string, std::string>;
template <typename T>
using Outcome = WitResult<T, ConfigError>;

}  // namespace

absl::Status DefineConfig(ComponentLinker& linker) {
  using Values = std::vector<std::tuple<std::string, std::string>>;
  absl::Status status;
  Interface(linker, "wasi:config/store", &status, kConfigVersion)
      .Func("get",
            [](HostCall& call, std::string_view key) {
              std::optional<std::string> found;
              for (const auto& [name, value] : Context::Of(call).config().config_values) {
                if (name == key) found = value;
              }
              return Outcome<std::optional<std::string>>::Ok(std::move(found));
            })
      .Func("get-all", [](HostCall& call) {
        Values values;
        for (const auto& [name, value] : Context::Of(call).config().config_values)
          values.emplace_back(name, value);
        return Outcome<Values>::Ok(std::move(values));
      });
  return status;
}

}  // namespace airwasm::wasi::p2
