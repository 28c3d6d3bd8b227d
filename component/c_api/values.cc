// Values of airwasm_component.h. A handle is a Val on the heap; a part of a value is seen through a
// pointer into it.
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "component/c_api/handles.h"

using airwasm::Val;
using Kind = airwasm::Val::Kind;

#define AIRWASM_SAME_KIND(c, cc) \
  static_assert(AIRWASM_COMPONENT_##c == static_cast<uint8_t>(Kind::cc))
AIRWASM_SAME_KIND(BOOL, kBool);
AIRWASM_SAME_KIND(S8, kS8);
AIRWASM_SAME_KIND(U64, kU64);
AIRWASM_SAME_KIND(F32, kF32);
AIRWASM_SAME_KIND(CHAR, kChar);
AIRWASM_SAME_KIND(STRING, kString);
AIRWASM_SAME_KIND(LIST, kList);
AIRWASM_SAME_KIND(RECORD, kRecord);
AIRWASM_SAME_KIND(TUPLE, kTuple);
AIRWASM_SAME_KIND(VARIANT, kVariant);
AIRWASM_SAME_KIND(ENUM, kEnum);
AIRWASM_SAME_KIND(OPTION, kOption);
AIRWASM_SAME_KIND(RESULT, kResult);
AIRWASM_SAME_KIND(FLAGS, kFlags);
AIRWASM_SAME_KIND(OWN, kOwn);
AIRWASM_SAME_KIND(BORROW, kBorrow);
#undef AIRWASM_SAME_KIND

static_assert(sizeof(airwasm_component_val_t) == sizeof(Val));

namespace {

airwasm_component_val_t* New(Val val) {
  return new airwasm_component_val_t{std::move(val)};
}
Val Take(airwasm_component_val_t* val) {
  const std::unique_ptr<airwasm_component_val_t> owned(val);
  return std::move(*owned);
}
std::vector<Val> TakeAll(airwasm_component_val_t* const items[], size_t count) {
  std::vector<Val> out;
  out.reserve(count);
  for (size_t i = 0; i < count; ++i) out.push_back(Take(items[i]));
  return out;
}
// Parts have no more than Val in them either.
const airwasm_component_val_t* View(const Val& val) {
  return static_cast<const airwasm_component_val_t*>(&val);
}
const airwasm::component::canon::ResourceType* TypeOf(const airwasm_component_resource_t* type) {
  return reinterpret_cast<const airwasm::component::canon::ResourceType*>(type);
}
bool HasItems(const Val& val) {
  return (val.kind() == Kind::kList && !val.is_bytes()) || val.kind() == Kind::kTuple ||
         val.kind() == Kind::kRecord;
}
bool IsHandle(const Val& val) {
  return val.kind() == Kind::kOwn || val.kind() == Kind::kBorrow;
}

}  // namespace

extern "C" {

void airwasm_component_val_delete(airwasm_component_val_t* val) {
  delete val;
}
airwasm_component_val_t* airwasm_component_val_copy(const airwasm_component_val_t* val) {
  return New(*val);
}

airwasm_component_val_t* airwasm_component_val_new_bool(bool v) {
  return New(Val::Bool(v));
}
airwasm_component_val_t* airwasm_component_val_new_int(airwasm_component_valkind_t kind,
                                                       int64_t v) {
  switch (kind) {
    case AIRWASM_COMPONENT_S8:
      return New(Val::S8(static_cast<int8_t>(v)));
    case AIRWASM_COMPONENT_U8:
      return New(Val::U8(static_cast<uint8_t>(v)));
    case AIRWASM_COMPONENT_S16:
      return New(Val::S16(static_cast<int16_t>(v)));
    case AIRWASM_COMPONENT_U16:
      return New(Val::U16(static_cast<uint16_t>(v)));
    case AIRWASM_COMPONENT_S32:
      return New(Val::S32(static_cast<int32_t>(v)));
    case AIRWASM_COMPONENT_U32:
      return New(Val::U32(static_cast<uint32_t>(v)));
    case AIRWASM_COMPONENT_S64:
      return New(Val::S64(v));
    case AIRWASM_COMPONENT_U64:
      return New(Val::U64(static_cast<uint64_t>(v)));
    default:
      return nullptr;
  }
}
airwasm_component_val_t* airwasm_component_val_new_f32(float v) {
  return New(Val::F32(v));
}
airwasm_component_val_t* airwasm_component_val_new_f64(double v) {
  return New(Val::F64(v));
}
airwasm_component_val_t* airwasm_component_val_new_char(uint32_t v) {
  return New(Val::Char(v));
}
airwasm_component_val_t* airwasm_component_val_new_string(const char* utf8, size_t length) {
  return New(Val::String(std::string(utf8, length)));
}
airwasm_component_val_t* airwasm_component_val_new_bytes(const uint8_t* bytes, size_t count) {
  return New(Val::Bytes(std::vector<uint8_t>(bytes, bytes + count)));
}
airwasm_component_val_t* airwasm_component_val_new_list(airwasm_component_val_t* const items[],
                                                        size_t count) {
  return New(Val::List(TakeAll(items, count)));
}
airwasm_component_val_t* airwasm_component_val_new_tuple(airwasm_component_val_t* const items[],
                                                         size_t count) {
  return New(Val::Tuple(TakeAll(items, count)));
}
airwasm_component_val_t* airwasm_component_val_new_record(const char* const names[],
                                                          airwasm_component_val_t* const fields[],
                                                          size_t count) {
  std::vector<std::pair<std::string, Val>> out;
  out.reserve(count);
  for (size_t i = 0; i < count; ++i) out.emplace_back(names[i], Take(fields[i]));
  return New(Val::Record(std::move(out)));
}
airwasm_component_val_t* airwasm_component_val_new_variant(const char* name,
                                                           airwasm_component_val_t* payload) {
  return New(payload == nullptr ? Val::Variant(name) : Val::Variant(name, Take(payload)));
}
airwasm_component_val_t* airwasm_component_val_new_enum(const char* name) {
  return New(Val::Enum(name));
}
airwasm_component_val_t* airwasm_component_val_new_option(airwasm_component_val_t* payload) {
  return New(payload == nullptr ? Val::None() : Val::Some(Take(payload)));
}
airwasm_component_val_t* airwasm_component_val_new_result(bool ok,
                                                          airwasm_component_val_t* payload) {
  if (payload == nullptr) return New(ok ? Val::Ok() : Val::Err());
  return New(ok ? Val::Ok(Take(payload)) : Val::Err(Take(payload)));
}
airwasm_component_val_t* airwasm_component_val_new_flags(const char* const names[], size_t count) {
  return New(Val::Flags(std::vector<std::string>(names, names + count)));
}
airwasm_component_val_t* airwasm_component_val_new_own(const airwasm_component_resource_t* type,
                                                       uint64_t rep) {
  return New(Val::Own(TypeOf(type), rep));
}
airwasm_component_val_t* airwasm_component_val_new_borrow(const airwasm_component_resource_t* type,
                                                          uint64_t rep) {
  return New(Val::Borrow(TypeOf(type), rep));
}

airwasm_component_valkind_t airwasm_component_val_kind(const airwasm_component_val_t* val) {
  return static_cast<airwasm_component_valkind_t>(val->kind());
}
bool airwasm_component_val_bool(const airwasm_component_val_t* val) {
  return val->kind() == Kind::kBool && val->bool_value();
}
int64_t airwasm_component_val_int(const airwasm_component_val_t* val) {
  return val->kind() >= Kind::kS8 && val->kind() <= Kind::kU64 ? val->signed_value() : 0;
}
float airwasm_component_val_f32(const airwasm_component_val_t* val) {
  return val->kind() == Kind::kF32 ? val->f32() : 0;
}
double airwasm_component_val_f64(const airwasm_component_val_t* val) {
  return val->kind() == Kind::kF64 ? val->f64() : 0;
}
uint32_t airwasm_component_val_char(const airwasm_component_val_t* val) {
  return val->kind() == Kind::kChar ? val->char_value() : 0;
}
const char* airwasm_component_val_string(const airwasm_component_val_t* val, size_t* length) {
  const bool is_string = val->kind() == Kind::kString;
  if (length != nullptr) *length = is_string ? val->string().size() : 0;
  return is_string ? val->string().c_str() : nullptr;
}
const uint8_t* airwasm_component_val_bytes(const airwasm_component_val_t* val, size_t* count) {
  const bool is_bytes = val->kind() == Kind::kList && val->is_bytes();
  if (count != nullptr) *count = is_bytes ? val->bytes().size() : 0;
  return is_bytes ? val->bytes().data() : nullptr;
}
size_t airwasm_component_val_size(const airwasm_component_val_t* val) {
  if (val->kind() == Kind::kFlags) return val->names().size();
  return HasItems(*val) ? val->items().size() : 0;
}
const airwasm_component_val_t* airwasm_component_val_item(const airwasm_component_val_t* val,
                                                          size_t index) {
  if (!HasItems(*val) || index >= val->items().size()) return nullptr;
  return View(val->items()[index]);
}
const char* airwasm_component_val_name(const airwasm_component_val_t* val, size_t index) {
  if (val->kind() != Kind::kFlags && val->kind() != Kind::kRecord) return nullptr;
  return index < val->names().size() ? val->names()[index].c_str() : nullptr;
}
const airwasm_component_val_t* airwasm_component_val_field(const airwasm_component_val_t* val,
                                                           const char* name) {
  if (val->kind() != Kind::kRecord) return nullptr;
  for (size_t i = 0; i < val->names().size(); ++i) {
    if (val->names()[i] == name) return View(val->items()[i]);
  }
  return nullptr;
}
const char* airwasm_component_val_case(const airwasm_component_val_t* val) {
  if (val->kind() != Kind::kVariant && val->kind() != Kind::kEnum) return nullptr;
  return val->case_name().c_str();
}
bool airwasm_component_val_is_ok(const airwasm_component_val_t* val) {
  return (val->kind() == Kind::kResult && val->is_ok()) ||
         (val->kind() == Kind::kOption && val->is_some());
}
const airwasm_component_val_t* airwasm_component_val_payload(const airwasm_component_val_t* val) {
  const bool may_have =
      val->kind() == Kind::kVariant || val->kind() == Kind::kOption || val->kind() == Kind::kResult;
  return may_have && val->has_payload() ? View(val->payload()) : nullptr;
}
uint64_t airwasm_component_val_rep(const airwasm_component_val_t* val) {
  return IsHandle(*val) ? val->rep() : 0;
}
const airwasm_component_resource_t* airwasm_component_val_resource(
    const airwasm_component_val_t* val) {
  if (!IsHandle(*val)) return nullptr;
  return reinterpret_cast<const airwasm_component_resource_t*>(val->resource());
}
bool airwasm_component_val_equal(const airwasm_component_val_t* a,
                                 const airwasm_component_val_t* b) {
  return static_cast<const Val&>(*a) == static_cast<const Val&>(*b);
}
void airwasm_component_val_to_string(const airwasm_component_val_t* val, wasm_name_t* out) {
  const std::string text = val->ToString();
  wasm_byte_vec_new(out, text.size() + 1, text.c_str());
}

}  // extern "C"
