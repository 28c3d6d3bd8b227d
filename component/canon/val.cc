// Values, and their text form.
#include "airwasm/component_val.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>

namespace airwasm {
namespace {

void AppendUtf8(char32_t c, std::string& out) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

void AppendEscaped(unsigned char c, char quote, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\\':
      out += "\\\\";
      return;
  }
  if (c == quote) {
    out += '\\';
    out += quote;
  } else if (c < 0x20 || c == 0x7F) {
    out += "\\u{";
    if (c >= 0x10) out += kHex[c >> 4];
    out += kHex[c & 15];
    out += '}';
  } else {
    out += static_cast<char>(c);
  }
}

void AppendString(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) AppendEscaped(static_cast<unsigned char>(c), '"', out);
  out += '"';
}

// The shortest text that reads back as the same number.
template <typename Float>
void AppendFloat(Float value, std::string& out) {
  if (std::isnan(value)) {
    out += "nan";
    return;
  }
  if (std::isinf(value)) {
    out += value < 0 ? "-inf" : "inf";
    return;
  }
  char buffer[64];
  const std::to_chars_result end = std::to_chars(buffer, buffer + sizeof buffer, value);
  out.append(buffer, end.ptr);
}

void Append(const Val& v, std::string& out);

void AppendItems(const std::vector<Val>& items, char open, char close, std::string& out) {
  out += open;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i != 0) out += ", ";
    Append(items[i], out);
  }
  out += close;
}

// Names of cases that would be read as keywords.
bool IsKeyword(std::string_view name) {
  static constexpr std::string_view kKeywords[] = {"true", "false", "inf", "nan",
                                                   "some", "none",  "ok",  "err"};
  return std::find(std::begin(kKeywords), std::end(kKeywords), name) != std::end(kKeywords);
}

void AppendPayload(std::string_view name, const Val& v, std::string& out) {
  out += name;
  if (!v.has_payload()) return;
  out += '(';
  Append(v.payload(), out);
  out += ')';
}

void Append(const Val& v, std::string& out) {
  using Kind = Val::Kind;
  switch (v.kind()) {
    case Kind::kBool:
      out += v.bool_value() ? "true" : "false";
      return;
    case Kind::kS8:
    case Kind::kS16:
    case Kind::kS32:
    case Kind::kS64:
      out += std::to_string(v.signed_value());
      return;
    case Kind::kU8:
    case Kind::kU16:
    case Kind::kU32:
    case Kind::kU64:
      out += std::to_string(v.unsigned_value());
      return;
    case Kind::kF32:
      return AppendFloat(v.f32(), out);
    case Kind::kF64:
      return AppendFloat(v.f64(), out);
    case Kind::kChar:
      out += '\'';
      if (v.char_value() < 0x80) {
        AppendEscaped(static_cast<unsigned char>(v.char_value()), '\'', out);
      } else {
        AppendUtf8(v.char_value(), out);
      }
      out += '\'';
      return;
    case Kind::kString:
      return AppendString(v.string(), out);
    case Kind::kList:
      if (!v.is_bytes()) return AppendItems(v.items(), '[', ']', out);
      out += '[';
      for (size_t i = 0; i < v.bytes().size(); ++i) {
        if (i != 0) out += ", ";
        out += std::to_string(v.bytes()[i]);
      }
      out += ']';
      return;
    case Kind::kTuple:
      return AppendItems(v.items(), '(', ')', out);
    case Kind::kRecord:
      out += '{';
      for (size_t i = 0; i < v.items().size(); ++i) {
        if (i != 0) out += ", ";
        out += v.names()[i] + ": ";
        Append(v.items()[i], out);
      }
      out += '}';
      return;
    case Kind::kVariant:
    case Kind::kEnum:
      if (IsKeyword(v.case_name())) out += '%';
      return AppendPayload(v.case_name(), v, out);
    case Kind::kOption:
      return AppendPayload(v.is_some() ? "some" : "none", v, out);
    case Kind::kResult:
      return AppendPayload(v.is_ok() ? "ok" : "err", v, out);
    case Kind::kFlags:
      out += '{';
      for (size_t i = 0; i < v.names().size(); ++i) {
        if (i != 0) out += ", ";
        out += v.names()[i];
      }
      out += '}';
      return;
    case Kind::kOwn:
      out += "own(" + std::to_string(v.rep()) + ")";
      return;
    case Kind::kBorrow:
      out += "borrow(" + std::to_string(v.rep()) + ")";
      return;
  }
}

}  // namespace

Val::Val(const Val& other)
    : kind_(other.kind_),
      is_bytes_(other.is_bytes_),
      bits_(other.bits_),
      resource_(other.resource_),
      text_(other.text_),
      parts_(other.parts_ == nullptr ? nullptr : std::make_unique<Parts>(*other.parts_)) {}

Val Val::F32(float v) {
  return F32Bits(std::bit_cast<uint32_t>(v));
}
Val Val::F64(double v) {
  return F64Bits(std::bit_cast<uint64_t>(v));
}
float Val::f32() const {
  return std::bit_cast<float>(f32_bits());
}
double Val::f64() const {
  return std::bit_cast<double>(f64_bits());
}

Val Val::Composite(Kind kind, std::vector<std::string> names, std::vector<Val> items) {
  Val v;
  v.kind_ = kind;
  v.parts_ = std::make_unique<Parts>();
  v.parts_->names = std::move(names);
  v.parts_->items = std::move(items);
  return v;
}

Val Val::Bytes(std::vector<uint8_t> bytes) {
  Val v = Composite(Kind::kList, {}, {});
  v.is_bytes_ = true;
  v.parts_->bytes = std::move(bytes);
  return v;
}

Val Val::Record(std::vector<std::pair<std::string, Val>> fields) {
  Val v = Composite(Kind::kRecord, {}, {});
  for (auto& [name, value] : fields) {
    v.parts_->names.push_back(std::move(name));
    v.parts_->items.push_back(std::move(value));
  }
  return v;
}

Val Val::Variant(std::string name, Val payload) {
  Val v = Composite(Kind::kVariant, {}, {});
  v.text_ = std::move(name);
  v.parts_->items.push_back(std::move(payload));
  return v;
}

Val Val::Some(Val payload) {
  Val v = Composite(Kind::kOption, {}, {});
  v.bits_ = 1;
  v.parts_->items.push_back(std::move(payload));
  return v;
}

Val Val::Ok(Val payload) {
  Val v = Composite(Kind::kResult, {}, {});
  v.bits_ = 1;
  v.parts_->items.push_back(std::move(payload));
  return v;
}

Val Val::Err(Val payload) {
  Val v = Composite(Kind::kResult, {}, {});
  v.parts_->items.push_back(std::move(payload));
  return v;
}

Val Val::Own(const ResourceType* type, uint64_t rep) {
  Val v = Number(Kind::kOwn, rep);
  v.resource_ = type;
  return v;
}
Val Val::Borrow(const ResourceType* type, uint64_t rep) {
  Val v = Number(Kind::kBorrow, rep);
  v.resource_ = type;
  return v;
}

const std::vector<Val>& Val::NoItems() {
  static const std::vector<Val> none;
  return none;
}
const std::vector<std::string>& Val::NoNames() {
  static const std::vector<std::string> none;
  return none;
}

bool Val::operator==(const Val& other) const {
  if (kind_ != other.kind_ || bits_ != other.bits_ || text_ != other.text_ ||
      resource_ != other.resource_)
    return false;
  if (kind_ == Kind::kFlags) {
    std::vector<std::string> a = names();
    std::vector<std::string> b = other.names();
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    return a == b;
  }
  if (is_bytes_ && other.is_bytes_) return bytes() == other.bytes();
  if (is_bytes_ != other.is_bytes_) {
    const Val& packed = is_bytes_ ? *this : other;
    const Val& plain = is_bytes_ ? other : *this;
    if (packed.size() != plain.size()) return false;
    for (size_t i = 0; i < packed.size(); ++i) {
      if (plain.items()[i] != U8(packed.bytes()[i])) return false;
    }
    return true;
  }
  return names() == other.names() && items() == other.items();
}

std::string Val::ToString() const {
  std::string out;
  Append(*this, out);
  return out;
}

}  // namespace airwasm
