// Sets of ports: "443", "8000-8100", "80,443", "*".
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/error.h"

namespace airwasm::security {

class PortSet {
 public:
  static Expected<PortSet> Parse(std::string_view text, size_t offset);
  static PortSet All() { return PortSet({{0, 0xffff}}); }
  static PortSet Of(uint16_t port) { return PortSet({{port, port}}); }

  bool Contains(uint16_t port) const;
  bool IsAll() const { return Covers(All()); }
  bool Covers(const PortSet& other) const;
  bool Overlaps(const PortSet& other) const;

 private:
  struct Range {
    uint16_t first;
    uint16_t last;
  };
  explicit PortSet(std::vector<Range> ranges) : ranges_(std::move(ranges)) {}

  std::vector<Range> ranges_;
};

}  // namespace airwasm::security
