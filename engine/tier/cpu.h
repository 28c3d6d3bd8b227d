// The processor that code is made for, known without a compiler.
#pragma once

#include <string>

namespace airwasm::tier {

// Everything that a compiler for "this processor" goes by: vendor, model and the words of cpuid and
// xgetbv that name features. LLVM's host name and features are functions of just these, so of two
// processes with the same text one may run what the other compiled. Begins with words for people:
// "x86-64 AuthenticAMD 25/1/1 ...". Empty where there is no compiler. Threads: any.
const std::string& CpuIdentity();

}  // namespace airwasm::tier
