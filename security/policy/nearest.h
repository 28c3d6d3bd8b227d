// "did you mean": the word of a list that a wrong one is nearest to.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace airwasm::security {

// Empty unless one of them is so near that it may have been meant.
std::string_view Nearest(std::string_view word, std::span<const std::string_view> words);
// " (did you mean 'WORD'?)", or nothing.
std::string DidYouMean(std::string_view word, std::span<const std::string_view> words);

}  // namespace airwasm::security
