// Guest memory with the bounds check in it. Guest addresses are 32 bits wide and need no alignment;
// a range is checked in 64 bits, so no sum of address and length wraps.
#ifndef AIRWASM_WASI_P1_GUEST_MEMORY_H_
#define AIRWASM_WASI_P1_GUEST_MEMORY_H_

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

namespace airwasm::wasi::p1 {

static_assert(std::endian::native == std::endian::little,
              "guest memory is little-endian and is read as it lies");

class GuestMemory {
 public:
  explicit GuestMemory(std::span<uint8_t> bytes) : bytes_(bytes) {}

  bool Contains(uint64_t address, uint64_t length) const {
    return length <= bytes_.size() && address <= bytes_.size() - length;
  }
  // Only after Contains().
  std::span<uint8_t> Bytes(uint32_t address, uint64_t length) const {
    return bytes_.subspan(address, static_cast<size_t>(length));
  }

  // Likewise: these read and write a place that was checked as a whole.
  template <typename T>
  T Load(uint64_t address) const {
    static_assert(std::is_integral_v<T>);
    T value;
    std::memcpy(&value, bytes_.data() + address, sizeof value);
    return value;
  }
  template <typename T>
  void Store(uint64_t address, std::type_identity_t<T> value) const {
    static_assert(std::is_integral_v<T>);
    std::memcpy(bytes_.data() + address, &value, sizeof(T));
  }

 private:
  std::span<uint8_t> bytes_;
};

}  // namespace airwasm::wasi::p1

#endif  // AIRWASM_WASI_P1_GUEST_MEMORY_H_
