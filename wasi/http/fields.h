// Header and trailer fields: names and values in their order, and which of them are allowed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace airwasm::wasi::http {

// In the order of wasi:http/types.header-error.
enum class FieldProblem : uint8_t { kInvalidSyntax, kForbidden, kImmutable };

// Of one set of fields; beyond that it is refused, from guests and from the network.
inline constexpr size_t kMaxFieldCount = 1024;
inline constexpr size_t kMaxFieldBytes = 128 * 1024;

// What the host keeps of a field at the most, with its text.
inline constexpr size_t kBytesPerField = 64;
inline size_t CostOf(std::string_view name, size_t value_bytes) {
  return name.size() + value_bytes + kBytesPerField;
}

struct Field {
  std::string name;
  std::string value;
  bool operator==(const Field&) const = default;
};

// Names keep the case they came in; asking does not mind it.
class Fields {
 public:
  const std::vector<Field>& entries() const { return entries_; }
  bool Has(std::string_view name) const { return Find(name) != nullptr; }
  // The first value of that name, or null.
  const std::string* Find(std::string_view name) const;
  // False, and nothing changes, if that would be beyond the limits.
  bool Append(std::string_view name, std::string_view value);
  void Delete(std::string_view name);
  size_t bytes() const { return bytes_; }
  size_t cost() const { return bytes_ + entries_.size() * kBytesPerField; }
  bool operator==(const Fields& other) const { return entries_ == other.entries_; }

 private:
  std::vector<Field> entries_;
  size_t bytes_ = 0;
};

bool EqualNames(std::string_view a, std::string_view b);

// Spec: RFC 9110, "Tokens" and "Field Values"; what is not ASCII in a value is taken as it is.
bool IsToken(std::string_view text);
bool IsFieldValue(std::string_view value);

// What belongs to the connection, and so to the host alone: a guest can not set it, and does not
// see it.
bool IsForbidden(std::string_view name);

}  // namespace airwasm::wasi::http
