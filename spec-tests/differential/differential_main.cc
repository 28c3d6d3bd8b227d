// Generates modules and holds what they do in each tier against the interpreter.
//
//   airwasm_differential [--seed N] [--count N] [--seconds N] [--keep DIR] [--statistics]
//   [--reduce] [--module FILE] [--way NAME]...
//
// Module k of a run is made from the number N + k alone. With --seconds no module is begun after
// that time; each minute a line says how far it is. A disagreement is printed with its number,
// the tier and both outcomes; with --keep the module is written to DIR/<number>.wasm, and before
// each module runs DIR/current holds its number, for what ends the process. Exits with 1 after any
// disagreement.
//
// --way restricts what is compared: baseline, optimized, checked, entered.
//
// With --fork every run of a module has a process of its own, and one that ends by a signal is a
// disagreement like others.
//
// No disagreement, but counted: with signals a load whose value turns out not to matter (it is
// multiplied by 0, compared with what it cannot exceed) may be left out by LLVM together with its
// trap. CompileOptions::strict_traps keeps it, so a trap is looked for there before it is called
// lost.
//
// With --reduce and --keep the module is made smaller as well, into
// DIR/<number>.<way>.reduced.wasm; --module runs such a file in place of the module of --seed, with
// the calls of that one.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <string>

#include "airwasm/engine.h"
#include "airwasm/trap_kind.h"
#include "spec-tests/differential/generate.h"
#include "spec-tests/differential/outcome.h"
#include "spec-tests/differential/reduce.h"
#include "spec-tests/differential/tiers.h"

namespace airwasm::differential {
namespace {

struct Arguments {
  uint64_t seed = 1;
  uint64_t count = 100;
  uint64_t seconds = 0;  // 0: as long as it takes
  std::string keep;
  std::string module;
  std::vector<Way> ways;  // in their order in kWays
  bool statistics = false;
  bool reduce = false;
  bool fork = false;
};

// An engine keeps every type that it has seen, so it is made anew now and then.
constexpr uint64_t kModulesPerEngine = 200;
constexpr uint64_t kMaxReported = 20;
constexpr std::chrono::minutes kReportEvery{1};
// Of one run while a module is made smaller, where the fuel may get lost.
constexpr std::chrono::milliseconds kReduceTimeout{300};
constexpr std::chrono::milliseconds kTimeout{20'000};
// It compiles what kOptimized has compiled, but for the checks.
constexpr uint64_t kCheckedEvery = 2;

bool Parse(int argc, char** argv, Arguments& arguments) {
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    bool* const flag = name == "--statistics" ? &arguments.statistics
                       : name == "--reduce"   ? &arguments.reduce
                       : name == "--fork"     ? &arguments.fork
                                              : nullptr;
    if (flag != nullptr) {
      *flag = true;
      continue;
    }
    if (i + 1 >= argc) return false;
    const char* const value = argv[++i];
    char* end = nullptr;
    if (name == "--keep" || name == "--module") {
      (name == "--keep" ? arguments.keep : arguments.module) = value;
    } else if (name == "--way") {
      const std::optional<Way> way = WayOfName(value);
      if (!way || way == Way::kInterp || way == Way::kStrict) return false;
      arguments.ways.push_back(*way);
    } else if (name == "--seed" || name == "--count" || name == "--seconds") {
      (name == "--seed"    ? arguments.seed
       : name == "--count" ? arguments.count
                           : arguments.seconds) = std::strtoull(value, &end, 0);
      if (*value == '\0' || *end != '\0') return false;
    } else {
      return false;
    }
  }
  if (arguments.ways.empty()) arguments.ways.assign(kWays.begin() + 1, kWays.end());
  std::sort(arguments.ways.begin(), arguments.ways.end());
  arguments.ways.erase(std::unique(arguments.ways.begin(), arguments.ways.end()),
                       arguments.ways.end());
  return true;
}

bool AnyCompiles(const std::vector<Way>& ways) {
  return std::any_of(ways.begin(), ways.end(), [](Way way) { return way != Way::kBaseline; });
}

void Write(const std::string& path, const void* bytes, size_t size) {
  std::ofstream out(path, std::ios::binary);
  out.write(static_cast<const char*>(bytes), static_cast<std::streamsize>(size));
}

// The lines that `run` yields, in a process of its own; one line if that is ended by a signal.
std::vector<std::string> InChild(const std::function<std::vector<std::string>()>& run) {
  int ends[2];
  if (pipe(ends) != 0) return {"rejected: no pipe"};
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    std::string text;
    for (const std::string& line : run()) text += line + "\n";
    for (size_t at = 0; at < text.size();) {
      const ssize_t written = write(ends[1], text.data() + at, text.size() - at);
      if (written <= 0) _exit(1);
      at += static_cast<size_t>(written);
    }
    _exit(0);
  }
  close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t count; (count = read(ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<size_t>(count));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) return {"ended by signal " + std::to_string(WTERMSIG(status))};
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

class Run {
 public:
  explicit Run(const Arguments& arguments) : arguments_(arguments) {}

  int All() {
    // The compiler takes its time to be ready, once, and children inherit that.
    if (arguments_.fork && AnyCompiles(arguments_.ways))
      OutcomeOf(NewEngine(Way::kOptimized), Generate({}));
    for (uint64_t k = 0; k < arguments_.count && failures_ < kMaxReported; ++k) {
      if (k % kModulesPerEngine == 0) {
        engines_.clear();
        engines_.emplace(Way::kInterp, NewEngine(Way::kInterp));
        for (const Way way : arguments_.ways) engines_.emplace(way, NewEngine(way));
        if (AnyCompiles(arguments_.ways)) engines_.emplace(Way::kStrict, NewEngine(Way::kStrict));
      }
      if (IsOver()) break;
      One(arguments_.seed + k);
    }
    std::printf(
        "%llu modules from --seed %llu on in %zu ways each, %llu calls, %llu traps; "
        "%llu disagreements\n",
        static_cast<unsigned long long>(modules_), static_cast<unsigned long long>(arguments_.seed),
        arguments_.ways.size() + 1, static_cast<unsigned long long>(calls_),
        static_cast<unsigned long long>(traps_), static_cast<unsigned long long>(failures_));
    if (std::find(arguments_.ways.begin(), arguments_.ways.end(), Way::kChecked) !=
        arguments_.ways.end())
      std::printf("every second module was also compared without signals\n");
    if (AnyCompiles(arguments_.ways)) {
      std::printf(
          "with signals %llu modules were compared only up to a memory access out of bounds\n",
          static_cast<unsigned long long>(cut_));
      std::printf(
          "%llu runs with signals lacked the trap of a load whose value does not matter, which "
          "strict traps keep\n",
          static_cast<unsigned long long>(unneeded_));
    }
    if (arguments_.statistics) {
      for (const auto& [kind, count] : trap_kinds_)
        std::printf("  %8llu %s\n", static_cast<unsigned long long>(count), kind.c_str());
    }
    return failures_ == 0 ? 0 : 1;
  }

 private:
  // Between two modules: the time is up. Says now and then how far it is.
  bool IsOver() {
    const auto now = std::chrono::steady_clock::now();
    if (now >= next_report_) {
      next_report_ = now + kReportEvery;
      std::printf(
          "%llu of %llu modules, %.1f a second of processor time; %llu disagreements\n",
          static_cast<unsigned long long>(modules_),
          static_cast<unsigned long long>(arguments_.count),
          static_cast<double>(modules_) * CLOCKS_PER_SEC / static_cast<double>(std::clock()),
          static_cast<unsigned long long>(failures_));
      std::fflush(stdout);
    }
    return arguments_.seconds != 0 && now - begin_ >= std::chrono::seconds(arguments_.seconds);
  }

  void One(uint64_t number) {
    GeneratedModule module = Generate(SeedBytes(number));
    if (!arguments_.module.empty()) {
      std::ifstream in(arguments_.module, std::ios::binary);
      module.bytes.assign(std::istreambuf_iterator<char>(in), {});
    }
    if (!arguments_.keep.empty()) {
      const std::string text = std::to_string(number) + "\n";
      Write(arguments_.keep + "/current", text.data(), text.size());
    }
    ++modules_;
    const std::vector<std::string> expected = Outcome(Way::kInterp, module);
    bool cut = false;
    for (const std::string& line : expected) {
      if (line.starts_with("rejected"))
        return Report(number, Way::kInterp, module,
                      "  the generator made an invalid module: " + line);
      const size_t trap = line.find(": trap: ");
      if (trap == std::string::npos) continue;
      ++traps_;
      if (IsInexactTrap(line) && !cut) {
        cut = true;
        ++cut_;
      }
      ++trap_kinds_[line.substr(trap + 8)];
    }
    calls_ += module.calls.size();
    for (const Way way : arguments_.ways) {
      const Engine& engine = engines_.at(way);
      const size_t refused = Refused(engine).size();
      if (way == Way::kChecked && number % kCheckedEvery != 0) continue;
      const std::vector<std::string> actual = Outcome(way, module);
      const std::string difference = Difference(expected, actual, IsExact(way));
      if (!difference.empty()) {
        if (!IsExact(way) && LacksInexactTrap(expected, actual) &&
            Difference(expected, Outcome(Way::kStrict, module), false).empty())
          ++unneeded_;
        else
          Report(number, way, module, "  " + difference);
      }
      if (Refused(engine).size() > refused)
        Report(number, way, module, "  not compiled: " + Refused(engine).back());
    }
  }

  void Report(uint64_t number, Way way, const GeneratedModule& module, const std::string& what) {
    ++failures_;
    std::printf("--seed %llu, %s:\n%s\n", static_cast<unsigned long long>(number),
                std::string(WayText(way)).c_str(), what.c_str());
    std::fflush(stdout);
    if (arguments_.keep.empty()) return;
    const std::string path = arguments_.keep + "/" + std::to_string(number);
    Write(path + ".wasm", module.bytes.data(), module.bytes.size());
    if (!arguments_.reduce || way == Way::kInterp) return;
    GeneratedModule smaller = module;
    const std::vector<uint8_t> bytes = Reduce(module.bytes, [&](const std::vector<uint8_t>& tried) {
      smaller.bytes = tried;
      return !DifferenceIn(way, smaller).empty();
    });
    Write(path + "." + std::to_string(static_cast<int>(way)) + ".reduced.wasm", bytes.data(),
          bytes.size());
  }

  std::vector<std::string> Outcome(Way way, const GeneratedModule& module,
                                   std::chrono::milliseconds timeout = kTimeout) const {
    if (!arguments_.fork) return OutcomeOf(engines_.at(way), module, timeout);
    // An engine has threads, which a fork does not take along.
    return InChild([&] { return OutcomeOf(NewEngine(way), module, timeout); });
  }

  // Between the interpreter and `way`; nothing if the interpreter does not accept or finish it.
  std::string DifferenceIn(Way way, const GeneratedModule& module) const {
    const std::vector<std::string> expected = Outcome(Way::kInterp, module, kReduceTimeout);
    for (const std::string& line : expected) {
      if (line.starts_with("rejected") || line.ends_with(TrapText(TrapKind::kInterrupted)))
        return "";
    }
    return Difference(expected, Outcome(way, module, kReduceTimeout), IsExact(way));
  }

  const Arguments arguments_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point next_report_ = begin_ + kReportEvery;
  std::map<Way, Engine> engines_;
  uint64_t modules_ = 0, calls_ = 0, traps_ = 0, cut_ = 0, unneeded_ = 0, failures_ = 0;
  std::map<std::string, uint64_t> trap_kinds_;
};

}  // namespace
}  // namespace airwasm::differential

int main(int argc, char** argv) {
  airwasm::differential::Arguments arguments;
  if (!airwasm::differential::Parse(argc, argv, arguments)) {
    std::fprintf(stderr,
                 "usage: airwasm_differential [--seed N] [--count N] [--seconds N] [--keep DIR] "
                 "[--statistics] [--reduce] [--module FILE] [--fork] "
                 "[--way NAME]...\n");
    return 2;
  }
  std::string why;
  if (airwasm::differential::AnyCompiles(arguments.ways) && !airwasm::CompilerIsAvailable(&why)) {
    std::fprintf(stderr, "airwasm_differential: there is no compiler: %s\n", why.c_str());
    return 1;
  }
  return airwasm::differential::Run(arguments).All();
}
