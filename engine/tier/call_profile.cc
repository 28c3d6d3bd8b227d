#include "engine/tier/call_profile.h"

#include <algorithm>

namespace airwasm::tier {
namespace {

// Samples that make a callee likely, and the share that it must have of them.
constexpr uint32_t kSamples = 3;
constexpr uint32_t kEighths = 7;
constexpr size_t kMaxSites = 64;  // of a function

}  // namespace

const runtime::FuncCode* CallProfile::Site::Likely() const {
  const bool is_likely =
      samples_of_callee >= kSamples && 8 * samples_of_callee >= kEighths * samples;
  return is_likely ? callee : nullptr;
}

bool CallProfile::Record(uint32_t module_offset, const runtime::FuncCode* callee) {
  auto site = std::ranges::find(sites_, module_offset, &Site::module_offset);
  if (site == sites_.end()) {
    if (sites_.size() == kMaxSites) return false;
    site = sites_.insert(site, Site{module_offset, callee});
  }
  const bool was_likely = site->Likely() != nullptr;
  ++site->samples;
  if (site->callee == callee) {
    ++site->samples_of_callee;
  } else if (site->samples_of_callee <= 1) {
    site->callee = callee;
    site->samples_of_callee = 1;
  }
  return !was_likely && site->Likely() != nullptr;
}

}  // namespace airwasm::tier
