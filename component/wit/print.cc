#include "component/wit/print.h"

#include <algorithm>
#include <utility>

#include "component/wit/lexer.h"
#include "component/wit/limits.h"
#include "component/wit/strings.h"

namespace airwasm::component::wit {
namespace {

constexpr std::string_view kPrims[] = {
#define AIRWASM_PRIM_TYPE(name, text, code, size, flat) text,
#include "component/syntax/prim_types.def"
#undef AIRWASM_PRIM_TYPE
};

std::string Escaped(std::string_view name) {
  return IsWitKeyword(name) || name == "error-context" ? Cat("%", name) : std::string(name);
}

std::string Quoted(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte < 0x20 || byte == 0x7F || c == '"' || c == '\\') {
      out += {'\\', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      out += c;
    }
  }
  return out + "\"";
}

class Printer {
 public:
  explicit Printer(const Document& document) : doc_(document) {}

  void PackageItems(PackageId id) {
    package_ = id;
    bool first = true;
    for (const InterfaceId interface : doc_.packages[id].interfaces) {
      if (!std::exchange(first, false)) Line("");
      const Interface& i = doc_.interfaces[interface];
      Attributes(i.docs, i.stability, "");
      InterfaceBody(Cat("interface ", Escaped(i.name)), i);
    }
    for (const WorldId world : doc_.packages[id].worlds) {
      if (!std::exchange(first, false)) Line("");
      World(doc_.worlds[world]);
    }
  }

  void PackageLine(const Package& package, std::string_view end) {
    Docs(package.docs);
    Line(Cat("package ", Escaped(package.space), ":", Escaped(package.name),
             package.version.empty() ? "" : "@", package.version, end));
  }
  void Open(std::string_view head) {
    Line(Cat(head, " {"));
    ++indent_;
  }
  void Close() {
    --indent_;
    Line("}");
  }
  void Indent() { ++indent_; }
  void Line(std::string_view text) {
    if (text_.size() > kPrintBytes) return;
    if (!text.empty()) text_.append(2 * indent_, ' ');
    Append(text_, text, "\n");
  }

  bool too_large() const { return too_large_ || text_.size() > kPrintBytes; }
  std::string text_;

 private:
  void Docs(std::string_view docs) {
    if (docs.empty()) return;
    for (const std::string_view line : Split(docs, '\n')) {
      Line(line.empty() ? std::string("///") : Cat("/// ", line));
    }
  }
  void Attributes(std::string_view docs, const Stability& stability, std::string_view external_id) {
    Docs(docs);
    if (!stability.since.empty()) Line(Cat("@since(version = ", stability.since, ")"));
    if (!stability.unstable.empty()) {
      Line(Cat("@unstable(feature = ", Escaped(stability.unstable), ")"));
    }
    if (!stability.deprecated.empty()) {
      Line(Cat("@deprecated(version = ", stability.deprecated, ")"));
    }
    if (!external_id.empty()) Line(Cat("@external-id(", Quoted(external_id), ")"));
  }

  std::string Path(InterfaceId id) const {
    const Interface& interface = doc_.interfaces[id];
    if (interface.package == package_) return Escaped(interface.name);
    const Package& package = doc_.packages[interface.package];
    return Cat(Escaped(package.space), ":", Escaped(package.name), "/", Escaped(interface.name),
               package.version.empty() ? "" : "@", package.version);
  }

  std::string TypeText(Type type) {
    std::string out;
    AppendType(type, out);
    return out;
  }
  void AppendAll(std::string_view word, std::initializer_list<std::optional<Type>> types,
                 std::string& out) {
    out += word;
    char separator = '<';
    for (const auto& type : types) {
      if (!type) continue;
      out += std::exchange(separator, ',');
      if (out.back() == ',') out += ' ';
      AppendType(*type, out);
    }
    if (separator == ',') out += '>';
  }
  // Recursion: types without a name nest at most limits::kTypeNesting deep.
  void AppendType(Type type, std::string& out) {
    if (out.size() > kPrintBytes) {
      too_large_ = true;
      return;
    }
    if (type.IsPrim()) {
      out += kPrims[static_cast<size_t>(type.prim())];
      return;
    }
    const TypeDef& def = doc_.types[type.index()];
    if (!def.name.empty()) {
      out += Escaped(def.name);
    } else if (const auto* tuple = std::get_if<Tuple>(&def.what)) {
      std::string_view separator = "tuple<";
      for (const Type part : tuple->types) {
        out += std::exchange(separator, ", ");
        AppendType(part, out);
      }
      out += '>';
    } else if (const auto* list = std::get_if<List>(&def.what)) {
      AppendAll("list", {list->element}, out);
      if (list->length) {
        out.pop_back();
        Append(out, ", ", *list->length, ">");
      }
    } else if (const auto* option = std::get_if<Option>(&def.what)) {
      AppendAll("option", {option->type}, out);
    } else if (const auto* result = std::get_if<Result>(&def.what)) {
      const bool error_alone = !result->ok && result->error;
      if (error_alone) {
        out += "result<_, ";
        AppendType(*result->error, out);
        out += '>';
      } else {
        AppendAll("result", {result->ok, result->error}, out);
      }
    } else if (const auto* map = std::get_if<Map>(&def.what)) {
      AppendAll("map", {map->key, map->value}, out);
    } else if (const auto* stream = std::get_if<Stream>(&def.what)) {
      AppendAll("stream", {stream->element}, out);
    } else if (const auto* future = std::get_if<Future>(&def.what)) {
      AppendAll("future", {future->element}, out);
    } else if (const auto* own = std::get_if<Own>(&def.what)) {
      out += Escaped(doc_.types[own->resource].name);
    } else if (const auto* borrow = std::get_if<Borrow>(&def.what)) {
      Append(out, "borrow<", Escaped(doc_.types[borrow->resource].name), ">");
    }
  }

  std::string ParamsText(const Function& function) {
    std::string out = "(";
    const size_t first = function.kind == FunctionKind::kMethod ? 1 : 0;  // self
    for (size_t i = first; i < function.params.size(); ++i) {
      Append(out, i > first ? ", " : "", Escaped(function.params[i].name), ": ");
      AppendType(*function.params[i].type, out);
    }
    return out + ")";
  }
  std::string FuncText(const Function& function) {
    std::string out = Cat(function.async ? "async func" : "func", ParamsText(function));
    if (function.result) Append(out, " -> ", TypeText(*function.result));
    return out;
  }
  void FuncLine(const Function& f) {
    Attributes(f.docs, f.stability, f.external_id);
    if (f.kind == FunctionKind::kConstructor) {
      std::string text = Cat("constructor", ParamsText(f));
      // An infallible one's result is not written.
      if (f.result && !f.result->IsPrim() &&
          !std::holds_alternative<Own>(doc_.types[f.result->index()].what)) {
        Append(text, " -> ", TypeText(*f.result));
      }
      return Line(Cat(text, ";"));
    }
    Line(Cat(Escaped(f.label), ": ", f.kind == FunctionKind::kStatic ? "static " : "", FuncText(f),
             ";"));
  }

  void Members(std::string_view word, const TypeDef& def, const std::vector<Member>& members) {
    Open(Cat(word, " ", Escaped(def.name)));
    for (const Member& member : members) {
      Docs(member.docs);
      std::string text = Escaped(member.name);
      if (member.type && word == "record") Append(text, ": ", TypeText(*member.type));
      if (member.type && word == "variant") Append(text, "(", TypeText(*member.type), ")");
      Line(Cat(text, ","));
    }
    Close();
  }

  // `functions` are searched for the methods of a resource.
  void TypeDefinition(TypeId id, const std::vector<const Function*>& functions) {
    const TypeDef& def = doc_.types[id];
    const auto* alias = std::get_if<Alias>(&def.what);
    if (alias != nullptr && alias->is_use) {
      Attributes("", def.stability, "");
      const TypeDef& target = doc_.types[alias->target.index()];
      std::string text =
          Cat("use ", target.interface ? Path(*target.interface) : "", ".{", Escaped(target.name));
      if (target.name != def.name) Append(text, " as ", Escaped(def.name));
      return Line(Cat(text, "};"));
    }
    Attributes(def.docs, def.stability, def.external_id);
    if (const auto* record = std::get_if<Record>(&def.what)) {
      Members("record", def, record->fields);
    } else if (const auto* variant = std::get_if<Variant>(&def.what)) {
      Members("variant", def, variant->cases);
    } else if (const auto* cases = std::get_if<Enum>(&def.what)) {
      Members("enum", def, cases->cases);
    } else if (const auto* flags = std::get_if<Flags>(&def.what)) {
      Members("flags", def, flags->flags);
    } else if (std::holds_alternative<Resource>(def.what)) {
      std::vector<const Function*> methods;
      std::copy_if(functions.begin(), functions.end(), std::back_inserter(methods),
                   [&](const Function* f) { return f->resource == id; });
      if (methods.empty()) return Line(Cat("resource ", Escaped(def.name), ";"));
      Open(Cat("resource ", Escaped(def.name)));
      for (const Function* method : methods) FuncLine(*method);
      Close();
    } else if (alias != nullptr) {
      Line(Cat("type ", Escaped(def.name), " = ", TypeText(alias->target), ";"));
    }
  }

  void InterfaceBody(std::string_view head, const Interface& interface) {
    Open(head);
    std::vector<const Function*> functions;
    for (const Function& function : interface.functions) functions.push_back(&function);
    for (const TypeId type : interface.types) TypeDefinition(type, functions);
    for (const Function& function : interface.functions) {
      if (function.kind == FunctionKind::kFreestanding) FuncLine(function);
    }
    Close();
  }

  void WorldItemLine(std::string_view word, const WorldItem& item) {
    Attributes(item.docs, item.stability, item.external_id);
    if (const auto* function = std::get_if<Function>(&item.what)) {
      return Line(Cat(word, " ", Escaped(item.name), ": ", FuncText(*function), ";"));
    }
    const InterfaceId id = std::get<InterfaceRef>(item.what).id;
    const Interface& interface = doc_.interfaces[id];
    if (interface.name.empty()) {
      InterfaceBody(Cat(word, " ", Escaped(item.name), ": interface"), interface);
    } else {
      Line(Cat(word, " ", item.is_plain ? Cat(Escaped(item.name), ": ") : "", Path(id), ";"));
    }
  }

  void World(const wit::World& world) {
    Attributes(world.docs, world.stability, "");
    Open(Cat("world ", Escaped(world.name)));
    std::vector<const Function*> functions;
    for (const WorldItem& item : world.imports) {
      if (const auto* function = std::get_if<Function>(&item.what)) functions.push_back(function);
    }
    for (const WorldItem& item : world.imports) {
      if (const auto* type = std::get_if<TypeRef>(&item.what)) TypeDefinition(type->id, functions);
    }
    for (const WorldItem& item : world.imports) {
      const auto* function = std::get_if<Function>(&item.what);
      const bool is_method = function != nullptr && function->kind != FunctionKind::kFreestanding;
      const bool is_type = std::holds_alternative<TypeRef>(item.what);
      if (!item.implied && !is_method && !is_type) WorldItemLine("import", item);
    }
    for (const WorldItem& item : world.exports) WorldItemLine("export", item);
    Close();
  }

  const Document& doc_;
  PackageId package_ = 0;
  size_t indent_ = 0;
  bool too_large_ = false;
};

}  // namespace

absl::StatusOr<std::string> Print(const Document& document) {
  Printer printer(document);
  if (document.root) {
    printer.PackageLine(document.packages[*document.root], ";");
    printer.Line("");
    printer.PackageItems(*document.root);
  }
  for (PackageId id = 0; id < document.packages.size(); ++id) {
    if (document.root == id) continue;
    printer.Line("");
    printer.PackageLine(document.packages[id], " {");
    printer.Indent();
    printer.PackageItems(id);
    printer.Close();
  }
  if (printer.too_large()) return absl::ResourceExhaustedError("the WIT text is too large");
  return std::move(printer.text_);
}

}  // namespace airwasm::component::wit
