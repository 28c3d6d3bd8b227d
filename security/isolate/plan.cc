// From grants to what the process needs.
#include <dlfcn.h>
#include <limits.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "airwasm/grants.h"
#include "airwasm/isolate.h"
#include "security/policy/scope.h"

namespace airwasm::security {
namespace {

struct UseOfClass {
  Capability capability;
  PathUses uses;
};
constexpr UseOfClass kUses[] = {
    {Capability::kFsRead, UsesOf(PathUse::kRead)},
    {Capability::kFsList, UsesOf(PathUse::kList)},
    {Capability::kFsWrite, UsesOf(PathUse::kWrite)},
    {Capability::kFsAppend, UsesOf(PathUse::kWrite)},
    {Capability::kFsCreate, UsesOf(PathUse::kCreate)},
    {Capability::kFsDelete, UsesOf(PathUse::kDelete)},
};

PathUses UsesOfRule(const Rule& rule) {
  PathUses uses = 0;
  for (const UseOfClass& row : kUses) {
    if (Contains(rule.capabilities, row.capability)) uses |= row.uses;
  }
  return uses;
}

// Uses that no allow reaches, or that denies take away whole, are not in Granted().
PathUses GrantedUses(const Grants& grants, absl::Time now) {
  const CapabilitySet granted = grants.Granted(now);
  PathUses uses = 0;
  for (const UseOfClass& row : kUses) {
    if (Contains(granted, row.capability)) uses |= row.uses;
  }
  return uses;
}

// What is asked to find the address of a name (resolv.conf(5), nsswitch.conf(5), gai.conf(5)).
constexpr const char* kNameFiles[] = {"/etc/resolv.conf", "/etc/hosts",    "/etc/nsswitch.conf",
                                      "/etc/host.conf",   "/etc/gai.conf", "/etc/services"};
// Where certificates of authorities lie.
constexpr const char* kCertificates[] = {"/etc/ssl", "/etc/pki", "/usr/share/ca-certificates"};
constexpr const char* kCertificateVariables[] = {"SSL_CERT_FILE", "SSL_CERT_DIR"};

constexpr PathUses kLook = UsesOf(PathUse::kRead, PathUse::kList);

}  // namespace

IsolationPlan PlanFor(const Grants& grants, std::span<const std::string> roots, absl::Time now) {
  IsolationPlan plan;
  const PathUses granted_uses = GrantedUses(grants, now);
  // Directories that a guest holds are opened when it starts, whatever it may do there.
  for (const std::string& root : roots) plan.Allow(root, UsesOf(PathUse::kList));
  for (const Rule& rule : grants.rules()) {
    const PathUses uses = UsesOfRule(rule) & granted_uses;
    if (!rule.allow || uses == 0 || (rule.expires && *rule.expires <= now)) continue;
    if (const PathPattern* const pattern = rule.scope == nullptr ? nullptr : rule.scope->path()) {
      plan.Allow(pattern->prefix().empty() ? "/" : pattern->prefix(), uses);
      continue;
    }
    for (const std::string& root : roots) plan.Allow(root, uses);
  }
  const CapabilitySet granted = grants.Granted(now);
  constexpr CapabilitySet kNetwork =
      SetOf(Capability::kNetConnect, Capability::kNetListen, Capability::kHttpOut);
  plan.names =
      (granted & SetOf(Capability::kNetLookup, Capability::kNetConnect, Capability::kHttpOut)) != 0;
  plan.sockets = plan.names || (granted & kNetwork) != 0;
  if (plan.names) {
    for (const char* const file : kNameFiles) plan.Allow(file, UsesOf(PathUse::kRead));
  }
  if (Contains(granted, Capability::kHttpOut)) {
    for (const char* const path : kCertificates) plan.Allow(path, kLook);
    for (const char* const variable : kCertificateVariables) {
      if (const char* const path = std::getenv(variable)) plan.Allow(path, kLook);
    }
  }
  return plan;
}

void AddEngineNeeds(IsolationPlan& plan) {
  // The compiler, LLVM, SQLite and the C library's modules are loaded when they are first needed.
  for (const char* const path : {"/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib"})
    plan.Allow(path, kLook);
  plan.Allow("/etc/ld.so.cache", UsesOf(PathUse::kRead));
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    plan.Allow(program.parent_path(), kLook);
    plan.Allow(program.parent_path().parent_path() / "lib", kLook);
  }
  Dl_info info;
  if (dladdr(reinterpret_cast<const void*>(&AddEngineNeeds), &info) != 0 &&
      info.dli_fname != nullptr && std::string_view(info.dli_fname).find('/') != std::string::npos)
    plan.Allow(std::filesystem::path(info.dli_fname).parent_path(), kLook);
  if (const char* const compiler = std::getenv("AIRWASM_JIT"))
    plan.Allow(compiler, UsesOf(PathUse::kRead));
  // Its own maps and which of its pages were written; what processor and memory there are.
  for (const char* const path :
       {"/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/sys/devices/system/cpu",
        "/sys/kernel/mm/transparent_hugepage", "/dev/urandom"})
    plan.Allow(path, kLook);
  plan.Allow("/dev/null", UsesOf(PathUse::kRead, PathUse::kWrite));
}

}  // namespace airwasm::security
