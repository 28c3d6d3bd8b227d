// wasi:logging, as a guest sees it and as it comes out on standard error.
#include <stdio.h>

#include "airwasm/grants.h"
#include "airwasm/guard.h"
#include "airwasm/meter.h"
#include "wasi/p2/test_guest.h"

namespace airwasm::wasi::p2 {

enum class TestLevel : uint8_t { kTrace, kDebug, kInfo, kWarn, kError, kCritical };
AIRWASM_ENUM(TestLevel, 6);

namespace {

std::vector<TestInterface> LoggingInterfaces() {
  return {
      {"wasi:logging/logging",
       {{"level", "(enum \"trace\" \"debug\" \"info\" \"warn\" \"error\" \"critical\")"}},
       {{"log", "(param \"level\" $level) (param \"context\" string) (param \"message\" string)",
         "iiiii:"}}}};
}

class LoggingTest : public ::testing::Test {
 protected:
  LoggingTest() : err_(tmpfile()) { config_.stderr_stream = Stdio::Fd(fileno(err_)); }
  ~LoggingTest() override { fclose(err_); }

  Result<void> Log(TestLevel level, const std::string& context, const std::string& message) {
    if (guest_ == nullptr)
      guest_ = std::make_unique<TestGuest>(config_, "0.1.0-draft", LoggingInterfaces());
    return guest_->Try<void>("log", level, context, message);
  }
  // What has been written since it was asked last.
  std::string Written() {
    fseek(err_, read_, SEEK_SET);
    std::string text(1 << 20, '\0');
    text.resize(fread(text.data(), 1, text.size(), err_));
    read_ += static_cast<long>(text.size());
    return text;
  }
  void Limit(const security::Quota& quota) {
    config_.meter = std::make_shared<security::Meter>(
        security::Meter::Options{.quota = quota, .guard = nullptr, .component = nullptr});
  }

  FILE* const err_;
  long read_ = 0;
  Config config_;
  std::unique_ptr<TestGuest> guest_;
};

TEST_F(LoggingTest, ALineForEachMessage) {
  const struct {
    TestLevel level;
    const char* context;
    std::string message;
    const char* line;
  } kCases[] = {
      {TestLevel::kTrace, "", "", "[trace] : \n"},
      {TestLevel::kDebug, "a", "b", "[debug] a: b\n"},
      {TestLevel::kInfo, "grüße", "100 % – 日本 \U0001F600",
       "[info] grüße: 100 % – 日本 \U0001F600\n"},
      {TestLevel::kWarn, "a\n[critical] b", "c\r\nd\te", "[warn] a\\n[critical] b: c\\r\\nd\\te\n"},
      {TestLevel::kError, "\x1b[2J", std::string("\0\x7f", 2),
       "[error] \\u{1b}[2J: \\u{0}\\u{7f}\n"},
      {TestLevel::kCritical, "\xc2\x85", "\xe2\x80\xa8\xe2\x80\xa9\xc2\xa0",
       "[critical] \\u{85}: \\u{2028}\\u{2029}\xc2\xa0\n"},
      {TestLevel::kInfo, "\\n", "\\", "[info] \\\\n: \\\\\n"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.line);
    EXPECT_TRUE(Log(c.level, c.context, c.message).ok());
    EXPECT_EQ(c.line, Written());
  }
}

TEST_F(LoggingTest, LongMessagesComeOutWhole) {
  const std::string message(300'000, 'm');
  EXPECT_TRUE(Log(TestLevel::kInfo, "c", message).ok());
  EXPECT_EQ("[info] c: " + message + "\n", Written());
}

TEST_F(LoggingTest, IsChargedToItsQuota) {
  security::Quota quota;
  quota.log_bytes = 30;
  Limit(quota);
  EXPECT_TRUE(Log(TestLevel::kInfo, "c", "0123456789").ok());
  EXPECT_EQ(21u, config_.meter->usage().log_bytes);
  const Result<void> beyond = Log(TestLevel::kInfo, "c", "");
  ASSERT_FALSE(beyond.ok());
  EXPECT_EQ("quota log of 30B is used up", beyond.trap().message());
  EXPECT_EQ("[info] c: 0123456789\n", Written());
}

TEST_F(LoggingTest, IsOutputToo) {
  security::Quota quota;
  quota.output_bytes = 30;
  Limit(quota);
  EXPECT_TRUE(Log(TestLevel::kInfo, "c", "0123456789").ok());
  const Result<void> beyond = Log(TestLevel::kInfo, "c", "0123456789");
  ASSERT_FALSE(beyond.ok());
  EXPECT_EQ("quota output of 30B is used up", beyond.trap().message());
}

TEST_F(LoggingTest, StandardErrorIsNoGrantOfIt) {
  for (const char* const granted : {"stdio", "log"}) {
    SCOPED_TRACE(granted);
    std::vector<security::Rule> rules;
    rules.push_back(*security::ParseRule(granted, true, "test"));
    config_.guard = security::Guard::Create(
        {.grants = std::make_shared<const security::Grants>(std::move(rules))});
    guest_.reset();
    EXPECT_EQ(granted == std::string("log"), Log(TestLevel::kInfo, "c", "m").ok());
    EXPECT_EQ(granted == std::string("log") ? "[info] c: m\n" : "", Written());
  }
}

}  // namespace
}  // namespace airwasm::wasi::p2
