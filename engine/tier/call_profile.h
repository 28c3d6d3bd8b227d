// What the indirect calls of one function have been seen to call. Samples are few, so a profile is
// a handful of entries; what it says decides about speed only.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/runtime/context.h"

namespace airwasm::tier {

class CallProfile {
 public:
  // True when this sample makes the callee a likely one of the call.
  bool Record(uint32_t module_offset, const runtime::FuncCode* callee);
  // Calls visit(module_offset, callee) for each likely callee of each call, those of one call in
  // the order in which they were first met.
  template <typename Visit>
  void ForEachLikely(Visit visit) const {
    for (const Site& site : sites_) {
      for (const Callee& callee : site.callees) {
        if (callee.is_likely) visit(site.module_offset, callee.code);
      }
    }
  }

 private:
  // Once likely, always likely: from then on the callee is inlined, and no sample meets it as one.
  struct Callee {
    const runtime::FuncCode* code;
    uint32_t samples = 0;
    bool is_likely = false;
  };
  struct Site {
    uint32_t module_offset;
    uint32_t samples = 0;  // since a callee became likely
    std::vector<Callee> callees = {};
  };
  std::vector<Site> sites_;
};

}  // namespace airwasm::tier
