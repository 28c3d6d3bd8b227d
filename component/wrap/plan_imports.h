// Says for each import of a core module what it gets.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "component/wrap/plan.h"

namespace airwasm::component::wrap {

// " (did you mean `name`?)" for the candidate nearest to `name`, or nothing if none is near.
std::string NearestName(std::string_view name, const std::vector<std::string>& candidates);

// Fills in Unit::imports, slots of the shim and what is selected of the world. All of the arguments
// outlive it; `has_world`: of each unit, whether it carries a world.
class ImportPlanner {
 public:
  ImportPlanner(Plan& plan, const Options& options, Signatures& signatures,
                std::vector<bool> has_world);
  // Errors: FAILED_PRECONDITION, UNIMPLEMENTED (wrap.h, MakeComponent).
  absl::Status Run(uint32_t unit);

 private:
  static const wit::TypeId* FindResource(const wit::Document& document,
                                         const std::vector<wit::TypeId>& types,
                                         std::string_view name);
  // Each says what one kind of import gets, or why there is nothing for it.
  absl::Status PlanOwnResource(const Unit& unit, CoreImport& import);
  absl::Status PlanFunction(uint32_t index, CoreImport& import, const wit::Function* function,
                            const std::vector<std::string>& names);
  absl::Status PlanInterfaceImport(uint32_t index, CoreImport& import, wit::InterfaceId id);
  absl::Status PlanRootImport(uint32_t index, CoreImport& import);
  absl::Status PlanAdapterImport(uint32_t index, CoreImport& import, uint32_t adapter);
  // What adapters alone may import; false for anything else.
  absl::StatusOr<bool> PlanSpecialImport(uint32_t index, CoreImport& import);
  absl::Status PlanImport(uint32_t index, const airwasm::syntax::Import& from, CoreImport& import);
  std::string NoInterface(uint32_t index, const CoreImport& import) const;
  const wit::Document& document() const { return plan_.document(); }
  bool IsOwn(wit::TypeId type) const;

  Plan& plan_;
  const Options& options_;
  Signatures& signatures_;
  std::vector<bool> has_world_;
  absl::flat_hash_map<std::string, wit::InterfaceId> imported_;
  absl::flat_hash_map<std::string, wit::InterfaceId> exported_;
};

}  // namespace airwasm::component::wrap
