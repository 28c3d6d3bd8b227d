#include "engine/gc/block_space.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <new>

namespace airwasm::gc {
namespace {

constexpr uint64_t kCageBytes = uint64_t{1} << 32;
// Above this, giving pages back to the system and taking fresh zero ones is cheaper than clearing
// them.
constexpr size_t kDiscardBytes = size_t{1} << 20;

void* Reserve(size_t bytes) {
  void* const p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return p == MAP_FAILED ? nullptr : p;
}

void Zero(uint8_t* begin, size_t bytes) {
  if (bytes >= kDiscardBytes && madvise(begin, bytes, MADV_DONTNEED) == 0) return;
  std::memset(begin, 0, bytes);
}

}  // namespace

size_t GranuleSet::FloorOf(size_t granule) const {
  size_t word = granule / 64;
  uint64_t bits = words_[word] & (~uint64_t{0} >> (63 - granule % 64));
  while (bits == 0) {
    if (word == 0) return SIZE_MAX;
    bits = words_[--word];
  }
  return word * 64 + 63 - static_cast<size_t>(std::countl_zero(bits));
}

BlockSpace::BlockSpace(uint64_t limit_bytes) {
  const uint64_t bytes = std::min(limit_bytes, kCageBytes);
  capacity_ = (bytes + kBlockBytes - 1) / kBlockBytes;
  if (capacity_ == 0) return;
  base_ = static_cast<uint8_t*>(Reserve(capacity_ * kBlockBytes));
  metas_ = static_cast<BlockMeta*>(Reserve(capacity_ * sizeof(BlockMeta)));
  if (base_ != nullptr && metas_ != nullptr) return;
  if (base_ != nullptr) munmap(base_, capacity_ * kBlockBytes);
  if (metas_ != nullptr) munmap(metas_, capacity_ * sizeof(BlockMeta));
  base_ = nullptr;
  metas_ = nullptr;
  capacity_ = 0;
}

BlockSpace::~BlockSpace() {
  if (base_ == nullptr) return;
  munmap(base_, capacity_ * kBlockBytes);
  munmap(metas_, capacity_ * sizeof(BlockMeta));
}

size_t BlockSpace::TakeBlocks(size_t count) {
  size_t run = 0;
  for (size_t block = free_hint_; block < top_; ++block) {
    if (metas_[block].kind != BlockKind::kFree) {
      run = 0;
      continue;
    }
    if (run == 0 && count == 1) free_hint_ = block + 1;
    if (++run == count) return block + 1 - count;
  }
  // The free blocks at the very top, if any, begin the new run.
  const size_t first = top_ - run;
  if (count > capacity_ - first) return SIZE_MAX;
  top_ = first + count;
  if (count == 1) free_hint_ = top_;
  return first;
}

LineRun BlockSpace::NewSmallBlock() {
  const size_t block = TakeBlocks(1);
  if (block == SIZE_MAX) return {};
  BlockMeta& meta = metas_[block];
  meta.kind = BlockKind::kSmall;
  uint8_t* const begin = BlockStart(block);
  if (meta.used_before) Zero(begin, kBlockBytes);
  meta.used_before = true;
  ++in_use_;
  return {begin, begin + kBlockBytes};
}

uint8_t* BlockSpace::NewLarge(size_t bytes) {
  const size_t count = (bytes + kBlockBytes - 1) / kBlockBytes;
  const size_t first = TakeBlocks(count);
  if (first == SIZE_MAX) return nullptr;
  bool dirty = false;
  for (size_t i = 0; i < count; ++i) {
    BlockMeta& meta = metas_[first + i];
    dirty |= meta.used_before;
    meta.used_before = true;
    meta.kind = i == 0 ? BlockKind::kLargeHead : BlockKind::kLargeTail;
    meta.large_blocks = static_cast<uint32_t>(i == 0 ? count : i);
  }
  in_use_ += count;
  uint8_t* const begin = BlockStart(first);
  if (dirty) Zero(begin, count * kBlockBytes);
  metas_[first].starts.Add(0);
  return begin;
}

LineRun BlockSpace::NextRecycledRun() {
  while (!recyclable_.empty()) {
    const size_t block = recyclable_.back();
    const auto& marks = metas_[block].line_marks;
    size_t line = recycle_line_;
    while (line < kLinesPerBlock && marks[line] != 0) ++line;
    if (line == kLinesPerBlock) {
      recyclable_.pop_back();
      recycle_line_ = 0;
      continue;
    }
    size_t end = line + 1;
    while (end < kLinesPerBlock && marks[end] == 0) ++end;
    recycle_line_ = end;
    uint8_t* const start = BlockStart(block);
    std::memset(start + line * kLineBytes, 0, (end - line) * kLineBytes);
    return {start + line * kLineBytes, start + end * kLineBytes};
  }
  return {};
}

void BlockSpace::MarkLines(const uint8_t* object, size_t bytes) {
  const size_t block = BlockOf(object);
  const size_t first = static_cast<size_t>(object - BlockStart(block)) / kLineBytes;
  const size_t last = static_cast<size_t>(object + bytes - 1 - BlockStart(block)) / kLineBytes;
  assert(last < kLinesPerBlock);
  std::memset(&metas_[block].line_marks[first], 1, last - first + 1);
}

void BlockSpace::FreeBlock(size_t block) {
  BlockMeta& meta = metas_[block];
  meta.kind = BlockKind::kFree;
  meta.starts.Clear();
  meta.marks.Clear();
  --in_use_;
  free_hint_ = std::min(free_hint_, block);
}

void BlockSpace::Recycle(size_t block) {
  try {
    recyclable_.push_back(static_cast<uint32_t>(block));
  } catch (const std::bad_alloc&) {
    // Its free lines wait for the next collection.
  }
}

size_t BlockSpace::Sweep() {
  recyclable_.clear();
  recycle_line_ = 0;
  size_t live = 0;
  for (size_t block = 0; block < top_; ++block) {
    BlockMeta& meta = metas_[block];
    switch (meta.kind) {
      case BlockKind::kFree:
      case BlockKind::kLargeTail:
        break;
      case BlockKind::kLargeHead: {
        const size_t count = meta.large_blocks;
        if (meta.marks.Has(0)) {
          meta.marks.Clear();
          live += count * kBlockBytes;
        } else {
          if (count * kBlockBytes >= kDiscardBytes) {
            // Give the memory back now; the blocks are clean again.
            if (madvise(BlockStart(block), count * kBlockBytes, MADV_DONTNEED) == 0) {
              for (size_t i = 0; i < count; ++i) metas_[block + i].used_before = false;
            }
          }
          for (size_t i = 0; i < count; ++i) FreeBlock(block + i);
        }
        block += count - 1;
        break;
      }
      case BlockKind::kSmall: {
        const size_t lines =
            static_cast<size_t>(std::count(meta.line_marks.begin(), meta.line_marks.end(), 1));
        if (lines == 0) {
          FreeBlock(block);
          break;
        }
        meta.starts = meta.marks;
        meta.marks.Clear();
        live += lines * kLineBytes;
        if (lines < kLinesPerBlock) Recycle(block);
        break;
      }
    }
  }
  std::reverse(recyclable_.begin(), recyclable_.end());  // low addresses first
  return live;
}

}  // namespace airwasm::gc
