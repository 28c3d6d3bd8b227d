// What the audit log says of the streams of HTTP bodies, and of functions that ask about nothing in
// particular: what they were used on, and a class that fits that.
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "airwasm/audit_log.h"
#include "airwasm/grants.h"
#include "wasi/host/deny_test_util.h"
#include "wasi/p2/filesystem.h"
#include "wasi/p2/io.h"
#include "wasi/p2/test_guest.h"

namespace airwasm::wasi::p2 {
namespace {

class RecordTest : public ::testing::Test {
 protected:
  RecordTest() {
    auto log = security::AuditLog::Open({.path = logs_ / "log"});
    EXPECT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
    std::vector<security::Rule> rules;
    for (const std::string& text : {"fs.read,fs.list:" + given_.path() + "/**",
                                    std::string("stdio,wait,http.out,http.in,net.connect")})
      rules.push_back(*security::ParseRule(text, true, "test"));
    config_.preopens = {{.host_path = given_.path(), .guest_path = "/"}};
    config_.stdout_stream = Stdio::Fd(fileno(out_));
    config_.guard = security::Guard::Create(
        {.grants = std::make_shared<const security::Grants>(std::move(rules)), .audit = log_});
  }
  ~RecordTest() override { fclose(out_); }
  // Of the newest record.
  void ExpectRecord(std::string_view capability, std::string_view object) {
    ASSERT_TRUE(log_->Flush().ok());
    const std::vector<std::string> lines = wasi::testing::LinesOf(logs_ / "log");
    ASSERT_FALSE(lines.empty());
    EXPECT_TRUE(wasi::testing::Says(lines.back(), "decision", "allow")) << lines.back();
    EXPECT_TRUE(wasi::testing::Says(lines.back(), "class", capability)) << lines.back();
    EXPECT_TRUE(wasi::testing::Says(lines.back(), "object", object)) << lines.back();
  }

  const TempDirectory logs_;
  const TempDirectory given_;
  FILE* const out_ = tmpfile();
  std::shared_ptr<security::AuditLog> log_;
  Config config_;
};

using StreamError = std::variant<Own<IoError>, std::monostate>;
using Unit = WitResult<std::monostate, StreamError>;

TEST_F(RecordTest, OfWhatAsksAboutNothing) {
  TestGuest g(config_);
  const auto out = g.Call<Own<OutputStream>>("get-stdout");
  EXPECT_TRUE(g.Call<Unit>("[method]output-stream.flush", Lend(out)).ok());
  ExpectRecord("stdio", "out");
  const auto pollable = g.Call<Own<Pollable>>("[method]output-stream.subscribe", Lend(out));
  ExpectRecord("stdio", "out");
  g.Call<bool>("[method]pollable.ready", Lend(pollable));
  ExpectRecord("wait", "");
  const auto directories =
      g.Call<std::vector<std::tuple<Own<Descriptor>, std::string>>>("get-directories");
  ASSERT_EQ(directories.size(), 1u);
  const auto type = g.Call<WitResult<DescriptorType, FileError>>("[method]descriptor.get-type",
                                                                 Lend(std::get<0>(directories[0])));
  EXPECT_TRUE(type.ok());
  ExpectRecord("fs.read", given_.path());
}

// Of the stream that failed.
TEST_F(RecordTest, OfErrors) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  config_.stdout_stream = Stdio::Fd(full);
  TestGuest g(config_);
  const auto out = g.Call<Own<OutputStream>>("get-stdout");
  const auto written = g.Call<Unit>("[method]output-stream.blocking-write-and-flush", Lend(out),
                                    std::vector<uint8_t>{1, 2});
  ASSERT_FALSE(written.ok());
  const auto& failure = std::get<1>(written.value);
  ASSERT_EQ(0u, failure.index());
  EXPECT_NE("", g.Call<std::string>("[method]error.to-debug-string", Lend(std::get<0>(failure))));
  ExpectRecord("stdio", "out");
  close(full);
}

#ifdef AIRWASM_WASI_HTTP

// Of the message that they are of; of the guest's own, nobody knows yet.
TEST_F(RecordTest, OfFields) {
  const std::vector<TestInterface> interfaces = {
      {"wasi:http/types",
       {{"fields", ""}, {"outgoing-request", ""}, {"outgoing-response", ""}},
       {{"[constructor]fields", "(result (own $fields))", ":i"},
        {"[method]fields.has",
         "(param \"self\" (borrow $fields)) (param \"name\" string) (result bool)", "bii:i"},
        {"[method]fields.clone", "(param \"self\" (borrow $fields)) (result (own $fields))", "b:i"},
        {"[constructor]outgoing-request",
         "(param \"headers\" (own $fields)) (result (own $outgoing-request))", "i:i"},
        {"[method]outgoing-request.headers",
         "(param \"self\" (borrow $outgoing-request)) (result (own $fields))", "b:i"},
        {"[constructor]outgoing-response",
         "(param \"headers\" (own $fields)) (result (own $outgoing-response))", "i:i"},
        {"[method]outgoing-response.headers",
         "(param \"self\" (borrow $outgoing-response)) (result (own $fields))", "b:i"}}}};
  TestGuest g(config_, "0.2.12", With(interfaces));
  const struct {
    const char* message;  // empty: the guest's own fields
    const char* capability;
  } kCases[] = {
      {"", "http.out"}, {"outgoing-request", "http.out"}, {"outgoing-response", "http.in"}};
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.message);
    const std::string message = c.message;
    auto fields = g.Call<Own<AnyResource>>("[constructor]fields");
    if (!message.empty()) {
      const auto made = g.Call<Own<AnyResource>>("[constructor]" + message, fields);
      fields = g.Call<Own<AnyResource>>("[method]" + message + ".headers", Lend(made));
    }
    EXPECT_FALSE(g.Call<bool>("[method]fields.has", Lend(fields), std::string("name")));
    ExpectRecord(c.capability, "");
    g.Call<Own<AnyResource>>("[method]fields.clone", Lend(fields));
    ExpectRecord(c.capability, "");
  }
}

TEST_F(RecordTest, OfBodiesOfRequests) {
  const std::vector<TestInterface> interfaces = {
      {"wasi:http/types",
       {{"fields", ""}, {"outgoing-request", ""}, {"outgoing-body", ""}, {"output-stream", "use"}},
       {{"[constructor]fields", "(result (own $fields))", ":i"},
        {"[constructor]outgoing-request",
         "(param \"headers\" (own $fields)) (result (own $outgoing-request))", "i:i"},
        {"[method]outgoing-request.body",
         "(param \"self\" (borrow $outgoing-request)) (result (result (own $outgoing-body)))",
         "b:r"},
        {"[method]outgoing-request.set-authority",
         "(param \"self\" (borrow $outgoing-request)) (param \"authority\" (option string)) "
         "(result (result))",
         "biii:i"},
        {"[method]outgoing-request.set-path-with-query",
         "(param \"self\" (borrow $outgoing-request)) (param \"path-with-query\" (option string)) "
         "(result (result))",
         "biii:i"},
        {"[method]outgoing-body.write",
         "(param \"self\" (borrow $outgoing-body)) (result (result (own $output-stream)))",
         "b:r"}}}};
  TestGuest g(config_, "0.2.12", With(interfaces));
  using Text = std::optional<std::string>;
  using Done = WitResult<std::monostate, std::monostate>;
  const auto fields = g.Call<Own<AnyResource>>("[constructor]fields");
  const auto request = g.Call<Own<AnyResource>>("[constructor]outgoing-request", fields);
  ExpectRecord("http.out", "");
  EXPECT_TRUE(g.Call<Done>("[method]outgoing-request.set-authority", Lend(request),
                           Text("example.org:8443"))
                  .ok());
  EXPECT_TRUE(
      g.Call<Done>("[method]outgoing-request.set-path-with-query", Lend(request), Text("/a?b=c"))
          .ok());
  const auto body = g.Call<WitResult<Own<AnyResource>, std::monostate>>(
      "[method]outgoing-request.body", Lend(request));
  ASSERT_TRUE(body.ok());
  const auto stream = g.Call<WitResult<Own<OutputStream>, std::monostate>>(
      "[method]outgoing-body.write", Lend(std::get<0>(body.value)));
  ASSERT_TRUE(stream.ok());
  ExpectRecord("http.out", "GET https://example.org:8443/a");
  using Permit = WitResult<uint64_t, StreamError>;
  const Borrow<OutputStream> lent = Lend(std::get<0>(stream.value));
  EXPECT_TRUE(g.Call<Permit>("[method]output-stream.check-write", lent).ok());
  ExpectRecord("http.out", "GET https://example.org:8443/a");
}

#endif  // AIRWASM_WASI_HTTP

}  // namespace
}  // namespace airwasm::wasi::p2
