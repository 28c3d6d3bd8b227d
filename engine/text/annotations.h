// The annotations that carry meaning: @custom, @name and @metadata.code.branch_hint.
//
// An annotation belongs to the token that follows it. The parser takes those it knows a meaning for
// at that place; what is left in the end was misplaced. Spec: core, appendix custom sections, and
// the branch hinting section.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/syntax/module.h"
#include "engine/text/token_reader.h"

namespace airwasm::text {

class Annotations {
 public:
  explicit Annotations(const TokenStream& stream)
      : stream_(stream), taken_(stream.annotations.size()) {}

  bool empty() const { return stream_.annotations.empty(); }

  // @custom annotations before the reader's cursor become custom sections.
  void TakeCustom(TokenReader& in, syntax::Module& module);
  // The @name annotation before the cursor; `kind` says what is named, for errors.
  std::optional<std::string> TakeName(TokenReader& in, std::string_view kind);
  // The branch hint before the cursor: whether the branch is likely.
  std::optional<bool> TakeBranchHint(TokenReader& in);
  // Fails for the first annotation that nobody took.
  void CheckAllTaken(TokenReader& in) const;

 private:
  // The next untaken annotation `id` before the cursor; nullptr if there is none.
  const Annotation* TakeNext(const TokenReader& in, std::string_view id);
  const Token* Content(const Annotation& a, uint32_t i) const {
    return i < a.count ? &stream_.annotation_tokens[a.first + i] : nullptr;
  }
  void Fail(TokenReader& in, const Annotation& a, std::string_view message) const;

  const TokenStream& stream_;
  std::vector<bool> taken_;
  // Where the last search ended, so that many annotations before one token are walked once.
  std::string_view last_id_;
  uint32_t last_pos_ = UINT32_MAX;
  size_t last_next_ = 0;
};

}  // namespace airwasm::text
