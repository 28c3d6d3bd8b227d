// libsodium, made ready.
#pragma once

namespace airwasm::security::sign {

// Threads: any, any number of times.
void InitSodium();

}  // namespace airwasm::security::sign
