// WASI 0.2 of airwasm_component.h.
#include <memory>

#include "airwasm/wasi_component.h"
#include "airwasm_component.h"
#include "component/c_api/handles.h"
#include "wasi/c_api/config.h"

extern "C" {

airwasm_error_t* airwasm_component_linker_define_wasi(airwasm_component_linker_t* linker) {
  return airwasm::capi::ToError(airwasm::DefineWasi(linker->linker));
}

airwasm_error_t* airwasm_store_give_wasi(wasm_store_t* store, airwasm_wasi_config_t* config) {
  const std::unique_ptr<airwasm_wasi_config_t> owned(config);
  return airwasm::capi::ToError(airwasm::GiveWasi(store->state->store, owned->config));
}

}  // extern "C"
