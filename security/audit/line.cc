#include "security/audit/line.h"

#include <charconv>
#include <cstring>

namespace airwasm::security::audit {
namespace {

// Writes into room that is known to suffice.
class Cursor {
 public:
  explicit Cursor(char* at) : at_(at) {}
  char* at() const { return at_; }
  template <size_t n>
  void Literal(const char (&text)[n]) {
    std::memcpy(at_, text, n - 1);
    at_ += n - 1;
  }
  void Text(std::string_view text) {
    if (!text.empty()) std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  void Number(uint64_t value) {
    constexpr size_t kMaxDigits = 20;
    at_ = std::to_chars(at_, at_ + kMaxDigits, value).ptr;
  }
  void Escaped(std::string_view text) { at_ = EscapeJson(text, at_); }
  void Move(char* at) { at_ = at; }

 private:
  char* at_;
};

// Reads what Cursor wrote, and stops for good at the first byte that does not belong there.
class Reader {
 public:
  explicit Reader(std::string_view line) : line_(line) {}
  bool ok() const { return ok_; }
  size_t offset() const { return at_; }

  bool TryLiteral(std::string_view text) {
    if (!ok_ || !line_.substr(at_).starts_with(text)) return false;
    at_ += text.size();
    return true;
  }
  void Literal(std::string_view text) {
    if (!ok_) return;
    while (!text.empty() && at_ < line_.size() && line_[at_] == text[0]) {
      ++at_;
      text.remove_prefix(1);
    }
    ok_ = text.empty();
  }
  uint64_t Number() {
    uint64_t value = 0;
    const char* const begin = line_.data() + at_;
    const auto [end, error] = std::from_chars(begin, line_.data() + line_.size(), value);
    const bool canonical = error == std::errc() && (*begin != '0' || end == begin + 1);
    if (!ok_ || !canonical) return Bad(), 0;
    at_ += static_cast<size_t>(end - begin);
    return value;
  }
  // Up to the closing quote, which is left.
  std::string_view Text() {
    const size_t begin = at_;
    while (ok_ && at_ < line_.size() && line_[at_] != '"') {
      if (static_cast<uint8_t>(line_[at_]) < 0x20) return Bad(), std::string_view();
      at_ += line_[at_] == '\\' ? 2 : 1;
    }
    if (!ok_ || at_ >= line_.size()) return Bad(), std::string_view();
    return line_.substr(begin, at_ - begin);
  }
  void Check(bool holds, size_t offset) {
    if (!ok_ || holds) return;
    at_ = offset;
    ok_ = false;
  }

 private:
  void Bad() {
    ok_ = false;
    if (at_ > line_.size()) at_ = line_.size();
  }

  std::string_view line_;
  size_t at_ = 0;
  bool ok_ = true;
};

bool IsTime(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00.000000000Z";
  static_assert(kForm.size() == kTimeTextBytes);
  if (text.size() != kForm.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (kForm[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != kForm[i]) return false;
  }
  return true;
}

}  // namespace

char* LineWriter::Write(const LineParts& parts, char* to) {
  Cursor out(to);
  out.Literal("{\"seq\":");
  out.Number(last_.seq + 1);
  out.Literal(",\"time\":\"");
  out.Move(time_.Write(parts.time_ns, out.at()));
  out.Literal("\",\"component\":\"");
  out.Text(parts.component);
  out.Literal("\",\"instance\":");
  out.Number(parts.instance);
  out.Literal(",\"function\":\"");
  out.Text(parts.function);
  out.Literal("\",\"class\":\"");
  out.Text(parts.capability);
  out.Literal("\",\"object\":\"");
  out.Escaped(parts.object);
  if (parts.object_full_bytes > parts.object.size()) {
    out.Literal("\",\"object_bytes\":");
    out.Number(parts.object_full_bytes);
    out.Literal(",\"decision\":\"");
  } else {
    out.Literal("\",\"decision\":\"");
  }
  if (parts.allow)
    out.Literal("allow");
  else
    out.Literal("deny");
  out.Literal("\",\"rule\":\"");
  out.Text(parts.rule);
  out.Literal("\",\"backtrace\":\"");
  out.Escaped(parts.backtrace);
  if (parts.backtrace_full_bytes > parts.backtrace.size()) {
    out.Literal("\",\"backtrace_bytes\":");
    out.Number(parts.backtrace_full_bytes);
    out.Literal(",\"prev\":\"");
  } else {
    out.Literal("\",\"prev\":\"");
  }
  out.Move(WriteHex(last_.hash, out.at()));
  out.Literal("\"}");
  last_ = {.seq = last_.seq + 1, .hash = HashOf({to, static_cast<size_t>(out.at() - to)})};
  out.Literal("\n");
  return out.at();
}

std::optional<ParsedLine> ParseLine(std::string_view line, size_t* bad_offset) {
  Reader in(line);
  ParsedLine parsed;
  in.Literal("{\"seq\":");
  parsed.seq = in.Number();
  in.Literal(",\"time\":\"");
  const size_t time_offset = in.offset();
  parsed.time = in.Text();
  in.Check(IsTime(parsed.time), time_offset);
  in.Literal("\",\"component\":\"");
  parsed.component = in.Text();
  in.Literal("\",\"instance\":");
  parsed.instance = in.Number();
  in.Literal(",\"function\":\"");
  parsed.function = in.Text();
  in.Literal("\",\"class\":\"");
  parsed.capability = in.Text();
  in.Literal("\",\"object\":\"");
  parsed.object = in.Text();
  if (in.TryLiteral("\",\"object_bytes\":")) {
    parsed.object_bytes = in.Number();
    in.Literal(",\"decision\":\"");
  } else {
    in.Literal("\",\"decision\":\"");
  }
  parsed.allow = in.TryLiteral("allow");
  if (!parsed.allow) in.Literal("deny");
  in.Literal("\",\"rule\":\"");
  parsed.rule = in.Text();
  in.Literal("\",\"backtrace\":\"");
  parsed.backtrace = in.Text();
  if (in.TryLiteral("\",\"backtrace_bytes\":")) {
    parsed.backtrace_bytes = in.Number();
    in.Literal(",\"prev\":\"");
  } else {
    in.Literal("\",\"prev\":\"");
  }
  const size_t prev_offset = in.offset();
  const std::optional<Digest> prev = ParseHex(in.Text());
  in.Check(prev.has_value(), prev_offset);
  in.Literal("\"}");
  in.Check(in.offset() == line.size(), in.offset());
  if (!in.ok()) {
    if (bad_offset != nullptr) *bad_offset = in.offset();
    return std::nullopt;
  }
  parsed.prev = *prev;
  return parsed;
}

}  // namespace airwasm::security::audit
