#include "wasi/p2/test_guest.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"

namespace airwasm::wasi::p2 {
namespace {

// Results lie here; what is allocated begins behind.
constexpr std::string_view kLibc = R"(
  (core module $Libc
    (memory (export "mem") 512)
    (global $next (mut i32) (i32.const 4096))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $p i32)
      (if (i32.and (i32.ne (local.get 0) (i32.const 0)) (i32.le_u (local.get 3) (local.get 1)))
        (then (return (local.get 0))))
      (local.set $p (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get $p) (local.get 3)))
      (memory.copy (local.get $p) (local.get 0) (local.get 1))
      (local.get $p)))
  (core instance $libc (instantiate $Libc))
)";

absl::string_view Abseil(std::string_view s) {
  return {s.data(), s.size()};
}

// The resources that borrowed handles of a function are of, in order.
std::vector<std::string> BorrowsIn(std::string_view type) {
  constexpr std::string_view kBorrow = "(borrow $";
  std::vector<std::string> names;
  size_t at = 0;
  while ((at = type.find(kBorrow, at)) != std::string_view::npos) {
    at += kBorrow.size();
    names.emplace_back(type.substr(at, type.find(')', at) - at));
  }
  return names;
}

class Writer {
 public:
  explicit Writer(std::string_view version) : version_(version) {}

  void Import(const TestInterface& interface) {
    std::string text;
    std::string aliases;
    const std::string id = absl::StrCat("$i", interfaces_++);
    for (const auto& [name_view, definition] : interface.types) {
      const std::string name(name_view);
      if (definition.empty()) {
        absl::StrAppend(&text, "(export \"", name, "\" (type $", name, " (sub resource)))\n");
        absl::StrAppend(&drops_, "(core func $drop-", name, " (canon resource.drop $", name,
                        "))\n");
        absl::StrAppend(&drop_args_, "(export \"drop-", name, "\" (func $drop-", name, "))\n");
        absl::StrAppend(&drop_imports_, "(import \"\" \"drop-", name, "\" (func $drop-", name,
                        " (param i32)))\n");
      } else if (definition == "use") {
        absl::StrAppend(&text, "(alias outer 1 $", name, " (type $", name, "'))\n(export \"", name,
                        "\" (type $", name, " (eq $", name, "')))\n");
        continue;
      } else {
        absl::StrAppend(&text, "(type $", name, "' ", Abseil(definition), ")\n(export \"", name,
                        "\" (type $", name, " (eq $", name, "')))\n");
      }
      absl::StrAppend(&aliases, "(alias export ", id, " \"", name, "\" (type $", name, "))\n");
    }
    for (const TestFunc& func : interface.funcs) {
      absl::StrAppend(&text, "(export \"", Abseil(func.name), "\" (func ", Abseil(func.type),
                      "))\n");
      Forward(id, func);
    }
    absl::StrAppend(&imports_, "(import \"", Abseil(interface.name), "@", version_, "\" (instance ",
                    id, "\n", text, "))\n", aliases);
  }

  std::string Text() const {
    return absl::StrCat(
        "(component\n", imports_, drops_, Abseil(kLibc), lowers_,
        "(core module $M (import \"\" \"mem\" (memory 1))\n", drop_imports_, core_imports_,
        core_funcs_, ")\n(core instance $m (instantiate $M (with \"\" (instance\n",
        "(export \"mem\" (memory $libc \"mem\"))\n", drop_args_, core_args_, "))))\n", lifts_, ")");
  }
  const std::map<std::string, std::string, std::less<>>& exports() const { return exports_; }

 private:
  void Forward(const std::string& instance, const TestFunc& func) {
    const std::string f = absl::StrCat("f", funcs_++);
    exports_.emplace(std::string(func.name), f);
    absl::StrAppend(&lowers_, "(alias export ", instance, " \"", Abseil(func.name), "\" (func $", f,
                    "))\n(core func $", f, " (canon lower (func $", f,
                    ") (memory $libc \"mem\") (realloc (func $libc \"realloc\"))))\n");
    absl::StrAppend(&core_args_, "(export \"", f, "\" (func $", f, "))\n");
    absl::StrAppend(&lifts_, "(func (export \"", f, "\") ", Abseil(func.type),
                    " (canon lift (core func $m \"", f,
                    "\") (memory $libc \"mem\") (realloc (func $libc \"realloc\"))))\n");
    std::string params, gets, drops;
    int i = 0;
    size_t borrow = 0;
    const std::vector<std::string> borrows = BorrowsIn(func.type);
    const std::string_view core = func.core;
    const size_t colon = core.find(':');
    for (size_t c = 0; c < colon; ++c, ++i) {
      absl::StrAppend(&params, core[c] == 'I' ? " i64" : " i32");
      absl::StrAppend(&gets, " (local.get ", i, ")");
      if (core[c] == 'b')
        absl::StrAppend(&drops, "(call $drop-", borrows[borrow++], " (local.get ", i, "))");
      if (core[c] == 'l') {
        ++c;
        ++i;
        absl::StrAppend(&params, " i32");
        absl::StrAppend(&gets, " (local.get ", i, ")");
        absl::StrAppend(&drops, "(block (loop (br_if 1 (i32.eqz (local.get ", i, "))) (call $drop-",
                        borrows[borrow++], " (i32.load (local.get ", i - 1, "))) (local.set ",
                        i - 1, " (i32.add (local.get ", i - 1, ") (i32.const 4))) (local.set ", i,
                        " (i32.sub (local.get ", i, ") (i32.const 1))) (br 0)))");
      }
    }
    const std::string_view result = core.substr(colon + 1);
    const bool by_pointer = result == "r";
    const std::string direct = result.empty() || by_pointer ? "" : result == "I" ? "i64" : "i32";
    absl::StrAppend(&core_imports_, "(import \"\" \"", f, "\" (func $", f, " (param", params,
                    by_pointer ? " i32" : "", ")",
                    direct.empty() ? "" : absl::StrCat("(result ", direct, ")"), "))\n");
    const std::string lifted = by_pointer ? "i32" : direct;
    absl::StrAppend(&core_funcs_, "(func (export \"", f, "\") (param", params, ")",
                    lifted.empty() ? "" : absl::StrCat("(result ", lifted, ")"), " (call $", f,
                    gets, by_pointer ? " (i32.const 64)" : "", ") ", drops,
                    by_pointer ? " (i32.const 64)" : "", ")\n");
  }

  const std::string version_;
  int interfaces_ = 0;
  int funcs_ = 0;
  std::map<std::string, std::string, std::less<>> exports_;
  std::string imports_, drops_, lowers_, core_args_, drop_args_, lifts_;
  std::string drop_imports_, core_imports_, core_funcs_;
};

}  // namespace

TestGuest::TestGuest(const Config& config, std::string_view version,
                     const std::vector<TestInterface>& interfaces) {
  Writer writer(version);
  for (const TestInterface& interface : interfaces) writer.Import(interface);
  exports_ = writer.exports();
  const std::string text = writer.Text();
  const absl::StatusOr<Component> component = Component::Create(engine_, std::string_view(text));
  EXPECT_TRUE(component.ok()) << component.status() << "\n" << text;
  if (!component.ok()) return;
  absl::Status status = DefineWasi(linker_);
  EXPECT_TRUE(status.ok()) << status;
  status = GiveWasi(store_, config);
  EXPECT_TRUE(status.ok()) << status;
  instance_ = linker_.Instantiate(store_, *component);
  EXPECT_TRUE(instance_.ok()) << instance_.status();
}

TempDirectory::TempDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "airwasm-p2-XXXXXX").string();
  path_ = mkdtemp(name.data()) != nullptr ? name : "";
  EXPECT_FALSE(path_.empty());
}
TempDirectory::~TempDirectory() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}
void TempDirectory::Write(std::string_view name, std::string_view contents) const {
  std::ofstream(*this / name, std::ios::binary) << contents;
}
std::string TempDirectory::Read(std::string_view name) const {
  std::ifstream file(*this / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace airwasm::wasi::p2
