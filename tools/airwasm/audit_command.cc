// `airwasm audit`: what an audit log says, and whether it can be believed.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "absl/strings/str_format.h"
#include "airwasm/capability.h"
#include "security/audit/filter.h"
#include "security/audit/json_escape.h"
#include "security/audit/line.h"
#include "security/audit/log_reader.h"
#include "security/audit/verify.h"
#include "tools/airwasm/command.h"

namespace airwasm::tools {
namespace {

namespace audit = security::audit;
using Result = audit::LineReader::Result;

constexpr std::chrono::milliseconds kFollowPause{100};

struct VerifyFlags {
  std::string file;
  std::string key;
  bool accept_gaps = false;
};

struct ShowFlags {
  std::string file;
  audit::Filter filter;
  std::string since;
  bool json = false;
};

std::string Count(uint64_t count, const char* one) {
  return absl::StrFormat("%d %s%s", count, one, count == 1 ? "" : "s");
}

// One line for each thing that is known to be missing.
void PrintGaps(const audit::Verdict& verdict) {
  if (verdict.kind == audit::Verdict::Kind::kNotClosed) {
    std::printf(
        "not closed: its process was killed, and up to a ring of decisions for each of its threads "
        "is missing at the end\n");
    if (verdict.torn_bytes != 0)
      std::printf("not closed: of a line after the last one, %s are there\n",
                  Count(verdict.torn_bytes, "byte").c_str());
    if (verdict.lines_after_head != 0)
      std::printf("not closed: the last %s not in the head, so only their form speaks for them\n",
                  (Count(verdict.lines_after_head, "line") +
                   (verdict.lines_after_head == 1 ? " is" : " are"))
                      .c_str());
  }
  if (verdict.kills != 0)
    std::printf("killed before: %s, where a line of class audit-log says so\n",
                Count(verdict.kills, "time").c_str());
  if (verdict.refused != 0)
    std::printf("refused: %s could not be kept, and their calls failed\n",
                Count(verdict.refused, "decision").c_str());
  if (verdict.lost != 0)
    std::printf("lost: %s could not be written before the log was closed\n",
                Count(verdict.lost, "decision").c_str());
}

int VerifyLog(const VerifyFlags& flags) {
  const absl::StatusOr<audit::Verdict> verdict = audit::Verify(flags.file, flags.key);
  if (!verdict.ok()) return Fail("", verdict.status());
  using Kind = audit::Verdict::Kind;
  if (verdict->kind == Kind::kBroken) {
    std::printf("BROKEN: %s\n", verdict->problem.c_str());
    return kExitFailure;
  }
  const char* const state = verdict->kind == Kind::kWhole          ? "closed"
                            : verdict->kind == Kind::kBeingWritten ? "being written"
                                                                   : "not closed";
  const std::string begin =
      verdict->first_seq > 1
          ? absl::StrFormat(", from seq %d on: older files were removed", verdict->first_seq)
          : "";
  std::printf("%s: %s in %s, %s%s\n", verdict->HasGaps() ? "INCOMPLETE" : "OK",
              Count(verdict->decisions, "decision").c_str(), Count(verdict->files, "file").c_str(),
              state, begin.c_str());
  PrintGaps(*verdict);
  if (verdict->is_sealed && flags.key.empty())
    std::printf("sealed: --key would tell whether the head, and so the end, is the writer's own\n");
  return verdict->HasGaps() && !flags.accept_gaps ? kExitFailure : kExitOk;
}

void PrintLine(const audit::ParsedLine& line) {
  // Texts stay escaped: what a guest chose does nothing to a terminal.
  const auto print = [](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
  };
  const auto bytes = [](uint64_t full) {
    return full == 0 ? std::string() : absl::StrFormat("... (%d bytes)", full);
  };
  print(absl::StrFormat("%s  %-5s  %-11s  %s%s  [%s#%d %s]", line.time,
                        line.allow ? "allow" : "deny", line.capability, line.object,
                        bytes(line.object_bytes), line.component, line.instance, line.function));
  if (!line.rule.empty()) print(absl::StrFormat("  by %s", line.rule));
  print("\n");
  std::string_view rest = line.backtrace;
  while (!rest.empty()) {
    // Frames are lines; as they stand escaped, that is what ends them.
    size_t end = 0;
    while (end < rest.size() && rest.substr(end, 2) != "\\n") end += rest[end] == '\\' ? 2 : 1;
    print(absl::StrFormat("    %s\n", rest.substr(0, end)));
    rest.remove_prefix(std::min(rest.size(), end + 2));
  }
  if (line.backtrace_bytes != 0) print("    ...\n");
}

// False: the line is none of a log's.
bool ShowLine(const audit::LogReader& log, const ShowFlags& flags) {
  size_t offset = 0;
  const std::optional<audit::ParsedLine> line = audit::ParseLine(log.line(), &offset);
  if (!line) {
    std::fflush(stdout);
    Fail(
        absl::StrFormat("%s: byte %d is none that the log writes there; `airwasm audit verify` "
                        "says more",
                        log.Where(), offset + 1));
    return false;
  }
  if (!flags.filter.Matches(*line)) return true;
  if (!flags.json) {
    PrintLine(*line);
  } else {
    std::fwrite(log.line().data(), 1, log.line().size(), stdout);
    std::fputc('\n', stdout);
  }
  return true;
}

int Show(ShowFlags& flags, bool follow) {
  if (!flags.since.empty()) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const absl::StatusOr<std::string> since = audit::ParseSince(
        flags.since, std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
    if (!since.ok()) return Fail("--since", since.status()), kExitUsage;
    flags.filter.since = *since;
  }
  const bool from_end = follow && flags.since.empty();
  absl::StatusOr<audit::LogReader> log = audit::LogReader::Open(
      flags.file, from_end ? audit::LogReader::Start::kEnd : audit::LogReader::Start::kFirstLine);
  if (!log.ok()) return Fail("", log.status());
  bool sound = true;
  while (true) {
    const Result result = log->Next();
    switch (result) {
      case Result::kLine:
        sound &= ShowLine(*log, flags);
        break;
      case Result::kEnd:
      case Result::kTorn:  // being written, or the end of a process that was killed
        if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) return kExitFailure;
        if (!follow) return sound ? kExitOk : kExitFailure;
        std::this_thread::sleep_for(kFollowPause);
        break;
      case Result::kTooLong:
        std::fflush(stdout);
        return Fail(log->Where() + ": the line is longer than any that the log writes");
      case Result::kFailed:
        return Fail("", log->status());
    }
  }
}

void AddVerify(CLI::App& audit, int* exit_code) {
  auto flags = std::make_shared<VerifyFlags>();
  CLI::App* const command =
      audit.add_subcommand("verify", "Check every line, the chain through all files, and the end");
  command->add_option("FILE", flags->file, "the log, as it was given to the run")->required();
  command->add_option("--key", flags->key,
                      "The file of 32 bytes that the log was sealed with: tells whether who wrote "
                      "the head knew it");
  command->add_flag("--accept-gaps", flags->accept_gaps,
                    "Exit with 0 if nothing was changed, though decisions are known to be missing: "
                    "a process was killed, or the disk was full");
  command->footer(
      "Prints OK, INCOMPLETE (decisions are known to be missing) or BROKEN with the first line "
      "that "
      "is wrong: FILE:LINE: what. Exits with 0 for OK, 1 for the others, 2 for a wrong command "
      "line.\n\n"
      "What it can tell: any change of, before or after any line, as long as FILE.head was not "
      "rewritten to match. With --key, that too. A log and a head of an earlier time that were put "
      "back together it takes for whole: compare the number of decisions with what you know.\n\n"
      "Examples:\n"
      "  airwasm audit verify audit.log\n"
      "  airwasm audit verify audit.log --key audit.key --accept-gaps");
  command->callback([=] { *exit_code = VerifyLog(*flags); });
}

void AddShow(CLI::App& audit, int* exit_code, bool follow) {
  auto flags = std::make_shared<ShowFlags>();
  CLI::App* const command =
      follow ? audit.add_subcommand("follow", "Print decisions as they are made, until interrupted")
             : audit.add_subcommand("show", "Print the decisions in a log");
  command->add_option("FILE", flags->file, "the log; older files (FILE.1, ...) belong to it")
      ->required();
  command->add_option("--component", flags->filter.component, "Of this component (GLOB)");
  command->add_option("--function", flags->filter.function, "Of this host function (GLOB)");
  command->add_option("--class", flags->filter.capability,
                      "Of this class, as in fs.read or fs.* (GLOB)");
  command->add_option("--object", flags->filter.object,
                      "About this file, address, URL or name (GLOB)");
  command->add_option("--decision", flags->filter.decision, "allow or deny")
      ->check(CLI::IsMember({"allow", "deny"}));
  command->add_option(
      "--since", flags->since,
      follow ? "Begin with those of that time, not with the next one: 10m (ago; s, m, h, d) or "
               "2026-08-18T09:30:00Z"
             : "From then on: 10m (ago; s, m, h, d), 2026-08-18 or 2026-08-18T09:30:00Z");
  command->add_flag("--json", flags->json, "Print the lines as they stand in the log");
  command->footer(absl::StrFormat(
      "In a GLOB, * stands for anything, / too, and ? for one byte. One line each:\n"
      "  TIME  DECISION  CLASS  OBJECT  [COMPONENT#INSTANCE FUNCTION]  by RULE\n"
      "and the frames of the backtrace beneath a denial. Lines of class audit-log tell of the log "
      "itself.\nLines are shown as they are; whether they can be believed, `airwasm audit verify` "
      "says.\n\n"
      "Examples:\n"
      "  airwasm audit %1$s audit.log --decision deny --since 1h\n"
      "  airwasm audit %1$s audit.log --class 'fs.*' --object '/srv/**' --json | jq .rule",
      follow ? "follow" : "show"));
  command->callback([=] { *exit_code = Show(*flags, follow); });
}

}  // namespace

void AddAuditCommand(CLI::App& app, int* exit_code) {
  CLI::App* const command = app.add_subcommand(
      "audit", "Check and read audit logs: every decision about what guests may do");
  command->require_subcommand(1);
  command->footer("`airwasm audit COMMAND --help` says more.");
  AddVerify(*command, exit_code);
  AddShow(*command, exit_code, /*follow=*/false);
  AddShow(*command, exit_code, /*follow=*/true);
}

}  // namespace airwasm::tools
