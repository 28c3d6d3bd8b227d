// One word of a log's writer that callers look at on each call (Writer::attention()).
#pragma once

#include <cstdint>

namespace airwasm::security::audit {

// Calls fail: the log is closed, or writes fail and fail_calls is set.
inline constexpr uint64_t kRefuses = 1;
// The writer is to be called (Hurry()) after a record was put into a ring.
inline constexpr uint64_t kAsleep = 2;
// The rest of the word, the beat, changes every millisecond or so.
inline constexpr uint64_t kBeating = 4;
// What is added to it.
inline constexpr uint64_t kBeat = 8;

}  // namespace airwasm::security::audit
