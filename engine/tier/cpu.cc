#include "engine/tier/cpu.h"

#include <cstdint>
#include <cstring>

#include "engine/base/format.h"

#ifdef __x86_64__
#include <cpuid.h>
#endif

namespace airwasm::tier {
namespace {

#ifdef __x86_64__
// Spec: Intel SDM, CPUID; AMD64 manual, volume 3, appendix E.
std::string Identify() {
  const auto ask = [](uint32_t leaf, uint32_t subleaf) {
    struct {
      uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
    } r;
    if (__get_cpuid_max(leaf & 0x8000'0000, nullptr) >= leaf)
      __cpuid_count(leaf, subleaf, r.eax, r.ebx, r.ecx, r.edx);
    return r;
  };
  const auto vendor_words = ask(0, 0);
  char vendor[13] = {};
  std::memcpy(vendor, &vendor_words.ebx, 4);
  std::memcpy(vendor + 4, &vendor_words.edx, 4);
  std::memcpy(vendor + 8, &vendor_words.ecx, 4);
  const auto basic = ask(1, 0);  // not its ebx, which says which core this is
  uint32_t family = basic.eax >> 8 & 15;
  const uint32_t model = (basic.eax >> 4 & 15) | (family >= 6 ? basic.eax >> 12 & 0xF0 : 0);
  if (family == 15) family += basic.eax >> 20 & 0xFF;
  std::string text = FormatText("x86-64 %s %d/%d/%d", vendor, family, model, basic.eax & 15);
  const auto add = [&](uint32_t word) { absl::StrAppendFormat(&text, " %x", word); };
  add(basic.eax), add(basic.ecx), add(basic.edx);
  for (const uint32_t subleaf : {0u, 1u, 2u}) {
    const auto r = ask(7, subleaf);
    // Of subleaf 0, eax is the number of the last one.
    if (subleaf != 0) add(r.eax);
    add(r.ebx), add(r.ecx), add(r.edx);
  }
  add(ask(0xD, 1).eax);
  add(ask(0x1E, 1).eax);
  for (const uint32_t leaf : {0x14u, 0x19u}) add(ask(leaf, 0).ebx);
  for (const uint32_t subleaf : {0u, 1u}) {
    const auto avx10 = ask(0x24, subleaf);
    add(avx10.ebx), add(avx10.ecx);
  }
  const auto extended = ask(0x8000'0001, 0);
  add(extended.ecx), add(extended.edx);
  add(ask(0x8000'0008, 0).ebx);
  add(ask(0x8000'0021, 0).eax);
  // What the system saves of the registers: without it their instructions are not to be used.
  uint32_t low = 0;
  uint32_t high = 0;
  if ((basic.ecx & bit_OSXSAVE) != 0) __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  add(low), add(high);
  return text;
}
#else
std::string Identify() {
  return "";
}
#endif

}  // namespace

const std::string& CpuIdentity() {
  static const std::string* const identity = new std::string(Identify());
  return *identity;
}

}  // namespace airwasm::tier
