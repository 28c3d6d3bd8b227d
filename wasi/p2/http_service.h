// A component that exports wasi:http/incoming-handler, as the handler of a server.
//
// Each request runs in a store of its own, or in one that has served others before it, up to a
// number of requests; a store whose guest trapped is not used again.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "airwasm/component_linker.h"
#include "airwasm/store.h"
#include "airwasm/wasi_config.h"
#include "wasi/http/server.h"

namespace airwasm::wasi::p2 {

class HttpService {
 public:
  struct Options {
    Config config;
    // Makes the guard of an instance; `config.guard` is for none of them.
    std::function<std::shared_ptr<security::Guard>()> make_guard;
    // And its meter, which records with that guard. Quotas of time are of one request, or of one
    // instantiation.
    std::function<std::shared_ptr<security::Meter>(std::shared_ptr<security::Guard>)> make_meter;
    std::shared_ptr<security::ComponentUsage> usage;  // counts requests and traps; may be null
    StoreOptions store;
    std::optional<uint64_t> fuel;  // of one request
    uint64_t requests_per_instance = 1;
    size_t max_idle_instances = 64;
    // Of a request that failed: what its guest did, or why it could not be started. Threads: any.
    std::function<void(const std::string&)> log;
  };

  // `component` has its imports resolved by a linker that DefineWasi has filled.
  //
  // Errors: INVALID_ARGUMENT, NOT_FOUND  it exports no incoming-handler, or one of another type
  //         and those of an instantiation
  static absl::StatusOr<std::unique_ptr<HttpService>> Create(Engine engine,
                                                             LinkedComponent component,
                                                             Options options);
  ~HttpService();

  // The handler of a http::Server. Threads: any number at a time.
  void Handle(const std::shared_ptr<http::ServerExchange>& exchange);

 private:
  struct Guest;  // a store with its instance
  HttpService(Engine engine, LinkedComponent component, Options options);
  absl::StatusOr<std::unique_ptr<Guest>> MakeGuest();
  absl::StatusOr<std::unique_ptr<Guest>> TakeGuest();
  void Run(Guest& guest, const std::shared_ptr<http::ServerExchange>& exchange);

  const Engine engine_;
  const LinkedComponent component_;
  const Options options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Guest>> idle_;
};

}  // namespace airwasm::wasi::p2
