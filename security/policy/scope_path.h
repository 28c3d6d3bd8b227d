// Patterns of paths, of files and of URLs: segments between slashes, each a Glob
// (security/policy/glob.h); a segment "**" is any number of segments, none included.
//
//   /srv/data       that one object; never /srv/database, nor what lies beneath
//   /srv/data/*     what lies directly in it
//   /srv/data/**    itself and all beneath
//   /srv/**/*.txt   at any depth
//
// No wildcard but "**" matches a slash. Matching takes time in proportion to path times pattern at
// most.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "security/policy/glob.h"

namespace airwasm::security {

class PathPattern {
 public:
  enum class Of : uint8_t {
    kFile,  // "/" is the root, and no segment is empty
    kUrl,   // "/" has one segment, which is empty; so does what ends in a slash
  };

  static Expected<PathPattern> Parse(std::string_view text, size_t offset, Of of = Of::kFile);
  // All at and beneath this directory, whose name is no pattern.
  static PathPattern Tree(std::string_view directory);

  // `path` begins with '/', or is empty, which is the root. Of files: WellFormed.
  bool Matches(std::string_view path) const;
  bool MatchesAll() const { return prefix_.empty() && IsTree(); }
  // Everything beneath `directory`, itself included.
  bool CoversTree(std::string_view directory) const;
  // Something at or beneath `directory`.
  bool ReachesInto(std::string_view directory) const { return Reaches(directory, true); }
  // Something beneath it.
  bool ReachesBeneath(std::string_view directory) const { return Reaches(directory, false); }
  // At least what `other` matches. May be false although it is so, if both have wildcards.
  bool Covers(const PathPattern& other) const;
  // Whether a path may match both. May be true although there is none, if both have wildcards.
  bool MayOverlap(const PathPattern& other) const;

  // The longest leading part without wildcards: "/srv/data" of "/srv/data/*.txt"; "" is the root.
  const std::string& prefix() const { return prefix_; }
  bool IsLiteral() const { return rest_.empty(); }

 private:
  struct Segment {
    enum class Kind : uint8_t { kGlob, kAny, kTree };  // kAny: "*"; kTree: "**"
    Kind kind = Kind::kGlob;
    Glob glob;
    bool Matches(std::string_view word) const { return kind == Kind::kAny || glob.Matches(word); }
  };

  bool Reaches(std::string_view directory, bool itself) const;
  bool IsTree() const { return rest_.size() == 1 && rest_[0].kind == Segment::Kind::kTree; }
  bool RestMatches(std::string_view path) const;

  // "/" as what `Matches` and its like begin with.
  std::string_view Root(std::string_view path) const {
    return of_ == Of::kFile && path == "/" ? std::string_view() : path;
  }

  Of of_ = Of::kFile;
  std::string prefix_;
  std::vector<Segment> rest_;  // behind the prefix; the first is no literal
};

// An absolute path without empty segments, "." and "..", as the kernel gives it, with no slash at
// its end.
bool IsWellFormedPath(std::string_view path);

}  // namespace airwasm::security
