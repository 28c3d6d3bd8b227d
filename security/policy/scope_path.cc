#include "security/policy/scope_path.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "engine/base/format.h"

namespace airwasm::security {
namespace {

constexpr size_t kMaxSegments = 256;

// The segment that follows `at`, which is the place of a slash; moves `at` behind it.
std::string_view NextSegment(std::string_view path, size_t* at) {
  const size_t end = std::min(path.find('/', *at + 1), path.size());
  const std::string_view segment = path.substr(*at + 1, end - *at - 1);
  *at = end;
  return segment;
}

// "/a" and "/a/b" begin with "/a", "/ab" does not.
bool BeginsWith(std::string_view path, std::string_view prefix) {
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

// Where the segment at `start` ends: at a slash that is not escaped.
size_t SegmentEnd(std::string_view text, size_t start) {
  for (size_t i = start; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '/') {
      return i;
    }
  }
  return text.size();
}

std::optional<Error> CheckUrlSegment(std::string_view segment, size_t offset) {
  for (size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] == '\\') {
      ++i;
    } else if (segment[i] == '?' || segment[i] == '#') {
      return PatternError(
          offset + i,
          FormatText("'%c': queries and fragments are not matched; a path ends before them",
                     segment[i]));
    } else if (segment[i] == '%' && i + 2 < segment.size() &&
               absl::ascii_isxdigit(static_cast<unsigned char>(segment[i + 1])) &&
               absl::ascii_isxdigit(static_cast<unsigned char>(segment[i + 2]))) {
      return PatternError(
          offset + i,
          "'%': paths are decoded before they are matched, so write the character itself");
    }
  }
  return std::nullopt;
}

}  // namespace

bool IsWellFormedPath(std::string_view path) {
  if (path.empty() || path[0] != '/') return false;
  if (path.size() == 1) return true;
  for (size_t at = 0; at < path.size();) {
    const std::string_view segment = NextSegment(path, &at);
    if (segment.empty() || segment == "." || segment == "..") return false;
  }
  return path.find('\0') == path.npos;
}

Expected<PathPattern> PathPattern::Parse(std::string_view text, size_t offset, Of of) {
  if (!text.starts_with('/')) return PatternError(offset, "a path begins with '/'");
  if (text.size() > kMaxPatternBytes)
    return PatternError(offset, FormatText("a pattern has at most %d bytes", kMaxPatternBytes));
  PathPattern pattern;
  pattern.of_ = of;
  if (text == "/" && of == Of::kFile) return pattern;
  size_t count = 0;
  for (size_t start = 1; start <= text.size();) {
    const size_t end = SegmentEnd(text, start);
    const std::string_view segment = text.substr(start, end - start);
    const size_t at = offset + start;
    const bool last = end == text.size();
    start = end + 1;
    if (++count > kMaxSegments)
      return PatternError(at, FormatText("a path has at most %d segments", kMaxSegments));
    if (segment.empty() && !(last && of == Of::kUrl))
      return PatternError(
          at, last ? "a path does not end with '/'; all beneath a directory is '/dir/**'"
                   : "an empty segment");
    if (of == Of::kUrl) {
      if (auto error = CheckUrlSegment(segment, at)) return *std::move(error);
    }
    if (segment == "**") {
      if (pattern.rest_.empty() || pattern.rest_.back().kind != Segment::Kind::kTree)
        pattern.rest_.push_back({.kind = Segment::Kind::kTree});
      continue;
    }
    if (segment.find("**") != segment.npos && segment.find('\\') == segment.npos)
      return PatternError(at + segment.find("**"), "'**' stands alone between slashes");
    Expected<Glob> glob = Glob::Parse(segment, at);
    if (!glob.ok()) return std::move(glob).error();
    for (const std::string& word : glob->Literals()) {
      if (word == "." || word == "..") return PatternError(at, FormatText("a segment '%s'", word));
      if (word.find('/') != word.npos) return PatternError(at, "a segment holds no '/'");
    }
    if (glob->IsLiteral() && pattern.rest_.empty()) {
      pattern.prefix_ += "/" + glob->literal();
    } else {
      pattern.rest_.push_back(
          {.kind = glob->MatchesAll() ? Segment::Kind::kAny : Segment::Kind::kGlob,
           .glob = *std::move(glob)});
    }
  }
  return pattern;
}

PathPattern PathPattern::Tree(std::string_view directory) {
  PathPattern pattern;
  pattern.prefix_ = pattern.Root(directory);
  pattern.rest_.push_back({.kind = Segment::Kind::kTree});
  return pattern;
}

bool PathPattern::Matches(std::string_view path) const {
  path = Root(path);
  if (!BeginsWith(path, prefix_)) return false;
  path.remove_prefix(prefix_.size());
  if (rest_.empty()) return path.empty();
  return IsTree() || RestMatches(path);
}

bool PathPattern::RestMatches(std::string_view path) const {
  size_t next = 0;  // segment of the pattern
  size_t at = 0;    // in the path, before a slash or at its end
  // The last "**", and where what it stands for ends. As in Glob::TokensMatch, no earlier one has
  // to be tried again.
  size_t tree = std::string_view::npos;
  size_t tree_end = 0;
  while (true) {
    if (next < rest_.size() && rest_[next].kind == Segment::Kind::kTree) {
      tree = ++next;
      tree_end = at;
      if (next == rest_.size()) return true;
      continue;
    }
    if (at == path.size()) return next == rest_.size();
    if (next < rest_.size()) {
      size_t behind = at;
      if (rest_[next].Matches(NextSegment(path, &behind))) {
        at = behind;
        ++next;
        continue;
      }
    }
    if (tree == std::string_view::npos || tree_end == path.size()) return false;
    NextSegment(path, &tree_end);
    next = tree;
    at = tree_end;
  }
}

bool PathPattern::CoversTree(std::string_view directory) const {
  return !rest_.empty() && rest_.back().kind == Segment::Kind::kTree && Matches(directory);
}

bool PathPattern::Reaches(std::string_view directory, bool itself) const {
  directory = Root(directory);
  if (BeginsWith(prefix_, directory))
    return itself || prefix_.size() != directory.size() || !rest_.empty();
  if (!BeginsWith(directory, prefix_)) return false;
  directory.remove_prefix(prefix_.size());
  // Which segments of the pattern may come next; one behind the last is the end, which nothing goes
  // on from.
  std::vector<bool> may(rest_.size() + 1);
  may[0] = true;
  for (size_t at = 0; at < directory.size();) {
    const std::string_view word = NextSegment(directory, &at);
    std::vector<bool> then(rest_.size() + 1);
    bool any = false;
    for (size_t i = 0; i < rest_.size(); ++i) {
      if (!may[i]) continue;
      if (rest_[i].kind == Segment::Kind::kTree) return true;  // it takes all that is left
      if (rest_[i].Matches(word)) then[i + 1] = any = true;
    }
    if (!any) return false;
    may = std::move(then);
  }
  return itself || std::find(may.begin(), may.end() - 1, true) != may.end() - 1;
}

bool PathPattern::Covers(const PathPattern& other) const {
  if (other.IsLiteral()) return Matches(other.prefix_);
  return CoversTree(other.prefix_);
}

bool PathPattern::MayOverlap(const PathPattern& other) const {
  if (other.IsLiteral()) return Matches(other.prefix_);
  if (IsLiteral()) return other.Matches(prefix_);
  return ReachesInto(other.prefix_) && other.ReachesInto(prefix_);
}

}  // namespace airwasm::security
