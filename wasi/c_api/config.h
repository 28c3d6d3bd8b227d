// What airwasm_wasi_config_t is.
#pragma once

#include "airwasm.h"
#include "airwasm/wasi_config.h"

struct airwasm_wasi_config_t {
  airwasm::wasi::Config config;
};
