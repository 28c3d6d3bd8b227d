// Which definition of a component each index of its index spaces stands for.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "component/syntax/component.h"

namespace airwasm::component::compose {

inline constexpr size_t kSortCount = static_cast<size_t>(syntax::Sort::kInstance) + 1;

class IndexSpaces {
 public:
  // Of the outermost level of `component`, whose definitions stay where they are. Also of a list of
  // declarators.
  explicit IndexSpaces(const std::vector<syntax::Definition>& definitions);

  // The definition that made the index; it is there in a valid component.
  const syntax::Definition& At(syntax::Sort sort, uint32_t index) const {
    return *spaces_[static_cast<size_t>(sort)][index];
  }

 private:
  std::array<std::vector<const syntax::Definition*>, kSortCount> spaces_;
};

// The sort whose index space a definition adds to, one entry. False: it adds to none.
bool SortOfDefinition(const syntax::Definition& definition, syntax::Sort* sort);

}  // namespace airwasm::component::compose
