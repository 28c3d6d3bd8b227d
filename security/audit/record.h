// A record as it lies in a ring: a header, the full sizes of its texts if they were cut, and the
// bytes of the object and of the backtrace.
#pragma once

#include <cstddef>
#include <cstdint>

#include "security/audit/name_table.h"

namespace airwasm::security::audit {

// FAST: half a cache line, which most records are all of: what a record costs its caller is mostly
// the lines that it has to take back from the writer's processor (bench/guard_bench).
struct RecordHeader {
  uint16_t object_bytes;  // kEndOfLap: what is left of the lap is no record
  uint16_t backtrace_bytes;
  uint8_t capability;
  bool allow;
  bool cut;        // FullBytes follow
  uint64_t ticks;  // Ticks() (clock.h)
  uint64_t instance;
  uint64_t names;  // PackNames
};
static_assert(sizeof(RecordHeader) == 32);

// Numbers of the NameTable. In one word and no bit fields, which a compiler fills one after the
// other where they lie, so that each waits for the line.
struct RecordNames {
  uint32_t component;
  uint32_t function;
  uint32_t rule;
};
// A number that is none of the table's is cut, and does not reach into the names beside it.
constexpr uint32_t CutName(uint64_t name) {
  return static_cast<uint32_t>(name & ((1u << kNameBits) - 1));
}
constexpr uint64_t PackNames(RecordNames names) {
  return CutName(names.component) | uint64_t{CutName(names.function)} << kNameBits |
         uint64_t{CutName(names.rule)} << 2 * kNameBits;
}
constexpr RecordNames UnpackNames(uint64_t names) {
  return {.component = CutName(names),
          .function = CutName(names >> kNameBits),
          .rule = CutName(names >> 2 * kNameBits)};
}
static_assert(3 * kNameBits <= 64);

// The sizes of an object and a backtrace before they were cut.
struct FullBytes {
  uint32_t object;
  uint32_t backtrace;
};

// More of an object or a backtrace is not kept; the record says how much there was.
inline constexpr size_t kMaxObjectBytes = 4 << 10;
inline constexpr size_t kMaxBacktraceBytes = 16 << 10;

inline constexpr uint16_t kEndOfLap = UINT16_MAX;
static_assert(kMaxObjectBytes < kEndOfLap && kMaxBacktraceBytes <= UINT16_MAX);

// Of a whole record.
constexpr uint32_t RecordBytes(size_t object_bytes, size_t backtrace_bytes, bool cut) {
  const size_t bytes =
      sizeof(RecordHeader) + (cut ? sizeof(FullBytes) : 0) + object_bytes + backtrace_bytes;
  return static_cast<uint32_t>((bytes + 7) & ~size_t{7});
}
inline constexpr uint32_t kMaxRecordBytes =
    RecordBytes(kMaxObjectBytes, kMaxBacktraceBytes, /*cut=*/true);

}  // namespace airwasm::security::audit
