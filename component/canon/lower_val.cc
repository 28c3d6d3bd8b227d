// Lowering from Val, and checking a Val against a type.
//
// Spec: canonical ABI, "Storing", "Flat Lowering".
#include <utility>

#include "absl/strings/str_cat.h"
#include "component/canon/dynamic.h"
#include "component/canon/store_string.h"

namespace airwasm::component::canon {
namespace {

constexpr size_t kNotFound = SIZE_MAX;

// Names are mostly asked for in their order.
size_t Find(const std::vector<std::string>& names, std::string_view name, size_t expected) {
  if (expected < names.size() && names[expected] == name) return expected;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return i;
  }
  return kNotFound;
}
size_t FindCase(const VariantType& t, std::string_view name) {
  for (size_t i = 0; i < t.cases.size(); ++i) {
    if (t.cases[i].name == name) return i;
  }
  return kNotFound;
}
const Val& FieldOf(const Val& record, const std::string& name, size_t i) {
  return record.items()[Find(record.names(), name, i)];
}

bool IsUtf8(const std::string& text) {
  return CheckUtf8(reinterpret_cast<const uint8_t*>(text.data()), text.size()).empty();
}

// Whether a Val is a value of a type.
class Checker {
 public:
  explicit Checker(const Function& function) : function_(function), types_(*function.types) {}

  bool Check(ValType type, const Val& v) {
    if (type.IsPrim()) return Prim(type, v);
    return std::visit([&](const auto& def) { return Defined(type, def, v); }, types_.Get(type));
  }
  absl::Status status() const { return absl::InvalidArgumentError(error_); }

 private:
  bool Wrong(ValType type, const Val& v) {
    std::string shown = v.ToString();
    if (shown.size() > 60) shown = shown.substr(0, 57) + "...";
    error_ = absl::StrCat("expected ", types_.ToString(type), ", found ", shown);
    return false;
  }
  bool Is(ValType type, const Val& v, bool fits) { return fits || Wrong(type, v); }

  static constexpr Val::Kind KindOf(PrimType prim) {
    switch (prim) {
      case PrimType::kBool:
        return Val::Kind::kBool;
      case PrimType::kS8:
        return Val::Kind::kS8;
      case PrimType::kU8:
        return Val::Kind::kU8;
      case PrimType::kS16:
        return Val::Kind::kS16;
      case PrimType::kU16:
        return Val::Kind::kU16;
      case PrimType::kS32:
        return Val::Kind::kS32;
      case PrimType::kU32:
        return Val::Kind::kU32;
      case PrimType::kS64:
        return Val::Kind::kS64;
      case PrimType::kU64:
        return Val::Kind::kU64;
      case PrimType::kF32:
        return Val::Kind::kF32;
      case PrimType::kF64:
        return Val::Kind::kF64;
      case PrimType::kChar:
        return Val::Kind::kChar;
      case PrimType::kString:
        return Val::Kind::kString;
      case PrimType::kErrorContext:
        break;
    }
    return Val::Kind::kOwn;
  }
  bool Prim(ValType type, const Val& v) {
    if (type.prim() == PrimType::kErrorContext || v.kind() != KindOf(type.prim()))
      return Wrong(type, v);
    if (type.prim() == PrimType::kChar) return Is(type, v, IsChar(v.char_value()));
    if (type.prim() == PrimType::kString) return Is(type, v, IsUtf8(v.string()));
    return true;
  }
  bool All(ValType type, std::span<const ValType> types, const std::vector<Val>& items,
           const Val& whole) {
    if (types.size() != items.size()) return Wrong(type, whole);
    for (size_t i = 0; i < items.size(); ++i) {
      if (!Check(types[i], items[i])) return false;
    }
    return true;
  }
  bool Defined(ValType type, const RecordType& t, const Val& v) {
    if (v.kind() != Val::Kind::kRecord || v.items().size() != t.fields.size())
      return Wrong(type, v);
    for (size_t i = 0; i < t.fields.size(); ++i) {
      const size_t at = Find(v.names(), t.fields[i].name, i);
      if (at == kNotFound) return Wrong(type, v);
      if (!Check(t.fields[i].type, v.items()[at])) return false;
    }
    return true;
  }
  bool Defined(ValType type, const TupleType& t, const Val& v) {
    if (v.kind() != Val::Kind::kTuple) return Wrong(type, v);
    return All(type, t.types, v.items(), v);
  }
  bool Defined(ValType type, const ListType& t, const Val& v) {
    if (v.kind() != Val::Kind::kList || (t.length && *t.length != v.size())) return Wrong(type, v);
    if (v.is_bytes()) return Is(type, v, t.element == ValType(PrimType::kU8));
    for (const Val& item : v.items()) {
      if (!Check(t.element, item)) return false;
    }
    return true;
  }
  bool Defined(ValType type, const MapType& t, const Val& v) {
    if (v.kind() != Val::Kind::kList || v.is_bytes()) return Wrong(type, v);
    const ValType parts[] = {t.key, t.value};
    for (const Val& item : v.items()) {
      if (item.kind() != Val::Kind::kTuple) return Wrong(type, v);
      if (!All(type, parts, item.items(), v)) return false;
    }
    return true;
  }
  bool Payload(ValType type, const std::optional<ValType>& payload, const Val& v) {
    if (payload.has_value() != v.has_payload()) return Wrong(type, v);
    return !payload || Check(*payload, v.payload());
  }
  bool Defined(ValType type, const VariantType& t, const Val& v) {
    if (v.kind() != Val::Kind::kVariant) return Wrong(type, v);
    const size_t i = FindCase(t, v.case_name());
    if (i == kNotFound) return Wrong(type, v);
    return Payload(type, t.cases[i].type, v);
  }
  bool Defined(ValType type, const EnumType& t, const Val& v) {
    return Is(type, v,
              v.kind() == Val::Kind::kEnum && Find(t.names, v.case_name(), 0) != kNotFound);
  }
  bool Defined(ValType type, const OptionType& t, const Val& v) {
    if (v.kind() != Val::Kind::kOption) return Wrong(type, v);
    return Payload(type, v.is_some() ? std::optional(t.type) : std::nullopt, v);
  }
  bool Defined(ValType type, const ResultType& t, const Val& v) {
    if (v.kind() != Val::Kind::kResult) return Wrong(type, v);
    return Payload(type, v.is_ok() ? t.ok : t.error, v);
  }
  bool Defined(ValType type, const FlagsType& t, const Val& v) {
    if (v.kind() != Val::Kind::kFlags) return Wrong(type, v);
    for (const std::string& name : v.names()) {
      if (Find(t.names, name, 0) == kNotFound) return Wrong(type, v);
    }
    return true;
  }
  bool Defined(ValType type, const OwnType& t, const Val& v) {
    return Is(type, v,
              v.kind() == Val::Kind::kOwn && v.resource() == function_.ResourceOf(t.resource));
  }
  // What the host owns it can also lend.
  bool Defined(ValType type, const BorrowType& t, const Val& v) {
    return Is(type, v,
              (v.kind() == Val::Kind::kBorrow || v.kind() == Val::Kind::kOwn) &&
                  v.resource() == function_.ResourceOf(t.resource));
  }
  bool Defined(ValType type, const StreamType&, const Val& v) { return Wrong(type, v); }
  bool Defined(ValType type, const FutureType&, const Val& v) { return Wrong(type, v); }

  const Function& function_;
  const TypeTable& types_;
  std::string error_;
};

// Where values are written: slots, or memory.
struct Target {
  uint64_t* flat = nullptr;  // null: memory
  uint8_t* mem = nullptr;
};

class Lowerer {
 public:
  Lowerer(runtime::Store& store, const Function& function, const CanonOptions& options,
          BorrowScope& scope)
      : store_(store),
        function_(function),
        types_(*function.types),
        options_(options),
        scope_(scope),
        is_64_(options.memory64()) {}

  TrapKind Value(ValType type, const Val& v, Target at) {
    if (type.IsPrim()) return Prim(type.prim(), v, at);
    return std::visit([&](const auto& def) { return Defined(type, def, v, at); }, types_.Get(type));
  }
  // `get(i)` is the value of part i.
  template <typename Get>
  TrapKind Parts(std::span<const ValType> list, Get get, Target at) {
    std::vector<uint32_t> offsets;
    if (at.flat == nullptr) offsets = FieldOffsets(types_, list, is_64_);
    for (size_t i = 0; i < list.size(); ++i) {
      const Target part{at.flat, at.flat == nullptr ? at.mem + offsets[i] : nullptr};
      const TrapKind trap = Value(list[i], get(i), part);
      if (trap != TrapKind::kNone) return trap;
      if (at.flat != nullptr) at.flat += types_.Facts(list[i]).flat(is_64_).count;
    }
    return TrapKind::kNone;
  }

 private:
  template <typename T>
  static TrapKind Write(Target at, T v) {
    if (at.flat != nullptr) {
      at.flat[0] = v;
    } else {
      StoreAs<T>(at.mem, v);
    }
    return TrapKind::kNone;
  }
  void WriteWidth(Target at, uint32_t width, uint32_t v) {
    if (at.flat != nullptr || width == 4) {
      Write<uint32_t>(at, v);
    } else if (width == 1) {
      at.mem[0] = static_cast<uint8_t>(v);
    } else {
      StoreAs<uint16_t>(at.mem, static_cast<uint16_t>(v));
    }
  }
  TrapKind WritePair(Target at, uint64_t first, uint64_t second) {
    if (at.flat != nullptr) {
      at.flat[0] = first;
      at.flat[1] = second;
    } else {
      StoreAddress(at.mem, first, is_64_);
      StoreAddress(at.mem + (is_64_ ? 8 : 4), second, is_64_);
    }
    return TrapKind::kNone;
  }

  TrapKind Prim(PrimType prim, const Val& v, Target at) {
    const uint64_t bits = v.unsigned_value();
    switch (prim) {
      case PrimType::kBool:
      case PrimType::kU8:
        return Write<uint8_t>(at, static_cast<uint8_t>(bits));
      case PrimType::kU16:
        return Write<uint16_t>(at, static_cast<uint16_t>(bits));
      // Signed ones fill a slot's 32 bits with their sign.
      case PrimType::kS8:
        if (at.flat == nullptr) return Write<uint8_t>(at, static_cast<uint8_t>(bits));
        [[fallthrough]];
      case PrimType::kS16:
        if (at.flat == nullptr) return Write<uint16_t>(at, static_cast<uint16_t>(bits));
        [[fallthrough]];
      case PrimType::kS32:
      case PrimType::kU32:
      case PrimType::kF32:
      case PrimType::kChar:
        return Write<uint32_t>(at, static_cast<uint32_t>(bits));
      case PrimType::kS64:
      case PrimType::kU64:
      case PrimType::kF64:
        return Write<uint64_t>(at, bits);
      case PrimType::kString: {
        const std::string& text = v.string();
        if (text.size() > kMaxByteLength) return TooLong();
        const StringView string{reinterpret_cast<const uint8_t*>(text.data()),
                                static_cast<uint32_t>(text.size())};
        uint64_t address = 0;
        uint64_t units = 0;
        const TrapKind trap =
            StoreString(store_, options_, string, Border::kHost, &address, &units);
        return trap != TrapKind::kNone ? trap : WritePair(at, address, units);
      }
      case PrimType::kErrorContext:
        break;
    }
    return Unsupported();
  }
  TrapKind Unsupported() {
    return Fail(store_, "streams, futures and error contexts are not supported");
  }
  TrapKind TooLong() {
    return Fail(store_, "a string or list of the host is longer than 2^28-1 bytes");
  }

  TrapKind Defined(ValType, const RecordType& t, const Val& v, Target at) {
    std::vector<ValType> types;
    for (const Field& field : t.fields) types.push_back(field.type);
    return Parts(
        types, [&](size_t i) -> const Val& { return FieldOf(v, t.fields[i].name, i); }, at);
  }
  TrapKind Defined(ValType, const TupleType& t, const Val& v, Target at) {
    return Parts(t.types, [&](size_t i) -> const Val& { return v.items()[i]; }, at);
  }

  // Room for a list's elements.
  TrapKind Room(const Layout& layout, uint64_t count, uint64_t* address, uint8_t** p) {
    if (count > kMaxByteLength / layout.size) return TooLong();
    TrapKind trap = TrapKind::kNone;
    *p = Allocate(store_, options_, count * layout.size, layout.align, Pointee::kList,
                  Border::kHost, address, &trap);
    return trap;
  }
  TrapKind Defined(ValType, const ListType& t, const Val& v, Target at) {
    const Layout& layout = types_.Facts(t.element).memory(is_64_);
    if (t.length && at.flat != nullptr) {
      const std::vector<ValType> types(*t.length, t.element);
      Val byte;
      return Parts(
          types,
          [&](size_t i) -> const Val& {
            if (!v.is_bytes()) return v.items()[i];
            return byte = Val::U8(v.bytes()[i]);
          },
          at);
    }
    uint64_t address = 0;
    uint8_t* p = at.mem;
    if (!t.length) {
      const TrapKind trap = Room(layout, v.size(), &address, &p);
      if (trap != TrapKind::kNone) return trap;
    }
    if (v.is_bytes()) {
      if (v.size() != 0) std::memcpy(p, v.bytes().data(), v.size());
    } else {
      for (size_t i = 0; i < v.size(); ++i) {
        const TrapKind trap = Value(t.element, v.items()[i], {nullptr, p + i * layout.size});
        if (trap != TrapKind::kNone) return trap;
      }
    }
    return t.length ? TrapKind::kNone : WritePair(at, address, v.size());
  }
  TrapKind Defined(ValType, const MapType& t, const Val& v, Target at) {
    const ValType parts[] = {t.key, t.value};
    const Layout entry = TupleLayout(types_, parts, is_64_);
    uint64_t address = 0;
    uint8_t* p = nullptr;
    TrapKind trap = Room(entry, v.size(), &address, &p);
    for (size_t i = 0; i < v.size() && trap == TrapKind::kNone; ++i) {
      trap = Parts(parts, [&](size_t k) -> const Val& { return v.items()[i].items()[k]; },
                   {nullptr, p + i * entry.size});
    }
    return trap != TrapKind::kNone ? trap : WritePair(at, address, v.size());
  }

  // A variant of type `type` that holds case `i`.
  TrapKind Variant(ValType type, uint32_t i, size_t cases, std::span<const ValType> payloads,
                   const std::optional<ValType>& payload, const Val& v, Target at) {
    WriteWidth(at, DiscriminantSize(cases), i);
    Target inside;
    if (at.flat != nullptr) {
      inside.flat = at.flat + 1;
      const uint32_t slots = types_.Facts(type).flat(is_64_).count;
      for (uint32_t k = 1; k < slots; ++k) at.flat[k] = 0;
    } else {
      inside.mem = at.mem + PayloadOffset(types_, cases, payloads, is_64_);
    }
    return payload ? Value(*payload, v.payload(), inside) : TrapKind::kNone;
  }
  TrapKind Defined(ValType type, const VariantType& t, const Val& v, Target at) {
    std::vector<ValType> payloads;
    for (const VariantCase& c : t.cases) {
      if (c.type) payloads.push_back(*c.type);
    }
    const size_t i = FindCase(t, v.case_name());
    return Variant(type, static_cast<uint32_t>(i), t.cases.size(), payloads, t.cases[i].type, v,
                   at);
  }
  TrapKind Defined(ValType, const EnumType& t, const Val& v, Target at) {
    WriteWidth(at, DiscriminantSize(t.names.size()),
               static_cast<uint32_t>(Find(t.names, v.case_name(), 0)));
    return TrapKind::kNone;
  }
  TrapKind Defined(ValType type, const OptionType& t, const Val& v, Target at) {
    const ValType payloads[] = {t.type};
    return Variant(type, v.is_some() ? 1 : 0, 2, payloads,
                   v.is_some() ? std::optional(t.type) : std::nullopt, v, at);
  }
  TrapKind Defined(ValType type, const ResultType& t, const Val& v, Target at) {
    std::vector<ValType> payloads;
    if (t.ok) payloads.push_back(*t.ok);
    if (t.error) payloads.push_back(*t.error);
    return Variant(type, v.is_ok() ? 0 : 1, 2, payloads, v.is_ok() ? t.ok : t.error, v, at);
  }
  TrapKind Defined(ValType type, const FlagsType& t, const Val& v, Target at) {
    uint32_t bits = 0;
    for (const std::string& name : v.names()) bits |= uint32_t{1} << Find(t.names, name, 0);
    WriteWidth(at, types_.Facts(type).memory32.size, bits);
    return TrapKind::kNone;
  }
  TrapKind Defined(ValType, const OwnType& t, const Val& v, Target at) {
    uint32_t index = 0;
    const TrapKind trap =
        LowerOwn(store_, *options_.instance, v.rep(), function_.ResourceOf(t.resource), &index);
    return trap != TrapKind::kNone ? trap : Write<uint32_t>(at, index);
  }
  TrapKind Defined(ValType, const BorrowType& t, const Val& v, Target at) {
    uint32_t index = 0;
    const TrapKind trap = LowerBorrow(store_, *options_.instance, v.rep(),
                                      function_.ResourceOf(t.resource), scope_, &index);
    return trap != TrapKind::kNone ? trap : Write<uint32_t>(at, index);
  }
  TrapKind Defined(ValType, const StreamType&, const Val&, Target) { return Unsupported(); }
  TrapKind Defined(ValType, const FutureType&, const Val&, Target) { return Unsupported(); }

  runtime::Store& store_;
  const Function& function_;
  const TypeTable& types_;
  const CanonOptions& options_;
  BorrowScope& scope_;
  const bool is_64_;
};

}  // namespace

absl::Status CheckVal(const Function& function, ValType type, const Val& val) {
  Checker checker(function);
  return checker.Check(type, val) ? absl::OkStatus() : checker.status();
}

TrapKind LowerVals(runtime::Store& store, const Function& function, const CanonOptions& options,
                   BorrowScope& scope, std::span<const ValType> list, uint32_t max_flat,
                   std::span<const Val> vals, uint64_t* flat, const uint64_t* place) {
  Target at{flat, nullptr};
  const bool is_64 = options.memory64();
  const Flattening flattening = Flatten(*function.types, list, is_64);
  if (flattening.spills || flattening.count > max_flat) {
    const Layout layout = TupleLayout(*function.types, list, is_64);
    uint64_t address = 0;
    TrapKind trap = TrapKind::kHostError;
    at.flat = nullptr;
    if (place == nullptr) {
      at.mem = Allocate(store, options, layout.size, layout.align, Pointee::kTuple, Border::kHost,
                        &address, &trap);
      flat[0] = address;
    } else {
      at.mem = CheckRange(store, options, FlatAddress(*place, is_64), layout.size, layout.align,
                          Pointee::kTuple, Border::kHost);
    }
    if (at.mem == nullptr) return trap;
  }
  return Lowerer(store, function, options, scope)
      .Parts(list, [&](size_t i) -> const Val& { return vals[i]; }, at);
}

}  // namespace airwasm::component::canon
