// Every function of WASI 0.2 that is defined, called by a guest that was granted nothing: denied
// with the interface's own error, or a trap where it has none; on record once; and without any
// effect. What is called comes from what DefineWasi defines, the guest's types from the C++ types
// of the functions.
#include <stdio.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "absl/strings/str_cat.h"
#include "airwasm/audit_log.h"
#include "airwasm/grants.h"
#include "airwasm/guard_store.h"
#include "wasi/host/deny_test_util.h"
#include "wasi/p2/interface.h"
#include "wasi/p2/test_guest.h"

namespace airwasm::wasi::p2 {
namespace {

namespace fs = std::filesystem;
using component::abi::FuncShape;
using component::abi::ShapeKind;
using component::abi::TypeShape;
using wasi::testing::LinesOf;
using wasi::testing::Says;
using wasi::testing::Snapshot;

// Of canonical ABI: beyond these, values go through memory.
constexpr size_t kMaxFlatParams = 16;
constexpr size_t kMaxFlatResults = 1;

// Flat types, one letter each: i, I, f, F. Spec: canonical ABI, flatten_type.
std::string Flatten(const TypeShape& shape) {
  const auto join = [](const std::string& a, const std::string& b) {
    std::string joined = a.size() >= b.size() ? a : b;
    for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
      const bool narrow = (a[i] == 'i' || a[i] == 'f') && (b[i] == 'i' || b[i] == 'f');
      joined[i] = a[i] == b[i] ? a[i] : narrow ? 'i' : 'I';
    }
    return joined;
  };
  std::string flat;
  switch (shape.kind) {
    case ShapeKind::kNone:
      return "";
    case ShapeKind::kS64:
    case ShapeKind::kU64:
      return "I";
    case ShapeKind::kF32:
      return "f";
    case ShapeKind::kF64:
      return "F";
    case ShapeKind::kString:
    case ShapeKind::kList:
    case ShapeKind::kMap:
      return "ii";
    case ShapeKind::kRecord:
    case ShapeKind::kTuple:
      for (const TypeShape* const part : shape.parts) flat += Flatten(*part);
      return flat;
    case ShapeKind::kVariant:
    case ShapeKind::kOption:
    case ShapeKind::kResult:
      for (const TypeShape* const part : shape.parts) flat = join(flat, Flatten(*part));
      return "i" + flat;
    case ShapeKind::kFixedList:
      for (uint32_t i = 0; i < shape.count; ++i) flat += Flatten(*shape.parts[0]);
      return flat;
    default:
      return "i";
  }
}

// The text of one interface's instance type, with a named type for each that has to have a name.
class InterfaceText {
 public:
  InterfaceText(const DefinedInterface& interface, const std::map<const void*, std::string>& names)
      : interface_(interface), names_(names) {}

  std::string Type(const TypeShape& shape) {
    switch (shape.kind) {
      case ShapeKind::kNone:
        return "";
      case ShapeKind::kBool:
        return "bool";
      case ShapeKind::kS8:
        return "s8";
      case ShapeKind::kU8:
        return "u8";
      case ShapeKind::kS16:
        return "s16";
      case ShapeKind::kU16:
        return "u16";
      case ShapeKind::kS32:
        return "s32";
      case ShapeKind::kU32:
        return "u32";
      case ShapeKind::kS64:
        return "s64";
      case ShapeKind::kU64:
        return "u64";
      case ShapeKind::kF32:
        return "f32";
      case ShapeKind::kF64:
        return "f64";
      case ShapeKind::kChar:
        return "char";
      case ShapeKind::kString:
        return "string";
      case ShapeKind::kList:
        return absl::StrCat("(list ", Type(*shape.parts[0]), ")");
      case ShapeKind::kFixedList:
        return absl::StrCat("(list ", Type(*shape.parts[0]), " ", shape.count, ")");
      case ShapeKind::kMap:
        return absl::StrCat("(map ", Type(*shape.parts[0]), " ", Type(*shape.parts[1]), ")");
      case ShapeKind::kOption:
        return absl::StrCat("(option ", Type(*shape.parts[0]), ")");
      case ShapeKind::kResult: {
        const std::string error = Type(*shape.parts[1]);
        return absl::StrCat("(result ", Type(*shape.parts[0]),
                            error.empty() ? "" : absl::StrCat(" (error ", error, ")"), ")");
      }
      case ShapeKind::kTuple:
        return absl::StrCat("(tuple", Each(shape, " "), ")");
      case ShapeKind::kRecord:
        return Named(absl::StrCat("(record", Fields(shape), ")"));
      case ShapeKind::kVariant:
        return Named(absl::StrCat("(variant", Cases(shape), ")"));
      case ShapeKind::kEnum:
        return Named(absl::StrCat("(enum", Labels(shape.count), ")"));
      case ShapeKind::kFlags:
        return Named(absl::StrCat("(flags", Labels(shape.count), ")"));
      case ShapeKind::kOwn:
        return absl::StrCat("(own $", Resource(shape), ")");
      case ShapeKind::kBorrow:
        return absl::StrCat("(borrow $", Resource(shape), ")");
    }
    return "";
  }

  void Add(const DefinedFunction& function) {
    std::string params;
    size_t i = 0;
    for (const TypeShape* const param : function.shape.params) {
      const bool is_self = i == 0 && function.name.starts_with("[method]");
      const std::string name = is_self ? "self" : absl::StrCat("p", i);
      ++i;
      absl::StrAppend(&params, "(param \"", name, "\" ", Type(*param), ")");
    }
    std::string result;
    if (function.shape.result != nullptr)
      result = absl::StrCat("(result ", Type(*function.shape.result), ")");
    absl::StrAppend(&functions_, "(export \"", function.name, "\" (func ", params, result, "))\n");
  }
  // Types before the functions that speak of them.
  std::string Text() const { return types_ + functions_; }

 private:
  std::string Named(const std::string& definition) {
    const std::string name = absl::StrCat("t", count_++);
    absl::StrAppend(&types_, "(type $", name, "' ", definition, ")(export \"", name, "\" (type $",
                    name, " (eq $", name, "')))\n");
    return "$" + name;
  }
  std::string Each(const TypeShape& shape, const char* before) {
    std::string text;
    for (const TypeShape* const part : shape.parts) absl::StrAppend(&text, before, Type(*part));
    return text;
  }
  // "a, b_c": fields as C++ has them.
  std::string Fields(const TypeShape& shape) {
    std::string text;
    std::string_view names = shape.names;
    for (const TypeShape* const part : shape.parts) {
      const size_t comma = names.find(',');
      std::string name(names.substr(0, comma));
      names = comma == names.npos ? std::string_view() : names.substr(comma + 1);
      name.erase(0, name.find_first_not_of(' '));
      while (name.ends_with('_') || name.ends_with(' ')) name.pop_back();
      std::replace(name.begin(), name.end(), '_', '-');
      const std::string type = Type(*part);
      absl::StrAppend(&text, "(field \"", name, "\" ", type, ")");
    }
    return text;
  }
  std::string Cases(const TypeShape& shape) {
    std::string text;
    size_t i = 0;
    for (const TypeShape* const part : shape.parts) {
      const std::string type = Type(*part);
      absl::StrAppend(&text, "(case \"c", i++, "\" ", type, ")");
    }
    return text;
  }
  static std::string Labels(uint32_t count) {
    std::string text;
    for (uint32_t i = 0; i < count; ++i) absl::StrAppend(&text, " \"l", i, "\"");
    return text;
  }
  // The interface's own name of a resource.
  std::string Resource(const TypeShape& shape) {
    const auto there = names_.find(shape.resource);
    EXPECT_NE(names_.end(), there)
        << interface_.name << " speaks of a resource that it does not have";
    return there == names_.end() ? "" : there->second;
  }

  const DefinedInterface& interface_;
  const std::map<const void*, std::string>& names_;
  int count_ = 0;
  std::string types_;
  std::string functions_;
};

// A component that imports everything and exports a function "fN" for the Nth function, which calls
// that with zeros, and traps if it is not answered with an error where it has one.
class Guest {
 public:
  explicit Guest(const std::vector<DefinedInterface>& interfaces) {
    for (const DefinedInterface& interface : interfaces) Import(interface);
  }

  std::string Text() const {
    return absl::StrCat(
        "(component\n", imports_,
        "(core module $Libc (memory (export \"mem\") 2)"
        "(func (export \"realloc\") (param i32 i32 i32 i32) (result i32) (i32.const 4096)))"
        "(core instance $libc (instantiate $Libc))\n",
        lowers_, "(core module $M (import \"\" \"mem\" (memory 1))\n", core_imports_, core_funcs_,
        ")\n(core instance $m (instantiate $M (with \"\" (instance (export \"mem\" (memory $libc "
        "\"mem\"))\n",
        core_args_, "))))\n", lifts_, ")");
  }
  const std::vector<std::string>& names() const { return names_; }
  bool HasErrorOf(size_t i) const { return has_error_[i]; }

 private:
  void Import(const DefinedInterface& interface) {
    const std::string id = absl::StrCat("$i", interfaces_++);
    std::map<const void*, std::string> names;
    std::string resources, aliases;
    for (const DefinedResource& resource : interface.resources) {
      const std::string global = interface.name + "/" + resource.name;
      if (resource.tag != nullptr) {
        tags_[global] = resource.tag;
        absl::StrAppend(&resources, "(export \"", resource.name, "\" (type $", resource.name,
                        " (sub resource)))\n");
      } else {
        const std::string there = resource.of + "/" + resource.name_there;
        tags_[global] = tags_.at(there);
        absl::StrAppend(&resources, "(alias outer 1 ", aliases_.at(there), " (type $",
                        resource.name, "'))(export \"", resource.name, "\" (type $", resource.name,
                        " (eq $", resource.name, "')))\n");
      }
      names[tags_.at(global)] = resource.name;
      const std::string alias = absl::StrCat("$r", aliases_.size());
      aliases_[global] = alias;
      absl::StrAppend(&aliases, "(alias export ", id, " \"", resource.name, "\" (type ", alias,
                      "))\n");
    }
    InterfaceText text(interface, names);
    for (const DefinedFunction& function : interface.functions) {
      text.Add(function);
      Call(id, interface.name.substr(0, interface.name.find('@')), function);
    }
    absl::StrAppend(&imports_, "(import \"", interface.name, "\" (instance ", id, "\n", resources,
                    text.Text(), "))\n", aliases);
  }

  void Call(const std::string& instance, const std::string& interface,
            const DefinedFunction& function) {
    const std::string f = absl::StrCat("f", names_.size());
    names_.push_back(interface + "." + function.name);
    std::string params;
    for (const TypeShape* const param : function.shape.params) params += Flatten(*param);
    if (params.size() > kMaxFlatParams) params = "i";
    const TypeShape* const result = function.shape.result;
    const std::string flat_result = result == nullptr ? "" : Flatten(*result);
    const bool spills = flat_result.size() > kMaxFlatResults;
    const bool has_error = result != nullptr && result->kind == ShapeKind::kResult;
    has_error_.push_back(has_error);
    std::string types, args;
    constexpr std::string_view kTypes[] = {"i32", "i64", "f32", "f64"};
    const auto type = [&](char c) { return std::string(kTypes[std::string_view("iIfF").find(c)]); };
    for (const char c : params) {
      absl::StrAppend(&types, " ", type(c));
      absl::StrAppend(&args, "(", type(c), ".const 0)");
    }
    if (spills) {
      types += " i32";
      args += "(i32.const 2048)";
    }
    const std::string core_result =
        flat_result.empty() || spills ? "" : absl::StrCat("(result ", type(flat_result[0]), ")");
    absl::StrAppend(&lowers_, "(alias export ", instance, " \"", function.name, "\" (func $", f,
                    "))(core func $", f, " (canon lower (func $", f,
                    ") (memory $libc \"mem\") (realloc (func $libc \"realloc\"))))\n");
    absl::StrAppend(&core_args_, "(export \"", f, "\" (func $", f, "))\n");
    absl::StrAppend(&core_imports_, "(import \"\" \"", f, "\" (func $", f, " (param", types, ")",
                    core_result, "))\n");
    // The discriminant of a result: 1 is an error.
    std::string body = absl::StrCat("(call $", f, " ", args, ")");
    if (has_error && spills) {
      absl::StrAppend(
          &body, "(if (i32.ne (i32.load8_u (i32.const 2048)) (i32.const 1)) (then (unreachable)))");
    } else if (has_error) {
      body = absl::StrCat("(if (i32.ne ", body, "(i32.const 1)) (then (unreachable)))");
    } else if (!core_result.empty()) {
      body = absl::StrCat("(drop ", body, ")");
    }
    absl::StrAppend(&core_funcs_, "(func (export \"", f,
                    "\") (i64.store (i32.const 2048) (i64.const 0)) ", body, ")\n");
    absl::StrAppend(&lifts_, "(func (export \"", f, "\") (canon lift (core func $m \"", f,
                    "\")))\n");
  }

  int interfaces_ = 0;
  std::map<std::string, const void*> tags_;     // by "interface/resource"
  std::map<std::string, std::string> aliases_;  // likewise
  std::vector<std::string> names_;
  std::vector<bool> has_error_;
  std::string imports_, lowers_, core_imports_, core_funcs_, core_args_, lifts_;
};

class DenyTest : public ::testing::TestWithParam<Tier> {};

TEST_P(DenyTest, EveryFunctionWithoutGrants) {
  const Engine engine({.tier = GetParam()});
  ComponentLinker linker(engine);
  std::vector<DefinedInterface> interfaces;
  defined_interfaces = &interfaces;
  const absl::Status defined = DefineWasi(linker);
  defined_interfaces = nullptr;
  ASSERT_TRUE(defined.ok()) << defined;
  const Guest guest(interfaces);
  EXPECT_GT(guest.names().size(), 150u);
  const absl::StatusOr<Component> component = Component::Create(engine, guest.Text());
  ASSERT_TRUE(component.ok()) << component.status() << "\n" << guest.Text();

  const TempDirectory outside;
  const TempDirectory logs;
  outside.Write("file", "contents");
  FILE* const streams = tmpfile();
  auto log = security::AuditLog::Open({.path = logs / "log"});
  ASSERT_TRUE(log.ok()) << log.status();
  Config config;
  config.args = {"program"};
  config.env = {{"NAME", "value"}};
  config.preopens = {{.host_path = outside.path(), .guest_path = "/"}};
  config.stdout_stream = config.stderr_stream = Stdio::Fd(fileno(streams));
  config.network = NetworkGrant::All();
  config.http.outgoing = true;
  config.config_values = {{"key", "value"}};
  config.key_value_stores = {{.identifier = ""}};
  const std::string before = Snapshot(outside.path());
  uint64_t records = 0;
  for (size_t i = 0; i < guest.names().size(); ++i) {
    SCOPED_TRACE(guest.names()[i]);
    // A trap ends a guest for good, so each call has its own.
    Store store(engine);
    config.guard = security::Guard::Create({.audit = *log, .component = "guest"});
    ASSERT_TRUE(GiveWasi(store, config).ok());
    const absl::StatusOr<ComponentInstance> instance = linker.Instantiate(store, *component);
    ASSERT_TRUE(instance.ok()) << instance.status();
    const absl::StatusOr<ComponentCallResult> result = instance->Call(absl::StrCat("f", i), {});
    ASSERT_TRUE(result.ok()) << result.status();
    if (!result->ok()) {
      EXPECT_EQ(absl::StatusCode::kPermissionDenied, result->trap().host_error().code())
          << result->trap().ToString();
    } else {
      EXPECT_TRUE(guest.HasErrorOf(i));  // the guest has looked at it
    }
    ASSERT_TRUE((*log)->Flush().ok());
    const std::vector<std::string> lines = LinesOf(logs / "log");
    ASSERT_EQ(++records, lines.size());
    EXPECT_TRUE(Says(lines.back(), "decision", "deny")) << lines.back();
    EXPECT_TRUE(Says(lines.back(), "function", guest.names()[i])) << lines.back();
    EXPECT_FALSE(Says(lines.back(), "backtrace", "")) << lines.back();
  }
  EXPECT_EQ(before, Snapshot(outside.path()));
  fseek(streams, 0, SEEK_END);
  EXPECT_EQ(0, ftell(streams));
  fclose(streams);
}

INSTANTIATE_TEST_SUITE_P(Tiers, DenyTest, ::testing::Values(Tier::kInterp, Tier::kJit),
                         [](const auto& info) {
                           return info.param == Tier::kJit ? "jit" : "interp";
                         });

}  // namespace
}  // namespace airwasm::wasi::p2
