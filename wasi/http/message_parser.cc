// On the parser of Boost.Beast, which knows the grammar; here is what is stricter than it: codings
// that are not understood are refused, not ignored, since the two ends of a connection would
// disagree on where a message ends.
//
// Beast asserts, wrongly, that the line of a last chunk comes with three bytes before it, so bytes
// of a peer could end a process with assertions; what it reads lies inside its input either way.
#define BOOST_DISABLE_ASSERTS

#include "wasi/http/message_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <limits>

namespace airwasm::wasi::http {
namespace {

namespace beast = boost::beast;
using ErrorCode = beast::error_code;

std::string_view View(beast::string_view s) {
  return {s.data(), s.size()};
}

template <bool is_request>
class Parser final : public MessageParser, private beast::http::basic_parser<is_request> {
  using Base = beast::http::basic_parser<is_request>;

 public:
  Parser(const ParserLimits& limits, bool skip_body) : limits_(limits) {
    Base::header_limit(static_cast<uint32_t>(limits.header_bytes));
    if (limits.body_bytes) {
      Base::body_limit(*limits.body_bytes);
    } else {
      Base::body_limit(std::numeric_limits<uint64_t>::max());  // with none it refuses any length
    }
    Base::skip(skip_body);
  }

  Result Feed(std::string_view bytes, size_t* used) override {
    *used = 0;
    const bool had_head = Base::is_header_done();
    if (had_head && Base::is_done()) return Result::kDone;
    Base::eager(had_head);
    while (true) {
      ErrorCode error;
      const size_t n =
          Base::put(boost::asio::const_buffer(bytes.data() + *used, bytes.size() - *used), error);
      *used += n;
      if (!had_head && Base::is_header_done()) {
        if (error && error != beast::http::error::need_more) return Bad(error);
        return CheckHead() ? Result::kHead : Result::kBad;
      }
      if (error && error != beast::http::error::need_more) return Bad(error);
      if (Base::is_header_done() && Base::is_done()) return Result::kDone;
      if (error == beast::http::error::need_more || n == 0 || *used == bytes.size()) {
        // Of a head, a line before a chunk or trailers, which have to be read as a whole.
        if (bytes.size() - *used >= limits_.header_bytes) return TooLong();
        return Result::kNeedMore;
      }
    }
  }

  Result FeedEnd() override {
    ErrorCode error;
    if (!Base::got_some()) {
      error = beast::http::error::end_of_stream;
    } else if (Base::is_header_done() && Base::is_done()) {
      return Result::kDone;
    } else {
      Base::put_eof(error);
    }
    if (error) {
      problem_ = {
          {is_request ? HttpErrorKind::kConnectionTerminated : HttpErrorKind::kResponseIncomplete,
           {},
           {}},
          400};
      return Result::kBad;
    }
    return Result::kDone;
  }

  bool started() const override { return Base::got_some(); }
  bool done() const override { return Base::is_header_done() && Base::is_done(); }
  bool keep_alive() const override { return Base::keep_alive(); }
  bool is_http_1_1() const override { return is_http_1_1_; }
  std::optional<uint64_t> content_length() const override {
    const auto length = Base::content_length();
    if (!length) return std::nullopt;
    return *length;
  }

 private:
  Result TooLong() {
    problem_ = {{is_request ? HttpErrorKind::kRequestHeaderSectionSize
                            : HttpErrorKind::kResponseHeaderSectionSize,
                 {},
                 {}},
                431};
    return Result::kBad;
  }

  Result Bad(const ErrorCode& error) {
    if (error == beast::http::error::header_limit) return TooLong();
    if (error == beast::http::error::body_limit) {
      problem_ = {{is_request ? HttpErrorKind::kRequestBodySize : HttpErrorKind::kResponseBodySize,
                   {},
                   limits_.body_bytes},
                  413};
    } else if (problem_.error.kind == HttpErrorKind::kInternalError) {  // not set by one of ours
      problem_ = {{HttpErrorKind::kProtocolError, {}, {}}, 400};
    }
    return Result::kBad;
  }

  bool CheckHead() {
    const Fields& fields = is_request ? request_.headers : response_.headers;
    const std::string* const coding = fields.Find("transfer-encoding");
    // Of HTTP/1.0 it is not defined, and whoever passed it on may not have understood it.
    if (coding != nullptr && (!EqualNames(*coding, "chunked") || !is_http_1_1_)) {
      problem_ = {{HttpErrorKind::kResponseTransferCoding, *coding, {}}, 501};
      if (is_request) problem_.error = {HttpErrorKind::kProtocolError, {}, {}};
      return false;
    }
    if (is_request) {
      const std::string* const expect = fields.Find("expect");
      expects_continue_ = expect != nullptr && EqualNames(*expect, "100-continue") && is_http_1_1_;
    }
    return true;
  }

  void Refuse(HttpErrorKind kind, uint16_t status, ErrorCode& error) {
    problem_ = {{kind, {}, {}}, status};
    error = beast::http::make_error_code(beast::http::error::bad_field);
  }

  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target,
                       int version, ErrorCode& error) override {
    error = {};
    is_http_1_1_ = version == 11;
    if (version != 10 && version != 11) error = beast::http::error::bad_version;
    request_.method = View(method);
    request_.path_with_query = View(target);
  }
  void on_response_impl(int code, beast::string_view, int version, ErrorCode& error) override {
    error = {};
    is_http_1_1_ = version == 11;
    response_.status = static_cast<uint16_t>(code);
  }
  void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                     ErrorCode& error) override {
    error = {};
    Fields* fields = is_request ? &request_.headers : &response_.headers;
    if (Base::is_header_done()) {
      if (!trailers_) trailers_.emplace();
      fields = &*trailers_;
    }
    if (!IsFieldValue(View(value))) return Refuse(HttpErrorKind::kProtocolError, 400, error);
    const bool paid =
        limits_.account == nullptr || limits_.account->Add(CostOf(View(name), value.size()));
    if (!paid || !fields->Append(View(name), View(value))) {
      Refuse(is_request ? HttpErrorKind::kRequestHeaderSectionSize
                        : HttpErrorKind::kResponseHeaderSectionSize,
             431, error);
    }
  }
  void on_header_impl(ErrorCode& error) override { error = {}; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode& error) override {
    error = {};
  }
  std::size_t on_body_impl(beast::string_view bytes, ErrorCode& error) override {
    error = {};
    if (body_) body_->Write(View(bytes));
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, ErrorCode& error) override {
    error = {};
  }
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes,
                                 ErrorCode& error) override {
    error = {};
    if (body_) body_->Write(View(bytes));
    return bytes.size();
  }
  void on_finish_impl(ErrorCode& error) override { error = {}; }

  ParserLimits limits_;
  bool is_http_1_1_ = true;
};

}  // namespace

std::unique_ptr<MessageParser> MessageParser::ForRequest(const ParserLimits& limits) {
  return std::make_unique<Parser<true>>(limits, false);
}
std::unique_ptr<MessageParser> MessageParser::ForResponse(const ParserLimits& limits,
                                                          bool to_head) {
  return std::make_unique<Parser<false>>(limits, to_head);
}

Fields ForGuest(const Fields& fields) {
  Fields shown;
  for (const Field& field : fields.entries()) {
    if (!IsForbidden(field.name)) shown.Append(field.name, field.value);
  }
  return shown;
}

}  // namespace airwasm::wasi::http
