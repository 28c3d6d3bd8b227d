// main() for a fuzz target in builds without libFuzzer: replays a corpus, then a bounded run of
// mutated inputs.
//
// The run is a pure function of the arguments and the corpus: same seed, same inputs, in the same
// order, on any machine. It has no coverage feedback; finding new paths is libFuzzer's work (the
// fuzz preset), keeping old ones safe is this one's. The last input is written to disk only by
// libFuzzer; here a failing input is named by its number, and
// --only=N runs that one again.
//
//   target [--runs=N] [--seed=S] [--max-len=BYTES] [--only=N] [file or folder]...
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) __attribute__((weak));

namespace {

using Input = std::vector<uint8_t>;

// SplitMix64: tiny, and its sequence is the same everywhere, unlike <random>'s distributions.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  // Uniform enough over [0, bound); bound must not be 0.
  size_t Below(size_t bound) { return static_cast<size_t>(Next() % bound); }

 private:
  uint64_t state_;
};

// Bytes and runs on which decoders tend to trip: LEB128 extremes, section ids, block and end
// opcodes.
constexpr std::string_view kTokens[] = {
    std::string_view("\x00", 1),
    "\x7f",
    "\x80\x01",
    "\xff\xff\xff\xff\x0f",
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    "\x80\x80\x80\x80\x10",
    "\x0b",
    "\x02\x40",
    "\x03\x40",
    "\x04\x40",
    std::string_view("\x0e\x00", 2),
    "\xfb",
    "\xfc",
    "\xfd",
    "\xfe",
    "\x1f\x40",
    "\x60",
    "\x4e",
    "\x63",
    "\x64",
    "(",
    ")",
    "\"",
    "(;",
    "nan:0x",
    "0x1p-1074",
    "$a",
    "(module",
    "(func",
    "(type",
};

void MutateOnce(Input& input, const std::vector<Input>& corpus, Random& random, size_t max_len) {
  const size_t size = input.size();
  const size_t at = size == 0 ? 0 : random.Below(size);
  switch (random.Below(8)) {
    case 0:  // flip a bit
      if (size != 0) input[at] ^= static_cast<uint8_t>(1u << random.Below(8));
      return;
    case 1:  // any byte
      if (size != 0) input[at] = static_cast<uint8_t>(random.Next());
      return;
    case 2:  // insert a token
    case 3: {
      const std::string_view token = kTokens[random.Below(std::size(kTokens))];
      input.insert(input.begin() + static_cast<ptrdiff_t>(at), token.begin(), token.end());
      break;
    }
    case 4:  // drop a run
      if (size != 0) {
        const size_t count = 1 + random.Below(std::min<size_t>(size - at, 16));
        input.erase(input.begin() + static_cast<ptrdiff_t>(at),
                    input.begin() + static_cast<ptrdiff_t>(at + count));
      }
      return;
    case 5:  // repeat a run
      if (size != 0) {
        const size_t count = 1 + random.Below(std::min<size_t>(size - at, 64));
        const Input run(input.begin() + static_cast<ptrdiff_t>(at),
                        input.begin() + static_cast<ptrdiff_t>(at + count));
        input.insert(input.begin() + static_cast<ptrdiff_t>(at), run.begin(), run.end());
      }
      break;
    case 6:  // cut off the end
      input.resize(at);
      return;
    case 7:  // continue with the tail of another input
      if (!corpus.empty()) {
        const Input& other = corpus[random.Below(corpus.size())];
        if (other.empty()) return;
        const size_t from = random.Below(other.size());
        input.resize(at);
        input.insert(input.end(), other.begin() + static_cast<ptrdiff_t>(from), other.end());
      }
      break;
  }
  if (input.size() > max_len) input.resize(max_len);
}

Input Generate(const std::vector<Input>& corpus, uint64_t seed, uint64_t number, size_t max_len) {
  Random random(seed * 0x100000001B3u + number);
  Input input;
  if (!corpus.empty() && random.Below(16) != 0) {
    input = corpus[random.Below(corpus.size())];
    if (input.size() > max_len) input.resize(max_len);
  } else {
    // The header of a binary module, then noise.
    input = {0x00, 'a', 's', 'm', 0x01, 0x00, 0x00, 0x00};
    const size_t count = random.Below(64);
    for (size_t i = 0; i < count; ++i) input.push_back(static_cast<uint8_t>(random.Next()));
  }
  const size_t mutations = 1 + random.Below(6);
  for (size_t i = 0; i < mutations; ++i) MutateOnce(input, corpus, random, max_len);
  return input;
}

// A copy in a buffer of exactly its size, so that AddressSanitizer sees a read one past the end.
void Run(const Input& input) {
  uint8_t* exact = static_cast<uint8_t*>(std::malloc(input.size() == 0 ? 1 : input.size()));
  if (exact == nullptr) std::abort();
  if (!input.empty()) std::memcpy(exact, input.data(), input.size());
  LLVMFuzzerTestOneInput(exact, input.size());
  std::free(exact);
}

bool TakeNumber(std::string_view argument, std::string_view name, uint64_t& out) {
  if (!argument.starts_with(name)) return false;
  const std::string text(argument.substr(name.size()));
  char* end = nullptr;
  out = std::strtoull(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0') {
    std::fprintf(stderr, "%.*s: a number is expected\n", static_cast<int>(argument.size()),
                 argument.data());
    std::exit(2);
  }
  return true;
}

uint64_t g_number = 0;

// Says which input it was, then lets the signal do what it would have done. A target that installs
// handlers of its own (the engine's traps) takes precedence; the run is then found again by
// bisecting --runs.
void NameFailingInput(int signal) {
  std::fprintf(stderr, "fuzz_driver: failed at input %llu (--only=%llu)\n",
               static_cast<unsigned long long>(g_number),
               static_cast<unsigned long long>(g_number));
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace

int main(int argc, char** argv) {
  if (LLVMFuzzerInitialize != nullptr) LLVMFuzzerInitialize(&argc, &argv);
  constexpr uint64_t kAll = ~uint64_t{0};
  uint64_t runs = 2000, seed = 1, max_len = 4096, only = kAll;
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (TakeNumber(argument, "--runs=", runs) || TakeNumber(argument, "--seed=", seed) ||
        TakeNumber(argument, "--max-len=", max_len) || TakeNumber(argument, "--only=", only)) {
      continue;
    }
    if (std::filesystem::is_directory(argument)) {
      for (const auto& entry : std::filesystem::recursive_directory_iterator(argument)) {
        if (entry.is_regular_file()) files.push_back(entry.path());
      }
    } else if (std::filesystem::exists(argument)) {
      files.emplace_back(argument);
    } else {
      std::fprintf(stderr, "%s: no such option, file or folder\n", argv[i]);
      return 2;
    }
  }
  std::sort(files.begin(), files.end());

  std::vector<Input> corpus;
  for (const std::filesystem::path& file : files) {
    std::ifstream stream(file, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }

  for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT})
    std::signal(signal, NameFailingInput);

  // Numbers run through the corpus first, then through the generated inputs.
  for (; g_number < corpus.size(); ++g_number) {
    if (only == kAll || only == g_number) Run(corpus[g_number]);
  }
  for (; g_number < corpus.size() + runs; ++g_number) {
    if (only == kAll || only == g_number) Run(Generate(corpus, seed, g_number, max_len));
  }
  std::printf("fuzz_driver: %zu corpus files and %llu generated inputs, seed %llu\n", corpus.size(),
              static_cast<unsigned long long>(runs), static_cast<unsigned long long>(seed));
  return 0;
}
