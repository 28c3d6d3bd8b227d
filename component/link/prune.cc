// One pass backwards: a step refers to earlier ones only.
#include "component/link/prune.h"

#include <algorithm>
#include <unordered_set>
#include <vector>

namespace airwasm::component::link {
namespace {

class Pruner {
 public:
  explicit Pruner(FlatComponent& flat)
      : flat_(flat), used_funcs_(flat.core_funcs.size()), used_lifts_(flat.lifts.size()) {}

  void Run() {
    UseExports(*flat_.exports);
    std::vector<Step> kept;
    for (auto step = flat_.steps.rbegin(); step != flat_.steps.rend(); ++step) {
      if (Visit(*step)) kept.push_back(*step);
    }
    std::reverse(kept.begin(), kept.end());
    flat_.steps = std::move(kept);
  }

 private:
  void Use(const CoreItem& item) {
    if (item.from == CoreItem::From::kCanon) used_funcs_[item.index] = true;
  }
  void Use(const std::optional<CoreItem>& item) {
    if (item) Use(*item);
  }
  void Use(const CanonOptions& options) {
    Use(options.realloc);
    Use(options.post_return);
    Use(options.callback);
  }
  void Use(FuncItem func) {
    if (!func.imported) used_lifts_[func.index] = true;
  }
  // Instances are nested to a limited depth; what is exported twice is walked once.
  void UseExports(const ExportedInstance& instance) {
    if (!seen_.insert(&instance).second) return;
    for (const auto& [name, e] : instance.exports) {
      if (e.sort == Sort::kFunc) Use(e.func);
      if (e.sort == Sort::kInstance) UseExports(*e.instance);
    }
  }

  // Whether the step is needed.
  bool Visit(const Step& step) {
    switch (step.kind) {
      case Step::Kind::kResource:
        Use(flat_.resources[step.index].dtor);
        return true;
      case Step::Kind::kInstantiate: {
        const Instantiate& instantiate = flat_.instantiations[step.index];
        for (const CoreItem& item : instantiate.args) Use(item);
        for (const Instantiate::Named& named : instantiate.named) Use(named.item);
        return true;
      }
      case Step::Kind::kCoreFunc: {
        if (!used_funcs_[step.index]) return false;
        const CoreFunc& func = flat_.core_funcs[step.index];
        Use(func.options);
        if (func.kind == CanonKind::kLower) Use(func.callee);
        return true;
      }
      case Step::Kind::kLift: {
        if (!used_lifts_[step.index]) return false;
        Use(flat_.lifts[step.index].func);
        Use(flat_.lifts[step.index].options);
        return true;
      }
    }
    return true;
  }

  FlatComponent& flat_;
  std::vector<bool> used_funcs_;
  std::vector<bool> used_lifts_;
  std::unordered_set<const ExportedInstance*> seen_;
};

}  // namespace

void PruneSteps(FlatComponent& flat) {
  Pruner(flat).Run();
}

}  // namespace airwasm::component::link
