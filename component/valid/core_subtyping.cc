// Core externs against what is expected of them. Both sides are canonical.
// Spec: core, valid/matching, "External Types".
#include "component/valid/subtyping.h"

namespace airwasm::component::valid {
namespace {

constexpr const char* kKindTexts[] = {"func", "table", "memory", "global", "tag"};

std::string ListText(const char* what, std::span<const airwasm::ValType> types) {
  if (types.empty()) return "";
  std::string text = std::string(" (") + what;
  for (airwasm::ValType type : types) text += " " + type.ToString();
  return text + ")";
}

std::string FuncText(const TypeRegistry& registry, airwasm::TypeId id) {
  const SubType& type = registry.Get(id).type;
  if (type.kind != CompositeKind::kFunc) return "type " + std::to_string(id);
  return "(func" + ListText("param", type.func.params) + ListText("result", type.func.results) +
         ")";
}

bool LimitsMatch(const Limits& actual, const Limits& expected) {
  if (actual.min < expected.min) return false;
  if (!expected.max) return true;
  return actual.max && *actual.max <= *expected.max;
}

struct Mismatch {
  const TypeRegistry& registry;

  std::string Of(airwasm::TypeId actual, airwasm::TypeId expected) const {
    if (registry.IsSubtype(actual, expected)) return "";
    return "expected: " + FuncText(registry, expected) + ", found: " + FuncText(registry, actual);
  }
  std::string Of(const TableType& actual, const TableType& expected) const {
    if (actual.element != expected.element) {
      return "expected table element type " + expected.element.ToString() + ", found " +
             actual.element.ToString();
    }
    if (actual.is_64 != expected.is_64) return "mismatch in index type used for tables";
    return LimitsMatch(actual.limits, expected.limits) ? "" : "mismatch in table limits";
  }
  std::string Of(const MemoryType& actual, const MemoryType& expected) const {
    if (actual.shared != expected.shared) return "mismatch in the shared flag for memories";
    if (actual.is_64 != expected.is_64) return "mismatch in index type used for memories";
    if (actual.page_size_log2 != expected.page_size_log2)
      return "mismatch in page size for memories";
    return LimitsMatch(actual.limits, expected.limits) ? "" : "mismatch in memory limits";
  }
  std::string Of(const GlobalType& actual, const GlobalType& expected) const {
    if (actual.mut != expected.mut) {
      return expected.mut ? "expected a mutable global, found an immutable one"
                          : "expected an immutable global, found a mutable one";
    }
    const bool matches = expected.mut ? actual.type == expected.type
                                      : registry.IsSubtype(actual.type, expected.type);
    if (matches) return "";
    return "expected global type " + expected.type.ToString() + ", found " + actual.type.ToString();
  }
  std::string Of(const TagType& actual, const TagType& expected) const {
    if (actual.type == expected.type) return "";
    return "expected: " + FuncText(registry, expected.type) +
           ", found: " + FuncText(registry, actual.type);
  }
};

}  // namespace

std::string CoreMismatch(const TypeRegistry& registry, const CoreExternType& actual,
                         const CoreExternType& expected) {
  if (actual.index() != expected.index()) {
    return std::string("expected ") + kKindTexts[expected.index()] + ", found " +
           kKindTexts[actual.index()];
  }
  return std::visit(
      [&](const auto& wanted) {
        return Mismatch{registry}.Of(std::get<std::decay_t<decltype(wanted)>>(actual), wanted);
      },
      expected);
}

}  // namespace airwasm::component::valid
