// What the tests of guarded functions share: guards that write to a log, and what it has.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "airwasm/airwasm.h"
#include "airwasm/audit_log.h"
#include "airwasm/grants.h"
#include "airwasm/guard.h"
#include "wasi/host/deny_test_util.h"

namespace airwasm::wasi::testing {

inline security::CapabilitySet BitOf(std::string_view name) {
  return security::SetOf(*security::RegisterCapability(name));
}

inline std::shared_ptr<const security::Grants> Granting(const std::vector<std::string>& allow,
                                                        const std::vector<std::string>& deny = {}) {
  std::vector<security::Rule> rules;
  for (const std::string& text : allow) rules.push_back(*security::ParseRule(text, true, "test"));
  for (const std::string& text : deny) rules.push_back(*security::ParseRule(text, false, "test"));
  return std::make_shared<const security::Grants>(std::move(rules));
}

// On every tier.
class GuardedTest : public ::testing::TestWithParam<Tier> {
 protected:
  GuardedTest() {
    std::string name = std::filesystem::temp_directory_path() / "airwasm-guarded-XXXXXX";
    folder_ = std::filesystem::canonical(mkdtemp(name.data()));
    log_ = *security::AuditLog::Open({.path = folder_ / "log"});
  }
  ~GuardedTest() override { std::filesystem::remove_all(folder_); }

  std::shared_ptr<security::Guard> MakeGuard(std::shared_ptr<const security::Grants> grants,
                                             bool trap_on_deny) {
    return security::Guard::Create({.grants = std::move(grants),
                                    .audit = log_,
                                    .component = "acme:guest",
                                    .trap_on_deny = trap_on_deny});
  }
  // Lines that were written since the last call.
  std::vector<std::string> NewLines() {
    EXPECT_TRUE(log_->Flush().ok());
    std::vector<std::string> lines = LinesOf(folder_ / "log");
    lines.erase(lines.begin(), lines.begin() + static_cast<ptrdiff_t>(seen_));
    seen_ += lines.size();
    return lines;
  }

  const Engine engine_{{.tier = GetParam()}};

 private:
  std::filesystem::path folder_;
  std::shared_ptr<security::AuditLog> log_;
  size_t seen_ = 0;
};

}  // namespace airwasm::wasi::testing
