// Addresses, hosts, URLs and names, as rules and decisions see them.
#include "security/policy/scope.h"

#include <gtest/gtest.h>

#include <string>

#include "security/policy/object_text.h"

namespace airwasm::security {
namespace {

// Whether a rule of this class and scope matches the object of this text.
bool Matches(Capability c, std::string_view scope, std::string_view object, bool allow = true) {
  const Expected<Scope> parsed = Scope::Parse(ScopeKindOf(c), scope, 0, allow);
  EXPECT_TRUE(parsed.ok()) << scope << ": " << parsed.error().message;
  const absl::StatusOr<OwnedObject> owned = OwnedObject::Parse(c, object);
  EXPECT_TRUE(owned.ok()) << owned.status();
  if (!parsed.ok() || !owned.ok()) return false;
  const Subject subject(c, owned->object());
  return parsed->Matches(subject) && (subject.well_formed || !allow);
}

TEST(AddressScope, Allows) {
  const struct {
    std::string_view name, scope, object;
    bool matches;
  } kCases[] = {
      {"name", "db.internal:5432", "db.internal:5432 (10.0.0.7)", true},
      {"name, other port", "db.internal:5432", "db.internal:5433 (10.0.0.7)", false},
      {"name, case and dot", "DB.internal.:5432", "db.INTERNAL:5432 (10.0.0.7)", true},
      {"name is pinned: its address by itself is another thing", "db.internal:5432",
       "10.0.0.7:5432", false},
      {"name, other name", "db.internal:5432", "xdb.internal:5432 (10.0.0.7)", false},
      {"name that was found to be link-local", "db.internal:80", "db.internal:80 (169.254.169.254)",
       false},
      {"name that was found to be loopback", "db.internal:80", "db.internal:80 (127.0.0.1)", true},
      {"subdomain", "*.example.org:443", "a.b.example.org:443 (1.2.3.4)", true},
      {"subdomain, not itself", "*.example.org:443", "example.org:443 (1.2.3.4)", false},
      {"subdomain, other", "*.example.org:443", "badexample.org:443 (1.2.3.4)", false},
      {"subdomain that was found to be loopback", "*.example.org:443",
       "a.example.org:443 (127.0.0.1)", false},
      {"subdomain, loopback in IPv6", "*.example.org:443", "a.example.org:443 ([::1])", false},
      {"subdomain, loopback mapped", "*.example.org:443", "a.example.org:443 ([::ffff:127.0.0.1])",
       false},
      {"any", "*:443", "1.2.3.4:443", true},
      {"any, other port", "*:443", "1.2.3.4:80", false},
      {"any, name", "*:443", "x.org:443 (1.2.3.4)", true},
      {"any, metadata", "*:80", "169.254.169.254:80", false},
      {"any, metadata mapped", "*:80", "[::ffff:169.254.169.254]:80", false},
      {"any, metadata translated", "*:80", "[64:ff9b::169.254.169.254]:80", false},
      {"any, metadata by name", "*:80", "x.org:80 (169.254.169.254)", false},
      {"any, link-local", "*:80", "[fe80::1]:80", false},
      {"any, cloud's IPv6", "*:80", "[fd00:ec2::254]:80", false},
      {"all", "*", "1.2.3.4:1", true},
      {"all, metadata", "*", "169.254.169.254:80", false},
      {"metadata by its address", "169.254.169.254:80", "169.254.169.254:80", true},
      {"metadata by its block", "169.254.0.0/16:80", "x.org:80 (169.254.169.254)", true},
      {"block", "10.0.0.0/8:443", "10.255.0.1:443", true},
      {"block, outside", "10.0.0.0/8:443", "11.0.0.1:443", false},
      {"block, odd length", "10.0.0.0/9:443", "10.128.0.1:443", false},
      {"block, all of IPv4", "0.0.0.0/0:443", "8.8.8.8:443", true},
      {"block, not IPv6", "0.0.0.0/0:443", "[2001:db8::1]:443", false},
      {"block, mapped object", "10.0.0.0/8:443", "[::ffff:10.0.0.1]:443", true},
      {"block, mapped pattern", "[::ffff:10.0.0.0/104]:443", "10.1.1.1:443", true},
      {"block, length behind the bracket", "[fd00::]/8:*", "[fd12::1]:9", true},
      {"block, whatever the name", "10.0.0.0/8:443", "evil.org:443 (10.0.0.1)", true},
      {"IPv6", "[::1]:80", "[::1]:80", true},
      {"0.0.0.0 goes to loopback", "127.0.0.1:80", "0.0.0.0:80", true},
      {":: goes to loopback", "[::1]:80", "[::]:80", true},
      {"mapped 0.0.0.0 goes to loopback", "127.0.0.0/8:80", "[::ffff:0.0.0.0]:80", true},
      {"localhost, IPv4", "localhost:80", "127.0.0.5:80", true},
      {"localhost, IPv6", "localhost:80", "[::1]:80", true},
      {"localhost that is none", "localhost:80", "localhost:80 (10.0.0.1)", false},
      {"range of ports, last", "h:8000-8100", "h:8100", true},
      {"range of ports, behind", "h:8000-8100", "h:8101", false},
      {"list of ports", "h:80,443", "h:443", true},
      {"all ports", "h:*", "h:1", true},
      {"tcp", "tcp:h:53", "tcp:h:53", true},
      {"tcp, udp", "tcp:h:53", "udp:h:53", false},
      {"udp", "udp:h:53", "udp:h:53", true},
      {"both", "h:53", "udp:h:53", true},
      {"all of udp", "udp:*", "udp:1.2.3.4:53", true},
      {"all of udp, tcp", "udp:*", "tcp:1.2.3.4:53", false},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(c.matches, Matches(Capability::kNetConnect, c.scope, c.object));
  }
}

TEST(AddressScope, DeniesReachAllTheyMayMean) {
  const struct {
    std::string_view name, scope, object;
    Capability c;
    bool matches;
  } kCases[] = {
      {"any, metadata", "*:80", "169.254.169.254:80", Capability::kNetConnect, true},
      {"name that was found to be metadata", "x.org:80", "x.org:80 (169.254.169.254)",
       Capability::kNetConnect, true},
      {"subdomain, loopback", "*.x.org:80", "a.x.org:80 (127.0.0.1)", Capability::kNetConnect,
       true},
      {"bound to all, an address", "10.0.0.1:80", "0.0.0.0:80", Capability::kNetListen, true},
      {"bound to all, other port", "10.0.0.1:80", "0.0.0.0:81", Capability::kNetListen, false},
      {"bound to one, another", "10.0.0.1:80", "10.0.0.2:80", Capability::kNetListen, false},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(c.matches, Matches(c.c, c.scope, c.object, /*allow=*/false));
  }
}

TEST(AddressScope, ListenOnAllIsMoreThanOnOne) {
  EXPECT_FALSE(Matches(Capability::kNetListen, "127.0.0.1:80", "0.0.0.0:80"));
  EXPECT_FALSE(Matches(Capability::kNetListen, "localhost:80", "0.0.0.0:80"));
  EXPECT_FALSE(Matches(Capability::kNetListen, "[::1]:80", "[::]:80"));
  EXPECT_TRUE(Matches(Capability::kNetListen, "0.0.0.0:80", "0.0.0.0:80"));
  EXPECT_TRUE(Matches(Capability::kNetListen, "*:80", "[::]:80"));
  EXPECT_TRUE(Matches(Capability::kNetListen, "localhost:0-65535", "127.0.0.1:0"));
}

TEST(AddressScope, Covers) {
  const struct {
    std::string_view a, b;
    bool covers, overlaps;
  } kCases[] = {
      {"*:443", "db:443", true, true},
      {"*:443", "db:80", false, false},
      {"*:*", "tcp:db:80", true, true},
      {"tcp:*:*", "db:80", false, true},
      {"10.0.0.0/8:*", "10.1.0.0/16:80", true, true},
      {"10.0.0.0/8:*", "db:80", false, true},
      {"*.x.org:1", "a.x.org:1", true, true},
      {"a.x.org:1", "*.x.org:1", false, true},
      {"*:80", "169.254.169.254:80", false, true},
      {"*:80", "1.2.3.4:80", true, true},
      {"h:1-10", "h:2,3", true, true},
      {"h:1-10", "h:5-11", false, true},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.a) + " " + std::string(c.b));
    const Expected<Scope> a = Scope::Parse(ScopeKind::kAddress, c.a, 0, true);
    const Expected<Scope> b = Scope::Parse(ScopeKind::kAddress, c.b, 0, true);
    ASSERT_TRUE(a.ok() && b.ok());
    EXPECT_EQ(c.covers, a->Covers(*b));
    EXPECT_EQ(c.overlaps, a->MayOverlap(*b));
  }
}

TEST(HostScope, Lookups) {
  EXPECT_TRUE(Matches(Capability::kNetLookup, "db.internal", "DB.internal."));
  EXPECT_TRUE(Matches(Capability::kNetLookup, "*.x.org", "a.x.org"));
  EXPECT_FALSE(Matches(Capability::kNetLookup, "*.x.org", "x.org"));
  EXPECT_TRUE(Matches(Capability::kNetLookup, "*", "x.org"));
  EXPECT_TRUE(Matches(Capability::kNetLookup, "*", "1.2.3.4"));
  // What getaddrinfo would read as 127.0.0.1 or 169.254.169.254 is neither a name nor an address.
  for (const char* number :
       {"127.1", "0x7f.1", "2130706433", "0xA9FEA9FE", "169.254.43518", "a b", "a..b", ""})
    if (*number != '\0') {
      EXPECT_FALSE(Matches(Capability::kNetLookup, "*", number)) << number;
    }
}

TEST(UrlScope, Allows) {
  const struct {
    std::string_view name, scope, object;
    bool matches;
  } kCases[] = {
      {"one", "GET https://api.example.org/v1/*", "GET https://api.example.org/v1/x", true},
      {"other method", "GET https://api.example.org/v1/*", "POST https://api.example.org/v1/x",
       false},
      {"other scheme", "GET https://api.example.org/v1/*", "GET http://api.example.org/v1/x",
       false},
      {"other port", "GET https://api.example.org/v1/*", "GET https://api.example.org:8443/v1/x",
       false},
      {"other path", "GET https://api.example.org/v1/*", "GET https://api.example.org/v2/x", false},
      {"query", "GET https://api.example.org/v1/*", "GET https://api.example.org/v1/x?y=/z", true},
      {"host's case", "https://API.example.org", "GET https://api.EXAMPLE.org/", true},
      {"methods", "POST,PUT http://h:8080/x", "PUT http://h:8080/x", true},
      {"methods, other", "POST,PUT http://h:8080/x", "GET http://h:8080/x", false},
      {"subdomains", "https://*.example.org/**", "GET https://a.example.org/x/y", true},
      {"subdomains, not itself", "https://*.example.org/**", "GET https://example.org/x/y", false},
      {"every path", "https://h", "DELETE https://h/x/y", true},
      {"no scheme, http", "h", "GET http://h/", true},
      {"no scheme, https", "h/x", "GET https://h/x", true},
      {"no scheme, port", "h/x", "GET https://h:80/x", false},
      {"all", "*", "GET http://h:1234/../x", true},
      {"all, metadata", "*", "GET http://169.254.169.254/latest", false},
      {"all, metadata mapped", "*", "GET http://[::ffff:169.254.169.254]/latest", false},
      {"all, metadata as a number", "*", "GET http://2852039166/latest", false},
      {"all, metadata in hexadecimal", "*", "GET http://0xa9.0xfe.0xa9.0xfe/latest", false},
      {"metadata by its address", "http://169.254.169.254", "GET http://169.254.169.254/latest",
       true},
      {"IPv6", "http://[::1]:8080/**", "GET http://[::1]:8080/x", true},
      {"localhost", "http://localhost", "GET http://127.0.0.1/", true},
      {"0.0.0.0 is localhost", "http://127.0.0.1", "GET http://0.0.0.0/", true},
      {"any port", "http://h:*", "GET http://h:7/", true},
      {"ports", "http://h:80,8000-8010", "GET http://h:8005/", true},
      {"decoded", "https://h/a b", "GET https://h/a%20b", true},
      {"decoded letter", "https://h/admin", "GET https://h/%61dmin", true},
      {"dot dot", "https://h/a/**", "GET https://h/a/../b", false},
      {"dot dot encoded", "https://h/a/**", "GET https://h/a/%2e%2E/b", false},
      {"dot dot half encoded", "https://h/a/**", "GET https://h/a/.%2e/b", false},
      {"dot dot with a parameter", "https://h/a/**", "GET https://h/a/..;x/b", false},
      {"dot", "https://h/a/**", "GET https://h/a/./b", false},
      {"slash encoded", "https://h/a/*", "GET https://h/a/b%2fc", false},
      {"backslash", "https://h/a/**", "GET https://h/a/..\\b", false},
      {"backslash encoded", "https://h/a/**", "GET https://h/a/%5c..%5cb", false},
      {"encoded twice", "https://h/a/**", "GET https://h/a/%252e%252e/b", false},
      {"no escape", "https://h/a/**", "GET https://h/a/%zz", false},
      {"zero", "https://h/a/**", "GET https://h/a/%00", false},
      {"empty segment", "https://h/a/**", "GET https://h/a//b", false},
      {"dot dot, but any path", "https://h/**", "GET https://h/a/../b", true},
      {"no path", "https://h/", "GET https://h", true},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(c.matches, Matches(Capability::kHttpOut, c.scope, c.object));
  }
  const std::string long_path(5000, 'x');
  EXPECT_TRUE(Matches(Capability::kHttpOut, "https://h/a/*", "GET https://h/a/" + long_path));
  EXPECT_TRUE(Matches(Capability::kHttpOut, "https://h/a/*", "GET https://h/a/%61" + long_path));
  EXPECT_FALSE(
      Matches(Capability::kHttpOut, "https://h/a/*", "GET https://h/a/%2e%2e/" + long_path));
}

TEST(UrlScope, DeniesReachAllTheyMayMean) {
  for (const char* url :
       {"https://h/admin/x", "https://h/x/../admin/x", "https://h//admin/x", "https://h/%2e/admin"})
    EXPECT_TRUE(Matches(Capability::kHttpOut, "https://h/admin/**", url, /*allow=*/false)) << url;
  EXPECT_FALSE(Matches(Capability::kHttpOut, "https://h/admin/**", "https://h/x", /*allow=*/false));
  EXPECT_TRUE(Matches(Capability::kHttpOut, "*", "http://169.254.169.254/", /*allow=*/false));
}

TEST(Scope, Errors) {
  const struct {
    std::string_view name;
    ScopeKind kind;
    std::string_view scope;
    size_t offset;
    std::string_view message;
  } kCases[] = {
      {"no port", ScopeKind::kAddress, "db", 2, "which port?"},
      {"no port behind brackets", ScopeKind::kAddress, "[::1]", 5, "which port?"},
      {"empty port", ScopeKind::kAddress, "db:", 3, "'' is no port"},
      {"large port", ScopeKind::kAddress, "db:65536", 3, "'65536' is no port"},
      {"negative port", ScopeKind::kAddress, "db:-1", 3, "'-1' is no port"},
      {"reversed ports", ScopeKind::kAddress, "db:9-8", 3, "a range of ports that ends"},
      {"second port", ScopeKind::kAddress, "db:80,x", 6, "'x' is no port"},
      {"no host", ScopeKind::kAddress, ":80", 0, "no host"},
      {"bare IPv6", ScopeKind::kAddress, "::1:80", 0, "an IPv6 address is written in brackets"},
      {"no IPv6", ScopeKind::kAddress, "[db]:80", 0, "'db' is no IPv6 address"},
      {"host bits", ScopeKind::kAddress, "10.0.0.1/8:80", 0,
       "'10.0.0.1/8' has bits set behind the first 8"},
      {"long block", ScopeKind::kAddress, "10.0.0.0/33:80", 9,
       "the length of a block is a number up to 32"},
      {"name with a length", ScopeKind::kAddress, "db/8:80", 0, "'db' is no address"},
      {"number for a name", ScopeKind::kAddress, "127.1:80", 0, "'127.1' is no host name"},
      {"star in the middle", ScopeKind::kAddress, "a.*.org:80", 2, "'*' stands for a whole name"},
      {"protocol first", ScopeKind::kAddress, "tcp:db", 6, "which port?"},
      {"host", ScopeKind::kHost, "a b", 0, "'a b' is no host name"},
      {"method", ScopeKind::kUrl, "get https://h/", 0, "'get': methods are written in capitals"},
      {"empty method", ScopeKind::kUrl, "GET,,PUT https://h/", 4, "'' is no method"},
      {"scheme", ScopeKind::kUrl, "ftp://h/", 0, "the scheme 'ftp'"},
      {"user", ScopeKind::kUrl, "https://u@h/", 9, "'@'"},
      {"no host in a URL", ScopeKind::kUrl, "https:///x", 8, "'' is no host name"},
      {"query", ScopeKind::kUrl, "https://h/x?y", 11, "'?': queries"},
      {"dot dot", ScopeKind::kUrl, "https://h/../x", 10, "a segment '..'"},
      {"port of a URL", ScopeKind::kUrl, "https://h:x/", 10, "'x' is no port"},
      {"name", ScopeKind::kName, "a{", 1, "'{' without '}'"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const Expected<Scope> scope = Scope::Parse(c.kind, c.scope, 0, true);
    ASSERT_FALSE(scope.ok());
    EXPECT_EQ(c.offset, scope.error().offset);
    EXPECT_EQ(c.message, scope.error().message.substr(0, c.message.size()));
  }
}

TEST(NameScope, Matches) {
  EXPECT_TRUE(Matches(Capability::kEnvRead, "TZ", "TZ"));
  EXPECT_FALSE(Matches(Capability::kEnvRead, "TZ", "TZDIR"));
  EXPECT_TRUE(Matches(Capability::kEnvRead, "LC_*,LANG", "LC_ALL"));
  EXPECT_TRUE(Matches(Capability::kEnvRead, "LC_*,LANG", "LANG"));
  EXPECT_TRUE(Matches(Capability::kKvRead, "app/*", "app/a/b"));
}

}  // namespace
}  // namespace airwasm::security
