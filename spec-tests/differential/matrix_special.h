// Modules by hand for the instructions whose types no signature gives. Each exported function is
// called with few edge values in all combinations (matrix_run.h).
#pragma once

#include <span>
#include <string_view>

namespace airwasm::differential {

struct SpecialModule {
  std::string_view name;
  std::string_view wat;
};

std::span<const SpecialModule> SpecialModules();
std::span<const SpecialModule> SpecialGcModules();

}  // namespace airwasm::differential
