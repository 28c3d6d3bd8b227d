// Files that tell Linux perf where compiled and baseline code lies and what it is called.
//
//   perf map   /tmp/perf-PID.map, a line for each function: "START SIZE NAME". perf report reads it
//              by itself; it cannot say that code has gone and others lie in its place.
//   jitdump    ./jit-PID.dump, the code itself with the time it appeared: perf annotate shows its
//              instructions. `perf record -k mono`, then `perf inject --jit`.
//
// Spec: Linux, tools/perf/Documentation/jit-interface.txt and jitdump-specification.txt.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/tier/image_listener.h"

namespace airwasm::tier {

// "module!function [optimized]"; entered at a loop "module!function@loop+0x1c [optimized]", the
// offset of the loop in the function's body. Without the characters that would end a line or a
// string.
std::string CodeName(const runtime::Module& module, const CompiledFunction& function);

// All code of an image; trampolines are "<into wasm>" and "<to the host>".
struct NamedCode {
  const uint8_t* code;
  uint32_t bytes;
  std::string name;
};
std::vector<NamedCode> NamedCodeOf(const LoadedImage& image);

enum class ProfileFormat : uint8_t { kPerfMap, kJitDump };

// A file at `path` that each published image is added to; what was there is gone. Null: it cannot
// be made, and `*why` names it. A write that fails is taken back, and nothing is written after it.
std::unique_ptr<ImageListener> NewPerfMap(const std::string& path, std::string* why);
std::unique_ptr<ImageListener> NewJitDump(const std::string& path, std::string* why);

// That of the process, which all engines share since perf looks for it by the process's id: made by
// the first call, and closed when the process exits. Null as above, and where the perf map is asked
// for after the first code was compiled (runtime::CodeMemory::LeaveFileOut). Threads: any.
ImageListener* ProcessProfile(ProfileFormat format, std::string* why = nullptr);

}  // namespace airwasm::tier
