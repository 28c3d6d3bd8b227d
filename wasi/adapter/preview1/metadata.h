// What files are: $filestat, times.
#ifndef AIRWASM_WASI_ADAPTER_METADATA_H_
#define AIRWASM_WASI_ADAPTER_METADATA_H_

#include "adapter.h"

// new-timestamp, as three arguments.
struct new_time {
  uint32_t what;  // no-change, now, timestamp
  struct datetime value;
};
// The times that $fstflags choose.
errno_t new_times(uint64_t accessed, uint64_t modified, uint32_t flags, struct new_time out[2]);

// Writes a $filestat.
errno_t put_filestat(guest_ptr out, const struct result_stat* stat, const struct result_hash* hash);

#endif  // AIRWASM_WASI_ADAPTER_METADATA_H_
