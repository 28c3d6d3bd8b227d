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

bool MayRead(const Context& context, std::string_view key) {
  return context.guard() == nullptr ||
         context.guard()->WouldAllow(asks::kConfig, security::Object::Name(key));
}

ConfigError Denial() {
  return ConfigError(std::in_place_index<1>, "the guest may not read this");
}

}  // namespace

template <>
struct DenialError<ConfigError> {
  static ConfigError Make(Context&) { return Denial(); }
};

absl::Status DefineConfig(ComponentLinker& linker) {
  using Values = std::vector<std::tuple<std::string, std::string>>;
  absl::Status status;
  Interface(linker, "wasi:config/store", asks::kConfig, &status, kConfigVersion)
      .Func("get",
            [](HostCall& call, std::string_view key) {
              const Context& context = Context::Of(call);
              std::optional<std::string> found;
              if (context.guard() != nullptr &&
                  !context.guard()->Allow(asks::kConfig, security::Object::Name(key)))
                return Outcome<std::optional<std::string>>::Err(Denial());
              for (const auto& [name, value] : Context::Of(call).config().config_values) {
                if (name == key) found = value;
              }
              return Outcome<std::optional<std::string>>::Ok(std::move(found));
            })
      .Func("get-all", [](HostCall& call) {
        Values values;
        for (const auto& [name, value] : Context::Of(call).config().config_values) {
          if (MayRead(Context::Of(call), name)) values.emplace_back(name, value);
        }
        return Outcome<Values>::Ok(std::move(values));
      });
  return status;
}

}  // namespace airwasm::wasi::p2
