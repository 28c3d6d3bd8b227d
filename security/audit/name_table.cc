#include "security/audit/name_table.h"

#include <new>

#include "security/audit/json_escape.h"
#include "security/audit/line.h"

namespace airwasm::security::audit {

NameTable::NameTable() {
  try {
    Intern("");
    Intern("(too many names)");
  } catch (const std::bad_alloc&) {
    DeleteChunks();
    throw;
  }
}

NameTable::~NameTable() {
  DeleteChunks();
}

void NameTable::DeleteChunks() {
  for (const std::atomic<Chunk*>& chunk : chunks_) delete chunk.load(std::memory_order_relaxed);
}

uint32_t NameTable::Intern(std::string_view text) {
  text = text.substr(0, kMaxNameBytes);
  const std::lock_guard lock(mutex_);
  const auto known = ids_.find(std::string(text));
  return known != ids_.end() ? known->second : Add(text);
}

uint32_t NameTable::Add(std::string_view text) {
  if (size_ == kChunkNames * kMaxChunks) return kTooMany;
  const uint32_t id = size_;
  std::atomic<Chunk*>& slot = chunks_[id / kChunkNames];
  if (slot.load(std::memory_order_relaxed) == nullptr)
    slot.store(new Chunk, std::memory_order_release);
  std::string& escaped = (*slot.load(std::memory_order_relaxed))[id % kChunkNames];
  escaped.resize(MaxEscapedBytes(text.size()));
  escaped.resize(static_cast<size_t>(EscapeJson(text, escaped.data()) - escaped.data()));
  escaped.shrink_to_fit();
  ids_.emplace(text, id);
  ++size_;
  return id;
}

std::string_view NameTable::Escaped(uint32_t id) const {
  if (id >= kChunkNames * kMaxChunks) return {};
  const Chunk* const chunk = chunks_[id / kChunkNames].load(std::memory_order_acquire);
  return chunk == nullptr ? std::string_view() : std::string_view((*chunk)[id % kChunkNames]);
}

}  // namespace airwasm::security::audit
