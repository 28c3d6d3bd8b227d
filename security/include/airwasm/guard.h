// The guard of one guest: what it may do, decided where its calls reach the host, and on record.
//
//   absl::StatusOr<Policy> policy = Policy::Load("policy.toml");
//   config.guard = Guard::Create({.grants = ..., .audit = log, .component = "acme:billing"});
//
// A host function is let through by one test of the guard's word (Store::SetCapabilities, which
// GiveWasi and DefineWasi call). What it was found to mean is decided by Allow. Each decision
// reaches the audit log once, before it takes effect; what cannot be recorded is not done.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "airwasm/capability.h"

namespace airwasm::security {

class AuditLog;
class Grants;
struct ComponentUsage;
struct IpAddress;
struct Object;
struct Rule;
enum class Protocol : uint8_t;
using FunctionId = uint32_t;

// What was decided about one object that a guest holds, good until the grants change.
struct Permit {
  uint64_t epoch = 0;  // 0: nothing yet
  CapabilitySet asked = 0;
  Capability capability{};
  uint32_t rule = 0;
};

class Guard : public std::enable_shared_from_this<Guard> {
 public:
  struct Options {
    std::shared_ptr<const Grants> grants;  // null: nothing is granted
    std::shared_ptr<AuditLog> audit;       // null: nothing is recorded
    std::string component;                 // as the audit log names it
    uint64_t instance = 0;                 // likewise; 0: the next number of this process
    // Classes that the guest may call functions of though nothing may be granted: it then gets what
    // it was given, a list without members, where it would end otherwise, and is denied each
    // object. A component asks for its environment when it starts.
    CapabilitySet may_ask = 0;
    bool trap_on_deny =
        false;  // a denial ends the guest, where it would get an error code otherwise
    std::shared_ptr<ComponentUsage> usage;  // counts denials; may be null
  };
  static std::shared_ptr<Guard> Create(Options options);
  ~Guard();
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  // A bit for each class of which something is granted. Lives as long as the guard.
  const std::atomic<uint64_t>& word() const { return word_; }

  // Both take effect with the guest's next call, also on what it has open. Threads: any.
  void SetGrants(std::shared_ptr<const Grants> grants);
  void Revoke(CapabilitySet classes);  // whatever the grants say, for good

  std::shared_ptr<const Grants> grants() const;  // Threads: any
  bool records() const { return audit_ != nullptr; }
  // What a guard asks of where its guest runs.
  struct Surroundings {
    std::function<std::string()> backtrace;  // of the guest, for a denial
    std::function<bool()> interrupted;       // ends a wait for room in the audit log
  };
  void SetSurroundings(Surroundings surroundings) { surroundings_ = std::move(surroundings); }

  // --- For host functions. Threads: the guest's. ---

  // Surrounds one call of a function of the classes `asked`. Classes that cannot be narrowed are
  // decided when it begins; the others when the function asks, and if it never does, the end
  // records that the class was granted. A null guard allows all.
  class Call {
   public:
    Call(Guard* guard, FunctionId function, CapabilitySet asked) : guard_(guard), asked_(asked) {
      if (guard_ == nullptr) return;
      outer_ = std::exchange(guard_->call_, &state_);
      // FAST: where nothing is recorded, the word has decided already (bench/guard_bench).
      if (guard_->records()) allowed_ = guard_->Begin(function, asked, outer_);
    }
    ~Call() {
      if (guard_ == nullptr) return;
      if (state_.decisions == 0 && guard_->records()) guard_->End(asked_);
      guard_->call_ = outer_;
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    bool allowed() const { return allowed_; }
    // Whether something was denied in this call, and the guest is to end for it: with denial().
    bool ends_guest() const { return state_.denied && guard_->trap_on_deny_; }

   private:
    friend class Guard;
    struct State {
      uint32_t function = 0;  // as the audit log knows it
      uint32_t decisions = 0;
      bool denied = false;
      CapabilitySet fits = 0;  // Describe
    };
    Guard* const guard_;
    const CapabilitySet asked_;
    bool allowed_ = true;
    State state_;
    State* outer_ = nullptr;  // of the call that this one is nested in
  };
  // The whole call, when the word had none of `asked`. Returns whether the guest is to end for it.
  bool DenyCall(FunctionId function, CapabilitySet asked);

  // What the record of this call says if nothing is asked about in it: the first of `fits` that is
  // granted, where a function asks for many classes, and what it was used on.
  void Describe(CapabilitySet fits, std::string_view object);
  // Whether one of the classes `asked` is granted for `object`.
  bool Allow(CapabilitySet asked, const Object& object);
  // Records that the object is denied, whatever the rules say of it.
  void Deny(CapabilitySet asked, const Object& object);
  // Allow for an object that the guest holds: decided anew only after the grants have changed.
  bool Allow(CapabilitySet asked, const Object& object, Permit& permit);
  // Whether one of the classes is granted for anything at all: for what was decided closely before.
  // `object`: for the record.
  bool AllowClass(CapabilitySet asked, std::string_view object);
  // An address, which may have been looked up: granted by itself or by one of the names that led to
  // it (Pin).
  bool AllowAddress(Capability asked, Protocol protocol, const IpAddress& ip, uint16_t port);
  // `name` was looked up and is `ip`.
  void Pin(std::string_view name, const IpAddress& ip);
  // As Allow, on another thread than the guest's and outside of its calls.
  bool AllowElsewhere(FunctionId function, CapabilitySet asked, const Object& object);
  // Records that a quota is used up: "cpu-time 10s". Whoever counts (Meter) sees to it that each is
  // recorded once. Waits for room in the log even when the guest is being ended: a breach is not
  // lost. Threads: any.
  void RecordBreach(std::string_view object);
  // A directory that the guest is given, and by what it may be used at most.
  struct Root {
    std::string path;
    CapabilitySet usable = 0;
  };
  // All of them.
  void SetRoots(std::vector<Root> roots);
  // Whether the grants decide whatever lies in the roots by its class alone: then where exactly it
  // lies matters to the record only.
  bool RootsAreDecided() const { return roots_are_decided_.load(std::memory_order_relaxed); }
  // And nothing is recorded: paths need not be looked at, rights and the word are enough.
  bool PathsAreDecided() const { return RootsAreDecided() && !records(); }
  // Whether a request for a URL that is granted may be made to this address, which its host was
  // found to have. Only what is denied is recorded: that the URL is granted is on record. Threads:
  // any.
  bool AllowConnection(FunctionId function, const Object& url, const IpAddress& ip);
  // Whether an open file is the audit log's, by whatever name: nobody is granted that. Paths are
  // known to be by Allow.
  bool IsAuditFile(uint64_t device, uint64_t inode) const;
  // Without a record: for what a guest is given when it begins.
  bool WouldAllow(CapabilitySet asked, const Object& object) const;

  // How fine a clock the guest may see; 0: as fine as it is. `clock` as in a scope.
  uint64_t ClockQuantumNs(std::string_view clock) const;

  // "fs.write of /srv/a: no rule allows it", of the newest denial.
  const std::string& denial() const { return denial_; }

 private:
  struct State;
  struct Decision;
  // A function that the guest has called, as the audit log knows it.
  struct KnownFunction {
    bool known = false;
    bool can_be_narrowed = false;
    uint32_t number = 0;
    Permit permit;  // of its class
  };
  explicit Guard(Options options);
  void Refresh();  // word and epoch, when grants have changed or expired
  bool IsAuditPath(Capability c, std::string_view path) const;
  Decision Decide(CapabilitySet asked, const Object& object) const;
  bool Record(uint32_t function, const Decision& decision, std::string_view object);
  bool RecordElsewhere(FunctionId function, const Decision& decision, std::string_view object);
  uint32_t RuleNumber(const Decision& decision) const;
  bool Begin(FunctionId function, CapabilitySet asked, Call::State* outer);
  bool BeginAnew(FunctionId function, CapabilitySet asked, Call::State* outer);
  void End(CapabilitySet asked);
  KnownFunction& Enter(FunctionId function, CapabilitySet asked);
  bool Holds(const Permit& permit, CapabilitySet asked) const {
    return permit.epoch == epoch_.load(std::memory_order_acquire) && permit.asked == asked;
  }
  bool AllowPermitted(const Permit& permit, std::string_view object);
  bool Conclude(const Decision& decision, std::string_view object);
  void NoteDenial(const Decision& decision, std::string_view object);
  void NotePermittedDenial(Capability c, std::string_view object) noexcept;
  bool Append(uint32_t function, uint32_t rule, Capability c, bool allowed, std::string_view object,
              std::string_view backtrace);

  std::atomic<uint64_t> word_{0};
  std::atomic<uint64_t> epoch_{1};
  std::atomic<bool> roots_are_decided_{false};
  const std::shared_ptr<AuditLog> audit_;
  const std::shared_ptr<ComponentUsage> usage_;
  const CapabilitySet may_ask_;
  const bool trap_on_deny_;
  std::vector<KnownFunction> functions_;  // by FunctionId
  Call::State outside_;                   // of what is decided outside of all calls
  Call::State* call_ = &outside_;         // the innermost call that is under way
  std::string described_;                 // with call_.fits
  Surroundings surroundings_;
  std::string denial_;
  const std::unique_ptr<State> state_;
};

}  // namespace airwasm::security
