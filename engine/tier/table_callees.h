// What an indirect call can meet, told from its type alone: a guess that stands in for samples
// before there are any. What is wrong with it costs time only: tables can be filled from elsewhere.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/runtime/module.h"

namespace airwasm::tier {

// More callees than this are left to the samples, as are those that would not be inlined (bytes of
// the body).
inline constexpr size_t kMostTableCallees = 3;
inline constexpr size_t kLargestTableCallee = 240;

// The functions of just this type that the module's element segments name, if they are few and
// small; else none.
inline std::vector<uint32_t> TableCallees(const runtime::Module& module, TypeId type) {
  const syntax::Module& syntax = module.syntax();
  std::vector<uint32_t> callees;
  for (const syntax::ElemSegment& segment : syntax.elems) {
    if (segment.mode == syntax::SegmentMode::kDeclarative) continue;
    for (const uint32_t func : segment.funcs) {
      if (module.func_type(func) != type || std::ranges::find(callees, func) != callees.end())
        continue;
      if (func < syntax.num_imported_funcs || callees.size() == kMostTableCallees ||
          syntax.funcs[func].body.bytes.size() > kLargestTableCallee)
        return {};
      callees.push_back(func);
    }
  }
  return callees;
}

}  // namespace airwasm::tier
