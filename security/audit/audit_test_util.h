// What the tests of the audit log share: a folder of their own, logs with a few records, and what
// `verify` says of them.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "airwasm/audit_log.h"
#include "security/audit/verify.h"

namespace airwasm::security::audit {

class AuditTest : public testing::Test {
 protected:
  AuditTest() {
    std::string pattern = testing::TempDir() + "audit.XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~AuditTest() override { std::filesystem::remove_all(folder_); }

  std::string Path(std::string_view name = "log") const {
    return folder_ + "/" + std::string(name);
  }
  std::shared_ptr<AuditLog> Open(AuditOptions options = {}) const {
    if (options.path.empty()) options.path = Path();
    absl::StatusOr<std::shared_ptr<AuditLog>> log = AuditLog::Open(options);
    EXPECT_TRUE(log.ok()) << log.status();
    return log.ok() ? *std::move(log) : nullptr;
  }
  // A log of `count` records, closed.
  void Write(int count, AuditOptions options = {}) const {
    const std::shared_ptr<AuditLog> log = Open(std::move(options));
    ASSERT_NE(nullptr, log);
    for (int i = 0; i < count; ++i) ASSERT_TRUE(AppendTo(*log, "/srv/file" + std::to_string(i)));
    const absl::Status closed = log->Close();
    EXPECT_TRUE(closed.ok()) << closed;
  }
  static bool AppendTo(AuditLog& log, std::string_view object, bool allow = true) {
    return log.Append(
        {.component = log.Intern("shop"),
         .instance = 3,
         .function = log.Intern("wasi:filesystem/types@0.2.0#[method]descriptor.read"),
         .rule = log.Intern("--allow fs.read:/srv/**"),
         .capability = Capability::kFsRead,
         .allow = allow,
         .object = object,
         .backtrace = allow ? "" : "0: main\n1: _start"});
  }
  Verdict Check(const std::string& key_file = "") const {
    const absl::StatusOr<Verdict> verdict = Verify(Path(), key_file);
    EXPECT_TRUE(verdict.ok()) << verdict.status();
    return verdict.ok() ? *verdict : Verdict{.kind = Verdict::Kind::kBroken};
  }
  void ExpectWhole(uint64_t decisions) const {
    const Verdict verdict = Check();
    EXPECT_EQ(Verdict::Kind::kWhole, verdict.kind) << verdict.problem;
    EXPECT_EQ(decisions, verdict.decisions);
    EXPECT_FALSE(verdict.HasGaps());
  }
  void ExpectBroken(std::string_view problem) const {
    const Verdict verdict = Check();
    EXPECT_EQ(Verdict::Kind::kBroken, verdict.kind);
    EXPECT_NE(std::string::npos, verdict.problem.find(problem)) << verdict.problem;
  }

  static std::string ReadAll(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream bytes;
    bytes << in.rdbuf();
    return bytes.str();
  }
  static void WriteAll(const std::string& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  static std::vector<std::string> LinesOf(const std::string& path) {
    std::vector<std::string> lines;
    std::ifstream in(path, std::ios::binary);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }
  // A key of `byte`s.
  std::string Key(char byte, mode_t mode = 0600) const {
    const std::string path = Path(std::string("key") + byte);
    WriteAll(path, std::string(32, byte));
    chmod(path.c_str(), mode);
    return path;
  }

 private:
  std::string folder_;
};

}  // namespace airwasm::security::audit
