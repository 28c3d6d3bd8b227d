// WIT names as C++ names: words joined in C++ style, kept apart from keywords and from one another.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace airwasm::component::bindgen {

// "get-URL" becomes GetURL, kGetURL and get_URL; what C++ has taken gets an '_' at the end.
std::string PascalCase(std::string_view name);
std::string ConstantCase(std::string_view name);
std::string SnakeCase(std::string_view name);
// SnakeCase of a namespace: not std nor ours either.
std::string NamespaceCase(std::string_view name);
// "1.2.0-rc.1" as "v1_2_0_rc_1".
std::string VersionCase(std::string_view version);

// Names of one scope. A name that is there already gets an '_'.
class NameSet {
 public:
  NameSet() = default;
  NameSet(std::initializer_list<std::string_view> taken) {
    for (const std::string_view name : taken) names_.emplace(name);
  }
  std::string Unique(std::string name) {
    while (!names_.insert(name).second) name += '_';
    return name;
  }
  bool Has(const std::string& name) const { return names_.contains(name); }

 private:
  std::set<std::string> names_;
};

}  // namespace airwasm::component::bindgen
