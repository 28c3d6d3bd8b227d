#include "engine/text/annotations.h"

#include <algorithm>

#include "engine/text/section_place.h"

namespace airwasm::text {

void Annotations::Fail(TokenReader& in, const Annotation& a, std::string_view message) const {
  Token at;
  at.offset = a.offset;
  in.Fail(at, "@" + std::string(a.id) + " annotation: " + std::string(message));
}

const Annotation* Annotations::TakeNext(const TokenReader& in, std::string_view id) {
  if (empty() || !in.ok()) return nullptr;
  const auto& all = stream_.annotations;
  size_t i = last_next_;
  if (last_pos_ != in.pos() || last_id_ != id) {
    const auto first =
        std::lower_bound(all.begin(), all.end(), in.pos(),
                         [](const Annotation& a, uint32_t pos) { return a.next_token < pos; });
    i = static_cast<size_t>(first - all.begin());
    last_pos_ = in.pos();
    last_id_ = id;
  }
  while (i < all.size() && all[i].next_token == in.pos() && (all[i].id != id || taken_[i])) ++i;
  const bool found = i < all.size() && all[i].next_token == in.pos();
  last_next_ = i + (found ? 1 : 0);
  if (!found) return nullptr;
  taken_[i] = true;
  return &all[i];
}

// (@custom "name" (before|after section)? "bytes"*)
void Annotations::TakeCustom(TokenReader& in, syntax::Module& module) {
  while (const Annotation* a = TakeNext(in, "custom")) {
    uint32_t i = 0;
    const auto text = [&](uint32_t n) {
      return Content(*a, n) == nullptr ? std::string_view() : stream_.Text(*Content(*a, n));
    };
    const auto is = [&](uint32_t n, TokenKind kind) {
      return Content(*a, n) != nullptr && Content(*a, n)->kind == kind;
    };
    if (!is(0, TokenKind::kString)) return Fail(in, *a, "missing section name");
    std::string name = DecodeString(text(i++));
    if (!IsValidUtf8(name)) return Fail(in, *a, "malformed UTF-8 encoding");
    syntax::CustomSection section;
    section.after = PlaceAfterLast();
    if (is(i, TokenKind::kLParen)) {
      const bool before = text(i + 1) == "before";
      if (!before && text(i + 1) != "after") return Fail(in, *a, "malformed placement");
      const auto place =
          is(i + 2, TokenKind::kKeyword) ? PlaceOf(text(i + 2), before) : std::nullopt;
      if (!place) return Fail(in, *a, "malformed section kind");
      if (!is(i + 3, TokenKind::kRParen)) return Fail(in, *a, "unexpected token");
      section.after = *place;
      i += 4;
    }
    std::vector<uint8_t> bytes;
    for (; i < a->count; ++i) {
      if (!is(i, TokenKind::kString)) return Fail(in, *a, "unexpected token");
      const std::string part = DecodeString(text(i));
      bytes.insert(bytes.end(), part.begin(), part.end());
    }
    module.strings.push_back(std::move(name));
    section.name = module.strings.back();
    module.storage.push_back(std::move(bytes));
    section.bytes = module.storage.back();
    module.customs.push_back(section);
  }
}

std::optional<std::string> Annotations::TakeName(TokenReader& in, std::string_view kind) {
  const Annotation* a = TakeNext(in, "name");
  if (a == nullptr) return std::nullopt;
  const Token* name = Content(*a, 0);
  if (a->count != 1 || name->kind != TokenKind::kString) {
    Fail(in, *a, "unexpected token");
    return std::nullopt;
  }
  std::string text = DecodeString(stream_.Text(*name));
  if (!IsValidUtf8(text)) Fail(in, *a, "malformed UTF-8 encoding");
  if (const Annotation* second = TakeNext(in, "name"))
    Fail(in, *second, "multiple " + std::string(kind));
  return text;
}

std::optional<bool> Annotations::TakeBranchHint(TokenReader& in) {
  constexpr std::string_view kId = "metadata.code.branch_hint";
  const Annotation* a = TakeNext(in, kId);
  if (a == nullptr) return std::nullopt;
  const Token* content = Content(*a, 0);
  const std::string value = a->count == 1 && content->kind == TokenKind::kString
                                ? DecodeString(stream_.Text(*content))
                                : std::string();
  if (value.size() != 1 || static_cast<uint8_t>(value[0]) > 1) Fail(in, *a, "malformed hint");
  if (const Annotation* second = TakeNext(in, kId)) Fail(in, *second, "duplicate annotation");
  return value == std::string(1, '\1');
}

void Annotations::CheckAllTaken(TokenReader& in) const {
  for (size_t i = 0; i < taken_.size() && in.ok(); ++i) {
    if (taken_[i]) continue;
    const Annotation& a = stream_.annotations[i];
    if (a.id == "metadata.code.branch_hint") {
      Fail(in, a, "not in a function, or not before an instruction");
    } else {
      Token at;
      at.offset = a.offset;
      in.Fail(at, "misplaced @" + std::string(a.id) + " annotation");
    }
  }
}

}  // namespace airwasm::text
