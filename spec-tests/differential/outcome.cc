#include "spec-tests/differential/outcome.h"

#include <time.h>

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

#include "absl/strings/str_format.h"
#include "airwasm/airwasm.h"
#include "spec-tests/differential/nan.h"

namespace airwasm::differential {
namespace {

// Roomy for what a module can do within its fuel. Deep recursion is not part of it: how deep the
// stack goes differs by tier.
constexpr uint64_t kMaxGcHeapBytes = 32 << 20;

uint64_t HashOf(std::span<const uint8_t> bytes) {
  uint64_t hash = bytes.size();
  size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    uint64_t word;
    std::memcpy(&word, &bytes[at], 8);
    hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
    hash ^= hash >> 29;
  }
  for (; at < bytes.size(); ++at) hash = (hash ^ bytes[at]) * 0x100000001B3u;
  return hash;
}

std::string RefText(const Ref& ref) {
  if (ref.IsNull()) return "null";
  return ref.IsI31() ? absl::StrFormat("i31 %d", ref.i31()) : "ref";
}

std::string TextOf(const Value& value) {
  const ValType type = value.type();
  if (type.IsRef()) return RefText(value.ref());
  V128Bytes bytes = value.v128();
  if (type == kF32) bytes = WithoutNanBits(bytes, NanLanes::kF32, 4);
  if (type == kF64) bytes = WithoutNanBits(bytes, NanLanes::kF64, 8);
  std::string text = type.ToString() + ":";
  const int size = type == kV128 ? 16 : type == kI32 || type == kF32 ? 4 : 8;
  for (int i = size; i-- > 0;) absl::StrAppendFormat(&text, "%02x", bytes[static_cast<size_t>(i)]);
  return text;
}

// Interrupts the store when it has run for too long. That is told in processor time of the process:
// on a busy machine the time on the clock says nothing. Who waits for ever takes none, so there is
// an end on the clock as well.
class Watchdog {
 public:
  Watchdog(const Store& store, std::chrono::milliseconds timeout)
      : interrupter_(store.interrupter()), thread_([this, timeout] { Watch(timeout); }) {}
  ~Watchdog() {
    {
      const std::lock_guard lock(mutex_);
      is_done_ = true;
    }
    done_.notify_all();
    thread_.join();
  }

 private:
  static std::chrono::nanoseconds ProcessTime() {
    timespec time = {};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  }

  void Watch(std::chrono::milliseconds timeout) {
    constexpr int kClockFactor = 30;
    const std::chrono::nanoseconds begin = ProcessTime();
    const auto end = std::chrono::steady_clock::now() + kClockFactor * timeout;
    std::unique_lock lock(mutex_);
    while (!done_.wait_for(lock, timeout, [this] { return is_done_; })) {
      if (ProcessTime() - begin < timeout && std::chrono::steady_clock::now() < end) continue;
      return interrupter_.Interrupt();
    }
  }

  Store::Interrupter interrupter_;
  std::mutex mutex_;
  std::condition_variable done_;
  bool is_done_ = false;
  std::thread thread_;
};

// One module in one way.
class Runner {
 public:
  Runner(const Engine& engine, const GeneratedModule& generated)
      : generated_(generated),
        store_(engine, {.max_gc_heap_bytes = kMaxGcHeapBytes, .gc_stress = generated.gc_stress}),
        linker_(engine) {}

  std::vector<std::string> Run(const Engine& engine, std::chrono::milliseconds timeout) {
    const absl::StatusOr<Module> module = Module::Create(engine, generated_.bytes);
    if (!module.ok()) return {"rejected: " + std::string(module.status().message())};
    const absl::Status defined =
        linker_.Define(kHostModule, kHostFunction,
                       [this](Caller& caller, int32_t a, int64_t b) { return Host(caller, a, b); });
    if (!defined.ok()) return {"rejected: " + std::string(defined.message())};
    absl::StatusOr<Instance> instance = linker_.Instantiate(store_, *module);
    if (!instance.ok()) return {"rejected: " + std::string(instance.status().message())};
    instance_ = *instance;
    exports_ = module->exports();
    const Watchdog watchdog(store_, timeout);
    for (const PlannedCall& call : generated_.calls) {
      Call(call);
      State(call.function);
    }
    return std::move(lines_);
  }

 private:
  // Mostly returns, but traps, throws and calls back as well, as its arguments say.
  Result<int32_t> Host(Caller& caller, int32_t a, int64_t b) {
    if (host_calls_++ < kHostCallsShown) lines_.push_back(absl::StrFormat("host(%d, %d)", a, b));
    const uint32_t choice =
        (static_cast<uint32_t>(a) ^ static_cast<uint32_t>(static_cast<uint64_t>(b) >> 3)) % 32;
    if (choice == 5) return Trap(absl::AbortedError("as asked"));
    if (choice == 6) {
      const Value payload(static_cast<int32_t>(int64_t{a} + 1));
      return caller.Throw(*instance_->GetTag(kThrownTag), {&payload, 1});
    }
    if (choice < 4 && nesting_ < 2) {
      ++nesting_;
      const Value argument(static_cast<int32_t>(int64_t{a} - 1));
      const absl::StatusOr<CallResult> result = instance_->GetFunc(kCallback)->Call({&argument, 1});
      --nesting_;
      if (!result.ok()) return Trap(result.status());
      if (!result->ok()) {
        lines_.push_back("within host: trap: " + std::string(TrapText(result->trap().kind())));
        return static_cast<int32_t>(result->trap().kind());
      }
      return result->value()[0].i32();
    }
    return static_cast<int32_t>(static_cast<uint32_t>(a) * 31 + static_cast<uint64_t>(b));
  }

  void Call(const PlannedCall& call) {
    host_calls_ = 0;
    nesting_ = 0;
    const absl::StatusOr<Global> fuel = instance_->GetGlobal(kFuelGlobal);
    if (!fuel.ok() || !fuel->Set(Value(call.fuel)).ok()) lines_.push_back("rejected: no fuel");
    const absl::StatusOr<Func> func = instance_->GetFunc(call.function);
    const absl::StatusOr<CallResult> result = func->Call(call.args);
    std::string line = call.function + ": ";
    if (!result.ok()) {
      line = "rejected: " + std::string(result.status().message());
    } else if (!result->ok()) {
      line += "trap: " + std::string(TrapText(result->trap().kind()));
    } else {
      for (const Value& value : result->value()) line += TextOf(value) + " ";
    }
    lines_.push_back(std::move(line));
  }

  void State(const std::string& after) {
    for (const ExportInfo& e : exports_) {
      std::string line = "after " + after + ", " + e.name + ": ";
      if (std::holds_alternative<GlobalType>(e.type)) {
        line += TextOf(instance_->GetGlobal(e.name)->Get());
      } else if (std::holds_alternative<MemoryType>(e.type)) {
        const std::span<const uint8_t> data = instance_->GetMemory(e.name)->data();
        absl::StrAppendFormat(&line, "%d bytes, %016x", data.size(), HashOf(data));
      } else if (std::holds_alternative<TableType>(e.type)) {
        const Table table = *instance_->GetTable(e.name);
        for (uint64_t i = 0; i < table.size(); ++i) line += RefText(*table.Get(i)) + " ";
      } else {
        continue;
      }
      lines_.push_back(std::move(line));
    }
  }

  static constexpr uint32_t kHostCallsShown = 100;  // of one call

  const GeneratedModule& generated_;
  Store store_;
  Linker linker_;
  std::optional<Instance> instance_;
  std::vector<ExportInfo> exports_;
  std::vector<std::string> lines_;
  uint32_t host_calls_ = 0;
  int nesting_ = 0;
};

}  // namespace

std::vector<std::string> OutcomeOf(const Engine& engine, const GeneratedModule& module,
                                   std::chrono::milliseconds timeout) {
  return Runner(engine, module).Run(engine, timeout);
}

bool IsInexactTrap(const std::string& line) {
  static const std::string* const text =
      new std::string(": trap: " + std::string(TrapText(TrapKind::kOutOfBoundsMemory)));
  return line.ends_with(*text);
}

bool LacksInexactTrap(const std::vector<std::string>& expected,
                      const std::vector<std::string>& actual) {
  size_t i = 0;
  while (i < std::min(expected.size(), actual.size()) && expected[i] == actual[i]) ++i;
  return i < expected.size() && IsInexactTrap(expected[i]);
}

std::string Difference(const std::vector<std::string>& expected,
                       const std::vector<std::string>& actual, bool exact) {
  for (size_t i = 0; i < std::max(expected.size(), actual.size()); ++i) {
    const std::string a = i < expected.size() ? expected[i] : "nothing";
    const std::string b = i < actual.size() ? actual[i] : "nothing";
    if (a != b) return "expected  " + a + "\n  found     " + b;
    if (!exact && IsInexactTrap(a)) return "";
  }
  return "";
}

}  // namespace airwasm::differential
