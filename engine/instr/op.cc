#include "engine/instr/op.h"

#include <unordered_map>

namespace airwasm {
namespace {

constexpr bool EncodingsAreUnique() {
  constexpr size_t kCodes = 0x200;
  std::array<bool, 5 * kCodes> seen{};
  for (const OpInfo& op : kOps) {
    if (op.code >= kCodes) return false;
    const size_t row = op.prefix == 0 ? 0 : op.prefix - 0xFAu;
    if (seen[row * kCodes + op.code]) return false;
    seen[row * kCodes + op.code] = true;
  }
  return true;
}
static_assert(EncodingsAreUnique(), "two rows of opcodes.def share an encoding");

using enum SigType;
struct SignatureRow {
  std::array<SigType, 4> params;
  uint8_t num_params;
  std::array<SigType, 4> results;
  uint8_t num_results;
};
template <typename... T>
constexpr std::array<SigType, 4> Padded(T... types) {
  return {types...};
}
template <typename... T>
constexpr uint8_t Count(T...) {
  return sizeof...(T);
}
constexpr SignatureRow kRows[] = {
    {{}, 0, {}, 0},
#define AIRWASM_SIGNATURE(name, params, results) \
  {Padded params, Count params, Padded results, Count results},
#include "engine/instr/signatures.def"
#undef AIRWASM_SIGNATURE
};
constexpr size_t kNumSignatures = sizeof(kRows) / sizeof(kRows[0]);

constexpr std::array<SignatureInfo, kNumSignatures> MakeSignatures() {
  std::array<SignatureInfo, kNumSignatures> infos;
  for (size_t i = 0; i < kNumSignatures; ++i) {
    infos[i].params = std::span<const SigType>(kRows[i].params.data(), kRows[i].num_params);
    infos[i].results = std::span<const SigType>(kRows[i].results.data(), kRows[i].num_results);
  }
  return infos;
}
constexpr std::array<SignatureInfo, kNumSignatures> kSignatures = MakeSignatures();

// One page per prefix: [0] unprefixed, [1..4] 0xFB..0xFE.
constexpr size_t kPage = 0x120;
constexpr Op kNoOp = static_cast<Op>(kNumOps);
constexpr std::array<std::array<Op, kPage>, 5> MakeDecodeTable() {
  std::array<std::array<Op, kPage>, 5> table{};
  for (auto& page : table) page.fill(kNoOp);
  for (size_t i = 0; i < kNumOps; ++i) {
    const size_t page = kOps[i].prefix == 0 ? 0 : kOps[i].prefix - 0xFAu;
    table[page][kOps[i].code] = static_cast<Op>(i);
  }
  return table;
}
constexpr std::array<std::array<Op, kPage>, 5> kDecodeTable = MakeDecodeTable();

}  // namespace

const SignatureInfo& Info(Signature signature) {
  return kSignatures[static_cast<size_t>(signature)];
}

const Op* FindOp(uint8_t prefix, uint32_t code) {
  const size_t page = prefix == 0 ? 0 : prefix - 0xFAu;
  if (page >= kDecodeTable.size() || code >= kPage) return nullptr;
  const Op& op = kDecodeTable[page][code];
  return op == kNoOp ? nullptr : &op;
}

const Op* FindOp(std::string_view text) {
  static const auto* const kByText = [] {
    static std::array<Op, kNumOps> ops;
    auto* map = new std::unordered_map<std::string_view, const Op*>;
    for (size_t i = 0; i < kNumOps; ++i) {
      ops[i] = static_cast<Op>(i);
      map->emplace(kOps[i].text, &ops[i]);  // keeps the first of equal mnemonics
    }
    return map;
  }();
  const auto it = kByText->find(text);
  return it == kByText->end() ? nullptr : it->second;
}

}  // namespace airwasm
