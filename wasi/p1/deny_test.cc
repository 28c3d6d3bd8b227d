// Every function of functions.def, called by a guest that was granted nothing: denied, on record
// once, and without any effect.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "airwasm/airwasm.h"
#include "airwasm/audit_log.h"
#include "airwasm/grants.h"
#include "airwasm/guard_store.h"
#include "airwasm/wasi.h"
#include "wasi/host/deny_test_util.h"
#include "wasi/p1/errno.h"
#include "wasi/p1/p1.h"

namespace airwasm::wasi::p1 {
namespace {

namespace fs = std::filesystem;
using wasi::testing::LinesOf;
using wasi::testing::Says;
using wasi::testing::Snapshot;

class TempDirectory {
 public:
  TempDirectory() {
    std::string name = fs::temp_directory_path() / "airwasm-deny-XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~TempDirectory() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// A module that calls one function with zeros, but with the directory as descriptor and with
// strings and places in memory that would do for what the function might do: make, remove, write.
std::string Caller(std::string_view module, const P1Function& function) {
  const std::string_view signature = function.signature;
  const size_t colon = signature.find(':');
  std::string params, args;
  for (size_t i = 0; i < colon; ++i) {
    absl::StrAppend(&params, signature[i] == 'I' ? " i64" : " i32");
    // The first is a descriptor more often than not: 3 is the directory.
    absl::StrAppend(&args, signature[i] == 'I' ? "(i64.const 0)"
                           : i == 0            ? "(i32.const 3)"
                                               : "(i32.const 4)");
  }
  const bool has_result = colon + 1 < signature.size();
  return absl::StrCat("(module (import \"", std::string(module), "\" \"", function.name,
                      "\" (func $f (param", params, ")", has_result ? "(result i32)" : "",
                      "))(memory (export \"memory\") 1)(data (i32.const 4) \"file\")",
                      "(func (export \"f\") (result i32) (call $f ", args, ")",
                      has_result ? "" : "(i32.const 0)", "))");
}

class DenyTest : public ::testing::TestWithParam<Tier> {};

TEST_P(DenyTest, EveryFunctionWithoutGrants) {
  const TempDirectory outside;
  const TempDirectory logs;
  std::ofstream(outside.path() / "file") << "contents";
  fs::create_directory(outside.path() / "directory");
  const std::string before = Snapshot(outside.path());
  FILE* const streams = tmpfile();

  struct Table {
    std::string_view module;
    std::span<const P1Function> functions;
  };
  for (const auto& [module, functions] :
       {Table{kModuleName, Functions()}, Table{kModuleName0, Functions0()}}) {
    for (const P1Function& function : functions) {
      SCOPED_TRACE(std::string(module) + "." + function.name);
      const fs::path log_path = logs.path() / (std::string(module) + "." + function.name);
      auto log = security::AuditLog::Open({.path = log_path});
      ASSERT_TRUE(log.ok()) << log.status();
      Config config;
      config.args = {"program"};
      config.env = {{"NAME", "value"}};
      config.preopens = {{.host_path = outside.path(), .guest_path = "/"}};
      config.stdout_stream = config.stderr_stream = Stdio::Fd(fileno(streams));
      config.guard = security::Guard::Create({.audit = *log, .component = "guest"});
      const Engine engine({.tier = GetParam()});
      Store store(engine);
      GuardStore(store, config.guard);
      Linker linker(engine);
      ASSERT_TRUE(DefineWasi(linker, config).ok());
      const absl::StatusOr<Module> compiled = Module::Create(engine, Caller(module, function));
      ASSERT_TRUE(compiled.ok()) << compiled.status();
      const absl::StatusOr<Instance> instance = linker.Instantiate(store, *compiled);
      ASSERT_TRUE(instance.ok()) << instance.status();
      const Result<int32_t> result = (*instance->Get<int32_t()>("f"))();
      if (std::string_view(function.signature).ends_with(':')) {
        ASSERT_FALSE(result.ok());
        EXPECT_EQ(absl::StatusCode::kPermissionDenied, result.trap().host_error().code());
      } else {
        ASSERT_TRUE(result.ok()) << result.trap().ToString();
        EXPECT_EQ(static_cast<int32_t>(Errno::kNotcapable), *result);
      }
      ASSERT_TRUE((*log)->Flush().ok());
      const std::vector<std::string> lines = LinesOf(log_path);
      ASSERT_EQ(1u, lines.size());
      EXPECT_TRUE(Says(lines[0], "decision", "deny")) << lines[0];
      EXPECT_TRUE(Says(lines[0], "function", std::string(kModuleName) + "." + function.name))
          << lines[0];
      EXPECT_TRUE(Says(lines[0], "component", "guest")) << lines[0];
      EXPECT_FALSE(Says(lines[0], "backtrace", "")) << lines[0];
    }
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
}  // namespace airwasm::wasi::p1
