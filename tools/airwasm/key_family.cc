#include "tools/airwasm/key_family.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace airwasm::tools {

bool ParseBool(const std::string& text, bool* value) {
  if (text.empty() || text == "y" || text == "yes" || text == "true" || text == "on")
    return *value = true, true;
  if (text == "n" || text == "no" || text == "false" || text == "off") return *value = false, true;
  return false;
}

bool ParseSize(std::string text, uint64_t* value) {
  text = absl::AsciiStrToLower(text);
  for (const char* ending : {"ib", "b"}) {
    const std::string_view e(ending);
    if (text.size() > e.size() && text.ends_with(e) && !text.starts_with("0x"))
      text.resize(text.size() - e.size());
  }
  int shift = 0;
  if (!text.empty()) {
    const size_t unit = std::string_view("kmg").find(text.back());
    if (unit != std::string_view::npos) {
      shift = 10 * (static_cast<int>(unit) + 1);
      text.pop_back();
    }
  }
  if (!absl::SimpleAtoi(text, value)) return false;
  if (*value > (UINT64_MAX >> shift)) return false;
  *value <<= shift;
  return true;
}

std::string KeyHelp(const KeyText& key) {
  return absl::StrFormat("\n  %-34s %s", key.name + "=" + key.takes, key.help);
}

bool AsksForHelp(const std::vector<std::string>& given) {
  return std::find(given.begin(), given.end(), "help") != given.end();
}

absl::Status ReadKeys(const std::vector<KeyText>& keys, const std::vector<std::string>& given,
                      char letter, const std::function<bool(size_t, const std::string&)>& read) {
  for (const std::string& list : given) {
    for (const std::string& item :
         std::vector<std::string>(absl::StrSplit(list, ',', absl::SkipEmpty()))) {
      const size_t equals = item.find('=');
      const std::string name = item.substr(0, equals);
      const std::string value = equals == std::string::npos ? "" : item.substr(equals + 1);
      const auto key =
          std::find_if(keys.begin(), keys.end(), [&](const KeyText& k) { return k.name == name; });
      if (key == keys.end()) {
        return absl::InvalidArgumentError(absl::StrFormat(
            "-%c %s: there is no such option (`-%c help` lists them)", letter, name, letter));
      }
      if (!read(key - keys.begin(), value)) {
        return absl::InvalidArgumentError(
            absl::StrFormat("-%c %s takes %s, not '%s'", letter, name, key->takes, value));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace airwasm::tools
