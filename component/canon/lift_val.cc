// Lifting into Val.
//
// Recursion follows the type, whose nesting is limited; how much a guest may make of it is limited
// by kMaxLiftedBytes. Whoever makes room for a value takes it from that limit before, and charges
// the guest for as long as the call lasts.
// Spec: canonical ABI, "Loading", "Flat Lifting".
#include <utility>

#include "component/canon/dynamic.h"
#include "component/canon/store_string.h"
#include "engine/runtime/host_bytes.h"

namespace airwasm::component::canon {
namespace {

// Where values are read: slots, or memory.
struct Source {
  const uint64_t* flat = nullptr;  // null: memory
  const uint8_t* mem = nullptr;
};

class Lifter {
 public:
  Lifter(runtime::Store& store, const Function& function, const CanonOptions& options,
         Lenders& lenders)
      : store_(store),
        function_(function),
        types_(*function.types),
        options_(options),
        lenders_(lenders),
        is_64_(options.memory64()) {}
  ~Lifter() {
    if (charged_ != 0) runtime::RefundHostBytes(store_, charged_);
  }
  Lifter(const Lifter&) = delete;
  Lifter& operator=(const Lifter&) = delete;

  // False: trap() says why. There is room for `*out` itself.
  bool Value(ValType type, Source at, Val* out) {
    if (type.IsPrim()) return Prim(type.prim(), at, out);
    return std::visit([&](const auto& def) { return Defined(type, def, at, out); },
                      types_.Get(type));
  }
  bool Parts(std::span<const ValType> list, Source at, std::vector<Val>* out) {
    if (!Take(list.size() * sizeof(Val))) return false;
    out->reserve(list.size());
    std::vector<uint32_t> offsets;
    if (at.flat == nullptr) offsets = FieldOffsets(types_, list, is_64_);
    for (size_t i = 0; i < list.size(); ++i) {
      const Source part{at.flat, at.flat == nullptr ? at.mem + offsets[i] : nullptr};
      if (!Value(list[i], part, &out->emplace_back())) return false;
      if (at.flat != nullptr) at.flat += types_.Facts(list[i]).flat(is_64_).count;
    }
    return true;
  }
  TrapKind trap() const { return trap_; }

 private:
  template <typename T>
  static T Read(Source at) {
    return at.flat != nullptr ? static_cast<T>(at.flat[0]) : LoadAs<T>(at.mem);
  }
  uint32_t ReadWidth(Source at, uint32_t width) {
    if (at.flat != nullptr) return static_cast<uint32_t>(at.flat[0]);
    return width == 1   ? at.mem[0]
           : width == 2 ? LoadAs<uint16_t>(at.mem)
                        : LoadAs<uint32_t>(at.mem);
  }
  void ReadPair(Source at, uint64_t* first, uint64_t* second) {
    *first = at.flat != nullptr ? FlatAddress(at.flat[0], is_64_) : LoadAddress(at.mem, is_64_);
    *second = at.flat != nullptr ? FlatAddress(at.flat[1], is_64_)
                                 : LoadAddress(at.mem + (is_64_ ? 8 : 4), is_64_);
  }
  bool Stop(TrapKind trap) {
    trap_ = trap;
    return false;
  }
  // Before so much is allocated.
  bool Take(uint64_t bytes) {
    if (bytes > budget_)
      return Stop(Fail(store_, "the values of this call take more host memory than is allowed"));
    if (absl::Status status = runtime::ChargeHostBytes(store_, bytes); !status.ok()) {
      store_.host_error = std::move(status);
      return Stop(TrapKind::kHostError);
    }
    budget_ -= bytes;
    charged_ += bytes;
    return true;
  }
  // Of a field, a case or a flag, which a Val holds as text.
  bool TakeName(const std::string& name) { return Take(sizeof(std::string) + name.size()); }

  bool Prim(PrimType prim, Source at, Val* out) {
    switch (prim) {
      case PrimType::kBool:
        *out = Val::Bool(at.flat != nullptr ? Read<uint32_t>(at) != 0 : Read<uint8_t>(at) != 0);
        return true;
      case PrimType::kS8:
        *out = Val::S8(Read<int8_t>(at));
        return true;
      case PrimType::kU8:
        *out = Val::U8(Read<uint8_t>(at));
        return true;
      case PrimType::kS16:
        *out = Val::S16(Read<int16_t>(at));
        return true;
      case PrimType::kU16:
        *out = Val::U16(Read<uint16_t>(at));
        return true;
      case PrimType::kS32:
        *out = Val::S32(Read<int32_t>(at));
        return true;
      case PrimType::kU32:
        *out = Val::U32(Read<uint32_t>(at));
        return true;
      case PrimType::kS64:
        *out = Val::S64(Read<int64_t>(at));
        return true;
      case PrimType::kU64:
        *out = Val::U64(Read<uint64_t>(at));
        return true;
      case PrimType::kF32:
        *out = Val::F32Bits(Read<uint32_t>(at));
        return true;
      case PrimType::kF64:
        *out = Val::F64Bits(Read<uint64_t>(at));
        return true;
      case PrimType::kChar:
        if (!IsChar(Read<uint32_t>(at))) return Stop(FailChar(store_));
        *out = Val::Char(Read<uint32_t>(at));
        return true;
      case PrimType::kString:
        return String(at, out);
      case PrimType::kErrorContext:
        return Unsupported();
    }
    return false;
  }
  bool Unsupported() {
    return Stop(Fail(store_, "streams, futures and error contexts are not supported"));
  }

  bool String(Source at, Val* out) {
    uint64_t address = 0;
    uint64_t units = 0;
    ReadPair(at, &address, &units);
    StringView string;
    const TrapKind trap = LoadString(store_, options_, address, units, Border::kHost, &string);
    if (trap != TrapKind::kNone) return Stop(trap);
    if (!Take(MostUtf8Bytes(string))) return false;
    *out = Val::String(ToUtf8(string));
    return true;
  }

  bool Defined(ValType, const RecordType& t, Source at, Val* out) {
    std::vector<ValType> types;
    for (const Field& field : t.fields) {
      if (!TakeName(field.name)) return false;
      types.push_back(field.type);
    }
    std::vector<Val> parts;
    if (!Parts(types, at, &parts)) return false;
    std::vector<std::pair<std::string, Val>> fields;
    for (size_t i = 0; i < parts.size(); ++i)
      fields.emplace_back(t.fields[i].name, std::move(parts[i]));
    *out = Val::Record(std::move(fields));
    return true;
  }
  bool Defined(ValType, const TupleType& t, Source at, Val* out) {
    std::vector<Val> parts;
    if (!Parts(t.types, at, &parts)) return false;
    *out = Val::Tuple(std::move(parts));
    return true;
  }

  // The bytes of a list's elements; null: trap().
  const uint8_t* Elements(Source at, const Layout& layout, uint64_t* count) {
    uint64_t address = 0;
    ReadPair(at, &address, count);
    if (*count > kMaxByteLength / layout.size) {
      if (*count > MemoryBytes(options_) / layout.size) {
        Stop(FailRange(store_, address, *count, MemoryBytes(options_), layout.align, Pointee::kList,
                       Border::kHost, false));
      } else {
        Stop(Fail(store_, "list is longer than 2^28-1 bytes"));
      }
      return nullptr;
    }
    const uint8_t* const p = CheckRange(store_, options_, address, *count * layout.size,
                                        layout.align, Pointee::kList, Border::kHost);
    if (p == nullptr) Stop(TrapKind::kHostError);
    return p;
  }

  bool Defined(ValType, const ListType& t, Source at, Val* out) {
    const Layout& layout = types_.Facts(t.element).memory(is_64_);
    uint64_t count = t.length.value_or(0);
    const uint8_t* p = at.mem;
    if (t.length && at.flat != nullptr) {
      std::vector<Val> parts;
      if (!Parts(std::vector<ValType>(count, t.element), at, &parts)) return false;
      *out = Val::List(std::move(parts));
      return true;
    }
    if (!t.length && (p = Elements(at, layout, &count)) == nullptr) return false;
    if (t.element == ValType(PrimType::kU8)) {
      if (!Take(count)) return false;
      *out = Val::Bytes({p, p + count});
      return true;
    }
    if (!Take(count * sizeof(Val))) return false;
    std::vector<Val> items(count);
    for (uint64_t i = 0; i < count; ++i) {
      if (!Value(t.element, {nullptr, p + i * layout.size}, &items[i])) return false;
    }
    *out = Val::List(std::move(items));
    return true;
  }
  bool Defined(ValType, const MapType& t, Source at, Val* out) {
    const ValType parts[] = {t.key, t.value};
    const Layout entry = TupleLayout(types_, parts, is_64_);
    uint64_t count = 0;
    const uint8_t* const p = Elements(at, entry, &count);
    if (p == nullptr) return false;
    if (!Take(count * sizeof(Val))) return false;
    std::vector<Val> items;
    items.reserve(count);
    for (uint64_t i = 0; i < count; ++i) {
      std::vector<Val> pair;
      if (!Parts(parts, {nullptr, p + i * entry.size}, &pair)) return false;
      items.push_back(Val::Tuple(std::move(pair)));
    }
    *out = Val::List(std::move(items));
    return true;
  }

  bool Discriminant(Source at, size_t count, uint32_t* index) {
    *index = ReadWidth(at, DiscriminantSize(count));
    return *index < count || Stop(FailDiscriminant(store_));
  }
  // The payload of a case among `payloads`, if it has one.
  bool Payload(const std::optional<ValType>& type, size_t cases, std::span<const ValType> payloads,
               Source at, std::optional<Val>* out) {
    if (!type) return true;
    if (!Take(sizeof(Val))) return false;
    Source inside;
    if (at.flat != nullptr) {
      inside.flat = at.flat + 1;
    } else {
      inside.mem = at.mem + PayloadOffset(types_, cases, payloads, is_64_);
    }
    return Value(*type, inside, &out->emplace());
  }
  bool Defined(ValType, const VariantType& t, Source at, Val* out) {
    uint32_t i = 0;
    if (!Discriminant(at, t.cases.size(), &i) || !TakeName(t.cases[i].name)) return false;
    std::vector<ValType> payloads;
    if (at.flat == nullptr && t.cases[i].type) {
      for (const VariantCase& c : t.cases) {
        if (c.type) payloads.push_back(*c.type);
      }
    }
    std::optional<Val> payload;
    if (!Payload(t.cases[i].type, t.cases.size(), payloads, at, &payload)) return false;
    *out = payload ? Val::Variant(t.cases[i].name, *std::move(payload))
                   : Val::Variant(t.cases[i].name);
    return true;
  }
  bool Defined(ValType, const EnumType& t, Source at, Val* out) {
    uint32_t i = 0;
    if (!Discriminant(at, t.names.size(), &i) || !TakeName(t.names[i])) return false;
    *out = Val::Enum(t.names[i]);
    return true;
  }
  bool Defined(ValType, const OptionType& t, Source at, Val* out) {
    uint32_t i = 0;
    if (!Discriminant(at, 2, &i)) return false;
    *out = Val::None();
    if (i == 0) return true;
    const ValType payloads[] = {t.type};
    std::optional<Val> payload;
    if (!Payload(t.type, 2, payloads, at, &payload)) return false;
    *out = Val::Some(*std::move(payload));
    return true;
  }
  bool Defined(ValType, const ResultType& t, Source at, Val* out) {
    uint32_t i = 0;
    if (!Discriminant(at, 2, &i)) return false;
    std::vector<ValType> payloads;
    if (t.ok) payloads.push_back(*t.ok);
    if (t.error) payloads.push_back(*t.error);
    std::optional<Val> payload;
    if (!Payload(i == 0 ? t.ok : t.error, 2, payloads, at, &payload)) return false;
    if (i == 0) {
      *out = payload ? Val::Ok(*std::move(payload)) : Val::Ok();
    } else {
      *out = payload ? Val::Err(*std::move(payload)) : Val::Err();
    }
    return true;
  }
  bool Defined(ValType type, const FlagsType& t, Source at, Val* out) {
    const uint32_t bits =
        ReadWidth(at, types_.Facts(type).memory32.size) & FlagsMask(t.names.size());
    std::vector<std::string> names;
    for (size_t i = 0; i < t.names.size(); ++i) {
      if ((bits >> i & 1) == 0) continue;
      if (!TakeName(t.names[i])) return false;
      names.push_back(t.names[i]);
    }
    *out = Val::Flags(std::move(names));
    return true;
  }
  bool Defined(ValType, const OwnType& t, Source at, Val* out) {
    const ResourceType* const type = function_.ResourceOf(t.resource);
    uint64_t rep = 0;
    const TrapKind trap = LiftOwn(store_, *options_.instance, Read<uint32_t>(at), type, &rep);
    *out = Val::Own(type, rep);
    return trap == TrapKind::kNone || Stop(trap);
  }
  bool Defined(ValType, const BorrowType& t, Source at, Val* out) {
    const ResourceType* const type = function_.ResourceOf(t.resource);
    uint64_t rep = 0;
    const TrapKind trap =
        LiftBorrow(store_, *options_.instance, Read<uint32_t>(at), type, lenders_, &rep);
    *out = Val::Borrow(type, rep);
    return trap == TrapKind::kNone || Stop(trap);
  }
  bool Defined(ValType, const StreamType&, Source, Val*) { return Unsupported(); }
  bool Defined(ValType, const FutureType&, Source, Val*) { return Unsupported(); }

  runtime::Store& store_;
  const Function& function_;
  const TypeTable& types_;
  const CanonOptions& options_;
  Lenders& lenders_;
  const bool is_64_;
  uint64_t budget_ = kMaxLiftedBytes;
  uint64_t charged_ = 0;
  TrapKind trap_ = TrapKind::kNone;
};

}  // namespace

TrapKind LiftVals(runtime::Store& store, const Function& function, const CanonOptions& options,
                  Lenders& lenders, std::span<const ValType> list, uint32_t max_flat,
                  const uint64_t* flat, std::vector<Val>* out) {
  Source at{flat, nullptr};
  const Flattening flattening = Flatten(*function.types, list, options.memory64());
  if (flattening.spills || flattening.count > max_flat) {
    const Layout layout = TupleLayout(*function.types, list, options.memory64());
    const uint8_t* const p = CheckRange(store, options, FlatAddress(flat[0], options.memory64()),
                                        layout.size, layout.align, Pointee::kTuple, Border::kHost);
    if (p == nullptr) return TrapKind::kHostError;
    at = {nullptr, p};
  }
  Lifter lifter(store, function, options, lenders);
  lifter.Parts(list, at, out);
  return lifter.trap();
}

}  // namespace airwasm::component::canon
