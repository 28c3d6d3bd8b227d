// Functions of one namespace: what the host implements, as abstract classes with a Define that puts
// them into a linker; what the guest exports, as classes of typed functions.
#pragma once

#include <string>
#include <vector>

#include "component/bindgen/type_text.h"
#include "component/bindgen/writer.h"

namespace airwasm::component::bindgen {

// The declaration of a resource's method, inside its class.
void WriteMethod(const wit::Function& function, const std::string& name, const Scope& scope,
                 TypeText& types, Writer& out);

// The class `class_name` of functions without an object, and Define for the instance `import_name`;
// for imports of the world itself that is empty.
void WriteImports(const wit::Document& document, const std::string& import_name,
                  const std::string& class_name, const std::vector<wit::TypeId>& list,
                  const std::vector<const wit::Function*>& functions, const Scope& scope,
                  TypeText& types, Writer& out);

// The class Exports, bound to the instance `export_name`, and the methods of its resources.
void WriteExports(const wit::Document& document, const std::string& export_name,
                  const std::vector<const wit::Function*>& functions, const Scope& scope,
                  TypeText& types, Writer& out);

struct ExportedInterface {
  std::string member;
  std::string name_space;
};
// The class of a component's instance: functions of the world, and its interfaces.
void WriteWorldClass(const wit::Document& document, const std::string& class_name,
                     const std::vector<const wit::Function*>& functions,
                     const std::vector<ExportedInterface>& interfaces, const Scope& scope,
                     TypeText& types, Writer& out);

}  // namespace airwasm::component::bindgen
