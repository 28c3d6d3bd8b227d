#include "engine/tier/call_profile.h"

#include <algorithm>

namespace airwasm::tier {
namespace {

// Samples that make a callee likely, and the share that it must have of its call's.
constexpr uint32_t kSamples = 3;
constexpr uint32_t kShare = 5;     // one in
constexpr size_t kMaxCallees = 4;  // of a call: more guards cost more than they save
constexpr size_t kMaxSites = 64;   // of a function

}  // namespace

bool CallProfile::Record(uint32_t module_offset, const runtime::FuncCode* code) {
  auto site = std::ranges::find(sites_, module_offset, &Site::module_offset);
  if (site == sites_.end()) {
    if (sites_.size() == kMaxSites) return false;
    site = sites_.insert(site, Site{module_offset});
  }
  ++site->samples;
  auto callee = std::ranges::find(site->callees, code, &Callee::code);
  if (callee == site->callees.end()) {
    if (site->callees.size() == kMaxCallees) return false;
    callee = site->callees.insert(callee, {code});
  }
  ++callee->samples;
  if (callee->is_likely || callee->samples < kSamples || kShare * callee->samples < site->samples)
    return false;
  callee->is_likely = true;
  site->samples = 0;
  for (Callee& other : site->callees) other.samples = 0;
  return true;
}

}  // namespace airwasm::tier
