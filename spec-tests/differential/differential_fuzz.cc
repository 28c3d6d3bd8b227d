// Any byte string makes a valid module, which does the same in every tier.
//
// With sanitizers only the interpreter runs, and its handlers as baseline code: compiled code is
// none of theirs.
#include <cstdio>
#include <cstdlib>

#include "spec-tests/differential/generate.h"
#include "spec-tests/differential/outcome.h"
#include "spec-tests/differential/tiers.h"

namespace {

using namespace airwasm::differential;  // NOLINT(google-build-using-namespace)

#ifdef AIRWASM_SANITIZED
constexpr Way kCompared[] = {Way::kInterp, Way::kBaseline};
#else
constexpr Way kCompared[] = {Way::kBaseline, Way::kOptimized, Way::kChecked, Way::kEntered};
#endif

[[noreturn]] void Fail(std::string_view way, const std::string& what) {
  std::fprintf(stderr, "%.*s:\n  %s\n", static_cast<int>(way.size()), way.data(), what.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const GeneratedModule module = Generate({data, size});
  // New ones each time: an engine keeps every type that it has seen.
  const std::vector<std::string> expected = OutcomeOf(NewEngine(Way::kInterp), module);
  for (const std::string& line : expected) {
    if (line.starts_with("rejected")) Fail("generator", line);
  }
  for (const Way way : kCompared) {
    const airwasm::Engine engine = NewEngine(way);
    const bool is_exact = IsExact(way);
    const std::vector<std::string> actual = OutcomeOf(engine, module);
    const std::string difference = Difference(expected, actual, is_exact);
    if (!Refused(engine).empty()) Fail(WayText(way), "not compiled: " + Refused(engine)[0]);
    if (difference.empty()) continue;
    // The trap of a load that is of no use (differential_main.cc).
    if (!is_exact && LacksInexactTrap(expected, actual) &&
        Difference(expected, OutcomeOf(NewEngine(Way::kStrict), module), false).empty())
      continue;
    Fail(WayText(way), difference);
  }
  return 0;
}
