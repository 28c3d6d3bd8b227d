// Turns a memory fault of guest code into a trap: the process-wide handler of SIGSEGV and SIGBUS
// and what it needs to know.
//
// A fault is ours only if the executor of the thread's current activation owns the instruction and
// the address lies in a registered region. Everything else goes to the handler that was there
// before. The handler allocates nothing and takes no lock; it continues the thread at the
// executor's landing and never jumps over C++ frames itself.
#pragma once

#include <cstdint>

namespace airwasm::runtime {

// Installs the handlers, once per process; later calls cost a load.
void InstallFaultHandler();

// Lets this thread receive the signals of the handlers, whatever it inherited or set: a fault that
// is blocked ends the process, and an interruption that is blocked never arrives. Once per thread,
// before it runs guest code with signals.
void UnblockFaultSignals();

// Compiled code has no polls of its own in loops: makes `thread` look at the poll word of the store
// it runs, if it is in compiled code just now. 0: no thread. Threads: any.
void SignalThread(int32_t thread);

// Regions in which a fault of guest code means an access out of bounds. False when the table is
// full (16384 regions of 8 GiB fill the address space).
bool RegisterFaultRegion(const uint8_t* base, uint64_t bytes);
void UnregisterFaultRegion(const uint8_t* base);

}  // namespace airwasm::runtime
