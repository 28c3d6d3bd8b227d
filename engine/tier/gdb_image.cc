#include "engine/tier/gdb_image.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <string_view>

#include "engine/tier/profile.h"

extern "C" {
[[gnu::weak]] jit_descriptor __jit_debug_descriptor = {1, JIT_NOACTION, nullptr, nullptr};
// The statement keeps calls of it from being left out.
[[gnu::weak, gnu::noinline]] void __jit_debug_register_code() {
  asm volatile("" : : : "memory");
}
}

namespace airwasm::tier {
namespace {

// ---- Frame descriptions
//
// A common entry and one for each function, in the form of .eh_frame with absolute addresses.
// Spec: LSB, exception frames; DWARF, call frame information.

// DWARF's numbers of registers of x86-64.
constexpr uint8_t kRbx = 3, kRbp = 6, kRsp = 7, kReturnAddress = 16;
constexpr uint8_t kSavedRegisters[] = {kRbx, 12, 13, 14, 15};  // as in FrameSaves

constexpr uint8_t kDefCfa = 0x0c, kDefCfaRegister = 0x0d, kDefCfaOffset = 0x0e;
constexpr uint8_t kAdvance = 0x40, kOffset = 0x80;  // and a number in the lower six bits

constexpr uint8_t kPrologue[] = {0x55, 0x48, 0x89, 0xE5};  // push rbp; mov rbp, rsp

template <typename T>
void Put(std::vector<uint8_t>& bytes, T value) {
  const auto* const from = reinterpret_cast<const uint8_t*>(&value);
  bytes.insert(bytes.end(), from, from + sizeof(value));
}
void PutBytes(std::vector<uint8_t>& bytes, std::initializer_list<uint8_t> more) {
  bytes.insert(bytes.end(), more);
}

// Room for an entry's length; EndEntry fills it in, with the entry padded to eight bytes.
size_t BeginEntry(std::vector<uint8_t>& frames) {
  Put<uint32_t>(frames, 0);
  return frames.size();
}
void EndEntry(std::vector<uint8_t>& frames, size_t begin) {
  while ((frames.size() - begin) % 8 != 4) frames.push_back(0);  // DW_CFA_nop
  const auto length = static_cast<uint32_t>(frames.size() - begin);
  std::memcpy(frames.data() + begin - 4, &length, sizeof(length));
}

void PutCommonEntry(std::vector<uint8_t>& frames) {
  const size_t begin = BeginEntry(frames);
  Put<uint32_t>(frames, 0);   // that it is one
  PutBytes(frames, {1, 0,     // version, no augmentation
                    1, 0x78,  // offsets of code in bytes, of the frame in units of -8
                    kReturnAddress});
  PutBytes(frames, {kDefCfa, kRsp, 8, kOffset | kReturnAddress, 1});
  EndEntry(frames, begin);
}

// Every frame has a frame pointer, so one rule holds from the prologue on. Within the few
// instructions that save and restore the registers below it, theirs are described as saved already.
void PutFunction(std::vector<uint8_t>& frames, const uint8_t* code, uint64_t bytes,
                 const FrameSaves& saves) {
  const size_t begin = BeginEntry(frames);
  Put<uint32_t>(frames, static_cast<uint32_t>(begin));  // back to the common entry
  Put<uint64_t>(frames, reinterpret_cast<uintptr_t>(code));
  Put<uint64_t>(frames, bytes);
  if (bytes >= sizeof(kPrologue) && std::memcmp(code, kPrologue, sizeof(kPrologue)) == 0) {
    PutBytes(frames, {kAdvance | 1, kDefCfaOffset, 16, kOffset | kRbp, 2, kAdvance | 3,
                      kDefCfaRegister, kRbp});
  } else {
    PutBytes(frames, {kDefCfa, kRbp, 16, kOffset | kRbp, 2});
  }
  for (size_t i = 0; i < std::size(kSavedRegisters); ++i) {
    if (saves.saved[i] == 0) continue;
    // ULEB128, of at most 14 bits: the registers lie right below the frame pointer.
    const auto slots = static_cast<uint32_t>(16 - saves.saved[i]) / 8;
    PutBytes(frames, {static_cast<uint8_t>(kOffset | kSavedRegisters[i]),
                      static_cast<uint8_t>((slots & 0x7f) | 0x80),
                      static_cast<uint8_t>(slots >> 7 & 0x7f)});
  }
  EndEntry(frames, begin);
}

std::vector<uint8_t> MakeFrames(const LoadedImage& image) {
  std::vector<uint8_t> frames;
  PutCommonEntry(frames);
  const std::vector<FrameSaves>& all = image.image().frame_saves;
  for (const CompiledFunction& function : image.image().functions) {
    const auto saves = std::lower_bound(
        all.begin(), all.end(), function.code_offset,
        [](const FrameSaves& entry, uint32_t wanted) { return entry.code_offset < wanted; });
    if (saves == all.end() || saves->code_offset != function.code_offset) continue;
    PutFunction(frames, image.base() + function.code_offset, function.code_bytes, *saves);
  }
  Put<uint32_t>(frames, 0);
  return frames;
}

// ---- ELF

enum Section : uint16_t { kNull, kText, kFrames, kSymbols, kStrings, kSectionNames, kNumSections };
constexpr std::string_view kNames[kNumSections] = {"",        ".text",   ".eh_frame",
                                                   ".symtab", ".strtab", ".shstrtab"};

uint32_t AddString(std::string& strings, std::string_view text) {
  const size_t at = strings.size();
  strings.append(text).push_back('\0');
  return static_cast<uint32_t>(at);
}

// Where `contents` go: behind all before them, eight bytes aligned.
template <typename Contents>
void PutSection(std::vector<uint8_t>& file, const Contents& contents, Elf64_Shdr& header) {
  file.resize((file.size() + 7) / 8 * 8);
  header.sh_offset = file.size();
  header.sh_size = contents.size() * sizeof(contents[0]);
  header.sh_addralign = 8;
  const auto* const from = reinterpret_cast<const uint8_t*>(contents.data());
  file.insert(file.end(), from, from + header.sh_size);
}

std::mutex& ListMutex() {
  static std::mutex* const mutex = new std::mutex;
  return *mutex;
}

}  // namespace

std::vector<uint8_t> MakeGdbElf(const LoadedImage& image) {
  std::string strings(1, '\0');
  std::vector<Elf64_Sym> symbols(1);
  for (const NamedCode& named : NamedCodeOf(image)) {
    symbols.push_back({.st_name = AddString(strings, named.name),
                       .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
                       .st_other = STV_DEFAULT,
                       .st_shndx = kText,
                       .st_value = reinterpret_cast<uintptr_t>(named.code),
                       .st_size = named.bytes});
  }

  Elf64_Shdr headers[kNumSections] = {};
  std::string section_names;
  for (uint16_t i = 0; i < kNumSections; ++i)
    headers[i].sh_name = AddString(section_names, kNames[i]);
  std::vector<uint8_t> file(sizeof(Elf64_Ehdr));
  // The code is where it is: the file only says so.
  headers[kText].sh_type = SHT_NOBITS;
  headers[kText].sh_flags = SHF_ALLOC | SHF_EXECINSTR;
  headers[kText].sh_addr = reinterpret_cast<uintptr_t>(image.base());
  headers[kText].sh_offset = file.size();
  headers[kText].sh_size = image.bytes();
  headers[kText].sh_addralign = 64;
  headers[kFrames].sh_type = SHT_PROGBITS;
  headers[kFrames].sh_flags = SHF_ALLOC;
  PutSection(file, MakeFrames(image), headers[kFrames]);
  headers[kSymbols].sh_type = SHT_SYMTAB;
  headers[kSymbols].sh_link = kStrings;
  headers[kSymbols].sh_info = 1;  // the first that is not local
  headers[kSymbols].sh_entsize = sizeof(Elf64_Sym);
  PutSection(file, symbols, headers[kSymbols]);
  headers[kStrings].sh_type = SHT_STRTAB;
  PutSection(file, strings, headers[kStrings]);
  headers[kSectionNames].sh_type = SHT_STRTAB;
  PutSection(file, section_names, headers[kSectionNames]);

  file.resize((file.size() + 7) / 8 * 8);
  Elf64_Ehdr header = {};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_EXEC;  // its addresses are final
  header.e_machine = EM_X86_64;
  header.e_version = EV_CURRENT;
  header.e_shoff = file.size();
  header.e_ehsize = sizeof(header);
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = kNumSections;
  header.e_shstrndx = kSectionNames;
  std::memcpy(file.data(), &header, sizeof(header));
  const auto* const from = reinterpret_cast<const uint8_t*>(headers);
  file.insert(file.end(), from, from + sizeof(headers));
  return file;
}

GdbRegistration::GdbRegistration(std::vector<uint8_t> elf) : elf_(std::move(elf)) {
  const std::lock_guard lock(ListMutex());
  jit_descriptor& list = __jit_debug_descriptor;
  entry_ = {list.first_entry, nullptr, reinterpret_cast<const char*>(elf_.data()), elf_.size()};
  if (list.first_entry != nullptr) list.first_entry->prev_entry = &entry_;
  list.first_entry = &entry_;
  list.relevant_entry = &entry_;
  list.action_flag = JIT_REGISTER_FN;
  __jit_debug_register_code();
}

GdbRegistration::~GdbRegistration() {
  const std::lock_guard lock(ListMutex());
  jit_descriptor& list = __jit_debug_descriptor;
  (entry_.prev_entry != nullptr ? entry_.prev_entry->next_entry : list.first_entry) =
      entry_.next_entry;
  if (entry_.next_entry != nullptr) entry_.next_entry->prev_entry = entry_.prev_entry;
  list.relevant_entry = &entry_;
  list.action_flag = JIT_UNREGISTER_FN;
  __jit_debug_register_code();
  list.relevant_entry = nullptr;
}

ImageListener* GdbListener() {
  class Listener final : public ImageListener {
    void Published(const std::shared_ptr<const LoadedImage>& image) override {
      // In this order: its code is there as long as gdb is told of it.
      struct Registered {
        std::shared_ptr<const LoadedImage> image;
        GdbRegistration registration;
      };
      image->module().Keep(std::shared_ptr<const Registered>(
          new Registered{image, GdbRegistration(MakeGdbElf(*image))}));
    }
  };
  static Listener* const listener = new Listener;
  return listener;
}

}  // namespace airwasm::tier
