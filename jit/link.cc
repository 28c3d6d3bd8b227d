// Relocations of x86-64. Spec: System V ABI, AMD64 supplement, relocation; LSB, exception frames.
#include "jit/link.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "llvm/BinaryFormat/Dwarf.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/DebugInfo/DWARF/DWARFContext.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/LEB128.h"

namespace airwasm::jit {
namespace {

using llvm::object::ELF64LEObjectFile;
using llvm::object::ELFRelocationRef;
using llvm::object::ELFSectionRef;
using llvm::object::ELFSymbolRef;
using llvm::object::RelocationRef;
using llvm::object::SectionRef;
using llvm::object::SymbolRef;
using tier::LibraryFunction;

constexpr uint64_t kImageAlignment = 64;

std::optional<LibraryFunction> FindLibraryFunction(llvm::StringRef name) {
  if (name == "memcpy") return LibraryFunction::kMemcpy;
  if (name == "memmove") return LibraryFunction::kMemmove;
  if (name == "memset") return LibraryFunction::kMemset;
  if (name == "fma") return LibraryFunction::kFma;
  if (name == "fmaf") return LibraryFunction::kFmaf;
  return std::nullopt;
}

class Linker {
 public:
  Linker(const ELF64LEObjectFile& object, tier::CodeImage& image, std::string& error)
      : object_(object), image_(image), error_(error) {}

  bool Run(const std::vector<LinkFunction>& functions) {
    if (!PlaceSections() || !Relocate() || !FindFunctions(functions)) return false;
    ReadLines();
    return ReadFrames() && ReadLandingPads();
  }

 private:
  bool Fail(const llvm::Twine& message) {
    error_ = message.str();
    return false;
  }

  // Unwinding is ours: neither the frame descriptions nor the word through which they name the
  // personality function are needed at run time.
  static bool IsInImage(const SectionRef& section) {
    const ELFSectionRef elf(section);
    if ((elf.getFlags() & llvm::ELF::SHF_ALLOC) == 0 || section.getSize() == 0) return false;
    const llvm::StringRef name = NameOf(section);
    return name != ".eh_frame" && name != ".gcc_except_table" && !name.starts_with(".data.DW.ref.");
  }
  static llvm::StringRef NameOf(const SectionRef& section) {
    llvm::Expected<llvm::StringRef> name = section.getName();
    if (name) return *name;
    llvm::consumeError(name.takeError());
    return "";
  }

  bool PlaceSections() {
    for (const SectionRef& section : object_.sections()) {
      if (!IsInImage(section)) continue;
      if ((ELFSectionRef(section).getFlags() & llvm::ELF::SHF_WRITE) != 0)
        return Fail("data that is written, in section " + NameOf(section));
      const uint64_t alignment = std::max<uint64_t>(section.getAlignment().value(), 16);
      uint64_t offset = (image_.bytes.size() + alignment - 1) / alignment * alignment;
      offsets_[section.getIndex()] = offset;
      image_.bytes.resize(offset + section.getSize(), 0);
      const llvm::StringRef contents = llvm::cantFail(section.getContents());
      std::memcpy(image_.bytes.data() + offset, contents.data(), contents.size());
    }
    return true;
  }

  // Offset in the image of what a symbol names; a library function gets a stub.
  bool Resolve(const SymbolRef& symbol, uint64_t& offset) {
    llvm::Expected<llvm::object::section_iterator> section = symbol.getSection();
    if (section && *section != object_.section_end()) {
      const auto placed = offsets_.find((*section)->getIndex());
      if (placed == offsets_.end()) return Fail("a reference into section " + NameOf(**section));
      offset = placed->second + llvm::cantFail(symbol.getValue());
      return true;
    }
    const llvm::StringRef name = llvm::cantFail(symbol.getName());
    const std::optional<LibraryFunction> function = FindLibraryFunction(name);
    if (!function) return Fail("a reference to " + name);
    offset = StubOf(*function);
    return true;
  }

  // jmp *word(%rip), and the word.
  uint64_t StubOf(LibraryFunction function) {
    const auto [it, is_new] = stubs_.try_emplace(function, 0);
    if (!is_new) return it->second;
    const uint64_t offset = (image_.bytes.size() + 15) / 16 * 16;
    it->second = offset;
    image_.bytes.resize(offset + 16, 0);
    const uint8_t jump[] = {0xFF, 0x25, 2, 0, 0, 0, 0xCC, 0xCC};
    std::memcpy(image_.bytes.data() + offset, jump, sizeof(jump));
    image_.relocs.push_back({static_cast<uint32_t>(offset + 8), function});
    return offset;
  }

  bool Relocate() {
    for (const SectionRef& relocations : object_.sections()) {
      llvm::Expected<llvm::object::section_iterator> target = relocations.getRelocatedSection();
      if (!target) return Fail(llvm::toString(target.takeError()));
      if (*target == object_.section_end()) continue;
      const auto placed = offsets_.find((*target)->getIndex());
      if (placed == offsets_.end()) continue;
      for (const RelocationRef& relocation : relocations.relocations()) {
        if (!Apply(relocation, placed->second)) return false;
      }
    }
    return true;
  }

  bool Apply(const RelocationRef& relocation, uint64_t section_offset) {
    uint64_t target = 0;
    if (!Resolve(*relocation.getSymbol(), target)) return false;
    const int64_t addend = llvm::cantFail(ELFRelocationRef(relocation).getAddend());
    const uint64_t place = section_offset + relocation.getOffset();
    switch (relocation.getType()) {
      case llvm::ELF::R_X86_64_PC32:
      case llvm::ELF::R_X86_64_PLT32: {
        const auto value = static_cast<int32_t>(target + static_cast<uint64_t>(addend) - place);
        std::memcpy(image_.bytes.data() + place, &value, sizeof(value));
        return true;
      }
      case llvm::ELF::R_X86_64_PC64: {
        const uint64_t value = target + static_cast<uint64_t>(addend) - place;
        std::memcpy(image_.bytes.data() + place, &value, sizeof(value));
        return true;
      }
      default: {
        llvm::SmallString<32> name;
        relocation.getTypeName(name);
        return Fail("a relocation of type " + name.str());
      }
    }
  }

  bool FindFunctions(const std::vector<LinkFunction>& functions) {
    std::map<std::string, std::pair<uint32_t, uint32_t>> symbols;  // offset and size
    for (const ELFSymbolRef symbol : object_.symbols()) {
      if (symbol.getELFType() != llvm::ELF::STT_FUNC) continue;
      uint64_t offset = 0;
      if (!Resolve(symbol, offset)) return false;
      symbols[llvm::cantFail(symbol.getName()).str()] = {static_cast<uint32_t>(offset),
                                                         static_cast<uint32_t>(symbol.getSize())};
    }
    std::set<std::string> wasm;
    for (const LinkFunction& function : functions) {
      const auto found = symbols.find(function.symbol);
      if (found == symbols.end()) return Fail("no function " + function.symbol);
      tier::CompiledFunction placed = function.function;
      std::tie(placed.code_offset, placed.code_bytes) = found->second;
      if (!function.entry_symbol.empty()) {
        const auto entry = symbols.find(function.entry_symbol);
        if (entry == symbols.end()) return Fail("no function " + function.entry_symbol);
        placed.entry_offset = entry->second.first;
      }
      image_.functions.push_back(placed);
      wasm.insert(function.symbol);
    }
    for (const auto& [name, place] : symbols) {
      if (wasm.contains(name)) continue;
      image_.trampolines.push_back({place.first, place.second});
      image_.lines.push_back({place.first, tier::kNoLocation});
    }
    return true;
  }

  void ReadLines() {
    const std::unique_ptr<llvm::DWARFContext> debug = llvm::DWARFContext::create(object_);
    for (const auto& unit : debug->compile_units()) {
      const llvm::DWARFDebugLine::LineTable* const table = debug->getLineTableForUnit(unit.get());
      if (table == nullptr) continue;
      for (const llvm::DWARFDebugLine::Row& row : table->Rows) {
        const auto placed = offsets_.find(row.Address.SectionIndex);
        if (placed == offsets_.end() || row.EndSequence || row.Line == 0) continue;
        image_.lines.push_back({static_cast<uint32_t>(placed->second + row.Address.Address),
                                static_cast<uint32_t>(row.Line - 1)});
      }
    }
    // The sequences of a table come in any order; rows at one address keep theirs.
    std::stable_sort(image_.lines.begin(), image_.lines.end(),
                     [](const tier::CodeLine& a, const tier::CodeLine& b) {
                       return a.code_offset < b.code_offset;
                     });
    // Of several at one address the last holds.
    std::vector<tier::CodeLine> kept;
    for (const tier::CodeLine& line : image_.lines) {
      if (!kept.empty() && kept.back().code_offset == line.code_offset) kept.pop_back();
      if (!kept.empty() && kept.back().location == line.location) continue;
      kept.push_back(line);
    }
    image_.lines = std::move(kept);
  }

  // The frame descriptions say which registers a function saves, and where. Frames have frame
  // pointers, so the frame address (CFA) is rbp + 16 wherever a call stands.
  bool ReadFrames() {
    for (const SectionRef& section : object_.sections()) {
      if (NameOf(section) != ".eh_frame") continue;
      std::map<uint64_t, uint64_t> functions;  // by the place of the reference to them
      for (const SectionRef& relocations : object_.sections()) {
        const auto target = llvm::cantFail(relocations.getRelocatedSection());
        if (target == object_.section_end() || *target != section) continue;
        for (const RelocationRef& relocation : relocations.relocations()) {
          const SymbolRef symbol = *relocation.getSymbol();
          const auto code = llvm::cantFail(symbol.getSection());
          if (code == object_.section_end()) continue;
          const auto placed = offsets_.find(code->getIndex());
          if (placed == offsets_.end()) continue;
          functions[relocation.getOffset()] =
              placed->second + llvm::cantFail(symbol.getValue()) +
              static_cast<uint64_t>(llvm::cantFail(ELFRelocationRef(relocation).getAddend()));
        }
      }
      const llvm::StringRef bytes = llvm::cantFail(section.getContents());
      constexpr uint64_t kFunctionField = 8;  // behind length and the distance to the common entry
      for (uint64_t at = 0; at + 8 <= bytes.size();) {
        uint32_t length = 0, id = 0;
        std::memcpy(&length, bytes.data() + at, 4);
        std::memcpy(&id, bytes.data() + at + 4, 4);
        if (length == 0) break;
        const uint64_t end = std::min<uint64_t>(at + 4 + length, bytes.size());
        const auto function = functions.find(at + kFunctionField);
        if (id != 0 && function != functions.end() &&
            !ReadSaves(bytes.slice(at + kFunctionField + 8, end), function->second))
          return false;
        at = end;
      }
    }
    std::sort(image_.frame_saves.begin(), image_.frame_saves.end(),
              [](const tier::FrameSaves& a, const tier::FrameSaves& b) {
                return a.code_offset < b.code_offset;
              });
    return true;
  }

  // `text`: what follows the function's address and size: augmentation data, then instructions. Any
  // call stands behind all saves, so where they take effect does not matter.
  bool ReadSaves(llvm::StringRef text, uint64_t function) {
    const auto* p = reinterpret_cast<const uint8_t*>(text.data());
    const auto* const end = p + text.size();
    const char* problem = nullptr;
    const auto uleb = [&] {
      unsigned length = 0;
      const uint64_t value = llvm::decodeULEB128(p, &length, end, &problem);
      p += length;
      return value;
    };
    tier::FrameSaves saves{static_cast<uint32_t>(function), {}};
    const auto save = [&](uint64_t reg, uint64_t slots_below) {
      const int index = reg == 3 ? 0 : reg >= 12 && reg <= 15 ? static_cast<int>(reg) - 11 : -1;
      if (index < 0) return;  // rbp and the return address
      saves.saved[index] = 16 - 8 * static_cast<int32_t>(slots_below);
    };
    p += uleb();
    while (problem == nullptr && p < end) {
      const uint8_t op = *p++;
      switch (op >> 6) {
        case 1:  // advance_loc
        case 3:  // restore
          continue;
        case 2:
          save(op & 63, uleb());
          continue;
        default:
          break;
      }
      switch (op) {
        case llvm::dwarf::DW_CFA_nop:
        case llvm::dwarf::DW_CFA_remember_state:
        case llvm::dwarf::DW_CFA_restore_state:
          break;
        case llvm::dwarf::DW_CFA_advance_loc1:
          p += 1;
          break;
        case llvm::dwarf::DW_CFA_advance_loc2:
          p += 2;
          break;
        case llvm::dwarf::DW_CFA_advance_loc4:
          p += 4;
          break;
        case llvm::dwarf::DW_CFA_offset_extended: {
          const uint64_t reg = uleb();
          save(reg, uleb());
          break;
        }
        case llvm::dwarf::DW_CFA_def_cfa:
          uleb();
          uleb();
          break;
        case llvm::dwarf::DW_CFA_def_cfa_register:
        case llvm::dwarf::DW_CFA_def_cfa_offset:
        case llvm::dwarf::DW_CFA_GNU_args_size:
        case llvm::dwarf::DW_CFA_restore_extended:
        case llvm::dwarf::DW_CFA_same_value:
          uleb();
          break;
        default:
          return Fail("a frame description with instruction " + llvm::Twine(op));
      }
    }
    if (problem != nullptr) return Fail(problem);
    image_.frame_saves.push_back(saves);
    return true;
  }

  // The frame descriptions pair functions with their tables of call sites.
  bool ReadLandingPads() {
    std::optional<SectionRef> table;
    for (const SectionRef& section : object_.sections()) {
      if (NameOf(section) == ".gcc_except_table") table = section;
    }
    if (!table) return true;
    const llvm::StringRef bytes = llvm::cantFail(table->getContents());
    for (const SectionRef& relocations : object_.sections()) {
      const auto target = llvm::cantFail(relocations.getRelocatedSection());
      if (target == object_.section_end() || NameOf(*target) != ".eh_frame") continue;
      std::vector<RelocationRef> sorted(relocations.relocations().begin(),
                                        relocations.relocations().end());
      std::sort(sorted.begin(), sorted.end(), [](const RelocationRef& a, const RelocationRef& b) {
        return a.getOffset() < b.getOffset();
      });
      std::optional<uint64_t> function;
      for (const RelocationRef& relocation : sorted) {
        const SymbolRef symbol = *relocation.getSymbol();
        const auto section = llvm::cantFail(symbol.getSection());
        if (section == object_.section_end()) continue;
        const uint64_t value =
            llvm::cantFail(symbol.getValue()) +
            static_cast<uint64_t>(llvm::cantFail(ELFRelocationRef(relocation).getAddend()));
        if (const auto placed = offsets_.find(section->getIndex()); placed != offsets_.end()) {
          function = placed->second + value;
        } else if (section->getIndex() == table->getIndex() && function) {
          if (!ReadCallSites(bytes, value, *function)) return false;
        }
      }
    }
    std::sort(image_.landing_pads.begin(), image_.landing_pads.end(),
              [](const tier::LandingPad& a, const tier::LandingPad& b) {
                return a.begin_offset < b.begin_offset;
              });
    return true;
  }

  bool ReadCallSites(llvm::StringRef table, uint64_t offset, uint64_t function) {
    constexpr uint8_t kOmitted = 0xFF, kUleb128 = 0x01;
    const auto* p = reinterpret_cast<const uint8_t*>(table.data()) + offset;
    const auto* const end = reinterpret_cast<const uint8_t*>(table.data()) + table.size();
    const char* problem = nullptr;
    const auto uleb = [&] {
      unsigned length = 0;
      const uint64_t value = llvm::decodeULEB128(p, &length, end, &problem);
      p += length;
      return value;
    };
    if (offset + 4 > table.size() || *p++ != kOmitted) return Fail("a call-site table with a base");
    if (*p++ != kOmitted) uleb();  // where its types end
    if (*p++ != kUleb128) return Fail("a call-site table of another encoding");
    const uint64_t length = uleb();
    for (const auto* const sites_end = p + length; problem == nullptr && p < sites_end;) {
      const uint64_t start = uleb(), size = uleb(), pad = uleb();
      uleb();  // action
      if (pad != 0) {
        image_.landing_pads.push_back({static_cast<uint32_t>(function + start),
                                       static_cast<uint32_t>(function + start + size),
                                       static_cast<uint32_t>(function + pad)});
      }
    }
    return problem == nullptr || Fail(problem);
  }

  const ELF64LEObjectFile& object_;
  tier::CodeImage& image_;
  std::string& error_;
  std::map<uint64_t, uint64_t> offsets_;  // by index of the section
  std::map<LibraryFunction, uint64_t> stubs_;
};

}  // namespace

bool LinkImage(llvm::MemoryBufferRef object, const std::vector<LinkFunction>& functions,
               std::vector<tier::CodeLocationEntry> locations, tier::CodeImage& image,
               std::string& error) {
  llvm::Expected<std::unique_ptr<llvm::object::ObjectFile>> file =
      llvm::object::ObjectFile::createELFObjectFile(object);
  if (!file) {
    error = llvm::toString(file.takeError());
    return false;
  }
  const auto* const elf = llvm::dyn_cast<ELF64LEObjectFile>(file->get());
  if (elf == nullptr || elf->getArch() != llvm::Triple::x86_64) {
    error = "not an object file of x86-64";
    return false;
  }
  image.locations = std::move(locations);
  if (!Linker(*elf, image, error).Run(functions)) return false;
  image.bytes.resize((image.bytes.size() + kImageAlignment - 1) / kImageAlignment *
                     kImageAlignment);
  return true;
}

}  // namespace airwasm::jit
