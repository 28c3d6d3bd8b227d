// A family of options under one letter: -W KEY[=VALUE],... as wasmtime has them. A table says what
// each key takes, what it does and how it is read.
//
// `Flags` is what the keys write to; each family has its own.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace airwasm::tools {

// "y" and "n", and other words for them; "" is yes. False: it is none of them.
bool ParseBool(const std::string& text, bool* value);
// A number with an optional unit: k, m, g (powers of 1024), "KiB" style endings accepted.
bool ParseSize(std::string text, uint64_t* value);

// What of a key does not depend on what it writes to.
struct KeyText {
  std::string name;
  std::string takes;
  std::string help;
};

template <typename Flags>
struct Key : KeyText {
  // False: the value is not of the form that `takes` says.
  std::function<bool(Flags&, const std::string&)> read;
};

template <typename Flags>
Key<Flags> MakeKey(std::string name, std::string takes, std::string help,
                   std::function<bool(Flags&, const std::string&)> read) {
  return {{std::move(name), std::move(takes), std::move(help)}, std::move(read)};
}
template <typename Flags>
Key<Flags> BoolKey(std::string name, std::string help, std::function<void(Flags&, bool)> set) {
  return MakeKey<Flags>(std::move(name), "y|n", std::move(help),
                        [set = std::move(set)](Flags& flags, const std::string& text) {
                          bool on = false;
                          if (!ParseBool(text, &on)) return false;
                          set(flags, on);
                          return true;
                        });
}

// "\n  NAME=TAKES   HELP".
std::string KeyHelp(const KeyText& key);
bool AsksForHelp(const std::vector<std::string>& given);

// Reads the lists "KEY[=VALUE],..." that the command line gave under `letter`; `read` gets the
// number of the key in the table and its value.
// Errors: INVALID_ARGUMENT names the key, what it got and what it takes.
absl::Status ReadKeys(const std::vector<KeyText>& keys, const std::vector<std::string>& given,
                      char letter, const std::function<bool(size_t, const std::string&)>& read);

template <typename Flags>
absl::Status ReadFamily(const std::vector<Key<Flags>>& keys, const std::vector<std::string>& given,
                        char letter, Flags& flags) {
  return ReadKeys(
      std::vector<KeyText>(keys.begin(), keys.end()), given, letter,
      [&](size_t key, const std::string& value) { return keys[key].read(flags, value); });
}

// `-W help`: prints the table if it was asked for.
template <typename Flags>
bool PrintFamilyHelp(const std::vector<Key<Flags>>& keys, const std::vector<std::string>& given,
                     char letter) {
  if (!AsksForHelp(given)) return false;
  std::string help = std::string("-") + letter + " KEY[=VALUE],...";
  for (const Key<Flags>& key : keys) help += KeyHelp(key);
  std::printf("%s\n", help.c_str());
  return true;
}

}  // namespace airwasm::tools
