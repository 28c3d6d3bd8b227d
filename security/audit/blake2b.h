// BLAKE2b-256 of short texts, for the writer, which spends most of its time here.
//
// FAST: half the time of libsodium's on processors whose vector instructions take two cycles, where
// its choice (AVX2) is the slower one: a line has three blocks, each of which waits for the one
// before (security_audit_bench, Hash). Whoever reads a log hashes with libsodium (chain.h), so each
// line that is verified has been through two implementations. Spec: RFC 7693.
#pragma once

#include <string_view>

#include "security/audit/chain.h"

namespace airwasm::security::audit {

// What HashOf() is.
Digest Blake2b256(std::string_view text);

}  // namespace airwasm::security::audit
