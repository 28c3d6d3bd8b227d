// The cage: one reserved range of addresses cut into blocks of 32 KiB, each cut into lines of 128
// bytes, with marks and object starts kept beside it.
//
// A block is free, holds small objects (bump-allocated into runs of free lines), or belongs to one
// large object (a head block and the blocks behind it). Free blocks and free lines handed out are
// zero. Objects start at multiples of 8. Leaves policy (when to collect, what to allocate where) to
// Heap.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace airwasm::gc {

inline constexpr size_t kBlockBytes = 32 << 10;
inline constexpr size_t kLineBytes = 128;
inline constexpr size_t kLinesPerBlock = kBlockBytes / kLineBytes;
inline constexpr size_t kGranuleBytes = 8;
inline constexpr size_t kGranulesPerBlock = kBlockBytes / kGranuleBytes;
// Objects above this get blocks of their own: a quarter of a block bounds what a hole that is too
// short can waste.
inline constexpr size_t kLargeObjectBytes = kBlockBytes / 4;

enum class BlockKind : uint8_t { kFree, kSmall, kLargeHead, kLargeTail };

// A set of granules of one block.
class GranuleSet {
 public:
  bool Has(size_t granule) const { return (words_[granule / 64] >> (granule % 64)) & 1; }
  void Add(size_t granule) { words_[granule / 64] |= uint64_t{1} << (granule % 64); }
  // The largest member at or below `granule`, or SIZE_MAX.
  size_t FloorOf(size_t granule) const;
  void Clear() { words_.fill(0); }

 private:
  std::array<uint64_t, kGranulesPerBlock / 64> words_{};
};

struct BlockMeta {
  BlockKind kind;
  bool used_before;  // its memory may be dirty
  uint32_t
      large_blocks;   // of a head: blocks that the object takes; of a tail: blocks back to its head
  GranuleSet starts;  // objects known to start here; of those bump-allocated since the last
                      // collection only what FreshRuns was asked for
  GranuleSet marks;   // live objects, during a collection
  std::array<uint8_t, kLinesPerBlock> line_marks;  // 1: holds (a part of) a live object
};

struct LineRun {
  uint8_t* begin = nullptr;
  uint8_t* end = nullptr;
};

class BlockSpace {
 public:
  // Reserves `limit_bytes`, rounded up to blocks and capped at 4 GiB. On failure ok() is false and
  // nothing can be allocated.
  explicit BlockSpace(uint64_t limit_bytes);
  ~BlockSpace();
  BlockSpace(const BlockSpace&) = delete;
  BlockSpace& operator=(const BlockSpace&) = delete;

  bool ok() const { return base_ != nullptr; }
  bool Contains(const void* address) const {
    return static_cast<size_t>(static_cast<const uint8_t*>(address) - base_) < top_ * kBlockBytes;
  }
  size_t BlockOf(const void* address) const {
    return static_cast<size_t>(static_cast<const uint8_t*>(address) - base_) / kBlockBytes;
  }
  uint8_t* BlockStart(size_t block) const { return base_ + block * kBlockBytes; }
  BlockMeta& meta(size_t block) { return metas_[block]; }
  size_t top() const { return top_; }  // blocks below this index have been used at some time
  size_t blocks_in_use() const { return in_use_; }
  size_t capacity_blocks() const { return capacity_; }

  // The next run of free lines in a block that a collection left partly free, zeroed; empty when
  // there is none left.
  LineRun NextRecycledRun();
  // A whole free block for small objects; empty when the limit is reached.
  LineRun NewSmallBlock();
  // `bytes` (> kLargeObjectBytes) of zeroed memory in blocks of its own; nullptr when there is no
  // room.
  uint8_t* NewLarge(size_t bytes);

  // Marks the lines of a live small object.
  void MarkLines(const uint8_t* object, size_t bytes);
  // After marking: frees what is unmarked, forgets dead object starts and line up the partly free
  // blocks for NextRecycledRun. Returns the bytes of lines and blocks that hold live objects.
  size_t Sweep();

 private:
  size_t TakeBlocks(size_t count);  // index of the first, or SIZE_MAX
  void FreeBlock(size_t block);
  void Recycle(size_t block);  // its free lines are to be used again

  uint8_t* base_ = nullptr;
  BlockMeta* metas_ = nullptr;
  size_t capacity_ = 0;
  size_t top_ = 0;
  size_t in_use_ = 0;
  size_t free_hint_ = 0;  // no free block lies below this index
  std::vector<uint32_t>
      recyclable_;           // partly free blocks, in the order they will be used from the back
  size_t recycle_line_ = 0;  // where the search goes on in recyclable_.back()
};

}  // namespace airwasm::gc
