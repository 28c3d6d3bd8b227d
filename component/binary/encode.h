// Pieces of the encoder, by topic. Each appends to `out`; LEB128s are as short as possible.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "component/syntax/component.h"

namespace airwasm::component::binary {

using Out = std::vector<uint8_t>;

void WriteCount(Out& out, size_t count);  // also any index
void WriteName(Out& out, std::string_view name);
void WriteBlob(Out& out, syntax::Bytes bytes);  // size, then the bytes
void WriteSort(Out& out, syntax::Sort sort);
void WriteSortIdx(Out& out, syntax::SortIdx item);

// encode_types.cc
void WriteValType(Out& out, syntax::ValType type);
void WriteResultList(Out& out, const std::optional<syntax::ValType>& result);
void Encode(Out& out, const syntax::Type& type);
void Encode(Out& out, const syntax::Value& value);

// encode_core_types.cc
void Encode(Out& out, const syntax::CoreType& type);

// encode_canon.cc
void Encode(Out& out, const syntax::Canon& canon);

// encode_externs.cc
void WriteExternName(Out& out, const syntax::ExternName& name);
void WriteExternType(Out& out, const syntax::ExternType& type);
void Encode(Out& out, const syntax::Import& import);
void Encode(Out& out, const syntax::Export& entry);
void EncodeDeclarator(Out& out, const syntax::Export& entry);
void Encode(Out& out, const syntax::Alias& alias);
void Encode(Out& out, const syntax::CoreInstance& instance);
void Encode(Out& out, const syntax::Instance& instance);
void Encode(Out& out, const syntax::Start& start);

// name_section.cc
bool HasNames(const syntax::Names& names);
void EncodeNames(const syntax::Names& names, Out& out);

}  // namespace airwasm::component::binary
