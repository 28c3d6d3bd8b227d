// wasi:config and wasi:keyvalue, as a guest sees them.
#include "wasi/p2/keyvalue_test_guest.h"
#include "wasi/p2/test_guest.h"

namespace airwasm::wasi::p2 {
namespace {

using Bytes = std::vector<uint8_t>;
using StoreError = std::variant<std::monostate, std::monostate, std::string>;
template <typename T>
using StoreResult = WitResult<T, StoreError>;
using Pair = std::tuple<std::string, Bytes>;

struct TestKeyResponse {
  std::vector<std::string> keys;
  std::optional<uint64_t> cursor;
};
AIRWASM_RECORD(TestKeyResponse, keys, cursor);

Bytes ToBytes(std::string_view text) {
  return {text.begin(), text.end()};
}

TEST(ConfigTest, SaysWhatWasGiven) {
  using Values = std::vector<std::tuple<std::string, std::string>>;
  using ConfigError = std::variant<std::string, std::string>;
  const std::vector<TestInterface> interfaces = {
      {"wasi:config/store",
       {{"error", "(variant (case \"upstream\" string) (case \"io\" string))"}},
       {{"get", "(param \"key\" string) (result (result (option string) (error $error)))", "ii:r"},
        {"get-all", "(result (result (list (tuple string string)) (error $error)))", ":r"}}}};
  Config config;
  config.config_values = {{"color", "green"}, {"size", "7"}};
  TestGuest g(config, "0.2.0-rc.1", interfaces);
  using Get = WitResult<std::optional<std::string>, ConfigError>;
  EXPECT_EQ(std::get<0>(g.Call<Get>("get", std::string("size")).value), "7");
  EXPECT_EQ(std::get<0>(g.Call<Get>("get", std::string("x")).value), std::nullopt);
  EXPECT_EQ(std::get<0>(g.Call<WitResult<Values, ConfigError>>("get-all").value),
            (Values{{"color", "green"}, {"size", "7"}}));
}

#ifdef AIRWASM_WASI_KEYVALUE

using Bucket = AnyResource;
using OpenResult = StoreResult<Own<Bucket>>;
using Unit = StoreResult<std::monostate>;

TEST(KeyValueTest, StoresOfAGuest) {
  Config config;
  config.key_value_stores = {{.identifier = ""}, {.identifier = "fixed", .read_only = true}};
  TestGuest g(config, "0.2.0-draft", KeyValueInterfaces());
  if (!g.ok()) return;
  EXPECT_EQ(std::get<1>(g.Call<OpenResult>("open", std::string("other")).value).index(), 0u);
  const Borrow b = Lend(std::get<0>(g.Call<OpenResult>("open", std::string()).value));
  const Borrow fixed = Lend(std::get<0>(g.Call<OpenResult>("open", std::string("fixed")).value));
  EXPECT_TRUE(g.Call<Unit>("[method]bucket.set", b, std::string("a"), ToBytes("1")).ok());
  EXPECT_EQ(std::get<0>(
                g.Call<StoreResult<uint64_t>>("increment", b, std::string("a"), uint64_t{4}).value),
            5u);
  EXPECT_EQ(std::get<0>(
                g.Call<StoreResult<std::optional<Bytes>>>("[method]bucket.get", b, std::string("a"))
                    .value),
            ToBytes("5"));
  EXPECT_TRUE(
      g.Call<Unit>("set-many", b, std::vector<Pair>{{"x", ToBytes("X")}, {"y", ToBytes("")}}).ok());
  using Many = std::vector<std::optional<Pair>>;
  EXPECT_EQ(std::get<0>(
                g.Call<StoreResult<Many>>("get-many", b, std::vector<std::string>{"y", "none", "x"})
                    .value),
            (Many{Pair{"y", {}}, std::nullopt, Pair{"x", ToBytes("X")}}));
  EXPECT_TRUE(g.Call<Unit>("delete-many", b, std::vector<std::string>{"x", "none"}).ok());
  EXPECT_FALSE(
      std::get<0>(g.Call<StoreResult<bool>>("[method]bucket.exists", b, std::string("x")).value));
  EXPECT_TRUE(g.Call<Unit>("[method]bucket.delete", b, std::string("a")).ok());
  const auto keys = g.Call<StoreResult<TestKeyResponse>>("[method]bucket.list-keys", b,
                                                         std::optional<uint64_t>());
  EXPECT_EQ(std::get<0>(keys.value).keys, std::vector<std::string>{"y"});
  EXPECT_EQ(std::get<0>(keys.value).cursor, std::nullopt);
  EXPECT_EQ(
      std::get<1>(g.Call<Unit>("[method]bucket.set", fixed, std::string("a"), ToBytes("1")).value)
          .index(),
      1u);
  EXPECT_EQ(
      std::get<1>(
          g.Call<StoreResult<uint64_t>>("increment", fixed, std::string("a"), uint64_t{1}).value)
          .index(),
      1u);
}

#endif  // AIRWASM_WASI_KEYVALUE

}  // namespace
}  // namespace airwasm::wasi::p2
