#include "airwasm/capability.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "security/base/object.h"

namespace airwasm::security {
namespace {

TEST(Capability, EveryRowIsFoundByItsText) {
  std::set<std::string_view> texts;
  for (size_t i = 0; i < kNumBuiltInCapabilities; ++i) {
    const auto c = static_cast<Capability>(i);
    SCOPED_TRACE(TextOf(c));
    EXPECT_EQ(c, FindCapability(TextOf(c)));
    EXPECT_FALSE(SummaryOf(c).empty());
    EXPECT_TRUE(texts.insert(TextOf(c)).second);
  }
  EXPECT_EQ(std::nullopt, FindCapability("fs"));
  EXPECT_EQ(std::nullopt, FindCapability(""));
}

TEST(Capability, Registered) {
  const absl::StatusOr<Capability> mail = RegisterCapability("mail.send");
  ASSERT_TRUE(mail.ok()) << mail.status();
  EXPECT_EQ("mail.send", TextOf(*mail));
  EXPECT_EQ(ScopeKind::kName, ScopeKindOf(*mail));
  EXPECT_EQ(*mail, *RegisterCapability("mail.send"));
  EXPECT_EQ(*mail, FindCapability("mail.send"));
  for (const std::string_view text :
       {"mail", "", "mail.", ".send", "Mail.send", "mail send.x", "fs.mount", "random.x"})
    EXPECT_EQ(absl::StatusCode::kInvalidArgument, RegisterCapability(text).status().code()) << text;
  for (int i = 0; NumCapabilities() < kMaxCapabilities; ++i)
    ASSERT_TRUE(RegisterCapability("x.c" + std::to_string(i)).ok());
  EXPECT_EQ(absl::StatusCode::kResourceExhausted, RegisterCapability("one.more").status().code());
}

TEST(Object, Texts) {
  const IpAddress v4{.bytes = {10, 0, 0, 7}};
  IpAddress v6{.is_v6 = true};
  v6.bytes[15] = 1;
  const struct {
    Object object;
    std::string_view text;
  } kCases[] = {
      {Object::None(), ""},
      {Object::Path("/srv/a"), "/srv/a"},
      {Object::Name("TZ"), "TZ"},
      {Object::Address(Protocol::kTcp, v4, 5432), "tcp:10.0.0.7:5432"},
      {Object::Address(Protocol::kUdp, v6, 53), "udp:[::1]:53"},
      {Object::Address(Protocol::kTcp, v4, 5432, "db.internal"), "tcp:db.internal:5432 (10.0.0.7)"},
      {Object::Url("GET", "https", "example.org", 443, "/a"), "GET https://example.org:443/a"},
  };
  for (const auto& c : kCases) EXPECT_EQ(c.text, c.object.ToString());
}

}  // namespace
}  // namespace airwasm::security
