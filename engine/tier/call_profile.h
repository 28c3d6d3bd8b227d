// What the indirect calls of one function have been seen to call. Samples are few, so a profile is
// a handful of entries; what it says decides about speed only.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/runtime/context.h"

namespace airwasm::tier {

class CallProfile {
 public:
  // True when this sample makes the callee a likely one.
  bool Record(uint32_t module_offset, const runtime::FuncCode* callee);
  // Calls visit(module_offset, callee) for each call with a likely callee.
  template <typename Visit>
  void ForEachLikely(Visit visit) const {
    for (const Site& site : sites_) {
      if (const runtime::FuncCode* const callee = site.Likely(); callee != nullptr)
        visit(site.module_offset, callee);
    }
  }

 private:
  struct Site {
    uint32_t module_offset;
    const runtime::FuncCode* callee;  // the first, or what came often after one that did not
    uint32_t samples = 0;
    uint32_t samples_of_callee = 0;
    const runtime::FuncCode* Likely() const;
  };
  std::vector<Site> sites_;
};

}  // namespace airwasm::tier
