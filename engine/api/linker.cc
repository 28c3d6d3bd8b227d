#include "airwasm/linker.h"

#include <algorithm>
#include <atomic>
#include <map>

#include "engine/api/engine_impl.h"
#include "engine/base/format.h"
#include "engine/base/out_of_memory.h"

namespace airwasm {
namespace internal {

runtime::Store* StoreOf(runtime::HostCall& call) {
  return call.store.store;
}

TrapKind FailHostCall(runtime::HostCall& call, Trap&& trap) {
  runtime::Store* const store = StoreOf(call);
  if (trap.kind() == TrapKind::kNone) {  // a Trap that nobody filled in: not a success all the same
    store->host_error = absl::UnknownError(TrapText(TrapKind::kHostError).data());
    return TrapKind::kHostError;
  }
  if (trap.kind() == TrapKind::kHostError) store->host_error = trap.host_error();
  if (trap.kind() == TrapKind::kUncaughtException)
    store->pending_exception = trap.exception().raw();
  return trap.kind();
}

namespace {

// Levenshtein distance, given up beyond `limit`.
size_t EditDistance(std::string_view a, std::string_view b, size_t limit) {
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > limit) return limit + 1;
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

// Names longer than this are not compared: the distance is quadratic, and nobody mistypes such a
// name.
constexpr size_t kLongestComparedName = 200;

}  // namespace

std::string DidYouMean(std::string_view name, std::span<const std::string> candidates) {
  if (name.size() > kLongestComparedName) return "";
  size_t best = std::max<size_t>(2, name.size() / 3);
  const std::string* nearest = nullptr;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kLongestComparedName) continue;
    const size_t distance = EditDistance(name, candidate, best);
    if (distance > best) continue;
    if (nearest != nullptr && distance == best) continue;
    best = distance;
    nearest = &candidate;
  }
  return nearest == nullptr ? "" : FormatText(" (did you mean \"%s\"?)", *nearest);
}

}  // namespace internal

namespace {

using NamePair = std::pair<std::string, std::string>;

// A host function that each store gets its own copy of.
struct HostDefinition {
  uint64_t id;  // unlike that of every other definition of this process
  FuncType type;
  TrapKind (*call)(runtime::HostCall&);
  std::shared_ptr<void> env;
  runtime::HostCallGate gate;
};
using Definition = std::variant<HostDefinition, Extern>;

// Undoes what HostFuncOf hangs on a store.
void DropSharedEnv(void* env) {
  delete static_cast<std::shared_ptr<void>*>(env);
}

// The function that stands for `definition` in the store: one for all instances.
runtime::FuncInst* HostFuncOf(runtime::Store& store, const HostDefinition& definition) {
  if (runtime::FuncInst* const kept = store.KeptHostFunc(definition.id)) return kept;
  // The trampoline hands `env` itself to the callable's thunk; the count that keeps it alive hangs
  // on the store.
  runtime::FuncInst* const func = store.NewHostFunc(definition.type, {.call = definition.call,
                                                                      .env = definition.env.get(),
                                                                      .drop_env = nullptr,
                                                                      .gate = definition.gate});
  if (func == nullptr) return nullptr;
  store.KeepAlive(new std::shared_ptr<void>(definition.env), &DropSharedEnv);
  store.KeepHostFunc(definition.id, func);
  return func;
}

absl::Status NoTypesLeft() {
  return absl::ResourceExhaustedError("the engine has no type ids left");
}

TrapKind CallUnknownImport(runtime::HostCall& call) {
  const auto& name = *static_cast<const std::string*>(call.env);
  return internal::FailHostCall(call,
                                Trap(absl::NotFoundError("call of the unknown import " + name)));
}

const char* KindText(const ExternTypeInfo& type) {
  static constexpr const char* kText[] = {"function", "table", "memory", "global", "tag"};
  return kText[type.index()];
}

}  // namespace

struct Linker::Impl {
  explicit Impl(const Engine& e) : engine(e) {}
  Engine engine;
  std::map<NamePair, Definition> definitions;
  bool allow_shadowing = false;
  bool unknown_imports_trap = false;

  absl::Status Add(std::string_view module, std::string_view name, Definition definition) {
    return OrOutOfMemory([&] { return Insert(module, name, std::move(definition)); });
  }
  absl::Status Insert(std::string_view module, std::string_view name, Definition&& definition) {
    NamePair key(module, name);
    if (!allow_shadowing && definitions.contains(key)) {
      return absl::AlreadyExistsError(
          FormatText("import \"%s\" \"%s\" is defined twice", key.first, key.second));
    }
    definitions.insert_or_assign(std::move(key), std::move(definition));
    return absl::OkStatus();
  }

  absl::StatusOr<Instance> Instantiate(Store& store, const Module& module, Trap* trap) const;
  std::string Nearest(const ImportInfo& import) const {
    std::vector<std::string> names;
    std::vector<std::string> modules;
    for (const auto& [key, unused] : definitions) {
      if (key.first == import.module) names.push_back(key.second);
      modules.push_back(key.first);
    }
    if (!names.empty()) return internal::DidYouMean(import.name, names);
    const std::string nearest = internal::DidYouMean(import.module, modules);
    return nearest.empty() ? FormatText(" (there is no module \"%s\")", import.module) : nearest;
  }
};

Linker::Linker(const Engine& engine) : impl_(std::make_unique<Impl>(engine)) {}
Linker::~Linker() = default;
Linker::Linker(Linker&&) noexcept = default;
Linker& Linker::operator=(Linker&&) noexcept = default;

absl::Status Linker::DefineRaw(std::string_view module, std::string_view name, const FuncType& type,
                               TrapKind (*call)(runtime::HostCall&), std::shared_ptr<void> env,
                               const runtime::HostCallGate& gate) {
  static std::atomic<uint64_t> last_id = 0;
  return impl_->Add(module, name, HostDefinition{++last_id, type, call, std::move(env), gate});
}

absl::Status Linker::Define(std::string_view module, std::string_view name, const Extern& value) {
  return impl_->Add(module, name, value);
}

absl::Status Linker::DefineInstance(std::string_view module, const Instance& instance) {
  return OrOutOfMemory([&] {
    for (const syntax::Export& e : instance.impl()->module().syntax().exports) {
      if (absl::Status status = impl_->Add(module, e.name, *instance.FindExport(e.name));
          !status.ok())
        return status;
    }
    return absl::OkStatus();
  });
}

const Engine& Linker::engine() const {
  return impl_->engine;
}
void Linker::AllowShadowing(bool allow) {
  impl_->allow_shadowing = allow;
}
void Linker::DefineUnknownImportsAsTraps(bool on) {
  impl_->unknown_imports_trap = on;
}

absl::StatusOr<Instance> Linker::Instantiate(Store& store, const Module& module, Trap* trap) const {
  return OrOutOfMemory([&] { return impl_->Instantiate(store, module, trap); });
}

absl::StatusOr<Instance> Linker::Impl::Instantiate(Store& store, const Module& module,
                                                   Trap* trap) const {
  runtime::Store& rt = store.impl();
  std::vector<runtime::Extern> externs;
  // Looks up each import without making type descriptions, which only an error needs.
  uint32_t import_index = 0;
  for (const syntax::Import& import : module.impl()->syntax().imports) {
    const auto describe = [&] { return module.imports()[import_index]; };
    const auto it = definitions.find(NamePair(import.module, import.name));
    if (it == definitions.end()) {
      const ImportInfo info = describe();
      if (unknown_imports_trap && import.kind() == syntax::ExternKind::kFunc) {
        auto name =
            std::make_unique<std::string>(FormatText("\"%s\" \"%s\"", info.module, info.name));
        const runtime::HostFunc host{
            .call = &runtime::Contained<&CallUnknownImport>,
            .env = name.get(),
            .drop_env = [](void* env) { delete static_cast<std::string*>(env); }};
        runtime::FuncInst* const func = rt.NewHostFunc(std::get<FuncType>(info.type), host);
        if (func == nullptr) return NoTypesLeft();
        (void)name.release();
        externs.push_back(func);
      } else {
        return absl::NotFoundError(FormatText("unknown import: %s \"%s\" \"%s\" is not defined%s",
                                              KindText(info.type), info.module, info.name,
                                              Nearest(info)));
      }
    } else if (const auto* host = std::get_if<HostDefinition>(&it->second)) {
      runtime::FuncInst* const func = HostFuncOf(rt, *host);
      if (func == nullptr) return NoTypesLeft();
      externs.push_back(func);
    } else {
      const Extern& value = std::get<Extern>(it->second);
      if (internal::StoreOf(value) != &rt) {
        return absl::FailedPreconditionError(
            FormatText("import \"%s\" \"%s\" is defined by something of another store",
                       std::string(import.module), std::string(import.name)));
      }
      externs.push_back(internal::ToRuntime(value));
    }
    ++import_index;
  }
  return internal::Instantiate(rt, module, externs, trap);
}

}  // namespace airwasm
