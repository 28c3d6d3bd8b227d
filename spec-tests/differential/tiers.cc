#include "spec-tests/differential/tiers.h"

#include <iterator>

#include "engine/api/engine_impl.h"

namespace airwasm::differential {
namespace {

constexpr struct {
  Way way;
  std::string_view name, text;
} kRows[] = {
    {Way::kInterp, "interp", "interpreter"},
    {Way::kBaseline, "baseline", "baseline"},
    {Way::kOptimized, "optimized", "optimized"},
    {Way::kChecked, "checked", "optimized, no signals"},
    {Way::kEntered, "entered", "entered at loops"},
    {Way::kStrict, "strict", "optimized, strict traps"},
};
static_assert(
    [] {
      for (size_t i = 0; i < std::size(kRows); ++i) {
        if (static_cast<size_t>(kRows[i].way) != i) return false;
      }
      return true;
    }(),
    "the rows are in the order of the enum");

}  // namespace

std::string_view WayText(Way way) {
  return kRows[static_cast<size_t>(way)].text;
}

std::optional<Way> WayOfName(std::string_view name) {
  for (const auto& row : kRows) {
    if (row.name == name) return row.way;
  }
  return std::nullopt;
}

Engine NewEngine(Way way) {
  EngineOptions options;
  options.tier = way == Way::kInterp     ? Tier::kInterp
                 : way == Way::kBaseline ? Tier::kBaseline
                 : way == Way::kEntered  ? Tier::kAuto
                                         : Tier::kJit;
  options.eager_tiering = way == Way::kEntered;
  options.guard_pages = way != Way::kChecked;
  Engine engine(options);
  if (way == Way::kStrict) {
    // No option of an embedder's asks for this.
    Engine::Impl& impl = *engine.impl();
    impl.executor->observer = nullptr;
    impl.tiering = std::make_unique<tier::Tiering>(*impl.executor, tier::Policy::kAhead,
                                                   tier::CompileOptions{.strict_traps = true});
    impl.executor->observer = impl.tiering.get();
  }
  return engine;
}

std::vector<std::string> Refused(const Engine& engine) {
  const tier::Tiering* const tiering = engine.impl()->tiering.get();
  return tiering == nullptr ? std::vector<std::string>() : tiering->refused();
}

}  // namespace airwasm::differential
