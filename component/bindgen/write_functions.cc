#include "component/bindgen/write_functions.h"

#include <utility>

namespace airwasm::component::bindgen {
namespace {

using wit::Append;
using wit::Cat;
using wit::Function;
using wit::FunctionKind;

// A function in the forms that it is written in.
struct Signature {
  std::string result;         // "void" if there is none
  std::vector<Param> params;  // without a method's self

  // "std::string_view name, Cart& cart"
  std::string Declared() const {
    return Join([](const Param& p) { return Cat(p.declared, " ", p.name); });
  }
  std::string BoundNamed() const {
    return Join([](const Param& p) { return Cat(p.bound, " ", p.name); });
  }
  std::string Bound() const {
    return Join([](const Param& p) { return p.bound; });
  }
  std::string Passed() const {
    return Join([](const Param& p) { return p.passed; });
  }

 private:
  template <typename F>
  std::string Join(F text) const {
    std::string out;
    for (const Param& p : params) Append(out, out.empty() ? "" : ", ", text(p));
    return out;
  }
};

Signature SignatureOf(const Function& f, const Scope& scope, TypeText& types) {
  Signature out;
  out.result = f.result ? types.Value(*f.result, scope) : "void";
  NameSet names = {"call", "host_of", "self", "status", "instance", "linker"};
  for (size_t i = f.kind == FunctionKind::kMethod ? 1 : 0; i < f.params.size(); ++i) {
    const wit::Member& param = f.params[i];
    out.params.push_back(types.Parameter(param, scope, names.Unique(SnakeCase(param.name))));
  }
  return out;
}

// The name of a function that belongs to no object.
std::string FreeName(const wit::Document& document, const Function& f, const TypeText& types) {
  if (f.kind == FunctionKind::kFreestanding) return PascalCase(f.label);
  const std::string resource = types.NameOf(document.types[*f.resource]);
  return f.kind == FunctionKind::kConstructor ? Cat("New", resource)
                                              : Cat(resource, PascalCase(f.label));
}

std::string Comma(const std::string& before, const std::string& list) {
  return before.empty() || list.empty() ? Cat(before, list) : Cat(before, ", ", list);
}

std::string HostResult(const Signature& signature) {
  return signature.result == "void" ? "absl::Status"
                                    : Cat("absl::StatusOr<", signature.result, ">");
}

// What people call a function, and what the library calls it.
struct Names {
  const Function* function;
  std::string shown;
  std::string member;
};

// Names of exported functions: methods by their classes' names, the others unique in their class.
std::vector<Names> NamesOf(const wit::Document& document, const std::string& class_name,
                           const std::vector<const Function*>& functions, NameSet shown,
                           const TypeText& types) {
  std::vector<Names> out;
  NameSet members;
  std::map<wit::TypeId, NameSet> methods;
  shown.Unique(class_name);
  for (const Function* f : functions) {
    std::string resource;
    if (f->resource) resource = document.types[*f->resource].name + "-";
    std::string member = members.Unique(
        SnakeCase(Cat(resource, f->kind == FunctionKind::kConstructor ? "new" : f->label)));
    std::string name;
    if (f->kind == FunctionKind::kMethod) {
      NameSet& there =
          methods
              .try_emplace(*f->resource, NameSet{types.NameOf(document.types[*f->resource]), "Drop",
                                                 "Release", "rep", "type", "methods", "next"})
              .first->second;
      name = there.Unique(PascalCase(f->label));
    } else {
      name = shown.Unique(FreeName(document, *f, types));
    }
    out.push_back({f, std::move(name), std::move(member)});
  }
  return out;
}

class ExportWriter {
 public:
  ExportWriter(const wit::Document& document, std::string class_name,
               const std::vector<const Function*>& functions, const NameSet& taken,
               const Scope& scope, TypeText& types, Writer& out)
      : doc_(document),
        class_name_(std::move(class_name)),
        names_(NamesOf(document, class_name_, functions, taken, types)),
        scope_(scope),
        types_(types),
        out_(out) {}

  void FunctionsStruct() {
    out_.Line();
    out_.Line("// The functions as they were bound.");
    out_.Open("struct Functions : airwasm::component::abi::ResourceMethods {");
    for (const Names& n : names_) {
      const Signature s = SignatureOf(*n.function, scope_, types_);
      const bool method = n.function->kind == FunctionKind::kMethod;
      out_.Line("airwasm::TypedComponentFunc<", s.result, "(",
                Comma(method ? Cat("const ", ResourceName(n), "*") : "", s.Bound()), ")> ",
                n.member, ";");
    }
    out_.Close("};");
    for (const Names& n : names_) {
      if (n.function->kind != FunctionKind::kMethod) continue;
      const Signature s = SignatureOf(*n.function, scope_, types_);
      out_.Line();
      out_.Open("inline airwasm::Result<", s.result, "> ", ResourceName(n), "::", n.shown, "(",
                s.Declared(), ") const {");
      out_.Line("return methods<Functions>().", n.member, "(", Comma("this", s.Passed()), ");");
      out_.Close("}");
    }
  }

  void Class(const std::vector<ExportedInterface>& interfaces) {
    out_.Open("class ", class_name_, " {");
    out_.Label("public:");
    out_.Line(class_name_, "() = default;  // bound to nothing: nothing may be called");
    out_.Line("// Errors: NOT_FOUND, INVALID_ARGUMENT  the component is of another world");
    out_.Line("static absl::StatusOr<", class_name_,
              "> Bind(const airwasm::ComponentInstance& component);");
    for (const Names& n : names_) {
      if (n.function->kind == FunctionKind::kMethod) continue;
      const Signature s = SignatureOf(*n.function, scope_, types_);
      out_.Line();
      out_.Docs(n.function->docs);
      out_.Open("airwasm::Result<", s.result, "> ", n.shown, "(", s.Declared(), ") const {");
      out_.Line("return functions_->", n.member, "(", s.Passed(), ");");
      out_.Close("}");
    }
    if (!interfaces.empty()) out_.Line();
    for (const ExportedInterface& i : interfaces)
      out_.Line("const ", i.name_space, "::Exports& ", i.member, "() const { return bound_",
                i.member, "; }");
    out_.Line();
    out_.Label("private:");
    if (!names_.empty()) out_.Line("std::shared_ptr<const Functions> functions_;");
    for (const ExportedInterface& i : interfaces)
      out_.Line(i.name_space, "::Exports bound_", i.member, ";");
    out_.Close("};");
  }

  void Bind(const std::string& export_name, const std::vector<ExportedInterface>& interfaces) {
    out_.Line();
    out_.Open("inline absl::StatusOr<", class_name_, "> ", class_name_,
              "::Bind(const airwasm::ComponentInstance& component) {");
    const bool within = !export_name.empty();
    if (within) {
      out_.Line("absl::StatusOr<airwasm::ComponentInstance> instance =");
      out_.Line("    component.GetInstance(\"", export_name, "\");");
      out_.Line("if (!instance.ok()) return instance.status();");
    }
    out_.Line(class_name_, " out;");
    out_.Line("absl::Status status;");
    if (!names_.empty()) {
      out_.Line("auto functions = std::make_shared<Functions>();");
      for (const Names& n : names_) {
        out_.Line("status.Update(airwasm::component::abi::BindExport(",
                  within ? "*instance" : "component", ", \"", n.function->name,
                  "\", functions.get(),");
        out_.Line("                                                  &functions->", n.member,
                  "));");
      }
      out_.Line("out.functions_ = std::move(functions);");
    }
    for (const ExportedInterface& i : interfaces) {
      out_.Open("if (auto bound = ", i.name_space, "::Exports::Bind(component); bound.ok()) {");
      out_.Line("out.bound_", i.member, " = *std::move(bound);");
      out_.Close("} else {");
      out_.Line("  status.Update(bound.status());");
      out_.Line("}");
    }
    out_.Line("if (!status.ok()) return status;");
    out_.Line("return out;");
    out_.Close("}");
  }
  bool empty() const { return names_.empty(); }

 private:
  std::string ResourceName(const Names& n) const {
    return types_.NameOf(doc_.types[*n.function->resource]);
  }

  const wit::Document& doc_;
  const std::string class_name_;
  const std::vector<Names> names_;
  const Scope& scope_;
  TypeText& types_;
  Writer& out_;
};

}  // namespace

void WriteMethod(const Function& function, const std::string& name, const Scope& scope,
                 TypeText& types, Writer& out) {
  const Signature s = SignatureOf(function, scope, types);
  out.Docs(function.docs);
  if (types.IsGuestResource(*function.resource, scope.side)) {
    out.Line("airwasm::Result<", s.result, "> ", name, "(", s.Declared(), ") const;");
  } else {
    out.Line("virtual ", HostResult(s), " ", name, "(", s.Declared(), ") = 0;");
  }
}

void WriteImports(const wit::Document& document, const std::string& import_name,
                  const std::string& class_name, const std::vector<wit::TypeId>& list,
                  const std::vector<const Function*>& functions, const Scope& scope,
                  TypeText& types, Writer& out) {
  const std::vector<Names> names = NamesOf(document, class_name, functions, {}, types);
  bool has_host = false;
  for (const Names& n : names) has_host |= n.function->kind != FunctionKind::kMethod;
  if (has_host) {
    out.Line();
    out.Line("// What the host implements. A status that is not OK ends the guest.");
    out.Open("class ", class_name, " {");
    out.Label("public:");
    out.Line("virtual ~", class_name, "() = default;");
    for (const Names& n : names) {
      if (n.function->kind == FunctionKind::kMethod) continue;
      const Signature s = SignatureOf(*n.function, scope, types);
      out.Docs(n.function->docs);
      out.Line("virtual ", HostResult(s), " ", n.shown, "(", s.Declared(), ") = 0;");
    }
    out.Close("};");
  }

  out.Line();
  if (has_host) {
    out.Line("// Defines what a guest imports. `host_of(call)` is the ", class_name,
             " of the guest that calls.");
    out.Line("template <typename HostOf>");
    out.Line("  requires(std::is_invocable_v<const HostOf&, airwasm::ComponentCall&>)");
    out.Open("absl::Status Define(airwasm::ComponentLinker& linker, HostOf host_of) {");
  } else {
    out.Line("// Defines what a guest imports.");
    out.Open("inline absl::Status Define(airwasm::ComponentLinker& linker) {");
  }
  if (import_name.empty()) {
    out.Line("airwasm::LinkerInstance& instance = linker;");
  } else {
    out.Line("airwasm::LinkerInstance instance = linker.Instance(\"", import_name, "\");");
  }
  out.Line("absl::Status status;");
  for (const wit::TypeId id : list) {
    const wit::TypeDef& def = document.types[id];
    const wit::Type real = document.Unaliased(wit::Type::Index(id));
    if (real.IsPrim() || !std::holds_alternative<wit::Resource>(document.types[real.index()].what))
      continue;
    if (real.index() == id) {
      out.Line("status.Update(instance.DefineResource<", types.NameOf(def), ">(\"", def.name,
               "\", &airwasm::HostResource::Drop).status());");
    }
  }
  for (const Names& n : names) {
    const Signature s = SignatureOf(*n.function, scope, types);
    const bool method = n.function->kind == FunctionKind::kMethod;
    const std::string self =
        method ? Cat(types.NameOf(document.types[*n.function->resource]), "* self")
               : "airwasm::ComponentCall& call";
    out.Line("status.Update(instance.Define(");
    out.Open("    \"", n.function->name, "\", [", method ? "" : "host_of", "](",
             Comma(self, s.BoundNamed()), ") {");
    out.Line("    return ", method ? "self->" : "host_of(call).", n.shown, "(", s.Passed(), ");");
    out.Close("    }));");
  }
  out.Line("return status;");
  out.Close("}");
  if (!has_host) return;
  out.Open("inline absl::Status Define(airwasm::ComponentLinker& linker, ", class_name,
           "& host) {");
  out.Line("return Define(linker, [&host](airwasm::ComponentCall&) -> ", class_name,
           "& { return host; });");
  out.Close("}");
}

void WriteExports(const wit::Document& document, const std::string& export_name,
                  const std::vector<const Function*>& functions, const Scope& scope,
                  TypeText& types, Writer& out) {
  ExportWriter writer(document, "Exports", functions, {"Bind"}, scope, types, out);
  if (!writer.empty()) writer.FunctionsStruct();
  out.Line();
  writer.Class({});
  writer.Bind(export_name, {});
}

void WriteWorldClass(const wit::Document& document, const std::string& class_name,
                     const std::vector<const Function*>& functions,
                     const std::vector<ExportedInterface>& interfaces, const Scope& scope,
                     TypeText& types, Writer& out) {
  NameSet taken = {"Bind"};
  for (const ExportedInterface& i : interfaces) taken.Unique(i.member);
  ExportWriter writer(document, class_name, functions, taken, scope, types, out);
  if (!writer.empty()) writer.FunctionsStruct();
  out.Line();
  out.Line("// An instance of the world.");
  writer.Class(interfaces);
  writer.Bind("", interfaces);
}

}  // namespace airwasm::component::bindgen
