// Names by number, escaped as lines need them. Only ever grows; the writer reads it without a lock.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace airwasm::security::audit {

// A number of a name takes so many bits.
inline constexpr int kNameBits = 20;

class NameTable {
 public:
  NameTable();
  ~NameTable();
  // 0 is "". Threads: any.
  uint32_t Intern(std::string_view text);
  // Of a number that Intern() returned, before it got to this thread; "" for others. Threads: any.
  std::string_view Escaped(uint32_t id) const;

 private:
  static constexpr uint32_t kChunkNames = 1024;
  static constexpr uint32_t kMaxChunks = (1 << kNameBits) / kChunkNames;
  static constexpr uint32_t kTooMany = 1;  // the name of all that come after
  using Chunk = std::array<std::string, kChunkNames>;

  void DeleteChunks();
  uint32_t Add(std::string_view text);

  std::array<std::atomic<Chunk*>, kMaxChunks> chunks_{};
  std::mutex mutex_;
  std::unordered_map<std::string, uint32_t> ids_;
  uint32_t size_ = 0;
};

}  // namespace airwasm::security::audit
