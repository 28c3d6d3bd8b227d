#include "component/bindgen/write_types.h"

#include <algorithm>
#include <utility>

#include "component/bindgen/write_functions.h"

namespace airwasm::component::bindgen {
namespace {

using wit::Append;
using wit::Cat;

const char* WidthOf(size_t count) {
  return count <= 0x100 ? "uint8_t" : count <= 0x10000 ? "uint16_t" : "uint32_t";
}

class TypesWriter {
 public:
  TypesWriter(const wit::Document& document, const std::vector<const wit::Function*>& functions,
              const Scope& scope, TypeText& types, Writer& out)
      : doc_(document), functions_(functions), scope_(scope), types_(types), out_(out) {}

  void Declare(const wit::TypeDef& def) {
    const std::string name = types_.NameOf(def);
    if (std::holds_alternative<wit::Record>(def.what) ||
        std::holds_alternative<wit::Variant>(def.what))
      out_.Line("struct ", name, ";");
    if (std::holds_alternative<wit::Resource>(def.what)) out_.Line("class ", name, ";");
  }

  void NamesAndSets(const wit::TypeDef& def) {
    const std::string name = types_.NameOf(def);
    if (const auto* alias = std::get_if<wit::Alias>(&def.what)) {
      // From another namespace, or another type of this one.
      std::string target = types_.Value(alias->target, scope_);
      out_.Line();
      out_.Docs(def.docs);
      out_.Line("using ", name, " = ", target, ";");
    } else if (const auto* cases = std::get_if<wit::Enum>(&def.what)) {
      out_.Line();
      out_.Docs(def.docs);
      out_.Open("enum class ", name, " : ", WidthOf(cases->cases.size()), " {");
      NameSet names;
      for (const wit::Member& member : cases->cases) {
        out_.Docs(member.docs);
        out_.Line(names.Unique(ConstantCase(member.name)), ",");
      }
      out_.Close("};");
      out_.Line("AIRWASM_ENUM(", name, ", ", cases->cases.size(), ");");
    } else if (const auto* flags = std::get_if<wit::Flags>(&def.what)) {
      out_.Line();
      out_.Docs(def.docs);
      out_.Open("enum class ", name, " : uint32_t {");
      NameSet names = {"kNone"};
      out_.Line("kNone = 0,");
      for (size_t i = 0; i < flags->flags.size(); ++i) {
        out_.Docs(flags->flags[i].docs);
        out_.Line(names.Unique(ConstantCase(flags->flags[i].name)), " = uint32_t{1} << ", i, ",");
      }
      out_.Close("};");
      out_.Line("AIRWASM_FLAGS(", name, ", ", flags->flags.size(), ");");
    }
  }

  void Resource(wit::TypeId id) {
    const wit::TypeDef& def = doc_.types[id];
    if (!std::holds_alternative<wit::Resource>(def.what)) return;
    const std::string name = types_.NameOf(def);
    const bool of_guest = types_.IsGuestResource(id, scope_.side);
    out_.Line();
    out_.Docs(def.docs);
    out_.Open("class ", name, " : public airwasm::", of_guest ? "GuestResource" : "HostResource",
              " {");
    NameSet names = {name, "Drop", "Release", "rep", "type", "methods", "next"};
    bool labelled = of_guest;
    if (of_guest) {
      out_.Label("public:");
      out_.Line("using GuestResource::GuestResource;");
    }
    for (const wit::Function* f : functions_) {
      if (f->resource != id || f->kind != wit::FunctionKind::kMethod) continue;
      if (!std::exchange(labelled, true)) out_.Label("public:");
      WriteMethod(*f, names.Unique(PascalCase(f->label)), scope_, types_, out_);
    }
    out_.Close("};");
  }

  void Composite(wit::TypeId id) {
    const wit::TypeDef& def = doc_.types[id];
    if (const auto* record = std::get_if<wit::Record>(&def.what)) Record(id, def, *record);
    if (const auto* variant = std::get_if<wit::Variant>(&def.what)) Variant(id, def, *variant);
  }

 private:
  void Comparison(wit::TypeId id, const std::string& name) {
    if (types_.IsComparable(wit::Type::Index(id), scope_.side))
      out_.Line("bool operator==(const ", name, "&) const = default;");
  }

  void Record(wit::TypeId id, const wit::TypeDef& def, const wit::Record& record) {
    const std::string name = types_.NameOf(def);
    out_.Line();
    out_.Docs(def.docs);
    out_.Open("struct ", name, " {");
    std::string fields;
    for (const wit::Member& field : record.fields) {
      out_.Docs(field.docs);
      const std::string field_name = SnakeCase(field.name);
      out_.Line(types_.Value(*field.type, scope_), " ", field_name, "{};");
      Append(fields, ", ", field_name);
    }
    Comparison(id, name);
    out_.Close("};");
    out_.Line("AIRWASM_RECORD(", name, fields, ");");
  }

  void Variant(wit::TypeId id, const wit::TypeDef& def, const wit::Variant& variant) {
    const std::string name = types_.NameOf(def);
    std::string alternatives;
    for (const wit::Member& c : variant.cases) {
      Append(alternatives, alternatives.empty() ? "" : ", ",
             c.type ? types_.Value(*c.type, scope_) : "std::monostate");
    }
    out_.Line();
    out_.Docs(def.docs);
    out_.Open("struct ", name, " {");
    out_.Open("enum class Case : ", WidthOf(variant.cases.size()), " {");
    NameSet constants;
    for (const wit::Member& c : variant.cases) {
      out_.Docs(c.docs);
      out_.Line(constants.Unique(ConstantCase(c.name)), ",");
    }
    out_.Close("};");
    out_.Line("using Value = std::variant<", alternatives, ">;");
    out_.Line("Value value;");
    out_.Line();
    NameSet makers = {name, "Case", "Value"};
    for (size_t i = 0; i < variant.cases.size(); ++i) {
      const wit::Member& c = variant.cases[i];
      const std::string maker = makers.Unique(PascalCase(c.name));
      if (c.type) {
        out_.Open("static ", name, " ", maker, "(", types_.Value(*c.type, scope_), " v) {");
        out_.Line("return {Value(std::in_place_index<", i, ">, std::move(v))};");
      } else {
        out_.Open("static ", name, " ", maker, "() {");
        out_.Line("return {Value(std::in_place_index<", i, ">)};");
      }
      out_.Close("}");
    }
    out_.Line();
    out_.Line("Case which() const { return static_cast<Case>(value.index()); }");
    out_.Line("// The payload if it is that case, else null.");
    NameSet getters = {"which", "value"};
    for (size_t i = 0; i < variant.cases.size(); ++i) {
      const wit::Member& c = variant.cases[i];
      if (!c.type) continue;
      out_.Line("const ", types_.Value(*c.type, scope_), "* ", getters.Unique(SnakeCase(c.name)),
                "() const { return std::get_if<", i, ">(&value); }");
    }
    Comparison(id, name);
    out_.Close("};");
    out_.Line("AIRWASM_VARIANT(", name, ");");
  }

  const wit::Document& doc_;
  const std::vector<const wit::Function*>& functions_;
  const Scope& scope_;
  TypeText& types_;
  Writer& out_;
};

}  // namespace

void WriteTypes(const wit::Document& document, std::vector<wit::TypeId> list,
                const std::vector<const wit::Function*>& functions, const Scope& scope,
                TypeText& types, Writer& out) {
  // As written, a type may stand before those that it mentions; its number does not.
  std::sort(list.begin(), list.end());
  TypesWriter writer(document, functions, scope, types, out);
  if (!list.empty()) out.Line();
  for (const wit::TypeId id : list) writer.Declare(document.types[id]);
  for (const wit::TypeId id : list) writer.NamesAndSets(document.types[id]);
  for (const wit::TypeId id : list) writer.Resource(id);
  for (const wit::TypeId id : list) writer.Composite(id);
}

}  // namespace airwasm::component::bindgen
