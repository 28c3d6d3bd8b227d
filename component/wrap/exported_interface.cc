#include "component/wrap/exported_interface.h"

#include <memory>
#include <utility>

#include "component/wit/strings.h"

namespace airwasm::component::wrap {
namespace {

using syntax::Sort;
using wit::Cat;

class NestedComponent {
 public:
  NestedComponent(const wit::Document& document, const wit::Interface& interface,
                  wit::TypeEncoder::Resolver outer, std::deque<std::string>& strings)
      : document_(document),
        interface_(interface),
        outer_(std::move(outer)),
        strings_(strings),
        types_(document, inner_, [this](wit::TypeId id) { return ImportType(id); }) {}

  uint32_t Run(const std::vector<uint32_t>& functions, wit::Definitions& out) {
    // As imported.
    std::vector<uint32_t> imported;
    for (size_t i = 0; i < functions.size(); ++i) {
      const uint32_t type = types_.Encode(interface_.functions[i]);
      const std::string_view name = Keep(Cat("f", i));
      imported.push_back(inner_.Import(name, wit::ExternOf(Sort::kFunc, type)));
      args_.push_back({name, {Sort::kFunc, functions[i]}});
    }
    for (const wit::TypeId id : interface_.types) types_.IndexOf(id);
    // As exported: the interface's own types anew, for they may mention each other.
    const auto known = imported_;
    types_.Forget();
    exporting_ = true;
    for (const wit::TypeId id : wit::InOrderOfNeed(interface_.types)) {
      const wit::TypeDef& def = document_.types[id];
      const bool is_resource = std::holds_alternative<wit::Resource>(def.what);
      const uint32_t type = is_resource ? known.at(id) : types_.Define(id);
      types_.Bind(id, inner_.Export(def.name, Sort::kType, type));
    }
    for (size_t i = 0; i < functions.size(); ++i) {
      const wit::Function& function = interface_.functions[i];
      const uint32_t type = types_.Encode(function);
      inner_.Export(function.name, Sort::kFunc, imported[i], wit::ExternOf(Sort::kFunc, type));
    }
    auto component = std::make_unique<syntax::Component>();
    component->definitions = inner_.Take();
    const uint32_t index = out.Add(std::move(component));
    return out.Add(syntax::Instance{.component = index, .args = std::move(args_)});
  }

 private:
  std::string_view Keep(std::string text) {
    strings_.push_back(std::move(text));
    return strings_.back();
  }

  // Types with a structure that has a name, and resources, are imported; others are what they stand
  // for.
  uint32_t ImportType(wit::TypeId id) {
    if (exporting_) {
      // One of another interface: it stays as it was imported.
      const auto found = imported_.find(id);
      if (found != imported_.end()) return found->second;
    }
    const wit::TypeDef& def = document_.types[id];
    uint32_t index = 0;
    if (std::holds_alternative<wit::Alias>(def.what)) {
      index = types_.Define(id);
    } else {
      const bool is_resource = std::holds_alternative<wit::Resource>(def.what);
      const auto bound = is_resource ? wit::AnyResource() : wit::EqualTo(types_.Define(id));
      const std::string_view name = Keep(Cat("t", args_.size()));
      index = inner_.Import(name, bound);
      args_.push_back({name, {Sort::kType, outer_(id)}});
    }
    imported_[id] = index;
    return index;
  }

  const wit::Document& document_;
  const wit::Interface& interface_;
  wit::TypeEncoder::Resolver outer_;
  std::deque<std::string>& strings_;
  wit::Definitions inner_;
  wit::TypeEncoder types_;
  std::vector<syntax::Instance::Arg> args_;
  absl::flat_hash_map<wit::TypeId, uint32_t> imported_;
  bool exporting_ = false;
};

}  // namespace

uint32_t InstanceOfInterface(const wit::Document& document, wit::InterfaceId id,
                             const std::vector<uint32_t>& functions,
                             wit::TypeEncoder::Resolver outer, wit::Definitions& out,
                             std::deque<std::string>& strings) {
  return NestedComponent(document, document.interfaces[id], std::move(outer), strings)
      .Run(functions, out);
}

}  // namespace airwasm::component::wrap
