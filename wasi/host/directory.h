// Listing a directory.
#ifndef AIRWASM_WASI_HOST_DIRECTORY_H_
#define AIRWASM_WASI_HOST_DIRECTORY_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "wasi/host/descriptor.h"
#include "wasi/host/result.h"

namespace airwasm::wasi::host {

struct DirectoryEntry {
  uint64_t next;   // cookie of the entry after this one
  uint64_t inode;  // 0 for "..", whose number would tell of the world outside
  FileType type;
  std::string_view name;  // valid until the cursor is used again; bytes, not necessarily UTF-8
};

// Reads the entries of one open directory in the host's order. Cookies are the host's own positions
// (d_off), so an entry that was deleted or added meanwhile never shifts the others, and nothing is
// kept per entry.
class DirectoryCursor {
 public:
  // Positions on `cookie`: 0 for the start, else an entry's `next`. A directory read from its start
  // is read afresh.
  Error Seek(int fd, uint64_t cookie);
  // The entry at the position, without moving past it; false at the end of the directory.
  Result<bool> Peek(int fd, DirectoryEntry* entry);
  // Moves past the entry that Peek() returned.
  void Advance();

 private:
  std::vector<char> buffer_;
  size_t filled_ = 0;
  size_t at_ = 0;
  uint64_t cookie_ = 0;  // of the entry at `at_`
};

}  // namespace airwasm::wasi::host

#endif  // AIRWASM_WASI_HOST_DIRECTORY_H_
