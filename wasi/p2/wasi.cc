#include "airwasm/wasi_component.h"

#include <utility>

#include "airwasm/store.h"
#include "engine/base/out_of_memory.h"
#include "wasi/p2/context.h"
#include "wasi/p2/interfaces.h"

namespace airwasm {

absl::Status DefineWasi(ComponentLinker& linker) {
  using Define = absl::Status (*)(ComponentLinker&);
  static constexpr Define kPackages[] = {
      wasi::p2::DefineIo,       wasi::p2::DefineClocks,     wasi::p2::DefineRandom,
      wasi::p2::DefineCli,      wasi::p2::DefineFilesystem, wasi::p2::DefineSockets,
#ifdef AIRWASM_WASI_HTTP
      wasi::p2::DefineHttp,
#endif
      wasi::p2::DefineConfig,   wasi::p2::DefineLogging,
#ifdef AIRWASM_WASI_KEYVALUE
      wasi::p2::DefineKeyValue,
#endif
  };
  return OrOutOfMemory([&] {
    for (const Define define : kPackages) {
      if (absl::Status status = define(linker); !status.ok()) return status;
    }
    return absl::OkStatus();
  });
}

absl::Status GiveWasi(Store& store, const wasi::Config& config) {
  return OrOutOfMemory([&]() -> absl::Status {
    absl::StatusOr<std::shared_ptr<wasi::p2::Context>> context = wasi::p2::Context::Create(config);
    if (!context.ok()) return context.status();
    if (!config.key_value_stores.empty()) {
#ifdef AIRWASM_WASI_KEYVALUE
      absl::Status status = wasi::p2::OpenKeyValueStores(**context);
#else
      absl::Status status = absl::UnimplementedError("wasi:keyvalue: built without SQLite");
#endif
      if (!status.ok()) return status;
    }
    wasi::p2::Context::Attach(store.impl(), *std::move(context));
    return absl::OkStatus();
  });
}

}  // namespace airwasm
