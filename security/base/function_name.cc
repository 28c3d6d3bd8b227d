#include "security/base/function_name.h"

#include <deque>
#include <map>
#include <mutex>
#include <string>

namespace airwasm::security {
namespace {

struct Names {
  std::mutex mutex;
  std::deque<std::string> texts;  // never move
  std::map<std::string_view, FunctionId> ids;
};

Names& TheNames() {
  static auto* const names = new Names;  // outlives every thread that may ask
  return *names;
}

}  // namespace

FunctionId RegisterFunction(std::string_view name) {
  Names& names = TheNames();
  const std::lock_guard lock(names.mutex);
  if (const auto known = names.ids.find(name); known != names.ids.end()) return known->second;
  const auto id = static_cast<FunctionId>(names.texts.size());
  names.ids.emplace(names.texts.emplace_back(name), id);
  return id;
}

std::string_view NameOf(FunctionId id) {
  Names& names = TheNames();
  const std::lock_guard lock(names.mutex);
  return names.texts[id];
}

}  // namespace airwasm::security
