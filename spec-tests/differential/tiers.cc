#include "spec-tests/differential/tiers.h"

#include "engine/api/engine_impl.h"

namespace airwasm::differential {

std::string_view WayText(Way way) {
  switch (way) {
    case Way::kInterp:
      return "interpreter";
    case Way::kBaseline:
      return "baseline";
    case Way::kQuick:
      return "quick";
    case Way::kOptimized:
      return "optimized";
    case Way::kChecked:
      return "optimized, no signals";
    case Way::kEntered:
      return "entered at loops";
    case Way::kStrict:
      return "optimized, strict traps";
  }
  return "";
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
  if (way == Way::kQuick || way == Way::kStrict) {
    // No option of an embedder's asks for these.
    Engine::Impl& impl = *engine.impl();
    impl.executor->observer = nullptr;
    impl.tiering = std::make_unique<tier::Tiering>(
        *impl.executor, tier::Policy::kAhead,
        tier::CompileOptions{
            .level = way == Way::kQuick ? tier::Level::kQuick : tier::Level::kOptimized,
            .strict_traps = way == Way::kStrict});
    impl.executor->observer = impl.tiering.get();
  }
  return engine;
}

std::vector<std::string> Refused(const Engine& engine) {
  const tier::Tiering* const tiering = engine.impl()->tiering.get();
  return tiering == nullptr ? std::vector<std::string>() : tiering->refused();
}

}  // namespace airwasm::differential
