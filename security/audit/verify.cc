#include "security/audit/verify.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "security/audit/line.h"
#include "security/audit/log_reader.h"

namespace airwasm::security::audit {
namespace {

// Walks along the chain and stops at the first thing that is wrong.
class Walk {
 public:
  Walk(const OpenFiles& open, Verdict& verdict)
      : open_(open), head_(open.head), verdict_(verdict) {}

  // False: verdict_.problem, or status().
  bool Files() {
    for (const OpenFiles::Entry& entry : open_.entries) {
      if (!Lines(entry)) return false;
    }
    return CheckEnd();
  }
  const absl::Status& status() const { return status_; }

 private:
  struct Place {
    std::string path;
    uint64_t line = 0;
  };

  bool Bad(const Place& place, const std::string& what) {
    // What was found wrong before comes first.
    return broken_at_ ? Broken(/*is_sound=*/false) : Report(place, what);
  }
  bool Report(const Place& place, const std::string& what) {
    verdict_.kind = Verdict::Kind::kBroken;
    verdict_.problem = absl::StrCat(place.path, ":", place.line, ": ", what);
    return false;
  }

  bool Lines(const OpenFiles::Entry& entry) {
    LineReader reader(*entry.file);
    ++verdict_.files;
    here_ = {.path = entry.path};
    while (true) {
      ++here_.line;
      switch (reader.Next()) {
        case LineReader::Result::kLine:
          if (!Line(reader.line())) return false;
          break;
        case LineReader::Result::kEnd:
          return true;
        case LineReader::Result::kTorn:
          if (head_.closed || &entry != &open_.entries.back() || last_.seq < head_.last.seq)
            return Bad(here_, "the line does not end");
          verdict_.torn_bytes = reader.line().size();
          return true;
        case LineReader::Result::kTooLong:
          return Bad(here_, "the line is longer than any that the log writes");
        case LineReader::Result::kFailed:
          status_ = reader.status();
          return false;
      }
    }
  }

  bool Line(std::string_view text) {
    size_t offset = 0;
    const std::optional<ParsedLine> line = ParseLine(text, &offset);
    if (!line)
      return Bad(here_, absl::StrCat("byte ", offset + 1, " is none that the log writes there"));
    const Digest hash = HashOf(text);
    // Who is to blame where two lines do not fit together: the one that the others around do not
    // vouch for.
    if (broken_at_) return Broken(/*is_sound=*/line->prev == broken_hash_);
    if (!Fits(*line)) {
      broken_at_ = here_;
      broken_seq_ = line->seq;
      before_broken_ = before_;
      broken_prev_fits_ = is_first_ || line->prev == last_.hash;
      broken_hash_ = hash;
      if (line->seq == head_.last.seq) return Broken(hash == head_.last.hash);
      return true;
    }
    if (is_first_) verdict_.first_seq = line->seq;
    is_first_ = false;
    last_ = {.seq = line->seq, .hash = hash};
    before_ = here_;
    if (last_.seq == head_.last.seq && hash != head_.last.hash)
      return Bad(here_, "the line was changed: it is not the one that the head knows");
    if (line->capability != kLogClass) {
      ++verdict_.decisions;
    } else if (line->function == kLogNotClosed) {
      ++verdict_.kills;
    }
    return true;
  }

  bool Fits(const ParsedLine& line) {
    if (is_first_) {
      if (line.seq == 1) return line.prev == Digest{};
      return head_.anchor.seq != 0 && line.seq == head_.anchor.seq + 1 &&
             line.prev == head_.anchor.hash;
    }
    return line.seq == last_.seq + 1 && line.prev == last_.hash;
  }

  // The line at broken_at_ does not fit to the one before. `is_sound`: what comes after fits to it.
  bool Broken(bool is_sound) {
    const Place& place = *broken_at_;
    const uint64_t expected = last_.seq + 1;
    if (is_first_)
      return Report(place, absl::StrCat("the log does not begin here: seq is ", broken_seq_,
                                        ", and lines before it are missing or it was changed"));
    if (broken_seq_ > expected && is_sound && !broken_prev_fits_)
      return Report(place, absl::StrCat("lines are missing before this one: seq goes from ",
                                        last_.seq, " to ", broken_seq_));
    if (is_sound && broken_seq_ == expected)
      return Report(before_broken_, absl::StrCat("the line was changed (seq ", last_.seq,
                                                 "): the next one has the hash of another line"));
    if (broken_prev_fits_)
      return Report(place, absl::StrCat("the line was changed: seq is ", broken_seq_,
                                        " and should be ", expected));
    return Report(place,
                  absl::StrCat("the line was changed, or does not belong here: its prev is not "
                               "the hash of the line before (seq ",
                               broken_seq_, ")"));
  }

  bool CheckEnd() {
    if (broken_at_) return Broken(/*is_sound=*/false);
    verdict_.last_seq = last_.seq;
    if (is_first_ && head_.last.seq == head_.anchor.seq) last_.seq = head_.last.seq;
    if (!open_.missing.empty()) {
      verdict_.kind = Verdict::Kind::kBroken;
      verdict_.problem = open_.missing + ": the file is missing";
      return false;
    }
    if (last_.seq < head_.last.seq)
      return Bad(here_, absl::StrCat("lines are missing at the end: the last one has seq ",
                                     last_.seq, ", the head says ", head_.last.seq));
    verdict_.lines_after_head = last_.seq - head_.last.seq;
    if (head_.closed && verdict_.lines_after_head != 0)
      return Bad(here_, absl::StrCat("there are ", verdict_.lines_after_head,
                                     " lines after the one at which the log was closed"));
    return true;
  }

  const OpenFiles& open_;
  const Head& head_;
  Verdict& verdict_;
  absl::Status status_;
  bool is_first_ = true;
  Link last_;
  Place here_;    // the line that is looked at
  Place before_;  // the one before
  std::optional<Place> broken_at_;
  Place before_broken_;
  uint64_t broken_seq_ = 0;
  Digest broken_hash_{};
  bool broken_prev_fits_ = false;
};

}  // namespace

absl::StatusOr<Verdict> Verify(const std::string& path, const std::string& key_file) {
  std::optional<Digest> key;
  if (!key_file.empty()) {
    ASSIGN_OR_RETURN(key, ReadKey(key_file));
  }
  ASSIGN_OR_RETURN(const LogFiles files, LogFiles::ToRead(path));
  const absl::StatusOr<OpenFiles> open = OpenAll(files, key);
  Verdict verdict;
  if (absl::IsDataLoss(open.status()) || (key && (absl::IsFailedPrecondition(open.status()) ||
                                                  absl::IsPermissionDenied(open.status())))) {
    verdict.kind = Verdict::Kind::kBroken;
    verdict.problem = absl::StrCat(files.HeadPath(), ": ", open.status().message());
    return verdict;
  }
  RETURN_IF_ERROR(open.status());
  verdict.is_sealed = open->head.sealed;
  verdict.refused = open->head.refused;
  verdict.lost = open->head.lost;
  Walk walk(*open, verdict);
  if (!walk.Files()) {
    RETURN_IF_ERROR(walk.status());
    return verdict;
  }
  if (!open->head.closed)
    verdict.kind = open->is_locked ? Verdict::Kind::kBeingWritten : Verdict::Kind::kNotClosed;
  return verdict;
}

}  // namespace airwasm::security::audit
