#include "component/canon/store_string.h"

#include <cstring>

namespace airwasm::component::canon {
namespace {

uint64_t Utf16Tag(const CanonOptions& options) {
  return uint64_t{1} << (options.memory64() ? 63 : 31);
}

// One string on its way into a guest's memory.
class Writer {
 public:
  Writer(runtime::Store& store, const CanonOptions& options, const StringView& string,
         Border border)
      : store_(store), options_(options), string_(string), border_(border) {}

  TrapKind Store(uint64_t* address, uint64_t* tagged_units) {
    const bool done = Run();
    *address = address_;
    *tagged_units = result_;
    return done ? TrapKind::kNone : trap_;
  }

 private:
  uint64_t units() const { return string_.units; }

  bool Run() {
    switch (options_.encoding) {
      case StringEncoding::kUtf8:
        if (string_.encoding == CodeUnits::kUtf8) return Copy(1, 1);
        return ToUtf8(string_.encoding == CodeUnits::kUtf16 ? 3 : 2);
      case StringEncoding::kUtf16:
        if (string_.encoding == CodeUnits::kUtf8) return Utf8To16();
        return Copy(2, 2);
      case StringEncoding::kLatin1Utf16:
        if (string_.encoding == CodeUnits::kLatin1) return Copy(1, 2);
        return string_.tagged ? ProbablyUtf16() : ToLatin1OrUtf16();
    }
    return false;
  }

  // Calls realloc for `bytes` and checks what it returns.
  bool Resize(uint64_t bytes, uint32_t align) {
    trap_ = Realloc(store_, options_, address_, allocated_, align, bytes, &address_);
    if (trap_ != TrapKind::kNone) return false;
    out_ = CheckRange(store_, options_, address_, bytes, align, Pointee::kString, border_, true);
    allocated_ = bytes;
    if (out_ == nullptr) trap_ = TrapKind::kHostError;
    return out_ != nullptr;
  }

  // Spec: store_string_copy.
  bool Copy(uint32_t unit_bytes, uint32_t align) {
    const uint64_t bytes = unit_bytes * units();
    if (!Resize(bytes, align)) return false;
    if (string_.encoding == CodeUnits::kLatin1 && unit_bytes == 2) {
      Latin1ToUtf16(string_.data, units(), out_);
    } else if (bytes != 0) {
      std::memmove(out_, string_.data, bytes);
    }
    result_ = units();
    return true;
  }

  // Spec: store_string_to_utf8. Expects ASCII, and asks for more room at the first other character.
  bool ToUtf8(uint32_t worst_bytes_per_unit) {
    if (!Resize(units(), 1)) return false;
    const bool wide = string_.encoding == CodeUnits::kUtf16;
    uint64_t i = 0;
    for (; i < units(); ++i) {
      const uint32_t unit = wide ? LoadAs<uint16_t>(string_.data + 2 * i) : string_.data[i];
      if (unit >= 0x80) break;
      out_[i] = static_cast<uint8_t>(unit);
    }
    result_ = units();
    if (i == units()) return true;
    if (!Resize(worst_bytes_per_unit * units(), 1)) return false;
    result_ = i + (wide ? Utf16ToUtf8(string_.data + 2 * i, units() - i, out_ + i)
                        : Latin1ToUtf8(string_.data + i, units() - i, out_ + i));
    return allocated_ == result_ || Resize(result_, 1);
  }

  // Spec: store_utf8_to_utf16.
  bool Utf8To16() {
    if (!Resize(2 * units(), 2)) return false;
    result_ = Utf8ToUtf16(string_.data, units(), out_);
    return allocated_ == 2 * result_ || Resize(2 * result_, 2);
  }

  // Spec: store_string_to_latin1_or_utf16. Expects Latin-1, and widens what it has written at the
  // first other character.
  bool ToLatin1OrUtf16() {
    if (!Resize(units(), 2)) return false;
    const bool wide = string_.encoding == CodeUnits::kUtf16;
    size_t written = 0;
    const size_t read = wide ? Utf16ToLatin1(string_.data, units(), out_, &written)
                             : Utf8ToLatin1(string_.data, units(), out_, &written);
    if (read == units()) {
      result_ = written;
      return allocated_ == written || Resize(written, 2);
    }
    if (!Resize(2 * units(), 2)) return false;
    for (size_t i = written; i-- > 0;) StoreAs<uint16_t>(out_ + 2 * i, out_[i]);
    uint64_t count = written;
    if (wide) {
      std::memmove(out_ + 2 * written, string_.data + 2 * read, 2 * (units() - read));
      count += units() - read;
    } else {
      count += Utf8ToUtf16(string_.data + read, units() - read, out_ + 2 * written);
    }
    result_ = count | Utf16Tag(options_);
    return allocated_ == 2 * count || Resize(2 * count, 2);
  }

  // Spec: store_probably_utf16_to_latin1_or_utf16. The last realloc asks for no alignment.
  bool ProbablyUtf16() {
    if (!Resize(2 * units(), 2)) return false;
    std::memmove(out_, string_.data, 2 * units());
    bool latin1 = true;
    for (uint64_t i = 0; i < units() && latin1; ++i) latin1 = out_[2 * i + 1] == 0;
    result_ = units() | Utf16Tag(options_);
    if (!latin1) return true;
    for (uint64_t i = 0; i < units(); ++i) out_[i] = out_[2 * i];
    result_ = units();
    return Resize(units(), 1);
  }

  runtime::Store& store_;
  const CanonOptions& options_;
  const StringView& string_;
  const Border border_;
  uint64_t address_ = 0;    // of the newest allocation
  uint64_t allocated_ = 0;  // bytes of it
  uint8_t* out_ = nullptr;
  uint64_t result_ = 0;
  TrapKind trap_ = TrapKind::kNone;
};

}  // namespace

TrapKind LoadString(runtime::Store& store, const CanonOptions& options, uint64_t address,
                    uint64_t tagged_units, Border border, StringView* string) {
  uint64_t units = tagged_units;
  uint32_t align = 2;
  *string = StringView();
  switch (options.encoding) {
    case StringEncoding::kUtf8:
      align = 1;
      break;
    case StringEncoding::kUtf16:
      string->encoding = CodeUnits::kUtf16;
      break;
    case StringEncoding::kLatin1Utf16:
      string->tagged = (units & Utf16Tag(options)) != 0;
      string->encoding = string->tagged ? CodeUnits::kUtf16 : CodeUnits::kLatin1;
      units &= Utf16Tag(options) - 1;
      break;
  }
  const uint32_t unit_bytes = string->encoding == CodeUnits::kUtf16 ? 2 : 1;
  if (units > kMaxByteLength / unit_bytes) [[unlikely]] {
    if (units > MemoryBytes(options) / unit_bytes)
      return FailRange(store, address, units, MemoryBytes(options), align, Pointee::kString, border,
                       false);
    return Fail(store, "string is longer than 2^28-1 bytes");
  }
  string->units = static_cast<uint32_t>(units);
  string->data =
      CheckRange(store, options, address, units * unit_bytes, align, Pointee::kString, border);
  if (string->data == nullptr) return TrapKind::kHostError;
  std::string_view wrong;
  if (string->encoding == CodeUnits::kUtf8) wrong = CheckUtf8(string->data, units);
  if (string->encoding == CodeUnits::kUtf16) wrong = CheckUtf16(string->data, units);
  return wrong.empty() ? TrapKind::kNone : Fail(store, wrong);
}

TrapKind StoreString(runtime::Store& store, const CanonOptions& options, const StringView& string,
                     Border border, uint64_t* address, uint64_t* tagged_units) {
  return Writer(store, options, string, border).Store(address, tagged_units);
}

}  // namespace airwasm::component::canon
