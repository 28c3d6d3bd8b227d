#include "wasi/http/message_parser.h"

#include <gtest/gtest.h>

namespace airwasm::wasi::http {
namespace {

struct Parsed {
  MessageParser::Result result = MessageParser::Result::kNeedMore;
  std::string body;
  size_t used = 0;
  uint16_t status = 0;  // of a problem
};

// Feeds `text` in pieces of `step` bytes.
Parsed Parse(MessageParser& parser, std::string_view text, size_t step) {
  auto pipe = std::make_shared<BodyPipe>();
  Parsed parsed;
  std::string in;
  for (size_t at = 0; at < text.size() && parsed.result != MessageParser::Result::kDone &&
                      parsed.result != MessageParser::Result::kBad;
       at += step) {
    in += text.substr(at, step);
    do {
      size_t used = 0;
      parsed.result = parser.Feed(in, &used);
      EXPECT_LE(used, in.size());
      in.erase(0, used);
      parsed.used += used;
      if (parsed.result == MessageParser::Result::kHead) parser.SetBody(pipe);
    } while (parsed.result == MessageParser::Result::kHead);
  }
  pipe->ReadAll(&parsed.body);
  if (parsed.result == MessageParser::Result::kBad) parsed.status = parser.problem().status;
  return parsed;
}

constexpr std::string_view kChunked =
    "POST /a?b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n";

TEST(MessageParserTest, InAnyPieces) {
  for (size_t step = 1; step <= kChunked.size(); ++step) {
    SCOPED_TRACE(step);
    auto parser = MessageParser::ForRequest({});
    const Parsed parsed = Parse(*parser, kChunked, step);
    EXPECT_EQ(parsed.result, MessageParser::Result::kDone);
    EXPECT_EQ(parsed.body, "abc0123456789");
    EXPECT_EQ(parsed.used, kChunked.size());
    EXPECT_EQ(parser->request().method, "POST");
    EXPECT_EQ(parser->request().path_with_query, "/a?b");
    EXPECT_EQ(parser->request().headers.entries().size(), 2u);
    const std::optional<Fields> trailers = parser->TakeTrailers();
    ASSERT_TRUE(trailers);
    EXPECT_EQ(*trailers->Find("trailer"), "t");
  }
}

TEST(MessageParserTest, CutShortIsNeverDone) {
  for (size_t length = 0; length < kChunked.size(); ++length) {
    SCOPED_TRACE(length);
    auto parser = MessageParser::ForRequest({});
    EXPECT_EQ(Parse(*parser, kChunked.substr(0, length), 1).result,
              MessageParser::Result::kNeedMore);
    EXPECT_EQ(parser->FeedEnd(), MessageParser::Result::kBad);
  }
}

TEST(MessageParserTest, LeavesWhatFollows) {
  auto parser = MessageParser::ForRequest({});
  const std::string_view first = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
  const Parsed parsed = Parse(*parser, std::string(first) + "GET / HTTP/1.1\r\n", 1000);
  EXPECT_EQ(parsed.result, MessageParser::Result::kDone);
  EXPECT_EQ(parsed.used, first.size());
}

TEST(MessageParserTest, Refused) {
  const struct {
    const char* name;
    std::string text;
    uint16_t status;
  } kCases[] = {
      {"no request", "hello\r\n\r\n", 400},
      {"version", "GET / HTTP/2.0\r\n\r\n", 400},
      {"space before colon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400},
      {"bare name", "GET / HTTP/1.1\r\nHost\r\n\r\n", 400},
      {"two lengths", "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
      {"signed length", "POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", 400},
      {"length and chunks",
       "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"chunks and length",
       "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", 400},
      {"other coding", "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
      {"coding twice", "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"coding of 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 501},
      {"bad chunk", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
      {"too much chunk",
       "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 400},
      {"long header", "GET / HTTP/1.1\r\nx: " + std::string(5000, 'y') + "\r\n\r\n", 431},
      {"long line", "GET /" + std::string(5000, 'y'), 431},
      {"long chunk line",
       "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(5000, 'y'), 431},
      {"long trailers",
       "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nx: " + std::string(5000, 'y'),
       431},
      {"large body", "POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n", 413},
      {"large chunk", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n", 413},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    for (const size_t step : {size_t{1}, size_t{100}, size_t{10'000}}) {
      auto parser = MessageParser::ForRequest({.header_bytes = 4096, .body_bytes = 100});
      const Parsed parsed = Parse(*parser, c.text, step);
      EXPECT_EQ(parsed.result, MessageParser::Result::kBad);
      EXPECT_EQ(parsed.status, c.status);
    }
  }
}

TEST(MessageParserTest, FieldsAreChargedBeforeTheyAreKept) {
  security::Quota quota;
  quota.host_bytes = 1000;
  auto meter = std::make_shared<security::Meter>(
      security::Meter::Options{.quota = quota, .guard = nullptr, .component = nullptr});
  for (const int fields : {6, 7}) {
    SCOPED_TRACE(fields);
    auto account = std::make_shared<security::HeldBytes>(meter);
    auto parser = MessageParser::ForResponse(
        {.header_bytes = 64 * 1024, .body_bytes = {}, .account = account}, false);
    std::string text = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < fields; ++i) text += "a: " + std::string(100, 'v') + "\r\n";
    const Parsed parsed = Parse(*parser, text + "\r\n", text.size() + 2);
    EXPECT_EQ(parsed.result == MessageParser::Result::kBad, fields == 7);
    EXPECT_EQ(meter->EndsGuest(), fields == 7);
    EXPECT_EQ(meter->usage().host_bytes.now, 6 * (1 + 100 + kBytesPerField));
    parser.reset();
    account.reset();
    EXPECT_EQ(meter->usage().host_bytes.now, 0u);
  }
}

TEST(MessageParserTest, Responses) {
  const struct {
    const char* name;
    std::string text;
    bool to_head;
    bool needs_end;
    const char* body;
  } kCases[] = {
      {"length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false, false, "ok"},
      {"until the end", "HTTP/1.1 200 OK\r\n\r\nall that comes", false, true, "all that comes"},
      {"head", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", true, false, ""},
      {"no content", "HTTP/1.1 204 No Content\r\n\r\n", false, false, ""},
      {"no reason", "HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n", false, false, ""},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    auto parser = MessageParser::ForResponse({}, c.to_head);
    const Parsed parsed = Parse(*parser, c.text, 7);
    EXPECT_EQ(parsed.body, c.body);
    EXPECT_EQ(parsed.result,
              c.needs_end ? MessageParser::Result::kNeedMore : MessageParser::Result::kDone);
    EXPECT_EQ(parser->FeedEnd(), MessageParser::Result::kDone);
  }
}

}  // namespace
}  // namespace airwasm::wasi::http
