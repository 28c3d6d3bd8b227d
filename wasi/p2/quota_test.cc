// host-bytes: what functions of WASI 0.2 make the host allocate is charged before, and ends the
// guest on record where it is too much.
#include "airwasm/audit_log.h"
#include "airwasm/grants.h"
#include "airwasm/meter.h"
#include "wasi/host/deny_test_util.h"
#include "wasi/p2/keyvalue_test_guest.h"
#include "wasi/p2/test_guest.h"

namespace airwasm::wasi::p2 {
namespace {

constexpr uint64_t kQuota = 1 << 20;
constexpr char kUsedUp[] = "quota host-bytes of 1MiB is used up";

// A guest that may do everything, with as many host bytes as the quota says.
class QuotaTest : public ::testing::Test {
 protected:
  Config Limited() {
    auto log = security::AuditLog::Open({.path = logs_ / "log"});
    EXPECT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
    std::vector<security::Rule> rules;
    for (const char* const text : {"kv.read,kv.write", "http.out"}) {
      auto rule = security::ParseRule(text, true, "test");
      EXPECT_TRUE(rule.ok());
      rules.push_back(*std::move(rule));
    }
    Config config;
    config.guard = security::Guard::Create(
        {.grants = std::make_shared<const security::Grants>(std::move(rules)), .audit = log_});
    security::Quota quota;
    quota.host_bytes = kQuota;
    config.meter = meter_ = std::make_shared<security::Meter>(
        security::Meter::Options{.quota = quota, .guard = config.guard, .component = nullptr});
    return config;
  }
  template <typename R>
  void ExpectEnded(const Result<R>& result) {
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(kUsedUp, result.trap().message());
    EXPECT_EQ(1u, meter_->usage().breaches);
    ASSERT_TRUE(log_->Flush().ok());
    int breaches = 0;
    for (const std::string& line : wasi::testing::LinesOf(logs_ / "log"))
      breaches += wasi::testing::Says(line, "class", "quota") ? 1 : 0;
    EXPECT_EQ(1, breaches);
  }
  uint64_t held() const { return meter_->usage().host_bytes.now; }

  const TempDirectory logs_;
  std::shared_ptr<security::AuditLog> log_;
  std::shared_ptr<security::Meter> meter_;
};

#ifdef AIRWASM_WASI_HTTP

std::vector<TestInterface> RequestInterfaces() {
  return {
      {"wasi:http/types",
       {{"method",
         "(variant (case \"get\") (case \"head\") (case \"post\") (case \"put\") (case \"delete\") "
         "(case \"connect\") (case \"options\") (case \"trace\") (case \"patch\") "
         "(case \"other\" string))"},
        {"fields", ""},
        {"outgoing-request", ""}},
       {{"[constructor]fields", "(result (own $fields))", ":i"},
        {"[constructor]outgoing-request",
         "(param \"headers\" (own $fields)) (result (own $outgoing-request))", "i:i"},
        {"[method]outgoing-request.set-method",
         "(param \"self\" (borrow $outgoing-request)) (param \"method\" $method) "
         "(result (result))",
         "biii:i"},
        {"[method]outgoing-request.set-path-with-query",
         "(param \"self\" (borrow $outgoing-request)) (param \"path-with-query\" (option string)) "
         "(result (result))",
         "biii:i"}}}};
}

using Done = WitResult<std::monostate, std::monostate>;
using Fields = AnyResource;
using Request = AnyResource;

TEST_F(QuotaTest, AStringThatIsTooLongEndsItsGuest) {
  TestGuest g(Limited(), "0.2.12", With(RequestInterfaces()));
  const auto request = g.Call<Own<Request>>("[constructor]outgoing-request",
                                            g.Call<Own<Fields>>("[constructor]fields"));
  using Method =
      std::variant<std::monostate, std::monostate, std::monostate, std::monostate, std::monostate,
                   std::monostate, std::monostate, std::monostate, std::monostate, std::string>;
  const uint64_t before = held();
  const auto set = [&](size_t bytes) {
    return g.Try<Done>("[method]outgoing-request.set-method", Lend(request),
                       Method(std::in_place_index<9>, std::string(bytes, 'a')));
  };
  ASSERT_TRUE(set(1000).ok());
  EXPECT_EQ(before + 1000, held()) << "what the request keeps";
  ASSERT_TRUE(set(10).ok());
  EXPECT_EQ(before + 10, held());
  ExpectEnded(set(kQuota));
}

TEST_F(QuotaTest, WhatAResourceKeepsIsCharged) {
  TestGuest g(Limited(), "0.2.12", With(RequestInterfaces()));
  const std::optional<std::string> path = "/" + std::string(kQuota / 4, 'a');
  Result<Done> last = Done::Ok();
  for (int i = 0; i < 4 && last.ok(); ++i) {
    const auto request = g.Call<Own<Request>>("[constructor]outgoing-request",
                                              g.Call<Own<Fields>>("[constructor]fields"));
    last = g.Try<Done>("[method]outgoing-request.set-path-with-query", Lend(request), path);
  }
  ExpectEnded(last);
}

#endif  // AIRWASM_WASI_HTTP

#ifdef AIRWASM_WASI_KEYVALUE

struct QuotaKeyResponse {
  std::vector<std::string> keys;
  std::optional<uint64_t> cursor;
};
AIRWASM_RECORD(QuotaKeyResponse, keys, cursor);

using Bytes = std::vector<uint8_t>;
using Bucket = AnyResource;
using StoreError = std::variant<std::monostate, std::monostate, std::string>;
using Opened = WitResult<Own<Bucket>, StoreError>;
using Unit = WitResult<std::monostate, StoreError>;
using Got = WitResult<std::optional<Bytes>, StoreError>;
using Keys = WitResult<QuotaKeyResponse, StoreError>;

class KeyValueQuotaTest : public QuotaTest {
 protected:
  // A store in a file, with what an unlimited guest has put there.
  void Fill(size_t pairs, size_t key_bytes, size_t value_bytes) {
    TestGuest g(WithStore(Config()), "0.2.0-draft", KeyValueInterfaces());
    const Borrow b = Lend(std::get<0>(g.Call<Opened>("open", std::string()).value));
    for (size_t i = 0; i < pairs; ++i) {
      std::string key = std::to_string(i);
      key.resize(key_bytes, 'k');
      ASSERT_TRUE(g.Call<Unit>("[method]bucket.set", b, key, Bytes(value_bytes, 'v')).ok());
    }
  }
  Config WithStore(Config config) const {
    config.key_value_stores = {{.identifier = "", .path = logs_ / "store"}};
    return config;
  }
};

TEST_F(KeyValueQuotaTest, AValueThatIsTooLarge) {
  Fill(1, 4, kQuota);
  TestGuest g(WithStore(Limited()), "0.2.0-draft", KeyValueInterfaces());
  if (!g.ok()) return;
  const Borrow b = Lend(std::get<0>(g.Call<Opened>("open", std::string()).value));
  EXPECT_GE(held(), 256u * 1024) << "SQLite's cache";
  ExpectEnded(g.Try<Got>("[method]bucket.get", b, std::string("0kkk")));
}

TEST_F(KeyValueQuotaTest, KeysThatAreTooMuchTogether) {
  Fill(400, 4000, 0);
  TestGuest g(WithStore(Limited()), "0.2.0-draft", KeyValueInterfaces());
  if (!g.ok()) return;
  const Borrow b = Lend(std::get<0>(g.Call<Opened>("open", std::string()).value));
  ExpectEnded(g.Try<Keys>("[method]bucket.list-keys", b, std::optional<uint64_t>()));
}

TEST_F(KeyValueQuotaTest, AListThatIsTooLong) {
  TestGuest g(WithStore(Limited()), "0.2.0-draft", KeyValueInterfaces());
  if (!g.ok()) return;
  const Borrow b = Lend(std::get<0>(g.Call<Opened>("open", std::string()).value));
  // 32 bytes each for the host.
  ExpectEnded(g.Try<Unit>("delete-many", b, std::vector<std::string>(kQuota / 32)));
}

TEST_F(KeyValueQuotaTest, AStoreInMemory) {
  Config config = Limited();
  config.key_value_stores = {{.identifier = ""}};
  TestGuest g(config, "0.2.0-draft", KeyValueInterfaces());
  if (!g.ok()) return;
  const Borrow b = Lend(std::get<0>(g.Call<Opened>("open", std::string()).value));
  const auto set = [&](size_t i) {
    return g.Try<Unit>("[method]bucket.set", b, std::to_string(i), Bytes(100'000, 'v'));
  };
  for (size_t i = 0; i < 6; ++i) {
    const Result<Unit> done = set(i);
    ASSERT_TRUE(done.ok() && done->ok()) << i;
  }
  EXPECT_GE(held(), 600'000u);
  Result<Unit> last = Unit::Ok();
  for (size_t i = 6; i < 12 && last.ok(); ++i) last = set(i);
  ExpectEnded(last);
}

#endif  // AIRWASM_WASI_KEYVALUE

}  // namespace
}  // namespace airwasm::wasi::p2
