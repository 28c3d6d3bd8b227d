// Components in the text format, between lines of "---": the first is composed with the others. An
// error, or a component that has passed validation; never a crash. A first line of words says what
// is virtualized ("v NAME") by the last, and denied ("d NAME").
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "component/binary/encoder.h"
#include "component/compose/compose.h"
#include "component/text/parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace airwasm;
  component::compose::Composition all;
  std::string virtualized;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  while (text.starts_with("v ") || text.starts_with("d ")) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line[0] == 'v') {
      virtualized = line.substr(2);
    } else if (all.denied.size() < 4) {
      all.denied.emplace_back(line.substr(2));
    }
  }
  for (size_t count = 0; !text.empty() && count < 4; ++count) {
    const size_t end = text.find("\n---\n");
    const auto parsed = component::text::ParseComponent(text.substr(0, end), Features());
    text.remove_prefix(end == text.npos ? text.size() : end + 5);
    if (!parsed.ok()) return 0;
    component::compose::Part part{"part", component::binary::Encode(*parsed)};
    if (count == 0) {
      all.main = std::move(part);
    } else if (text.empty() && !virtualized.empty()) {
      all.virtualizations.push_back({virtualized, std::move(part)});
    } else {
      all.plugs.push_back({"", std::move(part)});
    }
  }
  if (all.main.bytes.empty()) return 0;
  const auto composed = component::compose::Compose(all);
  // What was valid by itself is well-formed together.
  if (!composed.ok() &&
      composed.status().message().find("unexpected end") != absl::string_view::npos &&
      composed.status().message().find("part: ") == absl::string_view::npos) {
    std::fprintf(stderr, "malformed: %s\n", composed.status().ToString().c_str());
    std::abort();
  }
  return 0;
}
