// The head of a log, PATH.head: what the log's own lines cannot say, above all how many there are.
//
// 256 bytes, rewritten in place after each batch of lines, so that it needs no room on a full disk.
// The checksum finds damage. The seal, a hash under a key that is kept elsewhere, says who wrote
// it: without the key, nobody can cut lines off the end and make the head say so. What it cannot
// tell: a head and a log of an earlier time put back together.
//
//    0  magic         16   "airwasm audit 2\n"
//   16  flags          4   1: closed, 2: sealed
//   20  first_file     4   the log is PATH.first_file to PATH.last_file, and then PATH;
//   24  last_file      4   first_file = last_file + 1: PATH alone
//   28  zero           4
//   32  last.seq       8   the last line
//   40  last.hash     32
//   72  file_bytes     8   where that line ends in PATH
//   80  anchor.seq     8   what was before the first line that is kept:
//   88  anchor.hash   32   zero unless files were removed
//  120  refused        8   decisions that it had no room for; those calls failed
//  128  lost           8   decisions that it took and could not write until it was closed
//  136  zero          56
//  192  checksum      32   of all before
//  224  seal          32   of all before; zero if not sealed
//
// Numbers are little-endian.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "security/audit/chain.h"

namespace airwasm::security::audit {

struct Head {
  bool closed = false;
  uint32_t first_file = 1;
  uint32_t last_file = 0;
  Link last;
  uint64_t file_bytes = 0;
  Link anchor;
  uint64_t refused = 0;
  uint64_t lost = 0;
  bool sealed = false;  // set by DecodeHead()
};
inline constexpr size_t kHeadBytes = 256;

// Sealed if there is a key.
std::string EncodeHead(const Head& head, const std::optional<Digest>& key);
// The seal is checked if there is a key; a head without one is an error then.
//
// Errors: DATA_LOSS           these are not the bytes that were written
//         FAILED_PRECONDITION a key is given and the head is not sealed
//         PERMISSION_DENIED   it is sealed with another key, or was written by somebody without it
absl::StatusOr<Head> DecodeHead(std::string_view bytes, const std::optional<Digest>& key);

}  // namespace airwasm::security::audit
