// What the fast path of FunctionValidator::Run does with each opcode byte.
//
// Internal to this folder.
#pragma once

#include <array>
#include <cstdint>

#include "engine/valid/context.h"

namespace airwasm::valid {

// A Signature whose instruction has no immediate, or one of these. Signatures that begin with an
// address are memory accesses.
enum FastAction : uint8_t {
  kFastStop = 255,  // not for the fast path
  kFastConst32 = 254,
  kFastConst64 = 253,
  kFastConstF32 = 252,
  kFastConstF64 = 251,
  kFastLocalGet = 250,
  kFastLocalSet = 249,
  kFastLocalTee = 248,
  kFastDrop = 247,
  kFastBrIf = 246,
  kFastBlock = 245,
  kFastIndex = 244,
  kFastPlain = 243,
};

std::array<uint8_t, 256> MakeFastActions(const ModuleContext& context);

}  // namespace airwasm::valid
