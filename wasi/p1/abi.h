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
// $filestat
namespace filestat_at {
inline constexpr uint32_t kDev = 0, kIno = 8, kFiletype = 16, kNlink = 24, kFileSize = 32,
                          kAtim = 40, kMtim = 48, kCtim = 56, kSize = 64;
}
// $dirent; the name follows
namespace dirent_at {
inline constexpr uint32_t kNext = 0, kIno = 8, kNamlen = 16, kType = 20, kSize = 24;
}
// $prestat
namespace prestat_at {
inline constexpr uint32_t kTag = 0, kNameLen = 4, kSize = 8;
}
// $subscription
namespace subscription_at {
inline constexpr uint32_t kUserdata = 0, kTag = 8, kClockId = 16, kClockTimeout = 24,
                          kClockFlags = 40, kFd = 16, kSize = 48;
}
// $event
namespace event_at {
inline constexpr uint32_t kUserdata = 0, kError = 8, kType = 10, kNbytes = 16, kFlags = 24,
                          kSize = 32;
}

}  // namespace airwasm::wasi::p1

#endif  // AIRWASM_WASI_P1_ABI_H_
