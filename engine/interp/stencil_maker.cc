// Reads object files of handlers that were compiled as stencils (stencil_operands.h) and prints the
// table of them as assembly: what stencil_format.h declares. A program of the build; nothing of
// ours is linked to it. Usage: stencil_maker stencil_table.S OBJECT...
//
// A handler with anything in it that a stencil cannot have, a call of a function say, is left out:
// its cells go on to be run by the interpreter.
#include <elf.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/interp/stencil_made.h"

namespace airwasm::interp {
namespace {

[[noreturn]] void Fail(const std::string& file, const std::string& what) {
  std::fprintf(stderr, "stencil_maker: %s: %s\n", file.c_str(), what.c_str());
  std::exit(1);
}

struct NamedHole {
  const char* symbol;
  Hole hole;
};
constexpr NamedHole kHoles[] = {
#define AIRWASM_HOLE(name) {"airwasm_hole_" #name, Hole::name},
#include "engine/interp/stencil_holes.def"
#undef AIRWASM_HOLE
    {"airwasm_hole_go_next", Hole::go_next},
    {"airwasm_hole_go_target", Hole::go_target},
    {"airwasm_hole_go_handler", Hole::go_handler},
    {"airwasm_hole_table", Hole::table},
};

using Constant = std::array<uint8_t, kConstantBytes>;

// The handler's symbol: a stencil has six parameters more.
std::string HandlerOf(std::string_view stencil) {
  constexpr std::string_view kSlotParameters = "mmmmmm";
  if (stencil.ends_with(kSlotParameters)) stencil.remove_suffix(kSlotParameters.size());
  return std::string(stencil);
}

// One object file in memory.
class Object {
 public:
  explicit Object(const std::string& file) : file_(file) {
    std::ifstream in(file, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(in), {});
    const auto* const header = At<Elf64_Ehdr>(0);
    if (std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_type != ET_REL ||
        header->e_machine != EM_X86_64)
      Fail(file, "expected an object file for x86-64");
    sections_ = {At<Elf64_Shdr>(header->e_shoff, header->e_shnum), header->e_shnum};
    names_ = Data(sections_[header->e_shstrndx]);
    for (const Elf64_Shdr& section : sections_) {
      if (section.sh_type != SHT_SYMTAB) continue;
      symbols_ = {At<Elf64_Sym>(section.sh_offset, section.sh_size / sizeof(Elf64_Sym)),
                  section.sh_size / sizeof(Elf64_Sym)};
      symbol_names_ = Data(sections_[section.sh_link]);
    }
  }

  // Appends the stencils, and the constants that they refer to.
  void Read(std::vector<Made>& made, std::vector<Constant>& constants) const {
    for (const Elf64_Sym& symbol : symbols_) {
      if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_shndx == SHN_UNDEF) continue;
      const Elf64_Shdr& section = sections_[symbol.st_shndx];
      if (std::string_view(names_ + section.sh_name) != "airwasm_handlers") continue;
      if (std::optional<Made> one = ReadOne(symbol, constants)) made.push_back(std::move(*one));
    }
  }

 private:
  template <typename T>
  const T* At(uint64_t offset, uint64_t count = 1) const {
    if (offset > bytes_.size() || count * sizeof(T) > bytes_.size() - offset)
      Fail(file_, "the file ends early");
    return reinterpret_cast<const T*>(bytes_.data() + offset);
  }
  const char* Data(const Elf64_Shdr& section) const {
    return At<char>(section.sh_offset, section.sh_size);
  }

  std::optional<Made> ReadOne(const Elf64_Sym& symbol, std::vector<Constant>& constants) const {
    const char* const code = Data(sections_[symbol.st_shndx]) + symbol.st_value;
    Made made{HandlerOf(symbol_names_ + symbol.st_name), {code, code + symbol.st_size}, {}};
    for (const Elf64_Shdr& section : sections_) {
      if (section.sh_type != SHT_RELA || section.sh_info != symbol.st_shndx) continue;
      const uint64_t count = section.sh_size / sizeof(Elf64_Rela);
      for (const Elf64_Rela& use : Span(At<Elf64_Rela>(section.sh_offset, count), count)) {
        if (use.r_offset < symbol.st_value || use.r_offset >= symbol.st_value + symbol.st_size)
          continue;
        std::optional<HoleUse> hole = Use(use, constants);
        if (!hole) return std::nullopt;
        hole->at = static_cast<uint16_t>(use.r_offset - symbol.st_value);
        made.uses.push_back(*hole);
      }
    }
    if (symbol.st_size > UINT16_MAX) return std::nullopt;
    std::sort(made.uses.begin(), made.uses.end(), LiesBefore);
    // To get to the handler takes no stencil.
    if (made.uses.size() == 1 && made.uses[0].hole == Hole::go_handler && made.code.size() == 5)
      return std::nullopt;
    made.properties.goes_on = std::any_of(made.uses.begin(), made.uses.end(),
                                          [](const HoleUse& u) { return u.hole == Hole::go_next; });
    Simplify(made);
    EndWithNext(made);
    Analyze(made);
    if (made.uses.size() > UINT8_MAX) return std::nullopt;
    return made;
  }

  std::optional<HoleUse> Use(const Elf64_Rela& use, std::vector<Constant>& constants) const {
    HoleUse hole{};
    switch (ELF64_R_TYPE(use.r_info)) {
      case R_X86_64_64:
        hole.kind = HoleKind::kWord64;
        break;
      case R_X86_64_32:
        hole.kind = HoleKind::kUnsigned32;
        break;
      case R_X86_64_32S:
        hole.kind = HoleKind::kSigned32;
        break;
      case R_X86_64_PC32:
      case R_X86_64_PLT32:
        hole.kind = HoleKind::kDistance32;
        break;
      default:
        return std::nullopt;
    }
    if (use.r_addend != static_cast<int16_t>(use.r_addend)) return std::nullopt;
    hole.addend = static_cast<int16_t>(use.r_addend);
    const Elf64_Sym& symbol = symbols_[ELF64_R_SYM(use.r_info)];
    const std::string_view name = symbol_names_ + symbol.st_name;
    for (const NamedHole& named : kHoles) {
      if (name != named.symbol) continue;
      hole.hole = named.hole;
      return hole;
    }
    if (hole.kind != HoleKind::kDistance32 || symbol.st_shndx == SHN_UNDEF ||
        symbol.st_shndx >= sections_.size())
      return std::nullopt;
    const Elf64_Shdr& section = sections_[symbol.st_shndx];
    const std::string_view section_name = names_ + section.sh_name;
    // A constant has a symbol of its own; where it is named by its section instead, the addend says
    // which, mixed up with the distance from the end of the instruction.
    if (!section_name.starts_with(".rodata.cst") || ELF64_ST_TYPE(symbol.st_info) == STT_SECTION ||
        section.sh_entsize > kConstantBytes)
      return std::nullopt;
    Constant constant{};
    std::memcpy(constant.data(), Data(section) + symbol.st_value, section.sh_entsize);
    const auto found = std::find(constants.begin(), constants.end(), constant);
    hole.hole = Hole::constant;
    hole.constant = static_cast<uint16_t>(found - constants.begin());
    if (found == constants.end()) constants.push_back(constant);
    return hole;
  }

  template <typename T>
  struct Span {
    Span(const T* first, uint64_t count) : first_(first), count_(count) {}
    Span() = default;
    const T* begin() const { return first_; }
    const T* end() const { return first_ + count_; }
    const T& operator[](uint64_t i) const { return first_[i]; }
    uint64_t size() const { return count_; }
    const T* first_ = nullptr;
    uint64_t count_ = 0;
  };

  std::string file_;
  std::vector<char> bytes_;
  Span<Elf64_Shdr> sections_;
  Span<Elf64_Sym> symbols_;
  const char* names_ = nullptr;
  const char* symbol_names_ = nullptr;
};

template <typename Bytes>
void PrintBytes(const Bytes& bytes) {
  for (size_t i = 0; i < bytes.size(); ++i)
    std::printf("%s%d", i % 32 == 0 ? "\n .byte " : ",", bytes[i]);
  std::puts("");
}

void Begin(const char* symbol) {
  std::printf(" .globl %s\n .hidden %s\n .balign 16\n%s:\n", symbol, symbol, symbol);
}

void Print(const std::vector<Made>& made, const std::vector<Constant>& constants) {
  std::puts("# Made by stencil_maker.\n .section .rodata.airwasm_stencils,\"a\",@progbits");
  Begin("airwasm_stencils");
  size_t code = 0, uses = 0;
  for (const Made& one : made) {
    const Stencil& is = one.properties;
    std::printf(" .long %s - .\n .long %zu, %zu\n .short %zu\n .byte %zu, %d, %d, %d, %d, 0\n",
                one.handler.c_str(), code, uses, one.code.size(), one.uses.size(), is.busy,
                is.goes_on, is.is_straight, is.writes_slots_unseen);
    code += one.code.size();
    uses += one.uses.size();
  }
  Begin("airwasm_num_stencils");
  std::printf(" .long %zu\n", made.size());
  Begin("airwasm_stencil_code");
  for (const Made& one : made) PrintBytes(one.code);
  Begin("airwasm_stencil_uses");
  for (const Made& one : made) {
    for (const HoleUse& use : one.uses)
      std::printf(" .short %d, %d, %d\n .byte %d, %d\n", use.at, use.addend, use.constant,
                  static_cast<int>(use.hole), static_cast<int>(use.kind));
  }
  Begin("airwasm_stencil_constants");
  for (const Constant& constant : constants) PrintBytes(constant);
  std::puts(" .section .note.GNU-stack,\"\",@progbits");
}

}  // namespace
}  // namespace airwasm::interp

int main(int argc, char** argv) {
  if (argc < 3 || std::freopen(argv[1], "w", stdout) == nullptr)
    airwasm::interp::Fail(argc < 2 ? "usage" : argv[1], "expected: OUTPUT OBJECT...");
  std::vector<airwasm::interp::Made> made;
  std::vector<airwasm::interp::Constant> constants;
  for (int i = 2; i < argc; ++i) airwasm::interp::Object(argv[i]).Read(made, constants);
  // The order of object files' symbols is no part of the result; an inline one is in several.
  std::sort(made.begin(), made.end(),
            [](const auto& a, const auto& b) { return a.handler < b.handler; });
  made.erase(std::unique(made.begin(), made.end(),
                         [](const auto& a, const auto& b) { return a.handler == b.handler; }),
             made.end());
  airwasm::interp::Print(made, constants);
  if (std::fclose(stdout) != 0) airwasm::interp::Fail(argv[1], "cannot be written");
  return 0;
}
