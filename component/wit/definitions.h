// A list of definitions while it is put together: each addition yields the index of what it
// defines.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "component/syntax/component.h"

namespace airwasm::component::wit {

class Definitions {
 public:
  using What = decltype(syntax::Definition::what);

  // The index in the space that `what` adds to; 0 for what adds to none.
  uint32_t Add(What what) {
    const std::optional<syntax::Sort> sort = SortOf(what);
    syntax::Definition& definition = list_.emplace_back();
    definition.what = std::move(what);
    return sort ? counts_[static_cast<size_t>(*sort)]++ : 0;
  }
  uint32_t AddType(syntax::DefType type) { return Add(syntax::Type{std::move(type)}); }
  uint32_t AliasExport(syntax::Sort sort, uint32_t instance, std::string_view name) {
    return Add(syntax::Alias{.target = syntax::RowOf(sort).core ? syntax::Alias::Target::kCoreExport
                                                                : syntax::Alias::Target::kExport,
                             .sort = sort,
                             .instance = instance,
                             .name = name});
  }
  uint32_t Import(std::string_view name, syntax::ExternType type) {
    return Add(syntax::Import{{.name = name}, type});
  }
  // In a component type or instance type.
  uint32_t Declare(std::string_view name, syntax::ExternType type) {
    return Add(syntax::Export{{.name = name}, {type.sort, 0}, type});
  }
  uint32_t Export(std::string_view name, syntax::Sort sort, uint32_t index,
                  std::optional<syntax::ExternType> type = std::nullopt) {
    return Add(syntax::Export{{.name = name}, {sort, index}, type});
  }
  uint32_t count(syntax::Sort sort) const { return counts_[static_cast<size_t>(sort)]; }
  std::vector<syntax::Definition> Take() { return std::move(list_); }

 private:
  static std::optional<syntax::Sort> SortOf(const What& what) {
    using syntax::Sort;
    struct Visitor {
      std::optional<Sort> operator()(const syntax::CoreModule&) { return Sort::kCoreModule; }
      std::optional<Sort> operator()(const syntax::CoreInstance&) { return Sort::kCoreInstance; }
      std::optional<Sort> operator()(const syntax::CoreType&) { return Sort::kCoreType; }
      std::optional<Sort> operator()(const std::unique_ptr<syntax::Component>&) {
        return Sort::kComponent;
      }
      std::optional<Sort> operator()(const syntax::Instance&) { return Sort::kInstance; }
      std::optional<Sort> operator()(const syntax::Alias& alias) { return alias.sort; }
      std::optional<Sort> operator()(const syntax::Type&) { return Sort::kType; }
      std::optional<Sort> operator()(const syntax::Canon& canon) {
        return canon.kind == syntax::CanonKind::kLift ? Sort::kFunc : Sort::kCoreFunc;
      }
      std::optional<Sort> operator()(const syntax::Start&) { return std::nullopt; }
      std::optional<Sort> operator()(const syntax::Import& import) { return import.type.sort; }
      std::optional<Sort> operator()(const syntax::Export& entry) { return entry.item.sort; }
      std::optional<Sort> operator()(const syntax::Value&) { return Sort::kValue; }
      std::optional<Sort> operator()(const syntax::CustomSection&) { return std::nullopt; }
    };
    return std::visit(Visitor(), what);
  }

  std::vector<syntax::Definition> list_;
  std::array<uint32_t, syntax::kSortCount> counts_{};
};

// Extern types, as declarators and imports have them.
inline syntax::ExternType ExternOf(syntax::Sort sort, uint32_t type) {
  return {.sort = sort, .index = type};
}
inline syntax::ExternType EqualTo(uint32_t type) {
  return {.sort = syntax::Sort::kType, .index = type};
}
inline syntax::ExternType AnyResource() {
  return {.sort = syntax::Sort::kType, .bound = syntax::ExternType::Bound::kSubResource};
}

}  // namespace airwasm::component::wit
