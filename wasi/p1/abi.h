// The words and layouts of WASI 0.1: flags, and where the fields of its records lie in guest
// memory.
//
// Records are written field by field, little-endian, so nothing here depends on how C++ lays out a
// struct. Spec: WASI 0.1, typenames.witx.
#ifndef AIRWASM_WASI_P1_ABI_H_
#define AIRWASM_WASI_P1_ABI_H_

#include <cstdint>

namespace airwasm::wasi::p1 {

// $lookupflags
inline constexpr uint32_t kLookupSymlinkFollow = 1;
// $oflags
inline constexpr uint32_t kOpenCreat = 1;
inline constexpr uint32_t kOpenDirectory = 2;
inline constexpr uint32_t kOpenExcl = 4;
inline constexpr uint32_t kOpenTrunc = 8;
inline constexpr uint32_t kOpenAll = 15;
// $fstflags
inline constexpr uint32_t kSetAtim = 1;
inline constexpr uint32_t kSetAtimNow = 2;
inline constexpr uint32_t kSetMtim = 4;
inline constexpr uint32_t kSetMtimNow = 8;
inline constexpr uint32_t kSetTimesAll = 15;
// $riflags, $roflags, $sdflags
inline constexpr uint32_t kRecvPeek = 1;
inline constexpr uint32_t kRecvWaitall = 2;
inline constexpr uint16_t kRecvDataTruncated = 1;
inline constexpr uint32_t kShutdownRead = 1;
inline constexpr uint32_t kShutdownWrite = 2;
// $eventtype, $subclockflags, $eventrwflags
inline constexpr uint8_t kEventClock = 0;
inline constexpr uint8_t kEventFdRead = 1;
inline constexpr uint8_t kEventFdWrite = 2;
inline constexpr uint16_t kClockAbstime = 1;
inline constexpr uint16_t kEventHangup = 1;

// $iovec, $ciovec
namespace iovec_at {
inline constexpr uint32_t kBuf = 0, kLen = 4, kSize = 8;
}
// $fdstat
namespace fdstat_at {
inline constexpr uint32_t kFiletype = 0, kFlags = 2, kRightsBase = 8, kRightsInheriting = 16,
                          kSize = 24;
}
// $dirent; the name follows
namespace dirent_at {
inline constexpr uint32_t kNext = 0, kIno = 8, kNamlen = 16, kType = 20, kSize = 24;
}
// $prestat
namespace prestat_at {
inline constexpr uint32_t kTag = 0, kNameLen = 4, kSize = 8;
}
// What the snapshots of the interface differ in; all else is the same in both.
struct Layout {
  // $filestat
  uint32_t dev, ino, filetype, nlink, file_size, atim, mtim, ctim;
  uint32_t nlink_bytes;
  uint32_t filestat_bytes;
  // $subscription
  uint32_t userdata, tag, fd, clock_id, clock_timeout, clock_flags;
  uint32_t subscription_bytes;
  // $whence
  uint32_t whence_set, whence_cur, whence_end;
};

// wasi_snapshot_preview1
inline constexpr Layout kSnapshot1 = {.dev = 0,
                                      .ino = 8,
                                      .filetype = 16,
                                      .nlink = 24,
                                      .file_size = 32,
                                      .atim = 40,
                                      .mtim = 48,
                                      .ctim = 56,
                                      .nlink_bytes = 8,
                                      .filestat_bytes = 64,
                                      .userdata = 0,
                                      .tag = 8,
                                      .fd = 16,
                                      .clock_id = 16,
                                      .clock_timeout = 24,
                                      .clock_flags = 40,
                                      .subscription_bytes = 48,
                                      .whence_set = 0,
                                      .whence_cur = 1,
                                      .whence_end = 2};

// wasi_unstable: what toolchains of 2019 emit
inline constexpr Layout kSnapshot0 = {.dev = 0,
                                      .ino = 8,
                                      .filetype = 16,
                                      .nlink = 20,
                                      .file_size = 24,
                                      .atim = 32,
                                      .mtim = 40,
                                      .ctim = 48,
                                      .nlink_bytes = 4,
                                      .filestat_bytes = 56,
                                      .userdata = 0,
                                      .tag = 8,
                                      .fd = 16,
                                      .clock_id = 24,
                                      .clock_timeout = 32,
                                      .clock_flags = 48,
                                      .subscription_bytes = 56,
                                      .whence_set = 2,
                                      .whence_cur = 0,
                                      .whence_end = 1};

// $event
namespace event_at {
inline constexpr uint32_t kUserdata = 0, kError = 8, kType = 10, kNbytes = 16, kFlags = 24,
                          kSize = 32;
}

}  // namespace airwasm::wasi::p1

#endif  // AIRWASM_WASI_P1_ABI_H_
