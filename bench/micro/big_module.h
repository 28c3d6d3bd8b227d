// A large module made of many small functions, for the throughput of decoder, validator and
// translator.
//
// The bytes are a pure function of the arguments. The functions are those a compiler makes: loops
// over memory, integer and float arithmetic, nested branches, br_table, calls; about 110 bytes
// each. Every one is valid, ends, and is called once by the export "all", so that running it
// translates the whole module. It needs no imports.
#ifndef BENCH_MICRO_BIG_MODULE_H_
#define BENCH_MICRO_BIG_MODULE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace airwasm::bench {

// A module of at least `size_bytes`.
std::vector<uint8_t> BigModule(size_t size_bytes);

}  // namespace airwasm::bench

#endif  // BENCH_MICRO_BIG_MODULE_H_
