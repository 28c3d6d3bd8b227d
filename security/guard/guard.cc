#include "airwasm/guard.h"

#include <algorithm>
#include <bit>
#include <map>
#include <mutex>
#include <new>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "airwasm/audit_log.h"
#include "airwasm/grants.h"
#include "airwasm/meter.h"
#include "security/base/function_name.h"
#include "security/base/object.h"
#include "security/guard/expiry_timer.h"

namespace airwasm::security {
namespace {

// Names for one address, and addresses with names: beyond that the oldest knowledge has to do.
constexpr size_t kMaxPinnedNames = 64;
constexpr size_t kMaxPins = 4096;

constexpr auto kRelaxed = std::memory_order_relaxed;

// The bit that is set in every word (kNoCapabilityNeeded, airwasm/host_call.h).
constexpr uint64_t kAlwaysSet = uint64_t{1} << kMaxCapabilities;

struct IpLess {
  bool operator()(const IpAddress& a, const IpAddress& b) const {
    return std::tie(a.is_v6, a.bytes) < std::tie(b.is_v6, b.bytes);
  }
};

Capability FirstOf(CapabilitySet set) {
  return static_cast<Capability>(std::countr_zero(set));
}

bool CanBeNarrowed(CapabilitySet set) {
  for (; set != 0; set &= set - 1) {
    if (ScopeKindOf(FirstOf(set)) != ScopeKind::kNone) return true;
  }
  return false;
}

}  // namespace

struct Guard::Decision {
  Capability capability;
  bool allowed;
  const Rule* rule;  // null: none; kept alive by `grants`
  std::shared_ptr<const Grants> grants;
};

struct Guard::State {
  mutable std::mutex mutex;  // around all of this
  std::shared_ptr<const Grants> grants;
  CapabilitySet revoked = 0;
  bool expires = false;  // some grant does, some day
  std::map<IpAddress, std::vector<std::string>, IpLess> pins;
  std::vector<Root> roots;

  // The audit log's numbers.
  uint32_t component = 0;
  uint64_t instance = 0;
  std::map<const Rule*, uint32_t> rules;

  // Whether all that lies in the roots may be used for whatever they may be used for.
  bool DecidesRoots(absl::Time now) const {
    if (roots.empty()) return false;
    for (const Root& root : roots) {
      if ((root.usable & revoked) != 0) return false;
      for (CapabilitySet left = root.usable; left != 0; left &= left - 1) {
        if (grants->CoverageOf(FirstOf(left), root.path, now) != Coverage::kAll) return false;
      }
    }
    return true;
  }
};

std::shared_ptr<Guard> Guard::Create(Options options) {
  std::shared_ptr<Guard> guard(new Guard(std::move(options)));
  guard->Refresh();
  return guard;
}

Guard::Guard(Options options)
    : audit_(std::move(options.audit)),
      usage_(std::move(options.usage)),
      may_ask_(options.may_ask),
      trap_on_deny_(options.trap_on_deny),
      state_(std::make_unique<State>()) {
  state_->grants =
      options.grants != nullptr ? std::move(options.grants) : std::make_shared<const Grants>();
  static std::atomic<uint64_t> last_instance = 0;
  state_->instance = options.instance != 0 ? options.instance : ++last_instance;
  if (audit_ == nullptr) return;
  state_->component = audit_->Intern(options.component);
}

Guard::~Guard() = default;

void Guard::SetGrants(std::shared_ptr<const Grants> grants) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->grants = std::move(grants);
    state_->rules.clear();
  }
  Refresh();
}

void Guard::SetRoots(std::vector<Root> roots) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->roots = std::move(roots);
  }
  Refresh();
}

void Guard::Revoke(CapabilitySet classes) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->revoked |= classes;
  }
  Refresh();
}

std::shared_ptr<const Grants> Guard::grants() const {
  const std::lock_guard lock(state_->mutex);
  return state_->grants;
}

void Guard::Refresh() {
  const absl::Time now = absl::Now();
  absl::Time next = absl::InfiniteFuture();
  {
    const std::lock_guard lock(state_->mutex);
    next = state_->grants->NextChange(now);
    state_->expires = next != absl::InfiniteFuture();
    const CapabilitySet classes = (state_->grants->Granted(now) | may_ask_) & ~state_->revoked;
    word_.store(classes | kAlwaysSet, std::memory_order_relaxed);
    roots_are_decided_.store(state_->DecidesRoots(now), std::memory_order_relaxed);
    epoch_.fetch_add(1, std::memory_order_release);
  }
  if (next == absl::InfiniteFuture()) return;
  CallAt(next, [weak = weak_from_this()] {
    if (const std::shared_ptr<Guard> self = weak.lock()) self->Refresh();
  });
}

Guard::Decision Guard::Decide(CapabilitySet asked, const Object& object) const {
  std::shared_ptr<const Grants> grants;
  absl::Time now = absl::UnixEpoch();
  CapabilitySet revoked = 0;
  {
    const std::lock_guard lock(state_->mutex);
    grants = state_->grants;
    revoked = state_->revoked;
    if (state_->expires) now = absl::Now();
  }
  Decision denial{
      .capability = FirstOf(asked), .allowed = false, .rule = nullptr, .grants = grants};
  for (CapabilitySet left = asked & ~revoked; left != 0; left &= left - 1) {
    const Capability c = FirstOf(left);
    if (object.kind == ScopeKind::kPath && IsAuditPath(c, object.text)) continue;
    const Verdict verdict = grants->Decide(c, object, now);
    if (verdict.allowed)
      return {.capability = c, .allowed = true, .rule = verdict.rule, .grants = std::move(grants)};
    // A rule that denies says more than that none allows.
    if (denial.rule == nullptr && verdict.rule != nullptr) {
      denial.capability = c;
      denial.rule = verdict.rule;
    }
  }
  return denial;
}

bool Guard::IsAuditPath(Capability c, std::string_view path) const {
  if (audit_ == nullptr) return false;
  const bool of_name = c == Capability::kFsCreate || c == Capability::kFsDelete;
  return of_name ? audit_->ProtectsName(path) : audit_->Protects(path);
}

bool Guard::IsAuditFile(uint64_t device, uint64_t inode) const {
  return audit_ != nullptr && audit_->Protects(device, inode);
}

bool Guard::Append(uint32_t function, uint32_t rule, Capability c, bool allowed,
                   std::string_view object, std::string_view backtrace) {
  constexpr auto kInterrupted = [](void* guard) {
    const std::function<bool()>& asked = static_cast<Guard*>(guard)->surroundings_.interrupted;
    return asked != nullptr && asked();
  };
  return audit_->Append({.component = state_->component,
                         .instance = state_->instance,
                         .function = function,
                         .rule = rule,
                         .capability = c,
                         .allow = allowed,
                         .object = object,
                         .backtrace = backtrace},
                        {.asked = kInterrupted, .arg = this});
}

bool Guard::Record(uint32_t function, const Decision& decision, std::string_view object) {
  if (!decision.allowed && usage_ != nullptr) usage_->denials.fetch_add(1, kRelaxed);
  if (audit_ == nullptr) return decision.allowed;
  std::string backtrace;
  uint32_t rule = 0;
  try {
    if (!decision.allowed && surroundings_.backtrace) backtrace = surroundings_.backtrace();
    rule = RuleNumber(decision);
  } catch (const std::bad_alloc&) {
    if (decision.allowed) throw;  // nothing is done then
    // A denial is recorded with what there is memory for.
  }
  const bool kept =
      Append(function, rule, decision.capability, decision.allowed, object, backtrace);
  return decision.allowed && kept;
}

uint32_t Guard::RuleNumber(const Decision& decision) const {
  if (decision.rule == nullptr) return 0;
  const std::lock_guard lock(state_->mutex);
  if (const auto known = state_->rules.find(decision.rule); known != state_->rules.end())
    return known->second;
  const uint32_t number =
      audit_->Intern(absl::StrCat(decision.rule->origin, " ", decision.rule->text));
  state_->rules.emplace(decision.rule, number);
  return number;
}

// Records a decision of the call that is under way.
bool Guard::Conclude(const Decision& decision, std::string_view object) {
  ++call_->decisions;
  const bool allowed = Record(call_->function, decision, object);
  if (allowed) return true;
  NoteDenial(decision, object);
  return false;
}

// Of a decision that allowed it: it could not be recorded.
void Guard::NoteDenial(const Decision& decision, std::string_view object) {
  call_->denied = true;
  denial_.clear();
  denial_ = absl::StrCat(std::string(TextOf(decision.capability)), object.empty() ? "" : " of ",
                         std::string(object), ": ");
  if (decision.allowed) {
    absl::StrAppend(&denial_, "the audit log does not take the record");
  } else if (decision.rule == nullptr) {
    absl::StrAppend(&denial_, "no rule allows it");
  } else {
    absl::StrAppend(&denial_, decision.rule->origin, " denies it (", decision.rule->text, ")");
  }
}

Guard::KnownFunction& Guard::Enter(FunctionId function, CapabilitySet asked) {
  if (function >= functions_.size()) functions_.resize(function + 1);
  KnownFunction& known = functions_[function];
  if (!known.known) {
    known = {.known = true,
             .can_be_narrowed = CanBeNarrowed(asked),
             .number = audit_ == nullptr ? 0 : audit_->Intern(NameOf(function))};
  }
  call_->function = known.number;
  return known;
}

bool Guard::Begin(FunctionId function, CapabilitySet asked, Call::State* outer) {
  // FAST: a function that was called before needs no frame for what may fail (bench/guard_bench).
  if (function >= functions_.size()) [[unlikely]]
    return BeginAnew(function, asked, outer);
  const KnownFunction& known = functions_[function];
  if (!known.known || (!known.can_be_narrowed && !Holds(known.permit, asked))) [[unlikely]]
    return BeginAnew(function, asked, outer);
  call_->function = known.number;
  return known.can_be_narrowed || AllowPermitted(known.permit, {});
}

// A call that finds no memory here has not begun: it leaves `outer` as the innermost.
[[gnu::noinline]] bool Guard::BeginAnew(FunctionId function, CapabilitySet asked,
                                        Call::State* outer) {
  try {
    KnownFunction& known = Enter(function, asked);
    return known.can_be_narrowed || Allow(asked, Object::None(), known.permit);
  } catch (const std::bad_alloc&) {
    call_ = outer;
    throw;
  }
}

void Guard::Describe(CapabilitySet fits, std::string_view object) {
  if (!records()) return;
  call_->fits = fits;
  described_ = object;
}

// Nothing was decided in the call.
void Guard::End(CapabilitySet asked) {
  try {
    const CapabilitySet fits = call_->fits & asked & word_.load(kRelaxed);
    (void)AllowClass(fits != 0 ? fits : asked, call_->fits != 0 ? described_ : std::string_view());
  } catch (const std::bad_alloc&) {
    // Of what is said about a denial; the record itself takes no memory.
  }
}

bool Guard::AllowClass(CapabilitySet asked, std::string_view object) {
  const CapabilitySet granted = asked & word_.load(std::memory_order_relaxed);
  return Conclude({.capability = FirstOf(granted != 0 ? granted : asked),
                   .allowed = granted != 0,
                   .rule = nullptr,
                   .grants = nullptr},
                  object);
}

bool Guard::DenyCall(FunctionId function, CapabilitySet asked) {
  Call::State state;
  const absl::Cleanup leave = [this, outer = std::exchange(call_, &state)] { call_ = outer; };
  Enter(function, asked);
  Decision decision = Decide(asked, Object::None());  // for the rule that denies, if one does
  decision.allowed = false;
  (void)Conclude(decision, "");
  return trap_on_deny_;
}

bool Guard::Allow(CapabilitySet asked, const Object& object) {
  return Conclude(Decide(asked, object), audit_ == nullptr ? "" : object.ToString());
}

void Guard::Deny(CapabilitySet asked, const Object& object) {
  Decision decision = Decide(asked, object);
  if (decision.allowed) decision.rule = nullptr;
  decision.allowed = false;
  (void)Conclude(decision, audit_ == nullptr ? "" : object.ToString());
}

// FAST: what is held is decided once, and recorded each time (bench/guard_bench).
bool Guard::Allow(CapabilitySet asked, const Object& object, Permit& permit) {
  if (Holds(permit, asked)) [[likely]]
    return AllowPermitted(permit, object.text);
  const uint64_t epoch = epoch_.load(std::memory_order_acquire);
  const Decision decision = Decide(asked, object);
  permit = {};
  if (!Conclude(decision, audit_ == nullptr ? "" : object.ToString())) return false;
  permit = {.epoch = epoch,
            .asked = asked,
            .capability = decision.capability,
            .rule = audit_ == nullptr ? 0 : RuleNumber(decision)};
  return true;
}

bool Guard::AllowPermitted(const Permit& permit, std::string_view object) {
  ++call_->decisions;
  if (audit_ == nullptr) return true;
  if (object.empty() && audit_->TryAppendAllowed(state_->component, state_->instance,
                                                 call_->function, permit.rule, permit.capability))
      [[likely]]
    return true;
  if (Append(call_->function, permit.rule, permit.capability, true, object, {})) return true;
  NotePermittedDenial(permit.capability, object);
  return false;
}

// Throws nothing: Begin may be under way.
[[gnu::noinline]] void Guard::NotePermittedDenial(Capability c, std::string_view object) noexcept {
  try {
    NoteDenial({.capability = c, .allowed = true, .rule = nullptr, .grants = nullptr}, object);
  } catch (const std::bad_alloc&) {
    // Of what is said about a denial.
  }
}

bool Guard::AllowAddress(Capability asked, Protocol protocol, const IpAddress& ip, uint16_t port) {
  std::vector<std::string> names;
  {
    const std::lock_guard lock(state_->mutex);
    if (const auto pinned = state_->pins.find(ip); pinned != state_->pins.end())
      names = pinned->second;
  }
  Object object = Object::Address(protocol, ip, port);
  Decision decision = Decide(SetOf(asked), object);
  for (size_t i = 0; i < names.size() && !decision.allowed; ++i) {
    const Object named = Object::Address(protocol, ip, port, names[i]);
    Decision by_name = Decide(SetOf(asked), named);
    if (!by_name.allowed && by_name.rule == nullptr) continue;
    decision = std::move(by_name);
    object = named;
  }
  return Conclude(decision, audit_ == nullptr ? "" : object.ToString());
}

void Guard::Pin(std::string_view name, const IpAddress& ip) {
  const std::lock_guard lock(state_->mutex);
  if (state_->pins.size() >= kMaxPins && !state_->pins.contains(ip)) return;
  std::vector<std::string>& names = state_->pins[ip];
  if (names.size() < kMaxPinnedNames && std::find(names.begin(), names.end(), name) == names.end())
    names.emplace_back(name);
}

bool Guard::AllowElsewhere(FunctionId function, CapabilitySet asked, const Object& object) {
  return RecordElsewhere(function, Decide(asked, object),
                         audit_ == nullptr ? "" : object.ToString());
}

// The guest and its store are another thread's, and may be gone.
bool Guard::RecordElsewhere(FunctionId function, const Decision& decision,
                            std::string_view object) {
  if (!decision.allowed && usage_ != nullptr) usage_->denials.fetch_add(1, kRelaxed);
  if (audit_ == nullptr) return decision.allowed;
  const bool kept = audit_->Append({.component = state_->component,
                                    .instance = state_->instance,
                                    .function = audit_->Intern(NameOf(function)),
                                    .rule = RuleNumber(decision),
                                    .capability = decision.capability,
                                    .allow = decision.allowed,
                                    .object = object,
                                    .backtrace = {}});
  return decision.allowed && kept;
}

bool Guard::AllowConnection(FunctionId function, const Object& url, const IpAddress& ip) {
  const std::shared_ptr<const Grants> held = grants();
  const Verdict verdict = held->DecideConnection(url, ip, absl::Now());
  if (verdict.allowed) return true;
  const std::string object = absl::StrCat(url.ToString(), " at ",
                                          Object::Address(Protocol::kTcp, ip, url.port).ToString());
  return RecordElsewhere(
      function,
      {.capability = Capability::kHttpOut, .allowed = false, .rule = verdict.rule, .grants = held},
      object);
}

void Guard::RecordBreach(std::string_view object) {
  if (audit_ == nullptr) return;
  (void)audit_->Append({.component = state_->component,
                        .instance = state_->instance,
                        .function = audit_->Intern("quota"),
                        .rule = 0,
                        .capability = kQuotaClass,
                        .allow = false,
                        .object = object,
                        .backtrace = {}});
}

uint64_t Guard::ClockQuantumNs(std::string_view clock) const {
  return grants()->ClockQuantumNs(clock, absl::Now());
}

bool Guard::WouldAllow(CapabilitySet asked, const Object& object) const {
  return Decide(asked, object).allowed;
}

}  // namespace airwasm::security
